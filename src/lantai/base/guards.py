"""Small guards for function views: they return what the view needs or end the request."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from lantai.base.actors import Actor
from lantai.base.errors import error_page
from lantai.kernel.errors import Invalid

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class ActorRequest(HttpRequest):
    """A request that has passed :func:`page`: ``actor`` is who asks."""

    actor: Actor


def page(
    *methods: str, public: bool = False
) -> Callable[[Callable[Concatenate[ActorRequest, P], HttpResponseBase]], View[P]]:
    """Make a view answer only ``methods`` (HEAD with GET), and only people who signed in unless ``public``.

    Sets ``guard`` on the view, from which the tests of strangers and methods are generated.
    """
    allowed: Sequence[str] = [*methods, *(["HEAD"] if "GET" in methods else [])]

    def wrap(view: Callable[Concatenate[ActorRequest, P], HttpResponseBase]) -> View[P]:
        @functools.wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method not in allowed:
                refusal = Invalid("base.method.refused", method=request.method)
                response = error_page(request, refusal, 405)
                response.headers["Allow"] = ", ".join(allowed)
                return response
            asked = cast(ActorRequest, request)
            if not public and asked.actor.kind != "person":
                return redirect_to_login(request.get_full_path())
            return view(asked, *args, **kwargs)

        marked = cast(Any, guarded)
        marked.guard = {"methods": tuple(methods), "public": public}
        return guarded

    return wrap
