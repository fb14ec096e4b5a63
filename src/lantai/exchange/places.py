"""Under which name and address the faces speak to the world."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Site:
    """``name`` is the first of ``LANTAI_HOSTS``: it never changes with the address by which somebody asks.

    ``address`` is scheme and host without a slash; ``mail`` where harvesters find people.
    """

    name: str
    address: str
    mail: str


def site_of(request: HttpRequest) -> Site:
    """Return the site as ``request`` reached it."""
    secure = request.is_secure() or settings.SESSION_COOKIE_SECURE  # a proxy may end TLS before us
    name = settings.ALLOWED_HOSTS[0].strip(".[]").replace("*", "localhost").replace(":", "-")
    return Site(name, f"{'https' if secure else 'http'}://{request.get_host()}", f"archives@{name}")
