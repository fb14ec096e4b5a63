"""What the work bench shows, by what the actor may do: waiting, late, wrong, the holdings, what just happened."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from lantai.base.actors import Actor
from lantai.base.errors import reader_language
from lantai.base.templatetags.lantai import number, size
from lantai.catalogue import queries as catalogue
from lantai.catalogue.queries import ExportView, ImportView
from lantai.desk import queries as desk
from lantai.desk.queries_faces import HandOverLine
from lantai.desk.queries_hand_over import handed, to_mend, unfinished, waiting_years
from lantai.desk.services.planning import ASKS
from lantai.holdings import queries as holdings
from lantai.ingest import queries as ingest
from lantai.ingest.queries import TransferView
from lantai.kernel.errors import LantaiError
from lantai.kernel.texts import sentence
from lantai.ledger import queries as ledger
from lantai.ledger.queries import FollowerState, Told
from lantai.people import queries as people
from lantai.people.policies import OFFICERS, may, may_somewhere
from lantai.search import queries as search
from lantai.search.queries import Saved
from lantai.site.calls import Call, calls
from lantai.vault import queries as vault
from lantai.vault.queries_alarms import alarms

logger = logging.getLogger(__name__)

DECIDE_DAYS = 7
"""Days in which a checked transfer is to be accepted or returned: a rule of the house, counted from the check."""
RETURNED_DAYS = 30
"""How long a returned transfer stays on its clerk's bench."""
SHOWN = 8
_NEWS = ("ingest.", "vault.fixity.", "access.")

