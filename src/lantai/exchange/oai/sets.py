"""Sets: by fonds (``fonds:Z109``) and by record type (``type:WS``)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lantai.base.actors import PUBLIC
from lantai.exchange.oai.errors import Refused
from lantai.holdings import queries as holdings
from lantai.holdings.queries import Place, RecordView

_SPEC = re.compile(r"[A-Za-z0-9\-_.!~*'()]+(:[A-Za-z0-9\-_.!~*'()]+)*")
_PLAIN = re.compile(r"[A-Za-z0-9\-_.]")
_ESCAPE = re.compile(r"~([0-9a-f]{2})")


def spec(group: str, value: str) -> str:
    """Return the setSpec of a fonds or type; signs that a setSpec cannot hold become ``~`` and their bytes."""
    signs = (one if _PLAIN.fullmatch(one) else "".join(f"~{b:02x}" for b in one.encode()) for one in value)
    return f"{group}:{''.join(signs)}"


def _value(text: str) -> str:
    raw = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return raw.encode("latin-1", "replace").decode("utf-8", "replace")


def place_of(text: str) -> Place:
    """Return the records of the set ``text`` ("" = all); ``badArgument`` for what cannot be a setSpec."""
    if not text or text in {"fonds", "type"}:
        return Place()
    if not _SPEC.fullmatch(text) or len(text) > 400:
        raise Refused("badArgument", "set is no setSpec.")
    group, _, value = text.partition(":")
    if group == "fonds" and value and ":" not in value:
        return Place(fonds=_value(value))
    if group == "type" and value and ":" not in value:
        return Place(type=_value(value))
    raise Refused("noRecordsMatch", "There is no such set.")


def sets_of(record: RecordView) -> tuple[str, str]:
    """Return the setSpecs of a record."""
    return spec("fonds", record.fonds), spec("type", record.type)


def all_sets() -> Iterator[tuple[str, str]]:
    """Yield setSpec and name of every set in which the public sees something."""
    fonds, types = holdings.seen_fonds(PUBLIC), holdings.seen_types(PUBLIC)
    if not fonds:
        return
    yield "fonds", "全宗 · fonds"
    for number, name in fonds:
        yield spec("fonds", number), f"{number} {name}"
    yield "type", "门类 · record types"
    known = holdings.types()
    for code in types:
        yield spec("type", code), f"{code} {known[code].label.zh}" if code in known else code
