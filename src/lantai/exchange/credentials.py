"""Who asks: by a token, by the session of the pages, or as the public."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from lantai.base.actors import Actor
from lantai.exchange import queries
from lantai.exchange.endpoints import SCOPES, Endpoint
from lantai.kernel.errors import Forbidden, LantaiError

_SCHEME = "bearer"


class Unauthorized(LantaiError):
    """Nobody known asks for what only somebody known may have, or a token is not (or no longer) good."""

    kind = "unauthorized"
    exit_status = 2


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, for what a call is good, and by which token ("" = none)."""

    actor: Actor
    scopes: frozenset[str]
    token: str = ""


def caller(request: HttpRequest) -> Caller:
    """Return who asks; a token that is shown must be good, the public gets no wish fulfilled by a broken one."""
    header = request.headers.get("Authorization", "")
    if not header:
        actor: Actor = cast(Any, request).actor
        return Caller(actor, frozenset(SCOPES))
    scheme, _, secret = header.partition(" ")
    found = queries.bearer(secret.strip()) if scheme.lower() == _SCHEME else None
    if found is None:
        raise Unauthorized("exchange.token.refused")
    return Caller(found.actor, found.scopes, found.prefix)


def admit(request: HttpRequest, endpoint: Endpoint, who: Caller) -> None:
    """Refuse strangers where people are asked for, tokens beyond their purpose, and forged writes of a session."""
    if (endpoint.people or endpoint.writes) and who.actor.kind != "person":
        raise Unauthorized("exchange.caller.unknown")
    if not {endpoint.scope, *endpoint.also} & who.scopes and (who.token or endpoint.writes):
        raise Forbidden("exchange.token.scope_missing", scope=endpoint.scope)
    if endpoint.machines and not who.token:
        raise Forbidden("exchange.token.needed")
    if endpoint.writes and not who.token and _forged(request):
        raise Forbidden("exchange.session.forged")


def _answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def _forged(request: HttpRequest) -> bool:
    """Return whether a write of a session lacks the token that only our own pages can know."""
    check = CsrfViewMiddleware(_answer)
    check.process_request(request)
    return check.process_view(request, _answer, (), {}) is not None