_WEEKDAYS = "一二三四五六日"
_NUMERALS = ("零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the strip below the title."""

    value: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A transfer on the bench; ``late`` is days beyond its term (0 = in time), ``due`` its last day."""

    transfer: TransferView
    due: date | None = None
    late: int = 0


@dataclass(frozen=True, slots=True)
class AtDesk:
    """What waits at a clerk's desk: documents to be arranged, hand-overs that came back, hand-overs nobody has sent yet."""

    waiting: int
    to_mend: Sequence[HandOverLine]
    unfinished: Sequence[HandOverLine]


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything the page shows."""

    today: str
    sentence: str
    figures: Sequence[Figure]
    tasks: Sequence[Task] = ()
    more: int = 0
    stuck: Sequence[TransferView] = ()
    followers: Sequence[FollowerState] = ()
    vault: vault.Status | None = None
    alarms: Sequence[str] = ()
    happened: Sequence[Told] = ()
    names: dict[str, str] = field(default_factory=dict)
    officer: str = ""
    unassigned: Sequence[people.AccountView] = ()
    empty: str = ""
    lists: Sequence[ImportView] = ()
    exports: Sequence[ExportView] = ()
    alerts: Sequence[Saved] = ()
    desk: AtDesk | None = None
    calls: Sequence[Call] = ()
    asked: Sequence[tuple[int, int]] = ()
    """Years whose plans have classes that wait for the reader's yes or no to another day, with their number."""


def today_words(today: date) -> str:
    """Return the day as a person says it."""
    if get_language() == "en":
        return f"{today:%A}, {today.day} {today:%B}"
    return f"{today.month}月{today.day}日，星期{_WEEKDAYS[today.weekday()]}"


def spoken(count: int) -> str:
    """Return a count as it is said: 三 in Chinese up to ten, figures beyond and in English."""
    if get_language() != "en" and count <= 10:
        return _NUMERALS[count]
    return number(count)


def bench_of(actor: Actor) -> Bench:
    """Return the bench of ``actor``: the matters of the office, then imports under way, own exports and new hits."""
    lists = catalogue.in_progress(actor) if may_somewhere(actor, "catalogue.see") else []
    return replace(
        _office(actor),
        lists=lists[:SHOWN],
        exports=catalogue.exports_at_hand(actor),
        alerts=_alerts(actor),
        calls=calls(actor),
        asked=[
            one for needs, right in ASKS.items() if may(actor, right) for one in waiting_years(actor, needs)
        ],
    )


def _alerts(actor: Actor) -> Sequence[Saved]:
    """Return the saved searches with news; none while the index cannot be read, which the search page tells."""
    try:
        return search.alerts(actor)
    except LantaiError as problem:
        logger.warning("alerts are left out: %s", problem)
        return ()


def _office(actor: Actor) -> Bench:
    if not actor.grants:
        sentence = _("您还没有角色，请联系安全保密员授权。")
        return Bench(today_words(timezone.localdate()), sentence, ())
    if any(actor.holds(role) for role in OFFICERS):
        return _officers(actor)
    if may(actor, "transfer.see"):
        return _archivists(actor)
    if may_somewhere(actor, "transfer.see"):
        return _clerks(actor)
    return _readers(actor)


def _archivists(actor: Actor) -> Bench:
    decides = may(actor, "transfer.decide")
    waiting = [_due(row) for row in _of(actor, "checking")] if decides else []
    moving = ingest.moving(actor)
    counts = ingest.counts(actor)
    total = counts["checking"] if decides else 0
    tasks = sorted(waiting, key=lambda task: -task.late)[:SHOWN]
    late = [task.late for task in waiting if task.late]
    told = [entry for entry in ledger.latest(200) if entry.act.startswith(_NEWS)]
    happened = _briefly(told)
    status = vault.status() if may(actor, "vault.see") else None
    return Bench(
        today=today_words(timezone.localdate()),
        sentence=_decide_sentence(total, late) if decides else _moving_sentence(len(moving)),
        figures=_figures(actor, status),
        tasks=[*tasks, *map(Task, moving)][: SHOWN + 4],
        more=max(0, total - len(tasks)),
        stuck=[row for row in moving if row.progress and row.progress.problem],
        followers=[f for f in ledger.followers() if f.problem],
        vault=status,
        alarms=_alarms(actor),
        happened=happened,
        names=_names(happened),
        empty=_("没有移交在等。有单位送来新的移交，检测完就会出现在这里。"),
    )


def _alarms(actor: Actor) -> Sequence[str]:
    """Return what is late with the copies, for who keeps them."""
    if not may(actor, "vault.keep"):
        return ()
    language = reader_language()
    try:
        return [alarm.message(language) for alarm in alarms(language)]
    except LantaiError as problem:  # the site's own rule of copies cannot be read
        return [sentence(problem, language)]


def _clerks(actor: Actor) -> Bench:
    recent = timezone.now() - timedelta(days=RETURNED_DAYS)
    newest = ingest.transfers(actor).items
    back = [
        row for row in _of(actor, "returned") if row.state_since >= recent and not _sent_again(row, newest)
    ]
    at_desk = AtDesk(desk.counts(actor)["tray"], to_mend(actor), unfinished(actor))
    arranges = may_somewhere(actor, "item.arrange")
    told = handed(actor, [row.number for row in back]) if arranges else set()
    returned = [row for row in back if row.number not in told]
    came_back = len(returned) + sum(arranges and one.outcome == "returned" for one in at_desk.to_mend)
    moving = [*ingest.moving(actor), *_of(actor, "checking")]
    counts = ingest.counts(actor)
    shown = [*returned, *moving]
    mine = [row.urn for row in ingest.transfers(actor, size=20).items]
    happened = _briefly(ledger.latest(200, subjects=mine))
    return Bench(
        today=today_words(timezone.localdate()),
        sentence=_clerk_sentence(came_back, len(moving), at_desk.waiting),
        desk=at_desk if arranges else None,
        figures=[
            Figure(number(holdings.count(actor)), _("看得到的目录条目")),
            Figure(number(sum(counts.values())), _("本单位的移交")),
            Figure(number(counts["closed"]), _("已办结")),
        ],
        tasks=[Task(row) for row in shown][:SHOWN],
        more=max(0, len(shown) - SHOWN),
        stuck=[row for row in moving if row.progress and row.progress.problem],
        happened=happened,
        names=_names(happened),
        empty=_("没有事在等。整理好一批档案，就可以移交。"),
    )


def _officers(actor: Actor) -> Bench:
    role = next(role for role in ("sysadmin", "secadmin", "auditor") if actor.holds(role))
    accounts = people.accounts()
    unassigned = [row for row in accounts if row.is_active and not row.roles]
    figures = [
        Figure(number(len(people.units())), _("单位")),
        Figure(number(sum(1 for row in accounts if row.is_active)), _("在用账号")),
        _ledger_figure(),
    ]
    if role == "auditor":
        happened = ledger.latest(10)
    else:
        acts = [f"people.{name}" for name in ("unit.add", "unit.change", "account.add", "account.close")]
        acts += [f"people.{name}" for name in ("account.open", "password.set", "role.grant", "role.revoke")]
        happened = ledger.latest(10, acts=acts)
    return Bench(
        today=today_words(timezone.localdate()),
        sentence=_officer_sentence(role, len(unassigned)),
        figures=figures,
        followers=[f for f in ledger.followers() if f.problem],
        happened=happened,
        names=_names(happened),
        officer=role,
        unassigned=unassigned if role == "secadmin" else (),
    )


def _readers(actor: Actor) -> Bench:
    return Bench(
        today=today_words(timezone.localdate()),
        sentence=_("没有等您办的事。"),
        figures=[Figure(number(holdings.count(actor)), _("看得到的目录条目")), _ledger_figure()],
    )


def _of(actor: Actor, *states: str) -> list[TransferView]:
    return [row for state in states for row in ingest.transfers(actor, state=state, size=50).items]


def _sent_again(row: TransferView, newest: Sequence[TransferView]) -> bool:
    """Return whether what was returned seems to have come again later.

    A package that could not be opened is replaced by anything; one that was read, by the same name or by as
    many records of the same fonds.
    """
    return any(
        later.unit == row.unit
        and later.submitted_at > row.state_since
        and (not row.items or later.name == row.name or (later.fonds, later.items) == (row.fonds, row.items))
        for later in newest
    )


def _due(row: TransferView) -> Task:
    due = timezone.localtime(row.state_since).date() + timedelta(days=DECIDE_DAYS)
    return Task(row, due, max(0, (timezone.localdate() - due).days))


def _figures(actor: Actor, status: vault.Status | None) -> list[Figure]:
    found = [Figure(number(holdings.count(actor)), _("目录条目"))]
    if status is not None:
        found.append(Figure(number(status.files), _("保存的文件"), size(status.bytes)))
    lag = max((f.lag for f in ledger.followers() if f.name == "search"), default=0)
    return [*found, _ledger_figure(), Figure(_("%(n)s 条") % {"n": number(lag)}, _("检索落后于账本"))]


def _ledger_figure() -> Figure:
    total, published = ledger.size(), ledger.published()
    note = _("全部已签名") if published >= total else _("%(n)s 条已签名") % {"n": number(published)}
    return Figure(number(total), _("账本条目"), note if total else "")


def _decide_sentence(waiting: int, late: Sequence[int]) -> str:
    if not waiting:
        return _("没有移交等您，今天可以做做整理。")
    said = ngettext("%(n)s批移交等您", "%(n)s批移交等您", waiting) % {"n": spoken(waiting)}
    if len(late) == 1:
        days = ngettext("，一批已逾期%(n)s天", "，一批已逾期%(n)s天", late[0])
        said += days % {"n": spoken(late[0])}
    elif late:
        said += _("，%(n)s批已逾期") % {"n": spoken(len(late))}
    return said + _("。")


def _moving_sentence(moving: int) -> str:
    if not moving:
        return _("没有移交在途。")
    return ngettext("%(n)s批移交在途。", "%(n)s批移交在途。", moving) % {"n": spoken(moving)}


def _clerk_sentence(returned: int, moving: int, waiting: int) -> str:
    said = []
    if waiting:
        said.append(
            ngettext("%(n)s份文件等您整理。", "%(n)s份文件等您整理。", waiting) % {"n": spoken(waiting)}
        )
    if returned:
        said.append(
            ngettext("%(n)s批移交被退回，请看原因后重交。", "%(n)s批移交被退回，请看原因后重交。", returned)
            % {"n": spoken(returned)}
        )
    if moving:
        said.append(
            ngettext("%(n)s批正在档案馆办理。", "%(n)s批正在档案馆办理。", moving) % {"n": spoken(moving)}
        )
    return (" " if get_language() == "en" else "").join(said) if said else _("没有等您办的事。")


def _officer_sentence(role: str, unassigned: int) -> str:
    if role == "secadmin" and unassigned:
        return ngettext("%(n)s个账号等您授权。", "%(n)s个账号等您授权。", unassigned) % {
            "n": spoken(unassigned)
        }
    return _("没有等您办的事。")


def _briefly(entries: Sequence[Told]) -> list[Told]:
    """Return the newest entry about each subject, newest first."""
    newest: dict[str, Told] = {}
    for entry in entries:
        newest.setdefault(entry.subject, entry)
    return list(newest.values())[:8]


def _names(entries: Sequence[Any]) -> dict[str, str]:
    return people.names({entry.actor for entry in entries})
