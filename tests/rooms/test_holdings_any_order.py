"""Acts of changing in any order: whatever happens, tallies, history and ledger tell what is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from lantai.base.actors import SYSTEM, Actor
from lantai.holdings.models import Record, Relation, Tally
from lantai.holdings.services import (
    Revision,
    accept,
    merge,
    move,
    place,
    plan_renumber,
    renumber,
    revise,
    revise_many,
    split,
    undo,
)
from lantai.holdings.services.tally import counted, told
from lantai.holdings.services.undo import PERMISSIONS
from lantai.kernel.errors import LantaiError
from lantai.ledger.models import Entry
from tests.rooms.test_holdings_changes import FONDS, TOP, described, enter, file, inside, values

LATER = "WS·2015·D30"

DONE: Counter[str] = Counter()
"""How often each act was really done."""


class Desk(RuleBasedStateMachine):
    """All acts of changing in any order: tallies, history and entries always tell what is."""

    numbers = st.integers(0, 5)

    @initialize()
    def begin(self) -> None:
        refs = [f"{FONDS}-{TOP if n < 2 else LATER}-{1000 + n:04d}" for n in range(4)]
        Relation.objects.all().delete()
        Record.objects.filter(level="item").delete()
        Record.objects.all().delete()
        Tally.objects.all().delete()
        self.boxes = [file(n) for n in (1, 2)]
        self.items = [described(ref, f"题名{n}") for n, ref in enumerate(refs)]
        self.below = [inside(n, self.boxes[0]) for n in (1, 2)]
        enter(*self.boxes, *self.items[:2], *self.below)
        enter(*self.items[2:], accepted=False)
        self.start = {r.urn: dict(r.values) for r in Record.objects.all()}
        self.entries: list[str] = []
        self.volumes = 10

    def every(self) -> list[Record]:
        return list(Record.objects.filter(level="item").order_by("id"))

    def attempt(self, change: Callable[[], object]) -> None:
        """Do it, or be refused and leave everything as it is."""
        newest, version = Entry.objects.count(), sum(Record.objects.values_list("version", flat=True))
        try:
            change()
        except LantaiError:
            assert Entry.objects.count() == newest
            assert sum(Record.objects.values_list("version", flat=True)) == version
            return
        if Entry.objects.count() > newest:
            told_last = Entry.objects.latest("id")
            DONE[told_last.act] += 1
            assert Entry.objects.count() == newest + 1
            self.entries.append(str(told_last.uuid))

    @rule(
        n=numbers, year=st.sampled_from(["2013", "2014", "", "x"]), status=st.sampled_from(["开放", "控制"])
    )
    def revise(self, n: int, year: str, status: str) -> None:
        one = self.every()[n]
        self.attempt(
            lambda: revise(SYSTEM, one.urn, {"year": year, "open_status": status}, version=one.version)
        )

    @rule(status=st.sampled_from(["开放", "控制"]), stale=st.booleans())
    def revise_all(self, status: str, stale: bool) -> None:
        some = [Revision(r.urn, r.version + stale, {"open_status": status}) for r in self.every()]
        self.attempt(lambda: revise_many(SYSTEM, uuid4(), some))

    @rule(n=numbers, m=numbers, to=st.integers(0, 3))
    def move(self, n: int, m: int, to: int) -> None:
        some = {self.every()[k].urn: self.every()[k].version for k in (n, m)}
        where = {"parent": self.boxes[to].urn} if to < 2 else {"series": TOP if to == 2 else LATER}
        self.attempt(lambda: move(SYSTEM, list(some), versions=some, **where))

    @rule(n=numbers, m=numbers)
    def place(self, n: int, m: int) -> None:
        one, two = self.every()[n], self.every()[m]
        self.attempt(lambda: place(SYSTEM, one.urn, before=two.urn, version=one.version))

    @rule(n=numbers)
    def split(self, n: int) -> None:
        one = self.every()[n]
        self.volumes += 1
        ref = f"{FONDS}-{TOP}-{self.volumes:03d}"
        title = values(ref, "拆出", security="公开")
        urn = one.parent.urn if one.parent else self.boxes[0].urn
        self.attempt(
            lambda: split(SYSTEM, urn, [one.urn], ref=ref, values=title, versions={one.urn: one.version})
        )

    @rule(back=st.booleans())
    def merge(self, back: bool) -> None:
        into, other = (self.boxes if back else self.boxes[::-1])[:2]
        known = {r.urn: r.version for r in Record.objects.filter(urn__in=[into.urn, other.urn])}
        self.attempt(lambda: merge(SYSTEM, into.urn, [other.urn], versions=known))

    @rule(start=st.integers(1, 3))
    def renumber(self, start: int) -> None:
        def change() -> None:
            plan = plan_renumber(SYSTEM, fonds=FONDS, series=LATER, start=start)
            renumber(SYSTEM, fonds=FONDS, series=LATER, start=start, digest=plan.digest)

        self.attempt(change)

    @rule(n=numbers)
    def accept(self, n: int) -> None:
        self.attempt(lambda: accept(SYSTEM, [self.every()[n].urn]))

    @rule(k=st.integers(1, 4))
    def undo(self, k: int) -> None:
        if len(self.entries) >= k:
            self.attempt(lambda: undo(SYSTEM, self.entries[-k]))

    @invariant()
    def tallies_are_exact(self) -> None:
        assert told() == counted()

    @invariant()
    def history_is_reality(self) -> None:
        """From what was described, the changes in their order lead to what is; versions count them without gaps."""
        for r in Record.objects.prefetch_related("changes").select_related("parent", "series", "access"):
            changes = sorted(r.changes.all(), key=lambda c: c.pk)
            assert {c.version for c in changes} == set(range(2, r.version + 1))
            now = dict(self.start.get(r.urn, r.values))
            for c in changes:
                if not c.key.startswith("@"):
                    assert now.get(c.key, "") == c.before
                    now[c.key] = c.after
                assert Entry.objects.filter(uuid=c.entry).exists()
            assert {k: v for k, v in now.items() if v} == {k: v for k, v in r.values.items() if v}
            last = {c.key: c.after for c in changes}
            assert last.get("@parent", r.parent.urn if r.parent else "") == (r.parent.urn if r.parent else "")
            assert last.get("@ref", r.ref) == r.ref and last.get("@series", r.series.code) == r.series.code
            assert r.access.open_status == (r.open_status if r.accepted else "整理中")
            assert r.open_status == (r.values.get("open_status") or "未审核")


@pytest.mark.slow
def test_any_order_of_acts_keeps_tallies_history_and_ledger_true(cast: dict[str, Actor]) -> None:
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=30,
            stateful_step_count=14,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert set(DONE) >= set(PERMISSIONS) | {"holdings.records.accept"}, DONE
