"""Pages of one hand-over: what is said of its records, its package, its way, its work list, its register."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lantai.access import delivery
from lantai.base.errors import STATUS
from lantai.base.guards import ActorRequest, page
from lantai.checks import queries as checks
from lantai.desk import queries_hand_over as queries
from lantai.desk import register as registers
from lantai.desk import worklist
from lantai.desk.carrier import PAPERS
from lantai.desk.frame import refusal, require_sight
from lantai.desk.handing import Defect, HandOverView, RegisterView
from lantai.desk.pages import leaf, query_of
from lantai.desk.queries_faces import proposed
from lantai.desk.queries_sending import targets
from lantai.desk.services import hand_over as making
from lantai.desk.services import hand_over_mend as mending
from lantai.desk.services import hand_over_send as sending
from lantai.desk.statements import Statement
from lantai.desk.views_plan import SEE, dues_page
from lantai.kernel.errors import Conflict, Invalid, LantaiError, NotFound
from lantai.ledger import queries as ledger
from lantai.people import queries as people
from lantai.people.policies import may

SIZE = 50
RATES = (0, 128 << 10, 512 << 10, 2 << 20, 10 << 20)
"""Bytes a second that a sending may be held to; 0 = as fast as it can."""

FORMS = (
    ("dat93", "DA/T 93"),
    ("eep", "EEP (DA/T 48)"),
    ("bagit", "BagIt 1.0"),
    ("eark", "E-ARK SIP"),
)
WAY = (
    ("draft", gettext_lazy("填写")),
    ("ordered", gettext_lazy("打包检测")),
    ("built", gettext_lazy("待移交")),
    ("checking", gettext_lazy("档案馆检测")),
    ("accepted", gettext_lazy("已接收")),
    ("closed", gettext_lazy("已办结")),
)
"""The way of a hand-over that goes well."""

DISCLOSURES = (
    ("主动公开", gettext_lazy("主动公开")),
    ("依申请公开", gettext_lazy("依申请公开")),
    ("不予公开", gettext_lazy("不予公开")),
)
OPINIONS = (
    ("开放", gettext_lazy("开放")),
    ("控制", gettext_lazy("控制")),
    ("延期开放", gettext_lazy("延期开放")),
)
CHANGES = (
    ("无变更", gettext_lazy("无变更")),
    ("已解密", gettext_lazy("已解密")),
    ("其他变更", gettext_lazy("其他变更")),
)
"""What can be said of a record (desk.statements), in the reader's language."""

_FIELDS = ("disclosure", "opinion", "ground", "secrecy", "document")
_BACK = {"failed": "ordered", "returned": "checking"}
_SAME = {"sent": "built"}


@page("POST")
def begin(request: ActorRequest) -> HttpResponse:
    """Begin a hand-over of the classes that were ticked."""
    require_sight(request, SEE)
    require_sight(request, "capture.see")
    try:
        number = making.begin(request.actor, request.POST.get("unit", ""), request.POST.getlist("class"))
    except (Invalid, Conflict) as wrong:
        return dues_page(request, wrong)
    return redirect("hand-over-one", number)


@page("GET")
def one(request: ActorRequest, number: str) -> HttpResponse:
    """One hand-over: where it is, what is to be done next."""
    require_sight(request, "capture.see")
    return _one_page(request, number)


def _one_page(request: ActorRequest, number: str, wrong: LantaiError | None = None) -> HttpResponse:
    shown = queries.hand_over(request.actor, number)
    row = queries.row_of(request.actor, number)
    asked = request.GET.get("after", "")
    lines = queries.statements(request.actor, number, after=_place(asked), size=SIZE)
    defects = worklist.defects(row) if shown.line.came_back else []
    first = _first_list(request, shown)
    path = reverse("hand-over-one", args=[number])
    faults = leaf(request.GET, path, len(defects or first), name="defect", kept=("after",))
    register = _register(request, shown) if row.register or shown.sending is None else None
    history = ledger.history([shown.urn])
    context = {
        **_way(shown),
        "lines": [(line, _sent(request, line.order, line.said)) for line in lines.items],
        "first": "?" if asked else "",
        "next": f"?after={lines.after}" if lines.after else "",
        "after": asked,
        "defects": defects[max(0, faults.first - 1) : faults.last],
        "leaf": faults,
        "defect_query": query_of(_here(request)),
        "open_defects": sum(not one.mended_by for one in defects),
        "register": register,
        "may_sign": _sides(request, shown, register),
        "may_trust": may(request.actor, "transfer.submit", shown.line.unit),
        "trust_url": reverse("hand-over-trust", args=[number]),
        "transfer": queries.transfer_of(request.actor, shown),
        "run": checks.run(shown.run) if shown.run else None,
        "files": _files(shown),
        "forms": FORMS,
        "sent_form": request.POST.get("form", shown.form),
        "sent_description": request.POST.get("description", shown.description or proposed(shown)),
        "first_list": first[max(0, faults.first - 1) : faults.last],
        "open_first": sum(not one.mended_by for one in first),
        "sent_carrier": request.POST.get("carrier", shown.carrier),
        "disclosures": DISCLOSURES,
        "opinions": OPINIONS,
        "changes": CHANGES,
        "may_submit": may(request.actor, "transfer.submit", shown.line.unit),
        "targets": targets(request.actor, shown.unit_code) if shown.line.state == "built" else (),
        "rates": RATES,
        "history": history,
        "names": people.names({entry.actor for entry in history} | {shown.made_by, shown.sent_by}),
        "wrong": refusal(wrong, STATUS[wrong.kind]) if wrong else None,
    }
    return render(request, "desk/hand_over.html", context, status=STATUS[wrong.kind] if wrong else 200)


