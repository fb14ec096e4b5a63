"""JSON: arrays or lines of objects, read one by one; numbers stay as they are typed."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from lantai.kernel.ead.gathering import SEVERAL
from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.sources import sampling
from lantai.kernel.sources.archivesspace import read_object
from lantai.kernel.sources.headings import unique
from lantai.kernel.sources.model import Row, Source, SourceLimits
from lantai.kernel.sources.records import Record, record_source

_BLOCK = 1 << 16
_MODEL = "jsonmodel_type"
_DEPTH = 40
"""Below so many levels of headings what lies deeper stays JSON."""
_NESTED = 200
"""Levels of one object that are read at all."""
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
_BLANKS = re.compile(r"[ \t\r\n]*")
_BETWEEN = re.compile(r"[ \t\r\n,]*")

Object = dict[str, Any]


def read_json(path: Path, limits: SourceLimits) -> Source:
    """Return the objects of a JSON file as rows: an array, one object after the other, or one that holds a list.

    A heading is a name, ``a/b`` for one in an object inside; several values of one heading are joined by "；".
    Objects that say what they are as ArchivesSpace's do become records by element key. Raises Invalid:
    ``sources.file.kind`` (JSON without objects), ``.broken``, ``.too_large``, ``sources.table.too_wide``.
    """
    sample = sampling.sample(path, limits)
    guessed = Finding("encodings.text.guessed", path.name, "", sample.encoding, Severity.WARNING)
    findings: tuple[Finding, ...] = () if sample.sure else (guessed,)

    def objects() -> Iterator[Object]:
        return _rows(path, _objects(path, sample.encoding, limits))

    first = next(objects(), None)
    if first is None:
        raise Invalid("sources.file.kind", name=path.name)
    if isinstance(first.get(_MODEL), str):

        def records() -> Iterator[Record]:
            return (Record(n, read_object(o, f"{path.stem}-{n}")) for n, o in enumerate(objects(), 1))

        return record_source(path, "archivesspace", records, encoding=sample.encoding, findings=findings)
    seen: dict[str, None] = {}
    for one in objects():
        seen.update(dict.fromkeys(flattened(one)))
        if len(seen) > limits.columns:
            raise Invalid("sources.table.too_wide", name=path.name, columns=limits.columns)
    if not seen:
        raise Invalid("sources.file.kind", name=path.name)
    keys = tuple(seen)
    if outside := _outside(_objects(path, sample.encoding, limits)):
        told = " ".join(outside[:10])
        findings = (*findings, Finding("sources.json.outside", path.name, "", told, Severity.WARNING))

    def stream() -> Iterator[Row]:
        for number, one in enumerate(objects(), 1):
            cells = flattened(one)
            if any(cells.values()):
                yield Row(number, tuple([cells.get(key, "") for key in keys]))

    return Source(path, "json", unique(keys), stream, sample.encoding, findings)


def _rows(path: Path, objects: Iterator[Object]) -> Iterator[Object]:
    """Return the objects; of a single one that holds a list of objects, those."""
    start = list(itertools.islice(objects, 2))
    name = _list_of(start)
    if not name:
        return itertools.chain(start, objects)
    inner = start[0][name]
    if not all(isinstance(one, dict) for one in inner):
        raise Invalid("sources.file.kind", name=path.name)
    return iter(inner)


def _list_of(start: list[Object]) -> str:
    """Return under which name the one object of a file holds its rows, "" when it is a row itself."""
    if len(start) != 1 or isinstance(start[0].get(_MODEL), str):
        return ""
    sizes = {
        name: len(value)
        for name, value in start[0].items()
        if isinstance(value, list) and value and isinstance(value[0], dict)
    }
    return max(sizes, key=lambda name: sizes[name], default="")


def _outside(objects: Iterator[Object]) -> list[str]:
    """Return the names of what lies beside the list of rows and is not read."""
    start = list(itertools.islice(objects, 2))
    name = _list_of(start)
    return [other for other, value in start[0].items() if other != name and value] if name else []


def _objects(path: Path, encoding: str, limits: SourceLimits) -> Iterator[Object]:
    """Yield every object of the outermost array, or of a file of objects one after the other."""
    decoder = json.JSONDecoder(
        parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_whole_object
    )
    buffer, place, number, ended, array = "", 0, 0, False, ""
    try:
        with open(path, encoding=encoding) as file:
            file.seek(sampling.mark_length(path))
            while True:
                place = _skip(buffer, place, array)
                if place < len(buffer):
                    if buffer[place] == "[" and not number and not array:
                        array, place = "open", place + 1
                        continue
                    if buffer[place] == "]" and array == "open":
                        array, place = "closed", place + 1
                        continue
                    if buffer[place] != "{" or array == "closed":
                        raise Invalid("sources.file.kind", name=path.name)
                    one, end = _decode(decoder, buffer, place, ended)
                    if one is not None:
                        number, place = number + 1, end
                        yield one
                        continue
                elif ended:
                    break
                if len(buffer) - place > limits.object or ended:
                    raise _broken(path, number + 1, "an object is not closed or too large")
                more = file.read(max(_BLOCK, len(buffer) - place))
                buffer, place, ended = buffer[place:] + more, 0, not more
    except UnicodeDecodeError as error:
        raise _broken(path, number + 1, f"not {encoding}") from error
    except (RecursionError, json.JSONDecodeError) as error:
        raise _broken(path, number + 1, str(error)) from error
    if array == "open":
        raise _broken(path, number, "the array is not closed")


def _broken(path: Path, number: int, reason: str) -> Invalid:
    return Invalid("sources.file.broken", name=path.name, reason=f"{reason} (object {number})")


def _decode(decoder: json.JSONDecoder, buffer: str, place: int, ended: bool) -> tuple[Object | None, int]:
    """Return the object at ``place`` and where it ends, None when the rest must be read first."""
    try:
        one, end = decoder.raw_decode(buffer, place)
    except json.JSONDecodeError:
        if ended:
            raise
        return None, place
    if buffer.count("{", place, end) + buffer.count("[", place, end) > _NESTED:
        _refuse_deep(one)
    if buffer.find("\\u", place, end) >= 0:
        one = {_written(name): _writable(value) for name, value in one.items()}
    return one, end


def _writable(value: Any) -> Any:
    """Return ``value`` with U+FFFD for what escapes can say and no text can hold: zeros, halves of characters."""
    if isinstance(value, str):
        return _written(value)
    if isinstance(value, dict):
        return {_written(name): _writable(inner) for name, inner in value.items()}
    return [_writable(inner) for inner in value] if isinstance(value, list) else value


def _written(text: str) -> str:
    return text if text.isprintable() else _UNWRITABLE.sub("\ufffd", text)


def _refuse_deep(one: Object) -> None:
    """RecursionError for an object of more than :data:`_NESTED` levels."""
    level: list[Any] = [one]
    for _ in range(_NESTED):
        inner = (value.values() if isinstance(value, dict) else value for value in level)
        level = [child for children in inner for child in children if isinstance(child, dict | list)]
        if not level:
            return
    raise RecursionError(f"more than {_NESTED} levels")


def _whole_object(pairs: list[tuple[str, Any]]) -> Object:
    """Return the object; a name that comes again keeps all of its values."""
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    several: dict[str, list[Any]] = {}
    for name, value in pairs:
        several.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in several.items()}


def _skip(buffer: str, place: int, array: str) -> int:
    found = (_BETWEEN if array == "open" else _BLANKS).match(buffer, place)
    return found.end() if found else place


def flattened(one: Object) -> dict[str, str]:
    """Return the texts of an object by heading."""
    if all(type(value) is str for value in one.values()):
        return one
    cells: dict[str, list[str]] = {}
    for heading, text in _texts(one, "", 0):
        there = cells.setdefault(heading, [])
        if text:
            there.append(text)
    return {heading: SEVERAL.join(texts) for heading, texts in cells.items()}


def _texts(value: Any, heading: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEPTH and isinstance(value, dict | list):
        yield heading, json.dumps(value, ensure_ascii=False)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, f"{heading}/{name}" if heading else name, depth + 1)
    elif isinstance(value, list):
        yield from _several(value, heading, depth)
    elif isinstance(value, bool):
        yield heading, "TRUE" if value else "FALSE"
    else:
        yield heading, "" if value is None else str(value)


def _several(values: Iterable[Any], heading: str, depth: int) -> Iterator[tuple[str, str]]:
    for value in values:
        yield from _texts(value, heading, depth + 1)
