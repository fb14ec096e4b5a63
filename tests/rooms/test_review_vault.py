"""A vault whose objects were exchanged for others that are whole in themselves is found out."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.holdings import queries as holdings
from lantai.ingest.services import accept, sign_waiting, submit
from lantai.kernel.ocfl import Content, NewVersion
from lantai.kernel.verify.cli import main
from lantai.site.work import settle
from lantai.vault.services import verify
from lantai.vault.store import repository
from tests.packages import package

REF = "Z109-WS·2011·Y-0001"


@pytest.fixture
def kept(cast: dict[str, Actor], tmp_path: Path) -> str:
    """The object of a record that was accepted and preserved."""
    number = submit(cast["沈文"], "MZJ", package(tmp_path))
    settle()
    sign_waiting(cast["陆安"], number, note="已核对")
    accept(cast["陆安"], number)
    settle()
    return holdings.record(SYSTEM, REF).object_id


def _outsider(capsys: pytest.CaptureFixture[str]) -> tuple[int, set[str]]:
    """Return what lantai-verify says about the vault: status and codes of errors."""
    capsys.readouterr()
    status = main([str(home().vault), "--key", str(home().keys / "ledger.pub"), "--json"])
    told = json.loads(capsys.readouterr().out)
    return status, {
        finding["code"]
        for item in told["items"]
        for finding in item["findings"]
        if finding["severity"] == "error"
    }


def _version(object_id: str, base: int) -> NewVersion:
    files = {"record.json": Content(b'{"ref": "forged"}\n', None)}
    return NewVersion(object_id, files, "in", "w", "mailto:w@x.cn", datetime(2026, 1, 1, tzinfo=UTC), base)


def test_a_good_vault_is_good(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _outsider(capsys) == (0, set())
    assert not verify(SYSTEM).damaged


def test_an_exchanged_object_is_found(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    shelf = repository()
    shelf.purge(kept)
    shelf.deposit([_version(kept, 0)])
    assert not shelf.verify(kept), "whole in itself"
    assert _outsider(capsys) == (1, {"verify.deposit.rewritten"})
    assert [object_id for object_id, _ in verify(SYSTEM).damaged] == [kept]


def test_a_version_slipped_in_is_found(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    repository().deposit([_version(kept, 1)])
    assert _outsider(capsys) == (1, {"verify.deposit.newer"})
    assert [object_id for object_id, _ in verify(SYSTEM).damaged] == [kept]


def test_a_dropped_object_is_found(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    repository().purge(kept)
    assert _outsider(capsys) == (1, {"verify.deposit.dropped"})
    shutil.rmtree(home().vault / "ocfl")
    assert _outsider(capsys) == (1, {"verify.deposit.dropped"})


def test_a_forged_or_dropped_list_is_found(kept: str, capsys: pytest.CaptureFixture[str]) -> None:
    some = min((home().vault / "batches").rglob("*.jsonl"))
    some.chmod(0o644)
    some.write_bytes(some.read_bytes().replace(b'"v1"', b'"v2"'))
    assert _outsider(capsys)[1] >= {"verify.batch.differs"}
    shutil.rmtree(home().vault / "batches")
    assert _outsider(capsys)[1] >= {"verify.batch.missing"}
