"""The desk of the sample district: filed, arranged, numbered, handed over; everything by the acts that people use."""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from lantai.cli.output import say

if TYPE_CHECKING:
    from lantai.base.actors import Actor
    from lantai.sample.desk import Desk, Paper, Shelf

UNIT = "MZJ"
SCANNERS = ("GD-4-1", "GD-4-2")
"""What nobody can check without a virus scanner at the site."""

NOTE = "用本单位的杀毒软件查过，没有发现病毒"
DEFECTS = ("第2件题名与正文不一致，请核对后更正", "第3件缺少附件，请补齐后重新移交")
"""What the archives find in the package that they return."""


def furnish(root: Path) -> None:
    """Give the units of the sample district a living desk; interrupted, it goes on where it was.

    Files are made below the inbox of ``root``: filing takes them from there. Dates that must lie before or behind
    today (a loan that is late, a plan of this year) go by today, all else is the same every time.
    """
    from lantai.people.queries import actor
    from lantai.sample import desk

    folder = root / "inbox" / "sample-desk"
    shutil.rmtree(folder, ignore_errors=True)
    told = desk.build(folder)
    clerk = actor("shenwen")
    _schedules(told)
    _departments(clerk)
    places = {part: _shelf(clerk, shelf) for part, shelf in told.shelves.items()}
    _tray(clerk, told, folder)
    _volumes(clerk, places["volumes"], told.shelves["volumes"])
    _check(clerk, places)
    _hand_overs(clerk, places)
    _lend(clerk, places["volumes"])
    _away(clerk)
    _remind(clerk)
    shutil.rmtree(folder)
    _tell(clerk, places)


def _schedules(told: Desk) -> None:
    """Bring both schedules; the bureau has approved one, the other lies with it."""
    from lantai.desk.queries_schedules import versions
    from lantai.desk.services import approve_schedule, bring_schedule, submit_schedule
    from lantai.people.queries import actor

    for unit, clerk in (("MZJ", actor("shenwen")), ("JYJ", actor("hanmei"))):
        if not versions(clerk, unit):
            bring_schedule(clerk, unit, told.schedules[unit], "归档范围和保管期限表.xlsx")
        newest = versions(clerk, unit)[0]
        if newest.state == "draft":
            submit_schedule(clerk, unit, newest.version, seen=newest.revision)
            newest = versions(clerk, unit)[0]
        if newest.state == "submitted" and unit == UNIT:
            bureau = actor("fangzheng")
            approve_schedule(bureau, unit, newest.version, approval="云档批〔2024〕6号", seen=newest.revision)


def _departments(clerk: Actor) -> None:
    from lantai.desk.services.departments import Keeping, add_department
    from lantai.kernel.errors import Conflict
    from lantai.sample.desk import DEPARTMENTS, DUE

    for order, (code, name, expected, people) in enumerate(DEPARTMENTS, 1):
        with suppress(Conflict):  # it is there since a demo that was interrupted
            add_department(clerk, UNIT, code, Keeping(name, order, people, expected, since=DUE))


def _tray(clerk: Actor, told: Desk, folder: Path) -> None:
    """File what lies in the tray: by the office system, by a department, by mail, by telephone."""
    from lantai.desk.services.uploads import Sent, bring
    from lantai.people.queries import actor

    for paper in told.tray:
        _capture(clerk, paper)
    contributor = actor("zhouping")
    for path in told.brought:
        bring(contributor, UNIT, [Sent(path.name, path)], folder, together=False, title="", type="WS")
    bring(clerk, UNIT, [Sent(told.mail.name, told.mail)], folder, together=False, title="", type="WS")
    _photographed(clerk, told.photograph, folder)


def _photographed(clerk: Actor, path: Path, folder: Path) -> None:
    from lantai.desk.services import Taken
    from lantai.desk.services.photographs import file_photographs
    from lantai.kernel.photographs import Order

    shot = Taken(path.name, path, Order())
    title = "云溪街道办事处关于最低生活保障工作情况的来函"
    file_photographs(clerk, UNIT, [shot], folder, title=title, date="20250617", author="云溪街道办事处")


