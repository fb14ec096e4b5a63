"""Lists out of order: the same 档号 twice, files below what lies in them, chains and circles, what others edit."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest

from lantai.base.actors import Actor
from lantai.catalogue import streams
from lantai.catalogue.queries import ImportView
from lantai.holdings import queries as holdings
from lantai.holdings.models import Record
from lantai.holdings.services import Description, describe, revise
from tests.rooms.test_catalogue_import import codes, figures, planned, run

FILE, OTHER = "Z109-WS·2011-Y-{}", "Z110-WS·2011-Y-{}"


def row(ref: str, level: str, parent: str = "", **other: str) -> dict[str, str]:
    return {"ref": ref, "level": level, "parent": parent, "title": f"关于{ref}的通知", **other}


def source(path: Path, rows: list[dict[str, str]]) -> Path:
    """Write rows as an ArchivesSpace list: any parent for any row, in any order."""
    told = []
    for one in rows:
        above = {"parent": {"ref": one["parent"]}} if one["parent"] else {}
        told.append(
            {
                "jsonmodel_type": "archival_object",
                "component_id": one["ref"],
                "level": one["level"],
                "title": one["title"],
                **above,
            }
        )
    path.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    return path


def brought(cast: dict[str, Actor], tmp_path: Path, rows: list[dict[str, str]]) -> ImportView:
    view = planned(cast["陆安"], source(tmp_path / "目录.json", rows))
    assert view.state == "planned", view.problem
    return view


@pytest.fixture(params=[2, 20_000])
def short_batches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(streams, "BATCH_ROWS", request.param)
    return int(request.param)


def tree() -> dict[str, str]:
    return dict(Record.objects.values_list("ref", "parent__ref"))


def test_parents_below_their_children_across_batches(
    cast: dict[str, Actor], tmp_path: Path, short_batches: int
) -> None:
    rows = [row("件9", "item", "卷8")]
    rows += [row(f"卷{n}", "file", f"卷{n - 1}") for n in range(8, 0, -1)]
    rows += [row("卷0", "series")]
    view = run(cast["陆安"], brought(cast, tmp_path, rows))
    assert (view.state, figures(view)) == ("done", (10, 0, 0, 0)), view.problem
    assert tree() == {one["ref"]: one["parent"] or None for one in rows}


@pytest.mark.parametrize("upwards", [True, False])
def test_what_lies_in_a_refused_file_is_refused_with_it(
    cast: dict[str, Actor], tmp_path: Path, short_batches: int, upwards: bool
) -> None:
    chain = [row("卷0", "series", "无此卷")]
    chain += [row(f"卷{n}", "file", f"卷{n - 1}") for n in range(1, 6)]
    chain += [row("件6", "item", "卷5"), row("件7", "item")]
    view = brought(cast, tmp_path, chain[::-1] if upwards else chain)
    assert figures(view) == (1, 0, 0, 7)
    assert codes(view)["catalogue.row.parent_missing"] == 7
    view = run(cast["陆安"], view)
    assert (view.state, list(tree())) == ("done", ["件7"]), view.problem


def test_circles_are_refused_row_by_row(cast: dict[str, Actor], tmp_path: Path, short_batches: int) -> None:
    rows = [row("卷1", "file", "卷2"), row("卷2", "file", "卷3"), row("卷3", "file", "卷1")]
    rows += [row("卷4", "file", "卷4"), row("件5", "item", "卷1"), row("件6", "item")]
    view = brought(cast, tmp_path, rows)
    assert figures(view) == (1, 0, 0, 5)
    view = run(cast["陆安"], view)
    assert (view.state, list(tree())) == ("done", ["件6"]), view.problem


def test_the_same_code_twice_with_other_content(cast: dict[str, Actor], tmp_path: Path) -> None:
    rows = [row("卷1", "file"), row("件1", "item", "卷1"), {**row("件1", "item"), "title": "别的"}]
    view = brought(cast, tmp_path, rows)
    assert (figures(view), codes(view)["catalogue.row.repeated"]) == ((2, 0, 0, 1), 1)
    run(cast["陆安"], view)
    assert holdings.record(cast["陆安"], "件1").title == "关于件1的通知"


def test_a_refused_file_of_another_fonds_holds_nothing(cast: dict[str, Actor], tmp_path: Path) -> None:
    other = Description(
        "urn:uuid:3d8e9c0a-9d1a-4a5f-8b89-0f0b5f8c2a11", "卷1", "file", "WS", "Z110", {"title": "别"}
    )
    item = Description(
        "urn:uuid:3d8e9c0a-9d1a-4a5f-8b89-0f0b5f8c2a12", "卷2", "item", "WS", "Z109", {"title": "件"}
    )
    describe(cast["陆安"], uuid4(), [other, item])
    rows = [row("卷1", "file"), row("件1", "item", "卷1"), row("卷2", "file"), row("件2", "item", "卷2")]
    rows += [row("件3", "item")]
    view = brought(cast, tmp_path, rows)
    assert figures(view) == (1, 0, 0, 4), codes(view)
    view = run(cast["陆安"], view)
    assert view.state == "done", view.problem


def test_a_row_that_moves_a_record_says_so(cast: dict[str, Actor], tmp_path: Path) -> None:
    rows = [row("卷1", "file"), row("卷2", "file"), row("件1", "item", "卷1")]
    run(cast["陆安"], brought(cast, tmp_path, rows))
    rows[2] = row("件1", "item", "卷2")
    view = brought(cast, tmp_path, rows)
    assert figures(view) == (0, 0, 3, 0)
    assert codes(view).get("catalogue.row.parent_differs") == 1


def test_codes_swapped_between_two_rows_change_both(cast: dict[str, Actor], tmp_path: Path) -> None:
    rows = [row("件1", "item"), row("件2", "item")]
    run(cast["陆安"], brought(cast, tmp_path, rows))
    rows[0]["title"], rows[1]["title"] = rows[1]["title"], rows[0]["title"]
    view = run(cast["陆安"], brought(cast, tmp_path, rows))
    assert figures(view) == (0, 2, 0, 0)
    assert [holdings.record(cast["陆安"], f"件{n}").title for n in (1, 2)] == [
        "关于件2的通知",
        "关于件1的通知",
    ]


def test_what_someone_else_edits_meanwhile_is_not_overwritten(cast: dict[str, Actor], tmp_path: Path) -> None:
    rows = [row("件1", "item"), row("件2", "item")]
    run(cast["陆安"], brought(cast, tmp_path, rows))
    for one in rows:
        one["title"] += "（改）"
    view = brought(cast, tmp_path, rows)
    there = Record.objects.get(ref="件2")
    revise(cast["陆安"], there.urn, {"title": "别人改的"}, version=there.version, reason="勘误")
    view = run(cast["陆安"], view)
    assert view.state == "failed" or view.problem
    assert Record.objects.get(ref="件2").title == "别人改的"
    assert Record.objects.get(ref="件1").title == "关于件1的通知", "a batch is whole or not at all"


def test_signs_that_no_text_holds_refuse_their_row_and_nothing_else(
    cast: dict[str, Actor], tmp_path: Path
) -> None:
    path = tmp_path / "目录.json"
    path.write_text(
        '[{"档号":"A\\ud800","题名":"\\u0000甲"},{"档号":"Z109-WS·2011·Y-0002","题名":"乙\\udfff"},'
        '{"档号":"Z109-WS·2011·Y-0003","题名":"丙"}]',
        "utf-8",
    )
    view = planned(cast["陆安"], path)
    assert view.state == "planned", view.problem
    view = run(cast["陆安"], view)
    assert (view.state, [one.title for one in Record.objects.all()]) == ("done", ["丙"]), view.problem
