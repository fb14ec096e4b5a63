"""Who I am here, and the description of this interface itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lantai.exchange.credentials import caller
from lantai.exchange.endpoints import Answer, Call, Endpoint


@dataclass(frozen=True, slots=True)
class CallerDoc:
    """Who calls and by which token ("" = none), with what it may be used for."""

    username: str
    name: str
    kind: str
    token: str
    scopes: tuple[str, ...]


def _me(call: Call) -> Answer:
    who = caller(call.request)
    scopes = tuple(sorted(who.scopes)) if who.actor.kind == "person" else ("read",)
    return Answer(CallerDoc(who.actor.username, who.actor.name, who.actor.kind, who.token, scopes))


def _openapi(call: Call) -> Answer:
    from lantai.exchange.openapi import document

    return Answer(document())


ENDPOINTS = (
    Endpoint("GET", "me", "me", "当前身份 · who calls", _me, CallerDoc),
    Endpoint(
        "GET",
        "openapi.json",
        "openapi",
        "接口说明 · this description",
        _openapi,
        Mapping[str, Any],
    ),
)
