"""Middleware of every page: language, headers, and errors that speak."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation

from lantai.base.errors import STATUS, error_page
from lantai.kernel.errors import LantaiError, NotFound

logger = logging.getLogger(__name__)
Handler = Callable[[HttpRequest], HttpResponse]

LANGUAGE_COOKIE = "lantai_language"

POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'self'; "
    "frame-ancestors 'self'; form-action 'self'; base-uri 'none'"
)


def language(get_response: Handler) -> Handler:
    """Chinese unless the reader chose otherwise: the browser's wish is not asked."""

    def handle(request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(LANGUAGE_COOKIE)
        with translation.override(chosen if chosen in {"zh-hans", "en"} else "zh-hans"):
            request.LANGUAGE_CODE = translation.get_language()
            response = get_response(request)
        response.headers["Content-Language"] = request.LANGUAGE_CODE
        return response

    return handle


def security_headers(get_response: Handler) -> Handler:
    """A strict content security policy on every answer that has none of its own."""

    def handle(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return handle


class _CodedErrors:
    """Turns coded errors of views into pages; anything else stays loud and reaches the log."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        if isinstance(problem, Http404):
            return error_page(request, NotFound("base.page.missing"))
        if not isinstance(problem, LantaiError):
            return None
        if STATUS[problem.kind] >= 500:
            logger.error("%s %s: %s", request.method, request.path, problem)
        return error_page(request, problem)


coded_errors = _CodedErrors
