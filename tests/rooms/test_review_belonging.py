"""What comes must be of its own fonds, and find its place; secrets never reach the vault."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.catalogue.services import register_catalogue, urn_of
from lantai.checks import queries as checks
from lantai.holdings.services import Description
from lantai.ingest import queries
from lantai.ingest.services import submit
from lantai.kernel.errors import Conflict, Invalid, LantaiError, NotFound
from lantai.site.work import settle
from tests.packages import package, values


def _report(actor: Actor, path: Path) -> set[str]:
    number = submit(actor, "MZJ", path)
    settle()
    view = queries.transfer(SYSTEM, number)
    assert view.run
    run = checks.run(view.run)
    return {f["code"] for item in run.items("fail") for f in item["findings"]}


def _changed(path: Path, old: str, new: str) -> Path:
    """Change a text in every XML of a package that is a folder."""
    changed = 0
    for file in path.rglob("*.XML"):
        text = file.read_text("utf-8")
        changed += old in text
        file.chmod(0o644)
        file.write_text(text.replace(old, new), "utf-8")
    assert changed
    return path


def test_an_item_whose_file_is_nowhere_is_no_clean_transfer(cast: dict[str, Actor], tmp_path: Path) -> None:
    ref = "<档号>Z109-WS·2011·Y-0001</档号>"
    path = _changed(package(tmp_path, "folder"), ref, ref + "<上级档号>Z109-WS·2011-Y-9999</上级档号>")
    assert "ingest.parent.missing" in _report(cast["沈文"], path)


def test_a_code_of_another_fonds_is_no_clean_transfer(cast: dict[str, Actor], tmp_path: Path) -> None:
    path = _changed(package(tmp_path, "folder"), "Z109-WS·2011·Y-0001", "Z110-WS·2011·Y-0001")
    assert "ingest.ref.foreign" in _report(cast["沈文"], path)


def _entry(ref: str = "Z109-WS·2001·Y-0001", parent: str = "", **more: str) -> Description:
    told = values(ref, "旧目录一条", **more)
    return Description(urn_of(ref), ref, "item", "WS", "Z109", told, parent=parent)


@pytest.mark.parametrize(
    ("entries", "error"),
    [
        ([_entry(security="秘密★10年")], Invalid),
        ([_entry(), _entry()], Conflict),
        ([_entry(parent="Z109-WS·2001-Y-9999")], NotFound),
    ],
)
def test_a_list_that_cannot_be_described_leaves_nothing_in_the_vault(
    cast: dict[str, Actor], entries: list[Description], error: type[LantaiError]
) -> None:
    shutil.rmtree(home().vault / "ocfl", ignore_errors=True)
    with pytest.raises(error):
        register_catalogue(SYSTEM, entries, source="旧目录")
    kept = [path for path in (home().vault / "ocfl").rglob("*") if path.name == "records.jsonl"]
    assert not kept
