"""JSON: arrays or lines of objects, read one by one; numbers stay as they are typed."""

from __future__ import annotations

import itertools
import json
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

Object = dict[str, Any]


def read_json(path: Path, limits: SourceLimits) -> Source:
    """Return the objects of a JSON file as rows: an array, one object after the other, or one that holds a list.

    A heading is a name, ``a/b`` for one in an object inside; several values of one heading are joined by "；".
    Objects that say what they are as ArchivesSpace's do become records by element key. Raises Invalid:
    ``sources.file.kind`` (JSON without objects), ``.broken``, ``.too_large``, ``sources.table.too_wide``.
    """
    sample = sampling.sample(path, limits)
    guessed = Finding("encodings.text.guessed", path.name, "", sample.encoding, Severity.WARNING)
    findings = () if sample.sure else (guessed,)

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
    names = unique(seen)

    def stream() -> Iterator[Row]:
        for number, one in enumerate(objects(), 1):
            cells = flattened(one)
            if any(cells.values()):
                yield Row(number, tuple([cells.get(name, "") for name in names]))

    return Source(path, "json", names, stream, sample.encoding, findings)


def _rows(path: Path, objects: Iterator[Object]) -> Iterator[Object]:
    """Return the objects; of a single one that holds a list of objects, those."""
    start = list(itertools.islice(objects, 2))
    if len(start) == 1 and not isinstance(start[0].get(_MODEL), str):
        lists = [v for v in start[0].values() if isinstance(v, list) and v and isinstance(v[0], dict)]
        if lists:
            inner = max(lists, key=len)
            if not all(isinstance(one, dict) for one in inner):
                raise Invalid("sources.file.kind", name=path.name)
            return iter(inner)
    return itertools.chain(start, objects)


def _objects(path: Path, encoding: str, limits: SourceLimits) -> Iterator[Object]:
    """Yield every object of the outermost array, or of a file of objects one after the other."""
    decoder = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
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
    return one, end


def _skip(buffer: str, place: int, array: str) -> int:
    blanks = " \t\r\n," if array == "open" else " \t\r\n"
    while place < len(buffer) and buffer[place] in blanks:
        place += 1
    return place


def flattened(one: Object) -> dict[str, str]:
    """Return the texts of an object by heading."""
    if all(type(value) is str for value in one.values()):
        return one
    cells: dict[str, str] = {}
    for heading, text in _texts(one, "", 0):
        there = cells.get(heading, "")
        cells[heading] = f"{there}{SEVERAL}{text}" if there and text else there or text
    return cells


def _texts(value: Any, heading: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > _DEPTH:
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
