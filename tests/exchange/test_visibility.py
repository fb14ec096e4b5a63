"""No face tells what its caller may not see: not in lists, counts, facets, histories, refusals."""

from __future__ import annotations

import random
from urllib.parse import quote, unquote

import pytest
from django.test import Client

from lantai.base.actors import SYSTEM, Actor
from lantai.exchange.oai.metadata import FORMATS
from lantai.holdings.services import relate
from tests.exchange.conftest import Desk, Machine, token_of
from tests.pages.library import Description, add, urn_of, values, word

UNIT = {"沈文": "MZJ", "他局": "JYJ"}


def _seen(desk: Desk, name: str) -> set[str]:
    kept = {"Z110-WS·2012·Y-0009"} if name in {"陆安", "他局"} else set()
    return {
        *(one.ref for one in desk.entries if name == "陆安" or one.seen_by(UNIT.get(name, ""))),
        *(desk.file, *desk.items),
        *kept,
    }


def test_reads_show_and_count_only_what_may_be_seen(desk: Desk) -> None:
    every = {one.ref for one in desk.entries} | {"Z110-WS·2012·Y-0009", desk.file, *desk.items}
    for name, machine in desk.machines.items():
        seen = _seen(desk, name)
        for address in ("records", "changes", "search?q="):
            assert {one["ref"] for one in machine.everything(address)} == seen, (name, address)
        assert sum(one["count"] for one in machine.everything("fonds")) == len(seen)
        assert sum(machine.get(f"fonds/{f}/tree")["total"] for f in ("Z109", "Z110")) == len(seen)
        facets = machine.get("search?q=")["facets"]
        assert sum(one["count"] for one in facets["fonds"]) == len(seen)
        for ref in every - seen:
            _hidden(machine, ref)


def _hidden(machine: Machine, ref: str) -> None:
    for tail in ("", "/children", "/components", "/history", "/changes", "/relations"):
        answer = machine.ask("GET", f"records/{quote(ref)}{tail}")
        other = machine.ask("GET", f"records/{quote(ref)}0{tail}")
        assert answer.status_code == other.status_code == 404
        assert answer.json()["error"]["code"] == other.json()["error"]["code"]


def test_personal_elements_stay_with_the_unit_and_the_archives(desk: Desk) -> None:
    for name, machine in desk.machines.items():
        for one in machine.everything("records"):
            inner = name == "陆安" or UNIT.get(name) == ("MZJ" if one["fonds"] == "Z109" else "JYJ")
            assert ("persons" in one["values"]) <= inner, (name, one["ref"])
            assert ("retention" in one["values"]) == inner, (name, one["ref"])
            if not inner:
                assert machine.get(f"records/{one['urn']}/history")["items"] == []


def _statuses(chance: random.Random) -> tuple[str, str]:
    return chance.choice(("开放", "控制", "未审核", "开放 ", "")), chance.choice(("Z109", "Z110"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_catalogues_leak_through_no_face(cast: dict[str, Actor], seed: int) -> None:
    """Random records with files around them and relations between them, read through every face by everybody."""
    chance = random.Random(seed)
    told: dict[str, tuple[str, str]] = {}
    made = []
    for number in range(1, 31):
        status, fonds = _statuses(chance)
        ref = f"{fonds}-WS·2010·Y-{number:04d}"
        told[ref] = (status, fonds)
        more = values(ref, f"关于{word(number)}的批复", open_status=status, persons=f"李{word(number)}")
        level = "file" if number % 7 == 0 else "item"
        made.append(Description(urn_of(ref), ref, level, "WS", fonds, more))
        if level == "file":
            inner, inside = f"{ref}-001", chance.choice(("开放", "控制"))
            told[inner] = (inside, fonds)
            more = values(inner, f"卷内{word(number + 100)}", open_status=inside)
            made.append(Description(urn_of(inner), inner, "item", "WS", fonds, more, parent=ref))
    add(made)
    for _ in range(12):
        first, second = chance.sample(sorted(told), 2)
        relate(SYSTEM, urn_of(first), "copy", target=urn_of(second))
    machines = {"公众": Machine(), "沈文": Machine(token_of("shenwen", "MZJ"))}
    machines["他局"] = Machine(token_of("taju", "JYJ"))
    for name, machine in machines.items():
        own = {"沈文": "Z109", "他局": "Z110"}.get(name, "")
        seen = {ref for ref, (status, fonds) in told.items() if status == "开放" or fonds == own}
        _nothing_else(machine, seen, set(told) - seen)
    opened = {ref for ref, (status, _) in told.items() if status == "开放"}
    faces = [Client().get("/oai", {"verb": "ListRecords", "metadataPrefix": p}).content for p in FORMATS]
    faces.append(b"".join(Client().get("/sitemaps/1.xml").streaming_content))  # type: ignore[attr-defined]
    for content in faces:
        text = unquote(content.decode())
        for ref in told:
            if not any(other.startswith(ref) for other in opened):
                assert ref not in text, ref


def _nothing_else(machine: Machine, seen: set[str], hidden: set[str]) -> None:
    """Hold every read to ``seen``; no text of an answer names what is hidden."""
    pages = [machine.everything(address) for address in ("records", "changes", "search?q=", "search?q=关于")]
    assert {one["ref"] for one in pages[0]} == {one["ref"] for one in pages[1]} == seen
    assert {one["ref"] for one in pages[2]} == seen
    for ref in seen:
        for tail in ("", "/children", "/relations", "/changes"):
            pages.append([machine.get(f"records/{quote(ref)}{tail}")])
    text = str(pages)
    for ref in hidden:
        if not any(other.startswith(ref) for other in seen):
            assert ref not in text, ref
        _hidden(machine, ref)
