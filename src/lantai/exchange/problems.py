"""The one shape of a refusal: a code, the sentence in the caller's language, the facts, and reasons if many."""

from __future__ import annotations

from django.http import HttpResponse

from lantai.base.errors import STATUS, error_document, reader_language, wanted_language
from lantai.desk.errors import Lacking, Refused
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
    answer = error_document(problem, status_of(problem), _reasons(problem))
    if answer.status_code == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="lantai"'
    if answer.status_code == 429:
        answer.headers["Retry-After"] = str(problem.facts.get("seconds", 60))
    return answer


def _reasons(problem: LantaiError) -> list[dict[str, str]]:
    """Return the reasons of a refusal that has many: field, code, sentence, what was expected and found."""
    if not isinstance(problem, Refused | Lacking):
        return []
    language = reader_language()
    return [
        {
            "field": one.path,
            "code": one.code,
            "message": one.message(language),
            "expected": one.expected,
            "found": one.found,
        }
        for one in problem.reasons
    ]
