"""Followers: side effects hang off the ledger, each with its own saved position, not inside the acts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils import timezone

from lantai.base.locks import held
from lantai.ledger.models import Entry, Position


@dataclass(frozen=True, slots=True)
class Follower:
    """Reads sequenced entries in order. ``handle`` must be idempotent: after a kill it sees a batch again.

    It is handed at most ``batch`` entries at once, and no more after their weights by ``weigh`` have reached
    ``load``: a bulk act stands for thousands of records, and the position is saved between. ``done`` is
    called when it stops for now, whatever the reason: what was held from one portion to the next is let go.
    """

    name: str
    handle: Callable[[Sequence[Entry]], None]
    batch: int = 500
    weigh: Callable[[Entry], int] = lambda entry: 1
    load: int = 20_000
    done: Callable[[], None] = lambda: None

    def portion(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Return as many of ``entries``, from the first, as are handled at once: at least one."""
        total = 0
        for place, entry in enumerate(entries):
            total += self.weigh(entry)
            if total >= self.load:
                return entries[: place + 1]
        return entries


_followers: dict[str, Follower] = {}


def register(follower: Follower) -> None:
    """Make ``follower`` known to the workers of this process (called once, when a room starts)."""
    _followers[follower.name] = follower


def follower_names() -> tuple[str, ...]:
    """Return the names of all followers, in their order of registration."""
    return tuple(_followers)


def follow(name: str, go_on: Callable[[], bool] = lambda: True) -> int:
    """Let the follower ``name`` deal with what is new; return how many entries it dealt with.

    ``go_on`` is asked between portions whether there is time for another.

    Its position moves after the batch is done, never before. An error is kept on its row, where pages show
    it, and raised.
    """
    follower = _followers[name]
    with held(f"follower-{name}") as got:
        if not got:
            return 0
        try:
            return _follow(follower, go_on)
        finally:
            follower.done()


def _follow(follower: Follower, go_on: Callable[[], bool]) -> int:
    position, _ = Position.objects.get_or_create(follower=follower.name)
    total = 0
    while go_on():
        new = Entry.objects.filter(index__gte=position.next_index).order_by("index")
        batch = follower.portion(list(new[: follower.batch]))
        if not batch:
            break
        try:
            follower.handle(batch)
        except Exception as problem:
            told = f"{type(problem).__name__}: {problem}"
            Position.objects.filter(follower=follower.name).update(problem=told)
            raise
        last = batch[-1].index
        if last is None:
            raise RuntimeError("a sequenced entry has no index")
        position.next_index = last + 1
        position.moved_at = timezone.now()
        position.problem = ""
        position.save()
        total += len(batch)
    return total


def go_on_from(name: str, index: int) -> None:
    """Let the follower ``name`` go on with the entry ``index``, whatever it dealt with before.

    For what it follows for was made anew. The caller holds its lock, ``follower-<name>``.
    """
    Position.objects.update_or_create(
        follower=name, defaults={"next_index": index, "moved_at": timezone.now(), "problem": ""}
    )
