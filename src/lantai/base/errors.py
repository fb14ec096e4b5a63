"""Error pages: what happened, what was kept, what to do, in the reader's language."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from lantai.kernel.errors import LantaiError
from lantai.kernel.texts import advice, text

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
