"""What a contributor's token reads and writes: what her department brought, and nothing of the desk beyond."""

from __future__ import annotations

from lantai.base.actors import Actor
from lantai.desk.services import Putting, Where, capture, put
from tests.departments import contributor, department, owner
from tests.exchange.conftest import Machine, token_of
from tests.office import VALUES, letter


def filed(actor: Actor, external: str) -> str:
    return capture(actor, letter(external, values={**VALUES, "title": f"关于{external}的通知"})).number


def test_a_contributors_token_sees_her_department_only(cast: dict[str, Actor]) -> None:
    clerk, own = cast["沈文"], contributor("liuke", "刘科")
    department(clerk, "YM", "移民科", "liuke")
    mine, arranged, theirs = filed(own, "OA-1"), filed(own, "OA-2"), filed(clerk, "OA-3")
    put(clerk, "MZJ", [Putting(Where(2026, "永久"), ((arranged,), (filed(clerk, "OA-4"),)))])
    assert [owner(number) for number in (mine, arranged, theirs)] == ["YM", "YM", ""]
    machine = Machine(token_of("liuke", "MZJ", ("capture", "desk")))
    assert [one["number"] for one in machine.everything("captures")] == [arranged, mine]
    assert machine.get(f"captures/{mine}")["number"] == mine
    assert machine.ask("GET", f"captures/{theirs}").status_code == 404
    for address in ("desk/tray", "desk/items", "desk/classes"):
        assert machine.ask("GET", address).status_code in {403, 404, 405}, address
    for address, body in (
        ("desk/items", {"groups": [[mine]]}),
        ("desk/classes", {"year": 2026, "retention": "永久", "items": []}),
    ):
        assert machine.ask("POST", address, body).status_code in {403, 404}, address
