"""Which contents of an EEP file may be components: what lies inside 被签名对象, under a name that is its own.

Else a right signature would vouch for bytes that somebody put beside what was signed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from lantai.kernel.findings import Finding
from lantai.kernel.packages.eep.document import DATA, SIGNED, Node

DATA_ID = "编码数据ID"


@dataclass(frozen=True, slots=True)
class Covered:
    """The contents by 编码数据ID, their numbers, and what was found about those left out."""

    by_id: dict[str, Node]
    numbers: frozenset[int]
    findings: tuple[Finding, ...]


def covered(root: Node, wrappers: Sequence[Node], held: Collection[int], path: str) -> Covered:
    """Return what is covered of the contents ``held`` (by number) in the EEP file at ``path``.

    ``wrappers`` are the elements around 被签名对象, the newest layer first. Findings (errors):
    ``packages.eep.data_outside`` for every 编码数据 beside a 被签名对象, ``packages.eep.data_twice`` for every
    编码数据ID of several contents: none of them is taken.
    """
    outside = {id(data) for wrapper in wrappers for data in _beside(wrapper)}
    everything = list(root.descendants(DATA))
    findings = [
        Finding("packages.eep.data_outside", path, SIGNED, told_id(data))
        for data in everything
        if id(data) in outside
    ]
    inside = [data for data in everything if data.number in held and id(data) not in outside]
    uses = Counter(_told(data) for data in inside)
    twice = sorted(name for name, count in uses.items() if name and count > 1)
    findings += [Finding("packages.eep.data_twice", path, "1", name) for name in twice]
    alone = [data for data in inside if uses[_told(data)] == 1 or not _told(data)]
    return Covered(
        {_told(data): data for data in alone if _told(data)},
        frozenset(data.number for data in alone),
        tuple(findings),
    )


def _told(data: Node) -> str:
    """Return the 编码数据ID, "" without one."""
    return data.attributes.get(DATA_ID, "")


def told_id(data: Node) -> str:
    """Return what a finding calls the content: its 编码数据ID, or its number."""
    return _told(data) or str(data.number)


def _beside(wrapper: Node) -> list[Node]:
    """Return the 编码数据 below ``wrapper`` that lie outside its (first) 被签名对象."""
    signed = wrapper.child(SIGNED)
    rest = Node("", {}, children=[child for child in wrapper.children if child is not signed])
    return list(rest.descendants(DATA))
