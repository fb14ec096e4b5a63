"""Keys of either kind and their succession, kept checkpoints and their time stamps, proofs that outsiders take away."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from lantai.base.actors import SYSTEM
from lantai.base.home import home
from lantai.cli.main import main
from lantai.kernel.errors import Conflict, Corrupt, Invalid, NotFound, Unavailable
from lantai.kernel.findings import Severity
from lantai.kernel.tlog import generate, save_signers
from lantai.kernel.witness.answers import Item, Verdict
from lantai.kernel.witness.documents import check_document
from lantai.kernel.witness.folder import Folder
from lantai.kernel.witness.kept import Given, check_ledger
from lantai.kernel.witness.notes import read_keys
from lantai.kernel.witness.stamps import read_authorities
from lantai.ledger import queries, queries_checkpoints
from lantai.ledger.models import Entry
from lantai.ledger.services import found, preserve_checkpoints, remember_keys, sequence, stamps, succeed_key
from lantai.ledger.store import ORIGIN, signers
from lantai.people.services import add_unit
from tests.conftest import Site
from tests.tsa import OPENSSL, Tsa, serving


def outsider(keys: str, *since: bytes, root: Path | None = None) -> Item:
    """Return what somebody finds who has the public keys and the folder."""
    authorities = read_authorities(root.read_bytes()) if root else ()
    given = Given(read_keys(f"{keys}\n".encode()), tuple(since), authorities)
    return check_ledger("ledger", Folder(home().vault / "ledger"), given)


def codes(item: Item) -> dict[str, Severity]:
    return {finding.code: finding.severity for finding in item.findings}


@pytest.fixture
def look_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamps, "LOOK_SECONDS", 0.0)


@pytest.fixture
def signed_by_both(site: Site) -> None:
    """Let the site sign by both algorithms, as ``lantai init --sign ed25519+sm2`` has it."""
    (home().keys / "ledger.key").unlink()
    Entry.objects.all().delete()
    found(SYSTEM, name="云岭区档案馆", sign=["ed25519", "sm2"])


def test_a_site_may_sign_by_both_and_each_reader_checks_what_he_can(signed_by_both: None) -> None:
    add_unit(SYSTEM, "U", "单位")
    assert sequence() == 2
    one, two = queries.key_text().split("\n")
    assert outsider(one).verdict is outsider(two).verdict is Verdict.YES
    assert (home().vault / "ledger" / "ledger.pub").read_text() == f"{one}\n{two}\n"
    assert [key.algorithm for key in queries_checkpoints.key_views()] == ["ed25519", "sm2"]
    sealed = queries.sealed(1)
    assert sealed.note == queries.sealed(1).note and sealed.note.count("— ") == 2
    assert sealed.note.splitlines()[-2].endswith(sealed.signature) and sealed.signature not in two
    assert sealed.fingerprint == read_keys(f"{one}\n".encode())[0].fingerprint
    assert not queries.check_log().findings
    with pytest.raises(Invalid, match=r"tlog\.key\.algorithm"):
        succeed_key(SYSTEM, sign=["rsa"])


def test_a_renewed_key_takes_over_when_the_old_one_has_vouched(site: Site) -> None:
    sequence()
    old = queries.key_text()
    succeed_key(SYSTEM, sign=["sm2"])
    assert queries.key_text() == old
    succeed_key(SYSTEM, sign=["sm2"])
    assert Entry.objects.filter(act="ledger.key.succeed").count() == 1
    sequence()
    new = queries.key_text()
    assert new != old and not (home().keys / "ledger.next").exists()
    item = outsider(old)
    assert item.verdict is Verdict.YES and codes(item) == {"verify.succession.vouched": Severity.INFO}
    assert outsider(new).verdict is Verdict.YES
    add_unit(SYSTEM, "U", "单位")
    assert sequence() == 1 and outsider(old).verdict is Verdict.YES
    assert not queries.check_log().failed
    assert [key.present for key in queries_checkpoints.key_views()] == [True, False]
    with pytest.raises(Conflict, match=r"ledger\.key\.there"):
        succeed_key(SYSTEM, lost=True)


def test_a_lost_key_is_succeeded_and_readers_are_told(site: Site) -> None:
    add_unit(SYSTEM, "U", "单位")
    sequence()
    old = queries.key_text()
    for name in ("ledger.key", "ledger.pub"):
        (home().keys / name).unlink()
    with pytest.raises(Unavailable, match=r"ledger\.key\.missing"):
        succeed_key(SYSTEM)
    succeed_key(SYSTEM, lost=True)
    add_unit(SYSTEM, "V", "单位二")
    sequence()
    new = queries.key_text()
    item = outsider(old)
    assert item.verdict is Verdict.UNKNOWN and codes(item) == {
        "verify.succession.announced": Severity.WARNING
    }
    assert item.findings[0].facts["size"] == 2
    assert outsider(f"{old}\n{new}").verdict is outsider(new).verdict is Verdict.YES
    assert queries_checkpoints.checkpoint_at(2).decode().startswith(ORIGIN)
    assert not queries.check_log().failed


def test_a_loss_that_was_killed_half_way_is_finished_by_the_next_call(site: Site) -> None:
    sequence()
    old = queries.key_text()
    (home().keys / "ledger.key").unlink()
    succeed_key(SYSTEM, lost=True)
    Entry.objects.filter(act="ledger.key.succeed").delete()  # as if killed before the entry was there
    succeed_key(SYSTEM, lost=True)
    sequence()
    assert codes(outsider(old)) == {"verify.succession.announced": Severity.WARNING}
    assert [key.verifier.fingerprint for key in signers()] == [queries_checkpoints.key_views()[0].fingerprint]


def test_a_key_that_was_kept_elsewhere_brings_its_predecessors_back(site: Site) -> None:
    sequence()
    succeed_key(SYSTEM, sign=["sm2"])
    sequence()
    before = queries_checkpoints.key_views()
    for name in ("retired.pub", "ledger.pub"):
        (home().keys / name).unlink()
    remember_keys()
    assert queries_checkpoints.key_views() == before
    assert (home().keys / "ledger.pub").read_text() == f"{queries.key_text()}\n"


def test_a_stranger_key_publishes_nothing(site: Site) -> None:
    sequence()
    (home().keys / "ledger.key").unlink()
    save_signers(home().keys / "ledger.key", [generate("ed25519", ORIGIN)])
    add_unit(SYSTEM, "U", "单位")
    with pytest.raises(Corrupt, match=r"tlog\.note\.unsigned"):
        sequence()


def test_proofs_are_taken_away_and_hold(site: Site, look_at_once: None) -> None:
    for number in range(3):
        add_unit(SYSTEM, f"U{number}", "单位")
    sequence()
    assert preserve_checkpoints() == 1 and preserve_checkpoints() == 0
    add_unit(SYSTEM, "V", "单位")
    sequence()
    keys = read_keys(f"{queries.key_text()}\n".encode())
    entry = Entry.objects.get(subject="urn:lantai:unit:U1")
    told = queries_checkpoints.entry_proof(str(entry.uuid))
    assert told == queries_checkpoints.entry_proof("2")
    item = check_document("proof.json", told, keys)
    assert item.verdict is Verdict.YES and item.facts["act"] == "people.unit.add"
    first, newest = queries_checkpoints.checkpoint_at(4), queries_checkpoints.checkpoint_at(5)
    item = check_document("history.json", queries_checkpoints.consistency(first, newest), keys)
    assert item.verdict is Verdict.YES and (item.facts["since"], item.facts["size"]) == (4, 5)
    assert [(kept.size, kept.newest) for kept in queries_checkpoints.checkpoints()] == [(5, True), (4, False)]
    assert not queries.check_log([first, newest]).findings
    with pytest.raises(Invalid, match=r"ledger\.checkpoint\.order"):
        queries_checkpoints.consistency(newest, first)
    foreign = first.replace(b"\n4\n", b"\n3\n")
    with pytest.raises(Invalid, match=r"ledger\.checkpoint\.foreign"):
        queries_checkpoints.consistency(foreign, newest)
    assert queries.check_log([foreign]).failed
    for missing in ("99", "zz", "-" * 36):
        with pytest.raises(NotFound):
            queries_checkpoints.entry_proof(missing)
    with pytest.raises(NotFound):
        queries_checkpoints.checkpoint_at(3)


def test_the_command_line_verifies_proves_and_renews(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def lantai(*arguments: object) -> int:
        return main([str(each) for each in arguments])

    sequence()
    kept, out = tmp_path / "kept", tmp_path / "proof.json"
    kept.write_text(queries.checkpoint_note())
    old = queries.key_text()
    add_unit(SYSTEM, "U", "单位")
    assert lantai("ledger", "prove", "--from", kept, "-o", out) == 0
    assert check_document("x", out.read_bytes(), read_keys(f"{old}\n".encode())).facts["since"] == 1
    assert lantai("ledger", "prove", "--entry", "1", "-o", out) == 0
    assert check_document("x", out.read_bytes(), read_keys(f"{old}\n".encode())).facts["entry"] == 1
    capsys.readouterr()
    assert lantai("ledger", "verify", "--json", "--since", kept) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "pass"
    kept.write_text(queries.checkpoint_note().replace("\n2\n", "\n1\n"))
    assert lantai("ledger", "verify", "--since", kept) == 1
    assert lantai("ledger", "renew", "--sign", "ed25519+sm2") == 0
    assert outsider(old).verdict is Verdict.YES
    assert lantai("ledger", "renew", "--lost") == 2
    (home().keys / "ledger.key").unlink()
    assert lantai("ledger", "verify") == 2
    assert lantai("ledger", "renew", "--lost", "--sign", "sm2") == 0
    assert outsider(f"{old}\n{queries.key_text()}").verdict is Verdict.YES
    assert lantai("ledger", "prove", "--from", "77", "-o", out) == 2


@pytest.mark.skipif(OPENSSL is None, reason="there is no openssl command")
def test_checkpoints_are_stamped_and_a_stamp_of_another_one_is_refused(
    site: Site, look_at_once: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tsa, other = Tsa(tmp_path / "tsa"), Tsa(tmp_path / "other")
    ledger = home().vault / "ledger"
    sequence()
    with serving(tsa) as address:
        monkeypatch.setenv("LANTAI_TSA_URL", address)
        assert preserve_checkpoints() == 2
        add_unit(SYSTEM, "U", "单位")
        sequence()
        assert preserve_checkpoints() == 0  # a day between two
        an_hour_ago = time.time() - 3600
        os.utime(ledger / "timestamps" / "1.tsr", (an_hour_ago, an_hour_ago))
        (ledger / "timestamps" / "0.tsr").touch()
        os.utime(ledger / "timestamps" / "0.tsr", (2**33, 2**33))  # from before the clock was set back
        assert preserve_checkpoints() == 0
        monkeypatch.setenv("LANTAI_TSA_MINUTES", "60")
        assert preserve_checkpoints() == 2
        (ledger / "timestamps" / "0.tsr").unlink()
    first, second = ledger / "timestamps" / "1.tsr", ledger / "timestamps" / "2.tsr"
    keys = queries.key_text()
    item = outsider(keys, root=tsa.root)
    assert item.verdict is Verdict.YES and str(item.facts["stamped_at"]).endswith("Z")
    assert codes(outsider(keys)) == {"verify.stamp.unchecked": Severity.INFO}
    assert outsider(keys, root=other.root).verdict is Verdict.NO
    assert all(kept.stamped_at for kept in queries_checkpoints.checkpoints() if not kept.newest)
    whole = second.read_bytes()
    changed = bytearray(whole)
    changed[-20] ^= 1
    for forged in (first.read_bytes(), bytes(changed), b"", b"stamp"):
        second.write_bytes(forged)
        assert codes(outsider(keys, root=tsa.root)) == {"verify.stamp.wrong": Severity.ERROR}
    second.rename(ledger / "timestamps" / "7.tsr")
    assert codes(outsider(keys, root=tsa.root)) == {"verify.stamp.alone": Severity.ERROR}


def test_a_service_that_is_away_costs_nothing_but_its_stamp(
    site: Site, look_at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequence()
    monkeypatch.setenv("LANTAI_TSA_URL", "http://127.0.0.1:9/")
    with pytest.raises(Unavailable, match=r"ledger\.stamp\.failed"):
        preserve_checkpoints()
    assert [kept.size for kept in queries_checkpoints.checkpoints()] == [1, 1]
    assert not queries.check_log().findings
