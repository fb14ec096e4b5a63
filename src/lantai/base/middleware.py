"""Middleware of every page: language, headers, and errors that speak."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils import translation

from lantai.base.errors import STATUS, error_page
from lantai.kernel.errors import LantaiError, NotFound, Unavailable

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


class _WholeBody:
    """The body of a request, which says when it broke off: servers tell a line that broke as the body's end."""

    def __init__(self, stream: Any, length: int) -> None:
        self._stream = stream
        self._left = length
        self.broken = False

    def read(self, size: int | None = -1) -> bytes:
        """Return the next bytes; ``ConnectionError`` where fewer come than were said."""
        return self._counted(self._stream.read(size), size)

    def readline(self, size: int | None = -1) -> bytes:
        """Return the next line; ``ConnectionError`` as :meth:`read`."""
        return self._counted(self._stream.readline(size), 0 if size == 0 else 1)

    def close(self) -> None:
        """Close what is read from."""
        self._stream.close()

    def _counted(self, chunk: bytes, size: int | None) -> bytes:
        self._left -= len(chunk)
        ended = size is None or size < 0 or (size > 0 and not chunk)
        if ended and self._left > 0:
            self.broken = True
            raise ConnectionError("the body broke off")
        return chunk


def whole_body(get_response: Handler) -> Handler:
    """Let no half body pass for a whole one: half of a last file looks like a whole file to a parser of forms.

    Django turns the error into ``UnreadablePostError``, and a form without its token is refused.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        told = str(request.META.get("CONTENT_LENGTH") or "0")
        opened = cast(Any, request)
        body = opened._stream = _WholeBody(opened._stream, int(told) if told.isdigit() else 0)
        try:
            return get_response(request)
        finally:
            if body.broken:
                for handler in request.upload_handlers:
                    handler.upload_interrupted()

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
        if isinstance(problem, UnreadablePostError):
            return error_page(request, Unavailable("base.upload.broken"))
        if not isinstance(problem, LantaiError):
            return None
        if STATUS[problem.kind] >= 500:
            logger.error("%s %s: %s", request.method, request.path, problem)
        return error_page(request, problem)


coded_errors = _CodedErrors
