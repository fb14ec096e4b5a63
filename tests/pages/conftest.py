"""A small site with transfers in every state that matters, and browsers without windows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.test import Client

from lantai.base.actors import SYSTEM, Actor
from lantai.catalogue.services import advance, receive
from lantai.desk.services import capture
from lantai.holdings.services import add_agent, add_fonds
from lantai.ingest import queries
from lantai.ingest.services import accept, sign_waiting, submit
from lantai.people.models import Account
from lantai.search.index import close_all
from lantai.site.work import settle
from tests import states
from tests.conftest import Site
from tests.office import letter
from tests.packages import package

SignedIn = Callable[[str], Client]


@pytest.fixture
def signed_in(cast: dict[str, Actor]) -> SignedIn:
    """Return a function that gives a client signed in as a person of the cast."""

    def client_of(name: str) -> Client:
        client = Client()
        client.force_login(Account.objects.get(pk=cast[name].account))
        return client

    return client_of


@dataclass(frozen=True)
class Small:
    """Numbers of transfers by state, the 档号 of a preserved record, an import with a plan, a document at the desk.

    All of 区民政局; and an agent.
    """

    checking: str
    closed: str
    refused: str
    ref: str
    planned: str
    agent: str
    captured: str


@pytest.fixture
def small(cast: dict[str, Actor], site: Site, tmp_path: Path) -> Small:
    """Three transfers: one waits for a decision, one is closed, one could not be opened. Made once in a process."""

    def make() -> Small:
        made = _made(cast, tmp_path)
        close_all()
        return made

    return states.once("small", make, site.root)


def _made(cast: dict[str, Actor], tmp_path: Path) -> Small:
    clerk, intake = cast["沈文"], cast["陆安"]
    closed = submit(clerk, "MZJ", package(tmp_path / "a", "2011年文书档案.zip"))
    add_fonds(SYSTEM, "Z111", "云岭区救灾委员会", unit="MZJ")
    checking = submit(clerk, "MZJ", package(tmp_path / "b", "救灾档案.zip", fonds="Z111"))
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 but nothing more")
    refused = submit(clerk, "MZJ", broken)
    settle()
    sign_waiting(intake, closed, note="已核对")
    accept(intake, closed)
    settle()
    states = {view.number: view.state for view in queries.transfers(SYSTEM).items}
    assert states == {closed: "closed", checking: "checking", refused: "returned"}
    lines = [
        "档号,题名,日期",
        "Z109-WS·1998·Y-0001,关于水库的通知,19980304",
        "Z109-WS·1998·Y-0002,无日期,某日",
    ]
    (tmp_path / "目录.csv").write_text("\n".join(lines), "utf-8")
    planned = receive(intake, tmp_path / "目录.csv", fonds="Z109", type="WS")
    advance(planned)
    agent = add_agent(SYSTEM, "body", {"title": "云岭县民政科"})
    captured = capture(clerk, letter("OA-2026-7")).number
    return Small(checking, closed, refused, "Z109-WS·2011·Y-0001", planned, agent, captured)
