"""Filing at the source: whole or not at all, every reason told, once per 电子文件号."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from lantai.base.actors import Actor
from lantai.base.home import home
from lantai.desk import queries
from lantai.desk.errors import Refused
from lantai.desk.services import Filing, capture
from lantai.kernel.errors import Conflict, Forbidden, NotFound
from lantai.ledger import queries as ledger
from lantai.ledger.services import sequence
from tests.office import VALUES, brought, letter


def stored() -> list[Path]:
    return sorted(p for p in home().desk.rglob("*") if p.is_file() and ".staging" not in p.parts)


def reasons(refused: pytest.ExceptionInfo[Refused]) -> set[tuple[str, str]]:
    return {(one.path, one.code) for one in refused.value.reasons}


def test_a_document_is_filed_with_a_receipt(cast: Mapping[str, Actor]) -> None:
    told = capture(cast["沈文"], letter())
    assert [one.role for one in told.components] == ["main", "attachment"]
    assert told.position is None and told.notes == ()
    sequence()
    entry = ledger.entry(told.entry)
    assert (entry.act, entry.subject) == ("desk.capture.file", told.urn)
    assert entry.data["content"] == told.content
    again = queries.receipt(cast["沈文"], told.number)
    assert again == replace(told, position=entry.index)
    shown = queries.capture(cast["沈文"], told.number)
    assert shown.process[1]["business_status"] == "历史行为"
    file, path = queries.original(cast["沈文"], told.number, 1)
    assert hashlib.sha512(path.read_bytes()).hexdigest() == file.sha512
    document = json.loads((home().desk / told.content[:2] / told.content[2:4] / told.content).read_bytes())
    assert document["values"] == shown.values
    assert len(stored()) == 3
    assert list((home().inbox / "office").iterdir()) == []


def test_the_same_again_is_the_same_receipt_and_another_is_a_conflict(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    first = capture(clerk, letter())
    assert capture(clerk, letter()) == first
    size = ledger.pending()
    changed = letter(values={**VALUES, "title": "另一题名"})
    changed = replace(changed, components=(changed.components[0],))
    with pytest.raises(Conflict) as refused:
        capture(clerk, changed)
    assert refused.value.code == "desk.capture.differs"
    assert refused.value.facts["fields"] == "values.title, components"
    assert ledger.pending() == size
    assert len(stored()) == 3


def test_every_reason_is_told_at_once_and_nothing_is_kept(cast: Mapping[str, Actor]) -> None:
    components = (
        brought("附件", "空.txt", b""),
        brought("封面", "图.png", b"\x89PNG\r\n\x1a\nbroken", sm3="0" * 64, size=3),
        replace(brought("附件", "../x.txt", b"x"), path=None),
        brought("附件", "空.TXT", b"x"),
    )
    bad = {
        "date": "20261399",
        "题名": "机密★10年 关于",
        "title": "x",
        "security": "机密",
        "xyz": "1",
        "retention": "9年",
    }
    filing = Filing("MZJ", " ", "WS", bad, components, ({"business_activity": "签发", "who": "x"},))
    with pytest.raises(Refused) as refused:
        capture(cast["沈文"], filing)
    assert {
        ("external_id", "desk.external.missing"),
        ("values.author", "recordtypes.element.missing"),
        ("values.date", "recordtypes.date.unreadable"),
        ("values.retention", "recordtypes.value.outside"),
        ("values.title", "desk.value.twice"),
        ("values.title", "desk.secret.refused"),
        ("values.security", "desk.secret.refused"),
        ("values.xyz", "desk.value.unknown"),
        ("process[0].who", "desk.value.unknown"),
        ("process[0].agent_name", "recordtypes.element.missing"),
        ("process[0].action_time", "recordtypes.element.missing"),
        ("components[0]", "desk.file.empty"),
        ("components[1].role", "desk.role.unknown"),
        ("components[1].size", "desk.file.size_differs"),
        ("components[1].sm3", "desk.file.digest_differs"),
        ("components[1]", "desk.file.unreadable"),
        ("components[2]", "desk.file.missing"),
        ("components[2].name", "desk.file.name_wrong"),
        ("components[3].name", "desk.file.name_twice"),
        ("components", "desk.main.missing"),
    } <= reasons(refused)
    assert stored() == [] and queries.captures(cast["沈文"]).items == []


def test_who_may_file_and_see(cast: Mapping[str, Actor]) -> None:
    for name in ("他局", "陆安", "方正", "安全审计员"):
        with pytest.raises(Forbidden):
            capture(cast[name], letter())
    told = capture(cast["沈文"], letter())
    assert queries.receipt(cast["陆安"], told.number).number == told.number
    for name in ("他局", "方正", "何恒", "系统管理员"):
        assert queries.captures(cast[name]).items == []
        with pytest.raises(NotFound):
            queries.original(cast[name], told.number, 1)


def test_the_tray_is_paged_searched_and_narrowed(cast: Mapping[str, Actor]) -> None:
    clerk = cast["沈文"]
    numbers = [
        capture(clerk, letter(f"OA-{n}", values={**VALUES, "title": f"第{n}号通知"})).number for n in range(5)
    ]
    first = queries.captures(clerk, size=3)
    rest = queries.captures(clerk, size=3, after=first.after)
    assert [one.number for one in [*first.items, *rest.items]] == numbers[::-1] and rest.after == ""
    assert [one.number for one in queries.captures(clerk, text="第3号").items] == [numbers[3]]
    assert [one.number for one in queries.captures(clerk, text="OA-2").items] == [numbers[2]]
    assert queries.captures(clerk, source="mail").items == []
    assert queries.counts(clerk) == {"tray": 5}