def _capture(clerk: Actor, paper: Paper) -> str:
    """File a document; the same one again is the same receipt."""
    from lantai.desk.services import Brought, Filing, capture

    files = [Brought(role, name, path) for role, name, path in paper.files]
    filing = Filing(UNIT, paper.code, paper.type, paper.values, files, paper.process, source=paper.source)
    return capture(clerk, filing).number


def _shelf(clerk: Actor, shelf: Shelf) -> str:
    """File the documents of a class and put them there; return its number."""
    from lantai.desk.queries_arrangement import item, item_of
    from lantai.desk.services import Putting, Where, put
    from lantai.sample.desk import FONDS

    groups = [tuple(_capture(clerk, paper) for paper in group) for group in shelf.groups]
    there = item_of(clerk, groups[0][0])
    if there:
        return item(clerk, there).line.number
    where = Where(shelf.year, shelf.retention, shelf.function, FONDS)
    return put(clerk, UNIT, [Putting(where, tuple(groups))])[0]


def _volumes(clerk: Actor, number: str, shelf: Shelf) -> None:
    """Make the volumes of a class, each of so many items in their order."""
    from lantai.desk.queries_arrangement import filing_class, in_class
    from lantai.desk.services import make_volume

    if filing_class(clerk, number).volumes:
        return
    items = [line.uuid for line in in_class(clerk, number)]
    for title, count in shelf.volumes:
        seen = filing_class(clerk, number).revision
        make_volume(clerk, number, items[:count], seen=seen, title=title)
        del items[:count]


def _check(clerk: Actor, places: dict[str, str]) -> None:
    """Check classes at filing and close those whose check holds; that of the faulty one stays as it is."""
    from lantai.desk.queries_arrangement import filing_class
    from lantai.desk.queries_checks import checks_of
    from lantai.desk.services import advance_filing_checks, answer, close, order_check

    wanted = [places[part] for part in ("volumes", "ready", "returned", "accepted")]
    still = [number for number in wanted if filing_class(clerk, number).state == "open"]
    if checks_of(clerk, places["faulty"])[1] is None:
        still.append(places["faulty"])
    for number in still:
        order_check(clerk, number, seen=filing_class(clerk, number).revision)
    advance_filing_checks()
    for number in still:
        found = checks_of(clerk, number)[1]
        if number == places["faulty"] or found is None:
            continue
        said = dict.fromkeys((code for code in found.waiting if code in SCANNERS), NOTE)
        if said:
            answer(clerk, number, str(found.uuid), said)
        close(clerk, number, seen=filing_class(clerk, number).revision)


def _hand_overs(clerk: Actor, places: dict[str, str]) -> None:
    """Hand two classes over: one comes back with a work list, of the other both sides sign; a third is planned."""
    from lantai.desk.queries_hand_over import dues
    from lantai.desk.services.planning import Line, plan
    from lantai.site.work import settle

    today = date.today()
    planned = {due.number for due in dues(clerk, unit=UNIT, today=today) if due.line}
    if places["ready"] not in planned:
        plan(clerk, UNIT, today.year, [Line(places["ready"], date(today.year, 12, 20))])
    numbers = [_ordered(clerk, places[part]) for part in ("accepted", "returned")]
    settle()
    for number in numbers:
        _sent(clerk, number)
    settle()
    _accepted(clerk, numbers[0])
    _returned(clerk, numbers[1])


def _ordered(clerk: Actor, place: str) -> str:
    """Return the hand-over of a class, its package ordered."""
    from lantai.desk.queries_faces import Statement
    from lantai.desk.queries_hand_over import hand_over, hand_overs
    from lantai.desk.services import hand_over as making

    known = [one.number for one in hand_overs(clerk, unit=UNIT).items]
    found = [one for one in known if place in hand_over(clerk, one).classes]
    number = found[0] if found else making.begin(clerk, UNIT, [place])
    if hand_over(clerk, number).line.state == "draft":
        making.state(clerk, number, {}, rest=Statement("依申请公开", "开放", "", "无变更", ""))
        making.order(clerk, number, making.Wanted(description="2016年文书档案"))
    return number


def _sent(clerk: Actor, number: str) -> None:
    from lantai.desk.queries_hand_over import hand_over
    from lantai.desk.services.hand_over_send import send

    if hand_over(clerk, number).line.state == "built":
        send(clerk, number)


