"""Transfers in every written form go through all rooms; what EEP files hold is kept as files beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lantai.access.queries import reading
from lantai.base.actors import SYSTEM, Actor
from lantai.holdings import queries as holdings
from lantai.ingest import queries
from lantai.ingest.models import Transfer
from lantai.ingest.services import accept, sign_waiting, submit
from lantai.ingest.workspace import workspace
from lantai.kernel import recordtypes
from lantai.kernel.packages import FORMS, LIMITS, WrittenForm, build
from lantai.site.work import settle
from lantai.vault import queries as vault
from tests.packages import draft


def _accepted(cast: dict[str, Actor], path: Path) -> queries.TransferView:
    number = submit(cast["沈文"], "MZJ", path)
    settle()
    sign_waiting(cast["陆安"], number, note="已核对")
    accept(cast["陆安"], number)
    settle()
    return queries.transfer(SYSTEM, number)


@pytest.mark.parametrize("archive", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_comes_to_its_end(
    cast: dict[str, Actor], tmp_path: Path, form: WrittenForm, archive: bool
) -> None:
    out = tmp_path / ("package.zip" if archive else "package")
    build(draft(tmp_path / "material"), out, recordtypes.load(), form=form, archive=archive)
    view = _accepted(cast, out)
    assert (view.state, view.items, view.fonds, view.form) == ("closed", 3, "Z109", form)
    record = holdings.record(cast["陆安"], "Z109-WS·2011·Y-0001")
    kept = {shown.part.name: shown for shown in reading(cast["陆安"], record.ref).files}
    with vault.open_file(record.object_id, kept["正文.txt"].part.path) as stream:
        assert stream.read() == (tmp_path / "material" / "1-0.bin").read_bytes()


def test_what_a_killed_unfolding_left_stops_no_reception(cast: dict[str, Actor], tmp_path: Path) -> None:
    """What was unfolded lies deeper than what was sent may lie; it is removed and unfolded anew."""
    build(draft(tmp_path / "material", count=1), tmp_path / "out", recordtypes.load(), form="eep")
    number = submit(cast["沈文"], "MZJ", tmp_path / "out")
    content = workspace(Transfer.objects.get(number=number).uuid).content
    left = content / "Z109-WS·2011·Y-0001.eep.parts" / "/".join("d" * (LIMITS.depth + 1)) / "half"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"ha")
    settle()
    assert queries.transfer(SYSTEM, number).state == "checking"
    assert not left.exists()


def test_one_eep_file_is_a_transfer_and_stays_as_it_came(cast: dict[str, Actor], tmp_path: Path) -> None:
    build(draft(tmp_path / "material", count=1), tmp_path / "out", recordtypes.load(), form="eep")
    source = tmp_path / "out" / "Z109-WS·2011·Y-0001.eep"
    view = _accepted(cast, source)
    assert (view.state, view.form) == ("closed", "eep")
    with vault.open_file(view.urn, "container.json") as stream:
        container = json.load(stream)
    assert [member["path"] for member in container["members"]] == [source.name]
    record = holdings.record(cast["陆安"], "Z109-WS·2011·Y-0001")
    with vault.open_file(view.urn, "where.tsv") as stream:
        where = [line.split("\t") for line in stream.read().decode().splitlines()]
    (inside,) = [
        inside for urn, inside, received in where if received == source.name and urn == record.object_id
    ]
    with vault.open_file(record.object_id, inside) as stream:
        assert stream.read() == source.read_bytes()
