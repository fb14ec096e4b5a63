"""Copies at targets: made, read back, completed after failures, never made twice; a target is a whole vault."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from lantai.base.actors import SYSTEM, Actor
from lantai.base.home import home
from lantai.kernel.errors import Conflict, Forbidden, Invalid, LantaiError, Unavailable
from lantai.kernel.ocfl import Content, NewVersion
from lantai.kernel.storage import LocalStore
from lantai.kernel.verify.cli import main as outsider
from lantai.ledger.models import Entry
from lantai.ledger.services import sequence
from lantai.vault.logbook import Logbook
from lantai.vault.models import Copy, Deposit, Target
from lantai.vault.queries_alarms import alarms
from lantai.vault.queries_copies import in_shortfall, loss, shortfalls, standing
from lantai.vault.services import (
    Changes,
    Wanted,
    add_target,
    change_target,
    copy_to,
    end_target,
    pause_target,
    resume_target,
    ship,
)
from lantai.vault.services.pace import Clock
from lantai.vault.store import repository
from tests.conftest import Site
from tests.vaults import Odd, failing, folder_target, keep, own_vault, vault_files


class Later:
    """A clock that a test sets forward."""

    def __init__(self) -> None:
        self.at = 1_800_000_000.0
        self.rested = 0.0

    def clock(self) -> Clock:
        return Clock(lambda: self.at, lambda: self.at + self.rested, self._rest)

    def _rest(self, seconds: float) -> None:
        self.rested += seconds


def states() -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Copy.objects.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def refused(kind: type[LantaiError], code: str, work: object, *given: object) -> None:
    assert callable(work)
    with pytest.raises(kind) as caught:
        work(*given)
    assert caught.value.code == code


def test_a_target_becomes_a_whole_vault(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(range(3))
    (home().root / "terms.toml").write_text("a = 1\n")
    (home().desk / "ab").mkdir(parents=True)
    (home().desk / "ab" / "paper").write_bytes(b"a unit's only copy")
    target = UUID(folder_target(tmp_path / "disk"))
    made = copy_to(target)
    assert (made.copies, made.failed) == (3, 0)
    assert states() == {"good": 3}
    sequence()
    assert ship(target) > 0
    assert vault_files(tmp_path / "disk") == own_vault()
    assert (tmp_path / "disk" / "terms.toml").read_text() == "a = 1\n"
    assert (tmp_path / "disk" / "desk" / "ab" / "paper").read_bytes() == b"a unit's only copy"
    assert outsider([str(tmp_path / "disk"), "--key", str(home().keys / "ledger.pub"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["items"]
    assert copy_to(target).copies == 0
    assert ship(target) == 0


def test_what_comes_later_follows_and_what_was_replaced_goes(site: Site, tmp_path: Path) -> None:
    target = UUID(folder_target(tmp_path / "disk"))
    for number in range(3):
        keep([number])
        sequence()
        copy_to(target)
        sequence()
        ship(target)
    assert vault_files(tmp_path / "disk") == own_vault()
    assert Logbook(target).far("log").size > 0


def test_a_lying_target_is_told_and_its_copies_do_not_count(site: Site, tmp_path: Path) -> None:
    ids = keep(range(3))
    later = Later()
    target = UUID(folder_target(tmp_path / "disk"))
    inner = LocalStore(tmp_path / "disk")
    wrong = Odd(inner, lambda key, data: data.replace(b"1-0", b"1-9") if "files" in key else data)
    made = copy_to(target, clock=later.clock(), store=wrong)
    assert (made.copies, made.failed) == (2, 1)
    row = Copy.objects.get(deposit__object_id=ids[1])
    assert (row.state, row.problem["code"], row.tries) == ("wanted", "vault.copy.differs", 1)
    assert copy_to(target, clock=later.clock(), store=wrong).copies == 0, "it rests"
    later.at += 6
    assert copy_to(target, clock=later.clock(), store=wrong).failed == 1
    later.at += 6
    assert copy_to(target, clock=later.clock(), store=wrong) == copy_to(
        target, clock=later.clock(), store=inner
    )
    later.at += 60
    assert copy_to(target, clock=later.clock(), store=inner).copies == 1
    assert states() == {"good": 3}


def test_a_lost_write_is_written_again_and_nothing_else(site: Site, tmp_path: Path) -> None:
    keep([7])
    target = UUID(folder_target(tmp_path / "disk"))
    later = Later()

    class Losing(LocalStore):
        def publish(self, trees: object) -> None:
            super().publish(trees)  # type: ignore[arg-type]
            if not trees:
                return
            next((tmp_path / "disk" / "ocfl").rglob("*第0页*")).unlink()

    losing = Losing(tmp_path / "disk")
    assert copy_to(target, clock=later.clock(), store=losing).failed == 1
    before = {path: path.stat().st_ino for path in (tmp_path / "disk" / "ocfl").rglob("*") if path.is_file()}
    later.at += 10
    assert copy_to(target, clock=later.clock(), store=losing).copies == 1
    after = {path: path.stat().st_ino for path in (tmp_path / "disk" / "ocfl").rglob("*") if path.is_file()}
    assert len(after) == len(before) + 1
    assert all(after[path] == inode for path, inode in before.items())
    assert vault_files(tmp_path / "disk").keys() == {k for k in own_vault() if k.startswith("ocfl")}


@pytest.mark.parametrize("code", ["storage.store.failed", "storage.disk.full"])
def test_a_target_that_fails_is_tried_again_with_pauses(site: Site, tmp_path: Path, code: str) -> None:
    keep(range(2))
    target, later = UUID(folder_target(tmp_path / "disk")), Later()
    store = Odd(LocalStore(tmp_path / "disk"), before=failing(2, code))
    for tries, pause in ((1, 5), (2, 10)):
        refused(Unavailable, code, lambda: copy_to(target, clock=later.clock(), store=store))
        far = Logbook(target).far("objects")
        assert (far.tries, far.next - later.at, far.problem and far.problem["code"]) == (tries, pause, code)
        later.at = far.next
    assert copy_to(target, clock=later.clock(), store=store).copies == 2
    assert Logbook(target).far("objects").problem is None


def test_damage_here_is_never_copied(site: Site, tmp_path: Path) -> None:
    keep(range(2))
    victim = next((home().vault / "ocfl").rglob("*第1页*"))
    victim.chmod(0o644)
    victim.write_bytes(b"x" + victim.read_bytes()[1:])
    target = UUID(folder_target(tmp_path / "disk"))
    made = copy_to(target)
    assert (made.copies, made.failed) == (1, 1)
    assert Copy.objects.get(state="wanted").problem["code"] == "vault.copy.source_damaged"


def test_a_disk_that_is_not_mounted_gets_nothing(site: Site, tmp_path: Path) -> None:
    keep([1])
    target = UUID(folder_target(tmp_path / "disk"))
    (tmp_path / "disk").rename(tmp_path / "away")
    refused(Unavailable, "vault.target.away", copy_to, target)
    refused(Unavailable, "vault.target.away", ship, target)
    assert not (tmp_path / "disk").exists()
    folder_target(tmp_path / "other", "三号盘")
    (tmp_path / "other").rename(tmp_path / "disk")
    refused(Conflict, "vault.target.other", copy_to, target)


def test_a_pause_ends_a_write_and_its_rest_follows(site: Site, tmp_path: Path) -> None:
    keep(range(2))
    target = UUID(folder_target(tmp_path / "disk"))
    pause_target(SYSTEM, target)
    assert copy_to(target).copies == ship(target) == 0
    resume_target(SYSTEM, target)
    left = [5]

    def go_on() -> bool:
        left[0] -= 1
        return left[0] > 0

    assert copy_to(target, go_on).copies == 0
    assert states() == {"copying": 2}
    assert copy_to(target).copies == 2


def test_the_limit_holds_over_a_batch(site: Site, tmp_path: Path) -> None:
    keep(range(4))
    target, later = UUID(folder_target(tmp_path / "disk", rate=1000)), Later()
    made = copy_to(target, clock=later.clock())
    assert made.bytes / 1000 * 0.9 < later.rested
    assert later.rested < 60


def test_two_workers_at_one_target_make_each_copy_once(site: Site, tmp_path: Path) -> None:
    keep(range(6))
    target = UUID(folder_target(tmp_path / "disk"))
    made: list[int] = []
    threads = [threading.Thread(target=lambda: made.append(copy_to(target).copies)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(made) == 6
    assert Copy.objects.count() == 6 == Deposit.objects.count()


def test_targets_are_tried_and_kept_apart(site: Site, cast: dict[str, Actor], tmp_path: Path) -> None:
    keeper = cast["何恒"]
    wanted = Wanted("盘", str(tmp_path / "disk"), "异地库", "硬盘")
    refused(Forbidden, "people.permission.missing", add_target, cast["陆安"], wanted)
    made = add_target(keeper, wanted)
    assert not list((tmp_path / "disk").rglob("lantai-probe*"))
    refused(Conflict, "vault.target.taken", add_target, keeper, wanted)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "photo.jpg").write_bytes(b"mine")
    refused(
        Conflict, "vault.target.occupied", add_target, keeper, Wanted("b", str(tmp_path / "full"), "a", "b")
    )
    refused(
        Forbidden, "vault.target.inside", add_target, keeper, Wanted("b", str(home().vault / "x"), "a", "b")
    )
    refused(
        Invalid,
        "vault.recipient.private",
        add_target,
        keeper,
        Wanted("b", str(tmp_path / "n"), "a", "b", "AGE-SECRET-KEY-1X"),
    )
    change_target(keeper, made, Changes(name="新盘", rate=5))
    (tmp_path / "disk").rename(tmp_path / "moved")
    change_target(keeper, "新盘", Changes(address=str(tmp_path / "moved")))
    row = Target.objects.get(uuid=made)
    assert (row.name, row.rate, row.address, row.weaknesses) == ("新盘", 5, str(tmp_path / "moved"), [])
    end_target(keeper, made, "换了新盘")
    refused(Conflict, "vault.target.ended", pause_target, keeper, made)
    assert copy_to(made).copies == 0


def test_what_is_missing_is_told_and_traced(site: Site, tmp_path: Path) -> None:
    Entry.objects.update(at=datetime.now(UTC))  # the site was founded once for all tests, perhaps long ago
    (one, *_) = keep(range(3))
    keep([9], "list")
    assert [(s.kind, s.versions, s.lack.copies) for s in shortfalls()] == [("record", 3, 2), ("list", 1, 2)]
    assert loss().target == ""
    target = UUID(folder_target(tmp_path / "disk"))
    third = UUID(folder_target(tmp_path / "bucket", "云", place="省馆", medium="对象存储"))
    copy_to(target)
    assert [(s.kind, s.has, s.lacks) for s in shortfalls()] == [
        ("record", ("二号盘",), ("云",)),
        ("list", ("二号盘",), ("云",)),
    ]
    rows, more = in_shortfall(shortfalls()[0].key)
    assert ([row[1] for row in rows].index(one), len(rows), more) == (0, 3, False)
    assert alarms() == [], "nothing is late yet, and nothing went there yet"
    Deposit.objects.update(deposited_at=Deposit.objects.first().deposited_at - timedelta(days=3))  # type: ignore[union-attr]
    assert {alarm.code for alarm in alarms()} == {"vault.alarm.behind"}
    pause_target(SYSTEM, third)
    assert {alarm.code for alarm in alarms()} == {"vault.alarm.paused"}
    end_target(SYSTEM, third, "到期")
    assert {alarm.code for alarm in alarms()} == {"vault.alarm.no_target"}
    (found,) = standing(one)
    assert [(copy.name, copy.state) for copy in found.copies] == [("", "good"), ("二号盘", "good")]
    assert found.late
    sequence()
    ship(target)
    assert (loss().entries, loss().target) == (0, "二号盘")
    (home().root / "copies.toml").write_text("[here]\n")
    refused(Invalid, "vault.policy.unreadable", shortfalls)


def second_version(object_id: str) -> None:
    """Give an object a version more, as a migration of formats does."""
    files = {"record.json": Content(b"{}\n", None), "files/pdf-a.pdf": Content(b"%PDF-a", None)}
    new = NewVersion(object_id, files, "改格式", "w", "mailto:w@x.cn", datetime(2026, 11, 23, tzinfo=UTC), 1)
    (made,) = repository().deposit([new])
    row = Deposit.objects.get(object_id=object_id)
    row.pk, row.version, row.inventory_sha512, row.place = None, 2, made.digest, 50 + row.place
    row.save(force_insert=True)


def test_later_versions_follow_their_earlier_ones(site: Site, tmp_path: Path) -> None:
    first, second, third = keep(range(3))
    target = UUID(folder_target(tmp_path / "disk"))
    second_version(first)
    assert copy_to(target).copies == 4, "both versions of one object in one run, in order"
    second_version(second)
    copy_to(target)
    second_version(third)
    victim = next((tmp_path / "disk" / "ocfl").rglob("inventory.json"))
    Copy.objects.filter(deposit__object_id=third).update(state=Copy.WANTED)
    assert copy_to(target).copies == 2
    assert victim.exists()
    mine = {key: data for key, data in own_vault().items() if key.startswith("ocfl")}
    assert vault_files(tmp_path / "disk") == mine
    assert states() == {"good": 6}
