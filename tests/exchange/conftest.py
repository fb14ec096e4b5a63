"""A small catalogue behind the faces, and machines that ask with tokens."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client

from lantai.base.actors import SYSTEM, Actor
from lantai.exchange.endpoints import SCOPES
from lantai.exchange.services import add_token
from lantai.holdings.services import add_agent
from tests.pages.library import Entry, catalogue, file_of_items, preserved

API = "/api/v1/"


@dataclass
class Machine:
    """A caller without cookies; ``secret`` "" = a stranger."""

    secret: str = ""
    language: str = ""
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    def ask(self, method: str, address: str, body: Any = None, key: str = "", **headers: str) -> Any:
        """Return the answer; a write gets a fresh key unless ``key`` is given."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.secret:
            told["Authorization"] = f"Bearer {self.secret}"
        if self.language:
            told["Accept-Language"] = self.language
        if method != "GET" and key != "none":
            told["Idempotency-Key"] = key or str(uuid.uuid4())
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        path = address if address.startswith("/") else API + address
        return self.client.generic(method, path, data, kind, headers=told)

    def get(self, address: str, **headers: str) -> Any:
        """Return the JSON of a good answer."""
        answer = self.ask("GET", address, **headers)
        assert answer.status_code == 200, (address, answer.status_code, answer.content)
        return answer.json()

    def everything(self, address: str) -> list[Any]:
        """Return the members of all pages of a list."""
        joint = "&" if "?" in address else "?"
        found: list[Any] = []
        after = ""
        while True:
            page = self.get(f"{address}{joint}limit=7&cursor={after}")
            assert len(page["items"]) <= 7
            found += page["items"]
            after = page["next"]
            if not after:
                return found


@dataclass(frozen=True)
class Desk:
    """The catalogue of the test and who asks for it."""

    entries: list[Entry]
    file: str
    items: list[str]
    kept: str
    machines: Mapping[str, Machine]
    agent: str


def token_of(username: str, unit: str = "", scopes: tuple[str, ...] = SCOPES) -> str:
    """Return a new token's secret."""
    return add_token(SYSTEM, username, "测试", scopes=scopes, unit=unit).secret


@pytest.fixture
def desk(cast: dict[str, Actor]) -> Desk:
    """Records of two units and every status; the public, two clerks and an archivist, each a machine."""
    entries = catalogue(seed=25, count=24)
    items = file_of_items()
    kept = preserved("Z110-WS·2012·Y-0009", status="控制", title="关于水库移民的批复")
    machines = {
        "公众": Machine(),
        "沈文": Machine(token_of("shenwen", "MZJ")),
        "他局": Machine(token_of("taju", "JYJ")),
        "陆安": Machine(token_of("luan")),
    }
    agent = add_agent(SYSTEM, "body", {"title": "云岭县民政科"})
    return Desk(entries, "Z109-001-001", items, kept, machines, agent)