def _here(request: ActorRequest) -> dict[str, str]:
    """Return which page of the work list was looked at."""
    return {"defect": request.GET["defect"][:20]} if request.GET.get("defect") else {}


def _first_list(request: ActorRequest, shown: HandOverView) -> list[Defect]:
    """Return what is to be mended before this one is packed: the work list of the one that it corrects."""
    if not shown.line.mends or shown.line.state != "draft":
        return []
    return worklist.defects(queries.row_of(request.actor, shown.line.mends))


def _place(told: str) -> int:
    """Return the order behind which a page of records begins, 0 for the first page."""
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 8 else 0


def _way(shown: HandOverView) -> dict[str, Any]:
    """Return the hand-over and its progress line: label and mark (done, here, back or "") of each step."""
    where = shown.line.outcome
    here = _SAME.get(where, _BACK.get(where, where))
    keys = [key for key, _label in WAY]
    at = keys.index(here) if here in keys else 0
    steps = []
    for place, (_key, label) in enumerate(WAY):
        mark = "done" if place < at or where == "closed" else "here" if place == at else ""
        if mark == "here" and where in _BACK:
            steps.append((_(shown.line.outcome_label), "back"))
        else:
            steps.append((str(label), mark))
    return {"shown": shown, "line": shown.line, "steps": [] if where == "cancelled" else steps}


def _register(request: ActorRequest, shown: HandOverView) -> RegisterView | None:
    if shown.line.outcome not in {"accepted", "closed"}:
        return None
    return registers.register(request.actor, shown.line.number)


def _sides(request: ActorRequest, shown: HandOverView, register: RegisterView | None) -> list[str]:
    """Return for which sides the reader may still sign."""
    if register is None:
        return []
    allowed = {
        "unit": may(request.actor, "capture.file", shown.line.unit),
        "archives": may(request.actor, "transfer.decide") and shown.sending is None,
    }
    return [side for side, yes in allowed.items() if yes and register.of(side) is None]


def _files(shown: HandOverView) -> list[tuple[str, int]]:
    """Return the files that can be fetched: the package and its papers, while they are kept."""
    folder = queries.folder_of(shown.uuid)
    names = [shown.package, *PAPERS] if shown.package and shown.line.outcome != "ordered" else []
    return [(name, (folder / name).stat().st_size) for name in names if (folder / name).is_file()]


@page("GET")
def progress(request: ActorRequest, number: str) -> HttpResponse:
    """The moving part of the page; when it stands, the whole page is asked for."""
    require_sight(request, "capture.see")
    shown = queries.hand_over(request.actor, number)
    going = shown.sending is not None and shown.sending.moving
    same = shown.waits and request.GET.get("was", "") == shown.line.outcome
    if not (shown.line.moving or going or same):
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "desk/hand_over_way.html", _way(shown))


def _sent(request: ActorRequest, order: int, said: Statement) -> Statement:
    """Return what the form was sent with for a record; what is kept when it was not."""
    if f"disclosure-{order}" not in request.POST:
        return said
    return Statement(*(request.POST.get(f"{field}-{order}", "").strip() for field in _FIELDS))


@page("POST")
def state(request: ActorRequest, number: str) -> HttpResponse:
    """Say what is said of the records shown, and of the rest at once."""
    require_sight(request, "capture.see")
    orders = [name.removeprefix("disclosure-") for name in request.POST if name.startswith("disclosure-")]
    said = {int(one): _sent(request, int(one), Statement()) for one in orders if one.isdecimal()}
    rest = Statement(*(request.POST.get(f"rest-{field}", "").strip() for field in _FIELDS))
    filling = "fill" in request.POST or bool(
        rest.disclosure or rest.opinion
    )  # chosen is meant, by either button
    making.state(request.actor, number, said, rest=rest if filling else None)
    messages.success(request, _("已保存。"), extra_tags="ok")
    after = request.POST.get("after", "")
    return redirect(reverse("hand-over-one", args=[number]) + (f"?after={after}" if _place(after) else ""))


