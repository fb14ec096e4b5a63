"""Acts, entries, sequencer, followers, proofs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.db import transaction

from lantai.base.actors import SYSTEM, Actor
from lantai.kernel.errors import Corrupt, NotFound
from lantai.kernel.tlog import leaf_hash, open_checkpoint, verify_inclusion
from lantai.ledger import queries
from lantai.ledger.acts import act, known_acts, record
from lantai.ledger.models import Entry
from lantai.ledger.services import Follower, follow, register, sequence
from lantai.ledger.store import log_store, verifier
from lantai.people.models import Unit
from lantai.people.services import add_unit
from tests.conftest import Site


@act("people.unit.add")
def _silent(actor: Actor) -> None:
    """An act that forgets to record."""
    Unit.objects.create(code="X", name="X")


@act("people.unit.add")
def _fails_after(actor: Actor) -> None:
    record("urn:x", {})
    Unit.objects.create(code="X", name="X")
    raise ValueError("after the entry")


def test_an_act_that_records_nothing_keeps_nothing(site: Site) -> None:
    with pytest.raises(RuntimeError, match="recorded nothing"):
        _silent(SYSTEM)
    assert not Unit.objects.exists()


def test_change_and_entry_share_one_transaction(site: Site) -> None:
    before = Entry.objects.count()
    with pytest.raises(ValueError, match="after the entry"):
        _fails_after(SYSTEM)
    assert Entry.objects.count() == before
    assert not Unit.objects.exists()


def test_record_outside_an_act_is_loud(site: Site) -> None:
    with pytest.raises(RuntimeError, match="no act is running"):
        record("urn:x", {})


def test_unknown_act_is_loud(site: Site) -> None:
    @act("people.unit.explode")
    def explode(actor: Actor) -> None:
        record("urn:x", {})

    with pytest.raises(RuntimeError, match="not in the list"):
        explode(SYSTEM)


def test_every_act_has_three_parts_and_its_room() -> None:
    for name in known_acts():
        room, subject, verb = name.split(".")
        assert room and subject and verb


def test_sequencing_numbers_without_gap_and_publishes_signed(site: Site) -> None:
    for number in range(7):
        add_unit(SYSTEM, f"U{number}", f"单位{number}")
    assert sequence() == 8  # with the founding
    assert list(Entry.objects.order_by("id").values_list("index", flat=True)) == list(range(8))
    checkpoint = open_checkpoint(queries.checkpoint_note().encode(), verifier())
    assert checkpoint.size == 8
    assert sequence() == 0


def test_proof_of_an_entry_holds_for_an_outsider(site: Site) -> None:
    for number in range(5):
        add_unit(SYSTEM, f"U{number}", f"单位{number}")
    sequence()
    entry = Entry.objects.get(subject="urn:lantai:unit:U3")
    proof = queries.proof(str(entry.uuid))
    checkpoint = open_checkpoint(proof.checkpoint.encode(), verifier())
    path = [bytes.fromhex(node) for node in proof.path]
    assert verify_inclusion(
        leaf_hash(proof.text.encode()), proof.index, checkpoint.size, path, checkpoint.root
    )


def test_no_proof_before_publication(site: Site) -> None:
    sequence()
    add_unit(SYSTEM, "U", "单位")
    entry = Entry.objects.get(subject="urn:lantai:unit:U")
    with pytest.raises(NotFound):
        queries.proof(str(entry.uuid))


def test_killed_between_numbering_and_files_the_next_call_completes(site: Site) -> None:
    sequence()
    add_unit(SYSTEM, "U", "单位")
    Entry.objects.filter(index__isnull=True).update(index=1)  # as far as a killed sequencer got
    assert sequence() == 1
    assert not queries.check_log().findings


def test_a_database_older_than_the_log_is_refused(site: Site) -> None:
    add_unit(SYSTEM, "U", "单位")
    sequence()
    Entry.objects.filter(index=1).delete()
    with pytest.raises(Corrupt) as refused:
        sequence()
    assert refused.value.code == "ledger.log.ahead"


def test_check_finds_a_rewritten_row(site: Site) -> None:
    add_unit(SYSTEM, "U", "单位")
    sequence()
    entry = Entry.objects.get(index=1)
    Entry.objects.filter(pk=entry.pk).update(text=entry.text.replace("单位", "别的"))
    assert [finding.code for finding in queries.check_log().findings] == ["ledger.entry.differs"]


def test_check_finds_a_rewritten_file(site: Site) -> None:
    add_unit(SYSTEM, "U", "单位")
    sequence()
    key = next(key for key in log_store().list() if "entries" in key)
    path = log_store().local_path(key)
    assert path is not None
    path.write_bytes(path.read_bytes().replace("单位".encode(), "別的".encode()))
    assert queries.check_log().findings


def test_a_follower_goes_on_from_its_own_position(site: Site) -> None:
    seen: list[int | None] = []

    def note(entries: Sequence[Entry]) -> None:
        seen.extend(entry.index for entry in entries)

    register(Follower("noting", note, batch=3))
    for number in range(4):
        add_unit(SYSTEM, f"U{number}", "单位")
    sequence()
    assert follow("noting") == 5
    add_unit(SYSTEM, "V", "单位")
    sequence()
    assert follow("noting") == 1
    assert seen == [0, 1, 2, 3, 4, 5]
    assert follow("noting") == 0


def test_a_follower_is_handed_no_more_than_it_can_carry(site: Site) -> None:
    portions: list[int] = []
    register(
        Follower("carrying", lambda entries: portions.append(len(entries)), weigh=lambda entry: 6, load=10)
    )
    for number in range(4):
        add_unit(SYSTEM, f"U{number}", "单位")
    sequence()
    follow("carrying")
    assert portions == [2, 2, 1]


def test_a_follower_that_fails_keeps_its_place_and_says_so(site: Site) -> None:
    attempts: list[int] = []

    def break_down(entries: Sequence[Entry]) -> None:
        attempts.append(len(entries))
        raise ValueError("cannot")

    register(Follower("failing", break_down))
    sequence()
    for _ in range(2):
        with pytest.raises(ValueError, match="cannot"):
            follow("failing")
    assert attempts == [1, 1]
    state = next(state for state in queries.followers() if state.name == "failing")
    assert state.next_index == 0
    assert "cannot" in state.problem


def test_entries_are_written_inside_the_callers_transaction(site: Site) -> None:
    with pytest.raises(ValueError, match="undo"), transaction.atomic():
        add_unit(SYSTEM, "U", "单位")
        raise ValueError("undo")
    assert not Entry.objects.filter(subject="urn:lantai:unit:U").exists()
