"""What still says what an act said: whether changes since, all together, come to nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lantai.holdings.models import Change
from lantai.kernel.errors import Conflict

NAMED = 20
"""档号 that a refusal names at most; it says how many there are."""

_CHUNK = 500


def standing(changes: Iterable[Change]) -> list[Change]:
    """Return those of the ``changes`` of one record (oldest first) whose fields do not say again what they said."""
    later = list(changes)
    net: dict[str, list[str]] = {}
    for change in later:
        net.setdefault(change.key, [change.before, ""])[1] = change.after
    return [change for change in later if net[change.key][0] != net[change.key][1]]


def changed_since(versions: Mapping[int, tuple[int, int]]) -> set[int]:
    """Return the row ids of records that do not say again what they said: ``versions`` are (then, now) of each.

    A change that was taken back does not count, however often; place, code and acceptance do as the elements do.
    Where the history of a version is not there, nobody can say so, and the record counts as changed.
    """
    wanted = [one for one, (then, now) in versions.items() if then != now]
    found: set[int] = set()
    for start in range(0, len(wanted), _CHUNK):
        later: dict[int, list[Change]] = {one: [] for one in wanted[start : start + _CHUNK]}
        for change in Change.objects.filter(record__in=list(later)).order_by("id"):
            if change.version > versions[change.record_id][0]:
                later[change.record_id].append(change)
        for record, changes in later.items():
            then, now = versions[record]
            told = {change.version for change in changes}
            if told != set(range(then + 1, now + 1)) or standing(changes):
                found.add(record)
    return found


def refuse_for(code: str, refs: Sequence[str]) -> None:
    """Raise ``Conflict`` with ``code`` when there are ``refs`` (档号): how many, and the first of them by name."""
    if not refs:
        return
    named = sorted(refs)[:NAMED]
    more = "…" if len(refs) > NAMED else ""
    raise Conflict(code, ref=named[0], count=len(refs), refs="、".join(named) + more)
