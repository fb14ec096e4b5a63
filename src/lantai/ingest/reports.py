"""Pages of the check report, the decision that follows it, and the printed forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lantai.base.errors import reader_language
from lantai.base.guards import ActorRequest, page
from lantai.checks import queries as checks
from lantai.checks import services as check_services
from lantai.checks.queries import PROPERTIES, RunView, Signed
from lantai.ingest import forms_pdf, queries, services
from lantai.ingest.forms import ReturnForm, SignForm
from lantai.ingest.links import links
from lantai.ingest.models import Transfer
from lantai.ingest.views import told
from lantai.kernel.errors import NotFound
from lantai.kernel.fourprops import Report
from lantai.people.policies import require

FINDINGS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class ItemShown:
    """An item of the report with the answer a person gave, if one did."""

    code: str
    name: str
    group: str
    method: str
    outcome: str
    findings: tuple[Mapping[str, Any], ...]
    more: int
    signed: Signed | None

    @property
    def errors(self) -> list[Mapping[str, Any]]:
        """The findings that make it fail."""
        return [finding for finding in self.findings if finding["severity"] == "error"]

    @property
    def failed(self) -> bool:
        return self.outcome == "fail" or (self.signed is not None and not self.signed.passed)

    @property
    def waits(self) -> bool:
        return self.outcome in {"manual", "error"} and self.signed is None

    @property
    def result(self) -> str:
        """The outcome after a person's answer: pass, fail, warn, manual, error or not_applicable."""
        if self.signed is None:
            return self.outcome
        return "pass" if self.signed.passed else "fail"


@dataclass(frozen=True, slots=True)
class PropertyShown:
    """One of the four properties with its items and their counts."""

    key: str
    items: tuple[ItemShown, ...]

    def count(self, *results: str) -> int:
        return sum(item.result in results for item in self.items)

    @property
    def passed(self) -> int:
        return self.count("pass", "warn")

    @property
    def failed(self) -> int:
        return self.count("fail")

    @property
    def waiting(self) -> int:
        return self.count("manual", "error")

    @property
    def rest(self) -> int:
        return self.count("not_applicable")


def _document(run: RunView) -> Mapping[str, Any]:
    """Return the report in the reader's language; it is kept in Chinese, with what a translation needs."""
    if reader_language() == "zh":
        return run.report
    return Report.from_json(run.report).as_json("en")


def properties(run: RunView) -> list[PropertyShown]:
    """Return the report by property, in the order of the standard."""
    answers = {signed.code: signed for signed in run.signed}
    items = [_item(item, answers.get(item["code"])) for item in _document(run)["items"]]
    keys = {item["code"]: item["property"] for item in run.report["items"]}
    return [
        PropertyShown(name, tuple(item for item in items if keys[item.code] == name)) for name in PROPERTIES
    ]


def _item(item: Mapping[str, Any], answer: Signed | None) -> ItemShown:
    findings = item["findings"]
    return ItemShown(
        item["code"],
        item["name"] or _("（名称待核）"),
        item["group"],
        item["method"],
        item["outcome"],
        tuple(findings[:FINDINGS_SHOWN]),
        max(0, int(item["evidence"].get("findings", len(findings))) - FINDINGS_SHOWN),
        answer,
    )


def _seen(request: ActorRequest, number: str) -> tuple[queries.TransferView, RunView]:
    shown = queries.transfer(request.actor, number)
    if shown.run is None:
        raise NotFound("ingest.report.early", number=number)
    return shown, checks.run(shown.run)


def _report_page(
    request: ActorRequest, number: str, form: ReturnForm | None = None, sign: SignForm | None = None
) -> HttpResponse:
    shown, run = _seen(request, number)
    parts = properties(run)
    items = [item for part in parts for item in part.items]
    wrong = form or sign
    context = {
        **told(request, shown),
        "properties": parts,
        "failed": [item for item in items if item.failed],
        "waiting": [item for item in items if item.waits],
        "passed": sum(item.result in {"pass", "warn"} for item in items),
        "speed": run.bytes / run.seconds if run.seconds else 0,
        "return_form": form or ReturnForm(),
        "sign_form": sign,
        "links": links(request.actor, shown),
    }
    return render(request, "ingest/report.html", context, status=wrong.status if wrong else 200)


@page("GET")
def report(request: ActorRequest, number: str) -> HttpResponse:
    """The 四性检测报告: what failed first, then every item, then what to do."""
    return _report_page(request, number)


@page("POST")
def sign(request: ActorRequest, number: str) -> HttpResponse:
    """Answer one item that waits for a person."""
    require(request.actor, "check.sign")
    _shown, run = _seen(request, number)
    form = SignForm(request.POST)
    if form.is_valid():
        answer = form.cleaned_data
        done = form.carry_out(
            check_services.sign_item,
            request.actor,
            run.uuid,
            answer["code"],
            passed=answer["passed"] == "yes",
            note=answer["note"],
        )
        if done:
            return redirect("transfer-report", number)
    return _report_page(request, number, sign=form)


@page("POST")
def sign_all(request: ActorRequest, number: str) -> HttpResponse:
    """Answer everything that still waits with "passed"."""
    require(request.actor, "check.sign")
    _seen(request, number)
    signed = services.sign_waiting(request.actor, number, note=request.POST.get("note", "").strip()[:2000])
    messages.success(request, _("已确认 %(n)s 项合格。") % {"n": len(signed)}, extra_tags="ok")
    return redirect("transfer-report", number)


@page("POST")
def accept(request: ActorRequest, number: str) -> HttpResponse:
    """Accept a transfer; preserving and describing it then goes on by itself."""
    require(request.actor, "transfer.decide")
    services.accept(request.actor, number)
    return redirect("transfer", number)


@page("POST")
def return_to_sender(request: ActorRequest, number: str) -> HttpResponse:
    """Return a transfer with the reason its sender will read."""
    require(request.actor, "transfer.decide")
    form = ReturnForm(request.POST)
    if form.is_valid() and form.carry_out(
        services.return_to_sender, request.actor, number, reason=form.cleaned_data["reason"]
    ):
        messages.success(request, _("已退回，对方会看到原因和报告。"), extra_tags="ok")
        return redirect("transfer", number)
    return _report_page(request, number, form=form)


def _pdf(content: bytes, filename: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{filename}"'
    return answer


def _row(request: ActorRequest, number: str) -> tuple[Transfer, RunView]:
    shown, run = _seen(request, number)
    return queries.visible(request.actor).get(pk=shown.id), run


@page("GET")
def report_pdf(request: ActorRequest, number: str) -> HttpResponse:
    """The check report, printed."""
    return _pdf(forms_pdf.check_report(*_row(request, number)), f"{number}-report.pdf")


@page("GET")
def register_pdf(request: ActorRequest, number: str) -> HttpResponse:
    """The 移交与接收登记表, printed."""
    return _pdf(forms_pdf.register_form(*_row(request, number)), f"{number}-register.pdf")


@page("GET")
def receipt_pdf(request: ActorRequest, number: str) -> HttpResponse:
    """The receipt that both sides hold, printed."""
    row, _run = _row(request, number)
    return _pdf(forms_pdf.receipt(row), f"{number}-receipt.pdf")
