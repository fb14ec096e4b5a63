"""Pages of which htmx puts only a part in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def wants_part(request: HttpRequest) -> bool:
    """Return whether htmx asks for a part to swap; what it fetches again for the browser's Back is a page."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def page_or_part(
    request: HttpRequest, page: str, part: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """Render the template ``part`` for a swap by htmx, else the whole ``page``, which includes it."""
    response = render(request, part if wants_part(request) else page, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
