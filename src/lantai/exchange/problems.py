"""The one shape of a refusal: a code, the sentence in the caller's language, the facts."""

from __future__ import annotations

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_from_request

from lantai.base.errors import STATUS, reader_language
from lantai.kernel.errors import LantaiError
from lantai.kernel.texts import sentence

OWN_STATUS = {
    "base.method.refused": 405,
    "exchange.body.too_large": 413,
    "exchange.body.media": 415,
    "exchange.match.failed": 412,
    "exchange.match.missing": 428,
    "exchange.rate.exceeded": 429,
}
"""Codes whose status is not that of their kind."""

_KINDS = {**STATUS, "unauthorized": 401}


def wanted_language(request: HttpRequest) -> str:
    """Return ``zh-hans`` or ``en``: what ``Accept-Language`` asks for, else Chinese."""
    return get_language_from_request(request) if "Accept-Language" in request.headers else "zh-hans"


def status_of(problem: LantaiError) -> int:
    """Return the status of the answer that tells ``problem``."""
    return OWN_STATUS.get(problem.code, _KINDS[problem.kind])


def problem_answer(problem: LantaiError) -> HttpResponse:
    """Return ``{"error": {"code", "message", "facts"}}`` with its status."""
    told = {
        "error": {
            "code": problem.code,
            "message": sentence(problem, reader_language()),
            "facts": problem.facts,
        }
    }
    answer = HttpResponse(orjson.dumps(told), content_type="application/json", status=status_of(problem))
    if answer.status_code == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="lantai"'
    if answer.status_code == 429:
        answer.headers["Retry-After"] = str(problem.facts.get("seconds", 60))
    return answer
