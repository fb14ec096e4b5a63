"""The invariants of the house, each attacked: codes that stay, bytes that stay, damage that is found, rebuilding."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.checks import queries as checks
from lantai.holdings import queries as holdings
from lantai.holdings.models import Record
from lantai.ingest import queries
from lantai.ingest.models import Transfer
from lantai.ingest.services import accept, sign_waiting, submit
from lantai.ingest.steps import advance
from lantai.kernel.errors import Conflict
from lantai.kernel.packages import build_dat93
from lantai.kernel.verify.cli import main as lantai_verify
from lantai.ledger import queries as ledger
from lantai.ledger.models import Entry
from lantai.ledger.services import found, sequence
from lantai.search.index import close_all
from lantai.search.queries import Answer, Question, search
from lantai.search.services import rebuild
from lantai.site.work import settle
from lantai.vault import queries as vault
from lantai.vault.services import verify
from tests import states
from tests.conftest import Site
from tests.withstand.packs import draft, material, pack, record, ref, types


def _send(path: Path) -> str:
    number = submit(SYSTEM, "MZJ", path)
    settle()
    return number


def _accept(number: str) -> None:
    sign_waiting(SYSTEM, number, note="")
    accept(SYSTEM, number)


def _keep(path: Path) -> str:
    number = _send(path)
    _accept(number)
    settle()
    assert queries.transfer(SYSTEM, number).state == "closed"
    return number


@pytest.fixture
def preserved(cast: Mapping[str, Actor], site: Site, tmp_path: Path) -> list[str]:
    """The 档号 of one package that is closed, and nothing waits. Made once in a process."""

    def make() -> list[str]:
        path, refs = pack(tmp_path, "packet", 2011)
        _keep(path)
        settle()
        assert verify(SYSTEM).damaged == ()
        close_all()
        return refs

    return states.once("preserved", make, site.root)


def _failed(number: str) -> dict[str, list[str]]:
    run = queries.transfer(SYSTEM, number).run
    assert run is not None
    return {item["code"]: [f["path"] for f in item["findings"]] for item in checks.run(run).items("fail")}


# --- 档号 of accepted holdings never change and never double


def test_a_code_that_is_taken_fails_the_check(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    first, refs = pack(tmp_path, "first", 2011)
    again, _ = pack(tmp_path, "again", 2011)
    _keep(first)
    before = {r: holdings.record(SYSTEM, r) for r in refs}
    number = _send(again)
    assert set(_failed(number)["YJ-1-8"]) == set(refs)
    with pytest.raises(Conflict, match=r"ingest\.transfer\.not_clean"):
        accept(SYSTEM, number)
    settle()
    assert {r: holdings.record(SYSTEM, r) for r in refs} == before
    assert Record.objects.count() == len(refs)


def test_of_two_clean_transfers_with_the_same_codes_one_is_accepted(
    cast: Mapping[str, Actor], tmp_path: Path
) -> None:
    """Both were checked before either was accepted; the second must not be, whatever the first is doing."""
    numbers = [_send(pack(tmp_path, name, 2011)[0]) for name in ("one", "two", "three")]
    assert [_failed(number) for number in numbers] == [{}, {}, {}]
    _accept(numbers[0])
    with pytest.raises(Conflict, match=r"ingest\.transfer\.refs_taken"):
        _accept_again(numbers[1])
    settle()
    with pytest.raises(Conflict, match=r"ingest\.transfer\.refs_taken"):
        _accept_again(numbers[2])
    settle()
    assert [queries.transfer(SYSTEM, n).state for n in numbers] == ["closed", "checking", "checking"]
    assert Record.objects.count() == 2


def _accept_again(number: str) -> None:
    sign_waiting(SYSTEM, number, note="")
    accept(SYSTEM, number)


def test_a_code_twice_in_one_package_fails_the_check(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    path, refs = pack(tmp_path, "twice", 2011, archive=False)
    for paper in path.rglob("*.XML"):
        paper.write_text(paper.read_text("utf-8").replace(refs[1], refs[0]), "utf-8")
    number = _send(path)
    assert refs[0] in _failed(number)["YJ-1-8"]


@pytest.mark.parametrize("security", ["秘密", "机密", "绝密"])
def test_what_is_secret_is_not_accepted(cast: Mapping[str, Actor], tmp_path: Path, security: str) -> None:
    records = [record(2011, 1, material(tmp_path / "m", 1, 1), security=security)]
    out = tmp_path / "secret.zip"
    build_dat93(draft(records), out, types(), archive=True)
    number = _send(out)
    assert _failed(number)
    with pytest.raises(Conflict):
        accept(SYSTEM, number)


def test_files_taken_away_while_a_folder_is_received_are_not_kept(
    cast: Mapping[str, Actor], tmp_path: Path
) -> None:
    """A reception was killed, and before it went on the sender took a file away."""
    from lantai.ingest.workspace import workspace

    path, _ = pack(tmp_path, "packet", 2011, archive=False)
    number = submit(SYSTEM, "MZJ", path)
    content = workspace(queries.transfer(SYSTEM, number).uuid).content
    shutil.copytree(path, content)
    (content / "其他" / "撤回.txt").write_text("撤回", "utf-8")
    settle()
    assert _failed(number) == {}
    assert not (content / "其他" / "撤回.txt").exists()
    _accept(number)
    settle()
    assert queries.transfer(SYSTEM, number).state == "closed"


# --- damage is found


def _object_folder(what: str) -> Path:
    path = vault.file_path(holdings.record(SYSTEM, what).object_id, "record.json")
    assert path is not None
    return path.parents[2] if path.parent.name == "content" else path.parents[1]


def _writable(path: Path) -> Path:
    os.chmod(path, 0o644)
    return path


def _flip(path: Path) -> None:
    data = bytearray(_writable(path).read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _cut(path: Path) -> None:
    os.truncate(_writable(path), max(0, path.stat().st_size - 2))


def _link(path: Path) -> None:
    kept = path.with_name("kept")
    path.rename(kept)
    path.symlink_to(kept)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _garbage(path: Path) -> None:
    _writable(path).write_bytes(b"\xff{[")


HARMS: dict[str, Callable[[Path], None]] = {
    "flip": _flip,
    "cut": _cut,
    "gone": Path.unlink,
    "link": _link,
    "folder": _folder,
    "garbage": _garbage,
}


@pytest.mark.slow
@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.parametrize("what", ["001.txt", "record.json", "inventory.json", "inventory.json.sha512", "0=*"])
def test_any_harm_to_a_preserved_object_is_found(preserved: list[str], harm: str, what: str) -> None:
    victim = _object_folder(preserved[0])
    HARMS[harm](next(victim.rglob(what)))
    damaged = holdings.record(SYSTEM, preserved[0]).object_id
    result = verify(SYSTEM)
    assert [one for one, _ in result.damaged] == [damaged]
    assert vault.damaged_objects() == [damaged]
    assert vault.deposit_view(damaged).state == "damaged"
    told = ledger.latest(1, acts=["vault.fixity.run"])[0].data
    assert (told["damaged"], told["damaged_count"]) == ([damaged], 1)
    settle()
    assert ledger.check_log().findings == ()
    assert lantai_verify([str(home().vault), "--key", str(home().keys / "ledger.pub")]) == 1


def test_a_damaged_file_does_not_stop_the_index(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    path, refs = pack(tmp_path, "packet", 2011)
    _accept(number := _send(path))
    sequence()
    while queries.transfer(SYSTEM, number).state != "described":
        advance(number)
    victim = _object_folder(refs[0])
    shutil.rmtree(victim)
    settle()
    assert {found.record.ref for found in search(SYSTEM, Question(text="水库")).found} == set(refs)


def test_a_batch_list_that_was_rewritten_is_found(preserved: list[str]) -> None:
    _flip(next((home().vault / "batches").rglob("*.jsonl")))
    assert lantai_verify([str(home().vault), "--key", str(home().keys / "ledger.pub")]) == 1


# --- the ledger


LIES: dict[str, dict[str, Any]] = {
    "text": {},
    "act": {"act": "ingest.transfer.return"},
    "actor": {"actor": "nobody"},
    "subject": {"subject": "urn:lantai:other"},
    "index": {},
    "deleted": {},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_rewritten_row_of_the_ledger_is_found(preserved: list[str], lie: str) -> None:
    rows = Entry.objects.filter(act="ingest.transfer.accept")
    row = rows.get()
    if lie == "text":
        rows.update(text=row.text.replace("accept", "return"))
    elif lie == "index":
        last = Entry.objects.order_by("-index")[0]
        rows.update(index=10_000)
        Entry.objects.filter(pk=last.pk).update(index=row.index)
        rows.update(index=last.index)
    elif lie == "deleted":
        rows.delete()
    else:
        rows.update(**LIES[lie])
    findings = ledger.check_log().findings
    assert findings
    assert all(finding.message(language) for finding in findings for language in ("zh", "en"))


@pytest.mark.slow
@pytest.mark.parametrize("harm", HARMS)
def test_any_harm_to_the_files_of_the_ledger_is_found(
    preserved: list[str], tmp_path: Path, harm: str
) -> None:
    folder = home().vault / "ledger"
    partial = str(ledger.published() % 256)
    files = [path for path in folder.rglob("*") if path.name in ("checkpoint", partial)]
    assert len(files) == 3
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    for path in files:
        HARMS[harm](path)
        assert ledger.check_log().findings, path
        assert lantai_verify([str(home().vault), "--key", str(home().keys / "ledger.pub")]) == 1, path
        shutil.rmtree(folder)
        shutil.copytree(copy, folder)
    assert ledger.check_log().findings == ()


def test_a_founding_that_was_killed_is_finished(site: Site) -> None:
    keys = [home().keys / "ledger.pub", home().vault / "ledger" / "ledger.pub"]
    public = keys[0].read_bytes()
    Entry.objects.all().delete()
    for missing in keys:
        missing.unlink()
    (home().keys / "ledger.new").write_bytes(b"torn")
    found(SYSTEM, name="云岭区档案馆")
    assert [key.read_bytes() for key in keys] == [public, public]


# --- what is derived is rebuilt, equal


def _answers() -> list[tuple[int, list[str], Any]]:
    asked = ("水库", "移民", "第1号", ref(2011, 1), "区民政局", "没有这个词")

    def told(answer: Answer) -> tuple[int, list[str], Any]:
        ranked = sorted(answer.found, key=lambda found: (-found.score, found.record.ref))
        return answer.total, [found.record.ref for found in ranked], dict(answer.facets)

    return [told(search(SYSTEM, Question(text=text, limit=100))) for text in asked]


def test_a_lost_index_is_rebuilt_equal(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    for year in (2011, 2012):
        _keep(pack(tmp_path, f"packet-{year}", year, items=5)[0])
    before = _answers()
    assert before[0][0] == 10
    close_all()
    shutil.rmtree(home().index)
    assert rebuild(SYSTEM).records == 10
    assert _answers() == before
    _keep(pack(tmp_path, "packet-2013", 2013, items=2)[0])
    assert _answers()[0][0] == 12


def test_numbers_of_transfers_go_on_beyond_four_digits(cast: Mapping[str, Actor], tmp_path: Path) -> None:
    path, _ = pack(tmp_path, "packet", 2011)
    first = submit(SYSTEM, "MZJ", path)
    year = first[:5]
    Transfer.objects.filter(number=first).update(number=f"{year}9999")
    assert [submit(SYSTEM, "MZJ", path) for _ in range(2)] == [f"{year}10000", f"{year}10001"]
