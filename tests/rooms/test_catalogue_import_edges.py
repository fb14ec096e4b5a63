"""Edges of imports: columns of what was kept beside the elements, harvests that hold nothing or went wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from lantai.base.actors import SYSTEM, Actor
from lantai.catalogue import queries
from lantai.catalogue.services import advance, set_mapping
from lantai.holdings.models import Record
from tests.rooms.test_catalogue_import import figures, line, planned, run, write

_OAI = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-11-22T00:00:00Z</responseDate>{}</OAI-PMH>'
_GONE = '<record><header status="deleted"><identifier>oai:a:{}</identifier><datestamp>2026-01-01</datestamp></header></record>'


def test_a_column_of_what_was_kept_comes_back_and_its_mapping_can_be_looked_at(
    cast: dict[str, Actor], tmp_path: Path
) -> None:
    rows = [line(n, 其他=f"老编号：旧{n}") for n in (1, 2)]
    view = planned(cast["陆安"], write(tmp_path / "a.csv", rows))
    assert {column.name: column.key for column in view.columns}["其他"] == "other"
    set_mapping(cast["陆安"], view.number, {})
    advance(view.number)
    run(cast["陆安"], queries.import_(SYSTEM, view.number))
    assert Record.objects.order_by("ref").first().values["other"] == "老编号：旧1"

    again = planned(cast["陆安"], write(tmp_path / "b.csv", rows))
    assert figures(again) == (0, 0, 2, 0), "what comes back is the same"


@pytest.mark.parametrize(
    ("answer", "state", "code"),
    [
        (f"<ListRecords>{_GONE.format(1)}{_GONE.format(2)}</ListRecords>", "planned", "sources.oai.deleted"),
        ('<error code="noRecordsMatch">none</error>', "planned", "sources.oai.no_records"),
        ('<error code="badResumptionToken">late</error>', "failed", ""),
        ('<error code="badArgument">no</error>', "failed", ""),
    ],
)
def test_only_a_sound_answer_without_records_is_nothing_to_import(
    cast: dict[str, Actor], tmp_path: Path, answer: str, state: str, code: str
) -> None:
    path = tmp_path / "harvest.xml"
    path.write_text(_OAI.format(answer), "utf-8")
    view = planned(cast["陆安"], path, type="")
    assert (view.state, figures(view)) == (state, (0, 0, 0, 0)), view.problem
    if code:
        assert code in [one["code"] for one in view.notices]
    else:
        assert "no_rows" in str(view.problem)
