"""What a unit must say of each record it hands over: 公开属性, 开放意见, 密级变更 (档案法实施条例, 30)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lantai.kernel.findings import Finding

DISCLOSURES = ("主动公开", "依申请公开", "不予公开")
OPINIONS = ("开放", "控制", "延期开放")
UNCHANGED = "无变更"
CHANGES = (UNCHANGED, "已解密", "其他变更")
SECRETS = ("秘密", "机密", "绝密")

_GROUNDED = frozenset({"不予公开", "控制", "延期开放"})


@dataclass(frozen=True, slots=True)
class Statement:
    """What is said of one record; "" = not yet said.

    ``ground`` is why it is not disclosed, or not to be opened; ``document`` what changed its secrecy, and when.
    """

    disclosure: str = ""
    opinion: str = ""
    ground: str = ""
    secrecy: str = ""
    document: str = ""

    def over(self, other: Statement) -> Statement:
        """Return this statement with its gaps filled from ``other``; reasons only where one is needed."""
        disclosure, opinion = self.disclosure or other.disclosure, self.opinion or other.opinion
        secrecy = self.secrecy or other.secrecy
        grounded = bool(_GROUNDED & {disclosure, opinion})
        ground = self.ground or (other.ground if grounded else "")
        document = self.document or (other.document if secrecy in CHANGES[1:] else "")
        return Statement(disclosure, opinion, ground, secrecy, document)


def reasons(ref: str, values: Mapping[str, str], said: Statement) -> Iterator[Finding]:
    """Yield why a record cannot be handed over with what is said of it; the path is its 档号."""
    if values.get("security", "") in SECRETS:
        yield Finding("desk.secret.refused", ref, found=values["security"])
    yield from _choice(ref, "disclosure", said.disclosure, DISCLOSURES)
    yield from _choice(ref, "opinion", said.opinion, OPINIONS)
    yield from _choice(ref, "secrecy", said.secrecy, CHANGES)
    wanting = [text for text in (said.disclosure, said.opinion) if text in _GROUNDED]
    if wanting and not said.ground.strip():
        yield Finding("desk.statement.ground_missing", ref, found="、".join(wanting))
    if said.secrecy in CHANGES[1:] and not said.document.strip():
        yield Finding("desk.statement.document_missing", ref, found=said.secrecy)


_MISSING = {
    "disclosure": "desk.statement.disclosure_missing",
    "opinion": "desk.statement.opinion_missing",
    "secrecy": "desk.statement.secrecy_missing",
}


def _choice(ref: str, field: str, found: str, known: tuple[str, ...]) -> Iterator[Finding]:
    if not found:
        yield Finding(_MISSING[field], ref)
    elif found not in known:
        yield Finding("desk.statement.unknown", ref, "、".join(known), found[:40])


def remark(said: Statement) -> str:
    """Return what is said beyond the coded elements, for the note of the record; "" when that is nothing."""
    parts = []
    if said.opinion in OPINIONS[1:] or said.disclosure == "不予公开":
        parts.append(f"开放意见：{said.opinion}；{said.disclosure}（{said.ground.strip()}）")
    if said.secrecy in CHANGES[1:]:
        parts.append(f"密级变更：{said.secrecy}（{said.document.strip()}）")
    return "；".join(parts)
