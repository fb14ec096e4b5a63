"""What of the copies is late or wrong, traced to what holds it up."""

from __future__ import annotations

import time
from collections.abc import Sequence

from lantai.kernel.errors import Fact
from lantai.kernel.findings import Finding
from lantai.kernel.texts import text
from lantai.vault.models import Target
from lantai.vault.policy import Lack
from lantai.vault.queries_copies import Shortfall, TargetView, loss, shortfalls, targets

SILENT_SECONDS = 900.0
"""A worker that was under way and gave no sign of life for so long hangs."""


def alarms(language: str = "zh") -> list[Finding]:
    """Return what is late, each with its cause as far as it can be told (codes ``vault.alarm.…``).

    Facts that are words themselves are in ``language``.
    """
    views = targets()
    found = [alarm for view in views for alarm in _target_alarms(view, language)]
    found += [_late(one, views, language) for one in shortfalls() if one.late]
    if views and not (now := loss()).within:
        facts: dict[str, Fact] = {"entries": now.entries, "seconds": round(now.seconds)}
        found.append(Finding("vault.alarm.loss", facts=facts))
    return found


def _target_alarms(view: TargetView, language: str) -> list[Finding]:
    found = []
    name: dict[str, Fact] = {"name": view.name}
    if view.damaged or view.missing:
        facts = {**name, "count": view.damaged + view.missing}
        found.append(Finding("vault.alarm.bad_copies", facts=facts))
    for far in (view.objects, view.log):
        if far.problem and far.tries > 1:
            why = text(far.problem["code"], language, **far.problem["facts"])
            found.append(Finding("vault.alarm.trouble", facts={**name, "tries": far.tries, "why": why}))
            break
    silent = max(view.objects.seen, view.log.seen)
    if view.state in {"good", "behind"} and silent and time.time() - silent > SILENT_SECONDS:
        facts = {**name, "minutes": round((time.time() - silent) / 60)}
        found.append(Finding("vault.alarm.silent", facts=facts))
    return found


def _late(one: Shortfall, views: Sequence[TargetView], language: str) -> Finding:
    """Trace a late group to what holds it up."""
    label = one.rule.label
    facts: dict[str, Fact] = {"kind": label.en if language == "en" else label.zh, "count": one.versions}
    if one.damaged_here:
        return Finding("vault.alarm.damaged_here", facts=facts)
    open_views = [view for view in views if view.name in one.lacks]
    if not open_views:
        return Finding("vault.alarm.no_target", facts={**facts, "lack": _lack_words(one.lack, language)})
    for state, code in (("trouble", "vault.alarm.held_up"), ("paused", "vault.alarm.paused")):
        if held := [view.name for view in open_views if view.state == state]:
            return Finding(code, facts={**facts, "name": "、".join(held)})
    if troubled := [view.name for view in open_views if view.troubled]:
        return Finding("vault.alarm.copies", facts={**facts, "name": "、".join(troubled)})
    if all(view.kind == Target.CARRIER for view in open_views):
        return Finding("vault.alarm.carrier", facts={**facts, "name": open_views[0].name})
    names = "、".join(view.name for view in open_views)
    return Finding("vault.alarm.behind", facts={**facts, "name": names})


def _lack_words(missing: Lack, language: str) -> str:
    words = ("copies", "media", "places") if language == "en" else ("份副本", "种载体", "处地点")
    told = zip((missing.copies, missing.media, missing.places), words, strict=True)
    return ("、" if language != "en" else ", ").join(f"{n} {what}" for n, what in told if n)
