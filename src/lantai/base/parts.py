"""Pages of which htmx puts only a part in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers


def page_or_part(
    request: HttpRequest, page: str, part: str, context: Mapping[str, Any], status: int = 200
) -> HttpResponse:
    """Render the template ``part`` for a swap by htmx, else the whole ``page``, which includes it.

    A page that htmx fetches again for the browser's Back is whole, too.
    """
    asked = request.headers
    swap = "HX-Request" in asked and "HX-History-Restore-Request" not in asked
    response = render(request, part if swap else page, dict(context), status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
