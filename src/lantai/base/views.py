"""Pages that belong to no room: language, errors."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from lantai.base.errors import error_document, error_page, wanted_language
from lantai.base.middleware import LANGUAGE_COOKIE
from lantai.kernel.errors import Forbidden, Invalid, NotFound, Unavailable

_MACHINES = ("/api/", "/oai")
"""Where nobody reads pages: below these a failure is told in the form for machines."""


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the reader's language in a cookie and go back."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = "/"
    response = HttpResponseRedirect(back)
    chosen = request.POST.get("language", "")
    if chosen in {"zh-hans", "en"}:
        response.set_cookie(LANGUAGE_COOKIE, chosen, max_age=365 * 86400, samesite="Lax", httponly=True)
    return response


def missing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for an address that leads nowhere."""
    return error_page(request, NotFound("base.page.missing"))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for a request Django itself refuses."""
    return error_page(request, Invalid("base.request.unreadable"))


def failed(request: HttpRequest) -> HttpResponse:
    """The page after a programming error, for machines its document; the trace is in the log."""
    if request.path.startswith(_MACHINES):
        with translation.override(wanted_language(request)):
            answer = error_document(Unavailable("base.server.failed"), 500)
        answer.headers["Cache-Control"] = "no-store"
        return answer
    return error_page(request, Unavailable("base.server.failed"), 500)


def stale_form(request: HttpRequest, reason: str = "", **_: Any) -> HttpResponse:
    """The page for a form without a valid token."""
    return error_page(request, Forbidden("base.form.stale"))
