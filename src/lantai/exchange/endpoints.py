"""The declared endpoints of the REST face: what routes, guards, validates and documents them, said once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from django.http import HttpRequest

from lantai.base.actors import Actor

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Scope = Literal["read", "search", "export", "catalogue", "capture", "desk"]
SCOPES: tuple[Scope, ...] = ("read", "search", "export", "catalogue", "capture", "desk")
"""What a token may be for: reading, saved searches, exports, changing the catalogue, filing a unit's documents,
and a clerk's work at the unit's desk (arranging, handing over)."""

Run = Callable[["Call"], "Answer"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint answers: a document, or ``stream`` with its media type and file name.

    ``etag`` names the state of what is told.
    """

    body: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: Iterator[bytes] | None = None
    media: str = "application/json"
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that has been let in and read: who asks, the parts of the path, query and body as declared."""

    actor: Actor
    path: Mapping[str, str]
    query: Any
    body: Any
    request: HttpRequest
    match: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method on one path.

    ``path`` holds ``{names}`` of path parts; ``body`` is a dataclass, or "file" where the request's body is the
    raw file itself, "parts" for multipart/form-data (a JSON part shaped like ``document``, and files), "stream"
    where the endpoint reads the bytes itself. ``answer`` is a dataclass or a media type. ``people``: strangers are
    refused (401). ``machines``: only with a token. ``match``: If-Match is asked for (428). ``lasting``: it takes long
    or hands out a file, so that its answer is not kept in one transaction with what it does. ``repeatable``: what it
    does has a name of its own, or it does nothing (a question too long or too personal for an address), so that it
    may be sent again without an idempotency key.
    ``also``: other purposes that are enough instead of ``scope``.
    """

    method: Method
    path: str
    name: str
    summary: str
    run: Run
    answer: type | str
    query: type | None = None
    body: type | Literal["file", "parts", "stream"] | None = None
    document: type | None = None
    scope: Scope = "read"
    also: tuple[Scope, ...] = ()
    status: int = 200
    people: bool = False
    match: bool = False
    lasting: bool = False
    machines: bool = False
    repeatable: bool = False
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        """Whether the method may change something, so that it carries an idempotency key."""
        return self.method != "GET"


class Registry:
    """The endpoints in the order of their declaration."""

    def __init__(self) -> None:
        self.all: list[Endpoint] = []

    def add(self, *endpoints: Endpoint) -> None:
        """Declare endpoints; a second one of the same method and path is a programming error."""
        for endpoint in endpoints:
            if any((e.method, e.path) == (endpoint.method, endpoint.path) for e in self.all):
                raise RuntimeError(f"{endpoint.method} {endpoint.path} is declared twice")
            self.all.append(endpoint)

    def by_path(self) -> dict[str, dict[str, Endpoint]]:
        """Return the endpoints by path and method."""
        found: dict[str, dict[str, Endpoint]] = {}
        for endpoint in self.all:
            found.setdefault(endpoint.path, {})[endpoint.method] = endpoint
        return found
