"""Error pages: what happened, what was kept, what to do, in the reader's language; and their form for machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language, get_language_from_request

from lantai.kernel.errors import LantaiError
from lantai.kernel.texts import advice, sentence, text

STATUS = {
    "invalid": 400,
    "not_found": 404,
    "forbidden": 403,
    "conflict": 409,
    "corrupt": 500,
    "unavailable": 503,
}


def reader_language() -> str:
    """Return ``zh`` or ``en``, the key of texts for the reader of this request."""
    return "en" if get_language() == "en" else "zh"


def error_page(request: HttpRequest, problem: LantaiError, status: int | None = None) -> HttpResponse:
    """Return the page of a coded error; htmx gets only its inner part."""
    language = reader_language()
    told = {
        "code": problem.code,
        "happened": text(problem.code, language, **problem.facts),
        "then": advice(problem.code, language, **problem.facts),
    }
    template = "base/error_part.html" if getattr(request, "htmx", False) else "base/error.html"
    return render(request, template, told, status=status or STATUS[problem.kind])


def wanted_language(request: HttpRequest) -> str:
    """Return ``zh-hans`` or ``en``, as a machine asks for it: by ``Accept-Language``, else Chinese."""
    return get_language_from_request(request) if "Accept-Language" in request.headers else "zh-hans"


def error_document(
    problem: LantaiError, status: int, reasons: Sequence[Mapping[str, str]] = ()
) -> HttpResponse:
    """Return ``{"error": {"code", "message", "facts"}}``: the one shape in which machines are refused.

    ``reasons`` stand beside these where a refusal has many.
    """
    told: dict[str, object] = {
        "code": problem.code,
        "message": sentence(problem, reader_language()),
        "facts": dict(problem.facts),
    }
    if reasons:
        told["reasons"] = list(reasons)
    return JsonResponse({"error": told}, status=status, json_dumps_params={"ensure_ascii": False})
