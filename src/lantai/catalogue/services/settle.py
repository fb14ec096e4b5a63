"""What waits for later rows of a list: files below what lies in them, files that are nowhere, circles.

A row waits when the file it names stood neither before it nor in the catalogue. Series and files are settled
together, for one may lie in any other: what hangs on nothing is refused with all that lies in it, and the rest
is put in order, what lies above before what lies in it, so that each batch can go in by itself. Items come
after them. Lists in which nothing waits are left as they are, and cost nothing.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import orjson

from lantai.catalogue.rows import Problem
from lantai.catalogue.seen import Seen, fingerprints
from lantai.catalogue.streams import Problems, Streams
from lantai.catalogue.workshop import NEW, REFUSED, Workshop, origins_as_bytes

FILES = "files"
"""Kind of the batches that hold series and files."""

MISSING, CIRCLE = "catalogue.row.parent_missing", "catalogue.row.circle"
_ROOT = -1

Origin = tuple[int, int]
Waiting = dict[int, dict[str, Any]]


@dataclass(slots=True)
class _Files:
    """All new series and files of a list, by their place in it; ``above`` is the place of the one they lie in.

    ``code`` says why one is refused: "" for what stays.
    """

    refs: list[str] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)
    places: list[tuple[str, int, int]] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    above: list[int] = field(default_factory=list)
    codes: dict[int, str] = field(default_factory=dict)


class Settler:
    """Settles the batches of one plan, one call each; ``dropped`` are the 档号 that were refused so far."""

    def __init__(
        self,
        shop: Workshop,
        streams: Streams,
        problems: Problems,
        counts: Counter[str],
        above: Seen,
        dropped: set[str],
    ) -> None:
        self._shop, self._streams, self._problems = shop, streams, problems
        self._counts, self._above, self._dropped = counts, above, dropped

    def settle_files(self, names: list[str]) -> None:
        """Write the batches of series and files again: without what hangs on nothing, parents first."""
        waiting = {name: self._waiting(name) for name in names}
        if not any(waiting.values()):
            return
        files = self._read(names, waiting)
        depths = _depths(files)
        for at, code in files.codes.items():
            self._refuse(files.origins[at], files.refs[at], files.parents[at], code)
        order = sorted((n for n in range(len(files.refs)) if n not in files.codes), key=depths.__getitem__)
        sizes = [len(self._shop.origins(f"{name}.jsonl")) for name in names]
        begin = 0
        for name, size in zip(names, sizes, strict=True):
            self._write(name, files, order[begin : begin + size])
            begin += size

    def settle_items(self, name: str) -> None:
        """Write a batch of items again without those whose file is nowhere or was refused."""
        waiting = self._waiting(name)
        there = self._there(waiting)
        lost = {line: one for line, one in waiting.items() if (one["fonds"], one["parent"]) not in there}
        if not lost and not self._dropped:
            return
        raw = f"{name}.jsonl"
        lines: list[bytes] = []
        kept: list[Origin] = []
        with open(self._shop.plan / raw, "rb") as stream:
            for place, (line, origin) in enumerate(zip(stream, self._shop.origins(raw), strict=True)):
                left = self._item(line, origin, lost.get(place))
                if left:
                    lines.append(left)
                    kept.append(origin)
        self._replace(name, lines, kept)

    def _item(self, line: bytes, origin: Origin, one: dict[str, Any] | None) -> bytes:
        """Return the line as it stays: b"" when the row named a file that is not there."""
        if one is None and not self._dropped:
            return line
        told = orjson.loads(line)
        if one is None and told["parent"] not in self._dropped:
            return line
        if one is None or one["stated"]:
            self._refuse(origin, told["ref"], told["parent"], MISSING)
            return b""
        self._tell(origin, told["ref"], told["parent"], "catalogue.row.file_unknown", "warning")
        return orjson.dumps({**told, "parent": ""}, option=orjson.OPT_SORT_KEYS) + b"\n"

    def _there(self, waiting: Waiting) -> set[tuple[str, str]]:
        """Return which of the (fonds, file) waited for came after all, and were not refused."""
        places = sorted({(one["fonds"], one["parent"]) for one in waiting.values()})
        if not places:
            return set()
        found = self._above.find(fingerprints([" ".join(place) for place in places]))
        return {p for p, at in zip(places, found, strict=True) if at and p[1] not in self._dropped}

    def _waiting(self, name: str) -> Waiting:
        """Return by line what waits for a file in a batch."""
        path = self._shop.plan / f"{name}.parents"
        if not path.exists():
            return {}
        return {one["line"]: one for one in map(orjson.loads, path.read_bytes().splitlines())}

    def _read(self, names: list[str], waiting: dict[str, Waiting]) -> _Files:
        """Return the series and files of a list and what each lies in."""
        files = _Files()
        asked: dict[int, dict[str, Any]] = {}
        fonds: list[str] = []
        for name in names:
            begin = 0
            with open(self._shop.plan / f"{name}.jsonl", "rb") as stream:
                for place, line in enumerate(stream):
                    told = orjson.loads(line)
                    if (one := waiting[name].get(place)) is not None:
                        asked[len(files.refs)] = one
                    files.refs.append(told["ref"])
                    files.parents.append(told["parent"])
                    fonds.append(told["fonds"])
                    files.places.append((name, begin, len(line)))
                    begin += len(line)
            files.origins += self._shop.origins(f"{name}.jsonl")
        own = {ref: place for place, ref in enumerate(files.refs)}
        for place, parent in enumerate(files.parents):
            above = own.get(parent, _ROOT)
            if above != _ROOT and fonds[above] != fonds[place]:
                above = _ROOT
            if above == _ROOT and place in asked:
                files.codes[place] = MISSING
            files.above.append(above)
        return files

    def _write(self, name: str, files: _Files, places: list[int]) -> None:
        lines = []
        with contextlib.ExitStack() as opened:
            streams: dict[str, BinaryIO] = {}
            for place in places:
                source, begin, size = files.places[place]
                if source not in streams:
                    path = self._shop.plan / f"{source}.jsonl"
                    streams[source] = opened.enter_context(open(path, "rb"))
                streams[source].seek(begin)
                lines.append(streams[source].read(size))
        self._replace(name, lines, [files.origins[place] for place in places])

    def _replace(self, name: str, lines: list[bytes], origins: list[Origin]) -> None:
        self._streams.replace(f"{name}.settled.jsonl", b"".join(lines))
        self._streams.replace(f"{name}.settled.rows", origins_as_bytes(origins))

    def _refuse(self, origin: Origin, ref: str, parent: str, code: str) -> None:
        self._tell(origin, ref, parent, code, "error")
        self._dropped.add(ref)
        with open(self._shop.outcomes, "r+b") as outcomes:
            outcomes.seek(origin[1])
            outcomes.write(REFUSED)
        self._counts[NEW.decode()] -= 1
        self._counts[REFUSED.decode()] += 1

    def _tell(self, origin: Origin, ref: str, parent: str, code: str, severity: str) -> None:
        told = Problem(origin[0], "", code, severity, ref, "", "", {"parent": parent})
        self._problems.add([told], origin[1])


def _depths(files: _Files) -> list[int]:
    """Return how many files of the list lie above each; note in ``codes`` those that hang on nothing or in a circle.

    Every file is looked at twice at most, however long the chains are.
    """
    depths = [-1] * len(files.refs)
    for start in range(len(files.refs)):
        chain: list[int] = []
        met: set[int] = set()
        at = start
        while at != _ROOT and depths[at] < 0 and at not in met:
            met.add(at)
            chain.append(at)
            at = files.above[at]
        if at in met:
            files.codes |= dict.fromkeys(chain[chain.index(at) :], CIRCLE)
        for place in reversed(chain):
            above = files.above[place]
            depths[place] = 0 if above == _ROOT else max(depths[above], 0) + 1
            if above in files.codes:
                files.codes.setdefault(place, MISSING)
    return depths
