"""Puts the actor on every request: who signed in, with present roles, or the public."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.http import HttpRequest, HttpResponse

from lantai.base.actors import PUBLIC
from lantai.people.models import Account
from lantai.people.queries import actor_of


def actor(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Set ``request.actor``. Roles are read anew each time, so a revoked one is gone at once.

    What somebody who signed in was shown is not kept by the browser: reading rooms share machines.
    """

    def handle(request: HttpRequest) -> HttpResponse:
        user = request.user
        cast(Any, request).actor = actor_of(user) if isinstance(user, Account) else PUBLIC
        response = get_response(request)
        if cast(Any, request).actor.kind == "person":
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return handle
