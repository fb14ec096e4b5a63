"""Volumes on their way: into the package, above their records in the archives, back as faults of a work list."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.desk import parcel, queries_volumes, services, worklist
from lantai.desk import queries_hand_over as handing
from lantai.desk.errors import Lacking
from lantai.desk.models import HandOver
from lantai.desk.services import Said
from lantai.desk.services import hand_over as making
from lantai.desk.services import hand_over_send as sending
from lantai.desk.services.hand_over import Wanted
from lantai.desk.statements import Statement
from lantai.holdings import queries as holdings
from lantai.holdings.services import Description, describe
from lantai.ingest.services import accept, sign_waiting
from lantai.kernel.errors import Conflict
from lantai.site.work import settle
from tests.filing import close, said
from tests.rooms.test_desk_volumes import YEAR, items_of, make, revision, vouchers


def soon_due() -> None:
    """Let records come to the archives of the site after one year."""
    source = (Path(parcel.__file__).parent / "terms.toml").read_text("utf-8")
    (home().root / "terms.toml").write_text(source.replace("years = 10", "years = 1"), "utf-8")


def test_volumes_are_handed_over_and_stand_above_their_records_in_the_archives(
    cast: dict[str, Actor],
) -> None:
    soon_due()
    clerk, intake = cast["沈文"], cast["陆安"]
    number = vouchers(clerk, 3)
    items = items_of(clerk, number)
    make(clerk, number, items[:2], "一季度凭证")
    make(clerk, number, items[2:], "二季度凭证")
    close(clerk, number)
    order = making.begin(clerk, "MZJ", [number])
    said(clerk, order)
    with pytest.raises(Lacking) as refused:
        making.order(clerk, order, Wanted(form="eep", description="会计档案"))
    assert [one.code for one in refused.value.reasons] == ["desk.hand_over.eep_volumes"]
    making.order(clerk, order, Wanted(description="会计档案，30年"))
    settle()
    view = handing.hand_over(clerk, order)
    assert (view.line.state, view.problem) == ("built", None)
    transfer = sending.send(clerk, order)
    settle()
    sign_waiting(intake, transfer, note="查过")
    accept(intake, transfer)
    settle()
    first, second = (holdings.record(SYSTEM, f"Z109-KU·PZ·2024-00{n}") for n in (1, 2))
    assert (first.level, first.title, second.title) == ("file", "一季度凭证", "二季度凭证")
    inside = holdings.records(SYSTEM, parent=first.ref).items
    assert [(one.ref, one.parent) for one in inside] == [(f"{first.ref}-00{n}", first.ref) for n in (1, 2)]
    told = first.values
    assert (told["date"], told["pages"]) == (f"{YEAR}0128-{YEAR}0228", "4")
    assert told["accounting_class"] == "会计凭证" and inside[0].values["page_number"] == "1-2"
    with pytest.raises(Conflict):
        services.edit_volume(
            clerk, queries_volumes.volumes(clerk, number)[0][0].uuid, Said("改"), seen=revision(clerk, number)
        )


def test_what_is_wrong_with_a_volume_is_told_with_the_way_to_it(cast: dict[str, Actor]) -> None:
    soon_due()
    clerk = cast["沈文"]
    number = vouchers(clerk, 1)
    uuid = make(clerk, number, items_of(clerk, number), "一月凭证")
    close(clerk, number)
    ref = queries_volumes.volume(clerk, uuid).line.ref
    told = {"ref": ref, "title": "已进馆的案卷", "year": str(YEAR), "retention": "30年"}
    describe(SYSTEM, uuid4(), [Description(f"urn:uuid:{uuid4()}", ref, "file", "KU", "Z109", told)])
    order = making.begin(clerk, "MZJ", [number])
    said(clerk, order)
    making.order(clerk, order, Wanted(description="会计档案，30年"))
    settle()
    assert handing.hand_over(clerk, order).line.state == "failed"
    found = [one for one in worklist.defects(HandOver.objects.get(number=order)) if one.ref == ref]
    assert {(one.title, one.volume, one.record) for one in found} == {("一月凭证", uuid, "")}
    services.edit_volume(clerk, uuid, Said("改过的题名"), seen=revision(clerk, number))


def test_no_cell_of_the_opinions_is_a_formula() -> None:
    statement = parcel.statement(Statement("主动公开", "控制", "=cmd()", "无变更", "+1"))
    told = {"records": [{"ref": "Z109-1", "values": {"title": "=HYPERLINK(1)"}, "statement": statement}]}
    line = parcel.opinions(told).decode("utf-8-sig").splitlines()[1]
    assert line == "Z109-1,'=HYPERLINK(1),主动公开,控制,'=cmd(),无变更,'+1"
