"""No face tells what its caller may not see: not in lists, counts, facets, histories, refusals."""

from __future__ import annotations

from urllib.parse import quote

from tests.exchange.conftest import Desk, Machine

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
    for tail in ("", "/children", "/components", "/history"):
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