def act_on(request: ActorRequest, number: str, service: Callable[[], object], done: str = "") -> HttpResponse:
    """Carry out what a button asks; what the person can mend is told on the page."""
    require_sight(request, "capture.see")
    try:
        service()
    except (Invalid, Conflict) as wrong:
        return _one_page(request, number, wrong)
    if done:
        messages.success(request, done, extra_tags="ok")
    return redirect("hand-over-one", number)


@page("POST")
def order(request: ActorRequest, number: str) -> HttpResponse:
    """Order the package, or be told every reason why not."""
    sent = request.POST
    wanted = making.Wanted(sent.get("form", ""), sent.get("description", ""), sent.get("carrier", ""))
    return act_on(request, number, lambda: making.order(request.actor, number, wanted))


@page("POST")
def cancel(request: ActorRequest, number: str) -> HttpResponse:
    """Give it up."""
    return act_on(
        request, number, lambda: making.cancel(request.actor, number), _("已作废，这些档案可以重新移交。")
    )


@page("POST")
def send(request: ActorRequest, number: str) -> HttpResponse:
    """Hand over on line."""
    return act_on(request, number, lambda: sending.send(request.actor, number), _("已送到档案馆。"))


@page("POST")
def carry(request: ActorRequest, number: str) -> HttpResponse:
    """Say that it went on a carrier."""
    carrier = request.POST.get("carrier", "")
    return act_on(
        request, number, lambda: sending.carry(request.actor, number, carrier=carrier), _("已登记。")
    )


@page("POST")
def mend(request: ActorRequest, number: str) -> HttpResponse:
    """Begin the one that corrects it."""
    require_sight(request, "capture.see")
    try:
        fresh = mending.mend(request.actor, number)
    except (Invalid, Conflict) as wrong:
        return _one_page(request, number, wrong)
    messages.success(request, _("已开始更正的移交，原来的一份保留。"), extra_tags="ok")
    return redirect("hand-over-one", fresh)


@page("POST")
def tick(request: ActorRequest, number: str, defect: str) -> HttpResponse:
    """Say that a defect is mended."""
    note, after = request.POST.get("note", ""), request.POST.get("back", "")
    answer = act_on(request, number, lambda: sending.tick(request.actor, number, defect, note=note))
    if answer.status_code == 302 and after and queries.hand_over(request.actor, after).line.mends == number:
        number = after
    if answer.status_code == 302:
        address = reverse("hand-over-one", args=[number]) + query_of(_here(request))
        return redirect(f"{address}#defects-title")
    return answer


@page("POST")
def sign(request: ActorRequest, number: str) -> HttpResponse:
    """Sign the register for one side."""
    side = request.POST.get("side", "")
    return act_on(request, number, lambda: sending.sign_register(request.actor, number, side), _("已签署。"))


@page("GET")
def file(request: ActorRequest, number: str, name: str) -> HttpResponseBase:
    """The package or one of its papers, whole or in parts."""
    require_sight(request, "capture.see")
    shown = queries.hand_over(request.actor, number)
    if name not in {known for known, _size in _files(shown)}:
        raise NotFound("desk.hand_over.file_missing", number=number, name=name[:80])
    kinds = {".zip": "application/zip", ".pdf": "application/pdf"}
    kind = kinds.get(name[-4:], "application/octet-stream")
    digest = shown.sha512 if name == shown.package else ""
    return delivery.original(request, queries.folder_of(shown.uuid) / name, name, kind, digest)


@page("GET")
def register(request: ActorRequest, number: str) -> HttpResponse:
    """The 移交接收登记表, printed."""
    require_sight(request, "capture.see")
    answer = HttpResponse(registers.printed(request.actor, number), content_type="application/pdf")
    answer.headers["Content-Disposition"] = delivery.disposition(f"{number}-移交接收登记表.pdf", inline=True)
    return answer


@page("GET")
def register_json(request: ActorRequest, number: str) -> HttpResponse:
    """The register as data: the document as it is signed, its digests, the signatures."""
    require_sight(request, "capture.see")
    told = registers.register(request.actor, number)
    signed = [
        {"side": one.side, "name": one.name, "at": one.at.isoformat(), "entry": one.entry, "seal": one.seal}
        for one in told.signatures
    ]
    data = {"document": told.document, "sm3": told.sm3, "sha512": told.sha512, "signatures": signed}
    text = json.dumps(data, ensure_ascii=False, indent=1)
    return HttpResponse(text, content_type="application/json; charset=utf-8")