def _accepted(clerk: Actor, number: str) -> None:
    """Accept a transfer and sign its register for both sides."""
    from lantai.desk.queries_faces import register
    from lantai.desk.queries_hand_over import hand_over
    from lantai.desk.services.hand_over_send import sign_register
    from lantai.ingest.services import accept, sign_waiting
    from lantai.people.queries import actor
    from lantai.site.work import settle

    intake = actor("luan")
    line = hand_over(clerk, number).line
    if line.outcome == "checking":
        sign_waiting(intake, line.transfer, note="示例：已逐项核对")
        accept(intake, line.transfer)
        settle()
    signed = register(clerk, number)
    for side, who in (("unit", clerk), ("archives", intake)):
        if signed.of(side) is None:
            sign_register(who, number, side)


def _returned(clerk: Actor, number: str) -> None:
    """Return a transfer with two faults that a person found."""
    from lantai.checks import queries as checks
    from lantai.checks.services import sign_item
    from lantai.desk.queries_hand_over import hand_over
    from lantai.ingest.queries import transfer
    from lantai.ingest.services import return_to_sender
    from lantai.people.queries import actor

    line = hand_over(clerk, number).line
    if line.outcome != "checking":
        return
    intake = actor("luan")
    run = transfer(intake, line.transfer).run
    assert run is not None
    waiting = [item["code"] for item in checks.run(run).waiting]
    for code, said in zip(waiting, DEFECTS, strict=False):
        sign_item(intake, run, code, passed=False, note=said)
    return_to_sender(intake, line.transfer, reason="两件不合格，见逐项意见。请更正后重新移交。")


def _lend(clerk: Actor, place: str) -> None:
    """Lend two papers: one should have been back for ten days, the other is out for some days yet."""
    from lantai.desk.queries_arrangement import in_class
    from lantai.desk.queries_lending import loans
    from lantai.desk.services import LoanTerms
    from lantai.desk.services.lending import lend

    if loans(clerk, unit=UNIT).items:
        return
    today, items = date.today(), in_class(clerk, place)
    for line, borrower, ago, left in ((items[0], "郑淑华", 40, -10), (items[4], "曹立春", 3, 11)):
        terms = LoanTerms(
            kind="paper",
            borrower=borrower,
            department="云岭区审计局",
            purpose="财务收支审计",
            lent_on=today - timedelta(days=ago),
            due_on=today + timedelta(days=left),
            place="会计档案柜2-3",
        )
        lend(clerk, UNIT, [line.uuid], terms)


def _away(clerk: Actor) -> None:
    """Register archives that the unit could hand over to; they are invented, as their address says, and never answer."""
    from lantai.desk.queries_sending import targets
    from lantai.desk.services.targets import Tried, keep_target
    from lantai.kernel.tlog import Ed25519Signer
    from lantai.sample.desk import AWAY

    if targets(clerk, UNIT):
        return
    key = str(Ed25519Signer("lantai.invalid/ledger", AWAY.seed).verifier)
    tried = Tried(AWAY.archives, AWAY.unit, AWAY.unit_name, key)
    keep_target(clerk, UNIT, AWAY.name, address=AWAY.address, token=AWAY.token, tried=tried)


def _remind(clerk: Actor) -> None:
    """Remind the department that has filed nothing of the year."""
    from lantai.desk.queries_reminders import reminders, waiting
    from lantai.desk.services.reminders import remind
    from lantai.people.queries import unit
    from lantai.sample.desk import NOW

    owner = unit(UNIT).id
    nothing = [one.code for one in waiting(owner, NOW) if not one.filed]
    if nothing and not reminders(owner, NOW):
        remind(clerk, UNIT, NOW, nothing)


def _tell(clerk: Actor, places: dict[str, str]) -> None:
    from lantai.desk.queries_arrangement import filing_class
    from lantai.desk.queries_hand_over import hand_overs
    from lantai.desk.queries_table import waiting_count

    classes = [filing_class(clerk, number) for number in places.values()]
    open_ones = sum(one.state == "open" for one in classes)
    say(
        f"区民政局的收文盘：{waiting_count(clerk, UNIT)} 件待整理，{len(classes)} 个归档类，"
        f"其中 {open_ones} 个未编号"
    )
    for one in reversed(hand_overs(clerk, unit=UNIT).items):
        say(f"  移交单 {one.number}  {one.items} 件  {one.outcome_label}")
