"""The one shape of a refusal: a code, the sentence in the caller's language, the facts."""

from __future__ import annotations

from django.http import HttpResponse

from lantai.base.errors import STATUS, error_document, wanted_language
from lantai.kernel.errors import LantaiError

__all__ = ["OWN_STATUS", "problem_answer", "status_of", "wanted_language"]

OWN_STATUS = {
    "base.method.refused": 405,
    "exchange.body.too_large": 413,
    "exchange.body.media": 415,
    "exchange.match.failed": 412,
    "exchange.match.missing": 428,
    "exchange.match.stale": 412,
    "exchange.rate.exceeded": 429,
}
"""Codes whose status is not that of their kind."""

_KINDS = {**STATUS, "unauthorized": 401}


def status_of(problem: LantaiError) -> int:
    """Return the status of the answer that tells ``problem``."""
    return OWN_STATUS.get(problem.code, _KINDS[problem.kind])


def problem_answer(problem: LantaiError) -> HttpResponse:
    """Return ``{"error": {"code", "message", "facts"}}`` with its status."""
    answer = error_document(problem, status_of(problem))
    if answer.status_code == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="lantai"'
    if answer.status_code == 429:
        answer.headers["Retry-After"] = str(problem.facts.get("seconds", 60))
    return answer
