"""The plan of an import: every row read once, compared with the catalogue, and written to its batch."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid5

import orjson

from lantai.catalogue.models import Import
from lantai.catalogue.rows import Draft, Frame, Problem
from lantai.catalogue.seen import Seen, fingerprints
from lantai.catalogue.services.register import CATALOGUE, urn_of
from lantai.catalogue.streams import Batches, Problems, Streams
from lantai.catalogue.workshop import (
    BATCH_ROWS,
    CHANGED,
    NEW,
    REFUSED,
    SAME,
    Workshop,
    origins_as_bytes,
)
from lantai.holdings.models import Agent, Change, Fonds, Record
from lantai.holdings.services import AgentDescription, Current, Description, Revision, Weigher
from lantai.holdings.services.edits import REF
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.sources import Row, Source

CHUNK = 2_000
ASKED = 500
"""档号 that one question to the database names."""

Read = Callable[[Iterator[list[Row]]], Iterator[list[Draft]]]
"""Turns chunks of rows into chunks of drafts, in order; in this process or in others."""


class Planner:
    """Makes the plan of one import. After a kill it goes on from the last checkpoint."""

    def __init__(self, row: Import, shop: Workshop, frame: Frame, source: Source) -> None:
        self._row, self._shop, self._frame, self._source = row, shop, frame, source
        kept = shop.checkpoint() or {}
        told = frame.fingerprint()
        if kept.get("frame") != told:
            shop.forget_plan()
            kept = {}
        self._frame_told = told
        shop.plan.mkdir(parents=True, exist_ok=True)
        self._streams = Streams(shop, kept.get("sizes", {}))
        self.batches = Batches(self._streams, kept.get("batches", {}))
        self.problems = Problems(self._streams, kept.get("problems", {}))
        self.counts: Counter[str] = Counter(kept.get("counts", {}))
        self.filled: set[int] = set(kept.get("filled", []))
        self.place: int = kept.get("place", 0)
        self._read_all: bool = kept.get("read", False)
        self._settled: list[str] = kept.get("settled", [])
        self._dropped: set[str] = set(kept.get("dropped", []))
        self._tops: set[str] = set(kept.get("tops", []))
        self._seen, self._above = Seen(), Seen()
        for name, seen in (("seen.bin", self._seen), ("above.bin", self._above)):
            if (shop.plan / name).exists():
                seen.load((shop.plan / name).read_bytes())
        self._unmapped = [n for n, (_, key) in enumerate(frame.columns) if not key]
        self._parents: dict[tuple[str, str], bool] = {}
        self._renumbered = Change.objects.filter(key=REF).exists()
        self._weigher = Weigher()

    def make(self, read: Read, go_on: Callable[[int], bool]) -> bool:
        """Read all rows and settle what waits for later ones; return whether the plan is complete.

        ``go_on`` is told at every checkpoint how many rows are read, and says whether to go on now.
        """
        try:
            if not self._read_all and not self._read_rows(read, go_on):
                return False
            self._read_all = True
            self._checkpoint()
            self._settle()
        finally:
            self._streams.close()
        return True

    def _read_rows(self, read: Read, go_on: Callable[[int], bool]) -> bool:
        since = 0
        for drafts in read(self._chunks()):
            self._take(drafts)
            since += len(drafts)
            if since >= BATCH_ROWS:
                self._checkpoint()
                if not go_on(self.place):
                    return False
                since = 0
        return True

    def _chunks(self) -> Iterator[list[Row]]:
        rows = itertools.islice(self._source.rows(), self.place, None)
        while chunk := list(itertools.islice(rows, CHUNK)):
            for place in list(self._unmapped):
                if any(row.cells[place].strip() for row in chunk):
                    self.filled.add(place)
                    self._unmapped.remove(place)
            yield chunk

    def _take(self, drafts: Sequence[Draft]) -> None:
        """Decide about a chunk of rows and write down what shall be done."""
        drafts, known = self._without_known(drafts)
        parents = self._ask_parents(drafts)
        held = self._held(drafts, known) if self._renumbered else frozenset()
        outcomes = bytearray()
        for at, draft in enumerate(drafts, self.place):
            if draft.problems:
                self.problems.add(draft.problems, at)
            outcome = REFUSED if draft.refused else self._write(draft, at, known, parents, held)
            self.counts[outcome.decode()] += 1
            outcomes += outcome
        self.batches.flush()
        self._streams.append("outcomes.bin", bytes(outcomes))
        self.place += len(drafts)

    def _without_known(self, drafts: Sequence[Draft]) -> tuple[list[Draft], dict[str, _Known]]:
        """Refuse what stood in the list before or belongs to others; return also what the catalogue has."""
        found = self._without_repeated(drafts)
        known = _known([d.ref for d in found if not d.refused and d.level not in {"agent", "fonds"}])
        for n, draft in enumerate(found):
            there = known.get(draft.ref)
            if there is None or draft.refused or draft.level in {"agent", "fonds"}:
                continue
            if there.fonds != draft.fonds:
                found[n] = _refuse(draft, "catalogue.row.ref_taken", fonds=there.fonds)
            elif there.record.level != draft.level:
                found[n] = _refuse(draft, "catalogue.row.level_differs", level=there.record.level)
        return found, known

    def _without_repeated(self, drafts: Sequence[Draft]) -> list[Draft]:
        found = list(drafts)
        fresh = [n for n, draft in enumerate(drafts) if not draft.refused]
        told = fingerprints([_identity(drafts[n]) for n in fresh])
        before = self._seen.find(told) if fresh else []
        own: dict[bytes, int] = {}
        kept: list[tuple[bytes, int]] = []
        above: list[Draft] = []
        for k, (n, earlier) in enumerate(zip(fresh, before, strict=True)):
            draft, mark = drafts[n], told[16 * k : 16 * k + 16]
            earlier = earlier or own.get(mark, 0)
            if earlier:
                found[n] = _refuse(draft, "catalogue.row.repeated", row=earlier)
                continue
            own[mark] = draft.row
            kept.append((mark, draft.row))
            if draft.level in {"series", "file"}:
                above.append(draft)
            elif draft.level == "fonds":
                self._tops.add(draft.ref)
        places = fingerprints([f"{draft.fonds} {draft.ref}" for draft in above])
        data = self._above.add(places, [draft.row for draft in above])
        self._streams.append("above.bin", data)
        data = self._seen.add(b"".join(mark for mark, _ in kept), [row for _, row in kept])
        self._streams.append("seen.bin", data)
        return found

    def _ask_parents(self, drafts: Sequence[Draft]) -> dict[tuple[str, str], bool]:
        """Return of each (fonds, parent) named whether it is there already, in the list or in the catalogue."""
        asked = {(d.fonds, d.parent) for d in drafts if d.parent and not d.refused}
        if len(self._parents) > 20_000:
            self._parents.clear()
        fresh = sorted(place for place in asked if not self._parents.get(place))
        if fresh:
            rows = self._above.find(fingerprints([" ".join(place) for place in fresh]))
            self._parents.update({place: bool(row) for place, row in zip(fresh, rows, strict=True)})
            for place in _in_catalogue([place for place in fresh if not self._parents[place]]):
                self._parents[place] = True
        return self._parents

    def _held(self, drafts: Sequence[Draft], known: dict[str, _Known]) -> frozenset[str]:
        """Return the permanent names of new 档号 that records have which were numbered anew."""
        fresh = [urn_of(d.ref) for d in drafts if not d.refused and d.ref not in known]
        found: set[str] = set()
        for start in range(0, len(fresh), ASKED):
            rows = Record.objects.filter(urn__in=fresh[start : start + ASKED])
            found.update(rows.values_list("urn", flat=True))
        return frozenset(found)

    def _write(
        self,
        draft: Draft,
        at: int,
        known: dict[str, _Known],
        parents: dict[tuple[str, str], bool],
        held: frozenset[str],
    ) -> bytes:
        """Write the draft to its batch and return its outcome."""
        if draft.level == "agent":
            return self._write_agent(draft, at)
        if draft.level == "fonds":
            return self._write_fonds(draft, at)
        there = known.get(draft.ref)
        if there is not None:
            return self._write_changes(draft, at, there.record)
        parent = "" if draft.parent in self._tops else draft.parent
        urn = urn_of(draft.ref)
        if urn in held:
            urn = f"urn:uuid:{uuid5(self._row.uuid, draft.ref)}"
        made = Description(urn, draft.ref, draft.level, draft.type, draft.fonds, draft.values, (), parent)
        kind = "items" if draft.level == "item" else "files"
        name, place = self.batches.add(kind, draft.row, at, made.line())
        if parent and not parents[draft.fonds, parent]:
            waiting = {
                "line": place,
                "at": at,
                "row": draft.row,
                "ref": draft.ref,
                "parent": parent,
                "fonds": draft.fonds,
                "stated": draft.stated,
            }
            self._streams.append(f"{name}.parents", orjson.dumps(waiting) + b"\n")
        return NEW

    def _write_changes(self, draft: Draft, at: int, there: Current) -> bytes:
        said = {key: value for key, value in draft.values.items() if key not in draft.implied}
        wanted = {key: value for key, value in said.items() if there.values.get(key, "") != value}
        wanted.pop("ref", None)
        weighed = self._weigher.weigh(there, wanted)
        if weighed.refused:
            errors = [one for one in weighed.findings if one.severity is Severity.ERROR]
            self.problems.add([_of_finding(draft, one) for one in errors], at)
            return REFUSED
        if not weighed.changes:
            return SAME
        changes = {key: after for key, (_, after) in weighed.changes.items()}
        self.batches.add("changes", draft.row, at, Revision(there.urn, there.version, changes).line())
        return CHANGED

    def _write_agent(self, draft: Draft, at: int) -> bytes:
        values = dict(draft.values)
        kind = values.pop("agent_kind", "body")
        made = AgentDescription(agent_urn(draft), kind, values["title"], values)
        if Agent.objects.filter(urn=made.urn).exists():
            return SAME
        self.batches.add("agents", draft.row, at, made.line())
        return NEW

    def _write_fonds(self, draft: Draft, at: int) -> bytes:
        fonds = Fonds.objects.get(number=draft.fonds)
        before, named = fonds.values, {"ref": fonds.number, "title": fonds.name}
        told = {key: text for key, text in draft.values.items() if before.get(key, named.get(key)) != text}
        values = {**before, **told}
        if values == before:
            return SAME
        line = {"before": before, "number": draft.fonds, "values": values}
        self.batches.add("fonds", draft.row, at, orjson.dumps(line, option=orjson.OPT_SORT_KEYS))
        return CHANGED

    def _checkpoint(self) -> None:
        sizes = self._streams.sync()
        self._shop.write_checkpoint(
            {
                "frame": self._frame_told,
                "place": self.place,
                "read": self._read_all,
                "settled": self._settled,
                "dropped": sorted(self._dropped),
                "tops": sorted(self._tops),
                "filled": sorted(self.filled),
                "counts": dict(self.counts),
                "batches": self.batches.as_json(),
                "problems": self.problems.counts,
                "sizes": sizes,
            }
        )

    def _settle(self) -> None:
        """Look again for parents that were not there when their rows were read."""
        for name in self.batches.names():
            if name not in self._settled:
                self._settle_batch(name)
                self._settled.append(name)
                self._checkpoint()

    def _settle_batch(self, name: str) -> None:
        """Write the batch again without what the rows of it that lost their parent said."""
        raw = f"{name}.jsonl"
        waiting = {place: one for place, one in self._waiting(name).items() if not one["there"]}
        if not waiting and not self._dropped:
            return
        lines: list[bytes] = []
        kept: list[tuple[int, int]] = []
        with open(self._shop.plan / raw, "rb") as stream:
            for place, (line, origin) in enumerate(zip(stream, self._shop.origins(raw), strict=True)):
                one = waiting.get(place) or self._orphaned(line, origin)
                left = self._without_parent(line, one) if one else line
                if left:
                    lines.append(left)
                    kept.append(origin)
        self._streams.replace(f"{name}.settled.jsonl", b"".join(lines))
        self._streams.replace(f"{name}.settled.rows", origins_as_bytes(kept))

    def _orphaned(self, line: bytes, origin: tuple[int, int]) -> dict[str, Any] | None:
        """Return what there is to tell of a line whose parent was there and was refused since."""
        if not self._dropped:
            return None
        told = orjson.loads(line)
        if told.get("parent") not in self._dropped:
            return None
        row, at = origin
        return {"row": row, "at": at, "ref": told["ref"], "parent": told["parent"], "stated": True}

    def _waiting(self, name: str) -> dict[int, dict[str, Any]]:
        """Return by line what waits for a parent in a batch, with ``there``: whether it came after all."""
        path = self._shop.plan / f"{name}.parents"
        if not path.exists():
            return {}
        found = [orjson.loads(line) for line in path.read_bytes().splitlines()]
        places = sorted({(one["fonds"], one["parent"]) for one in found})
        rows = self._above.find(fingerprints([" ".join(place) for place in places]))
        there = {p for p, row in zip(places, rows, strict=True) if row and p[1] not in self._dropped}
        return {one["line"]: {**one, "there": (one["fonds"], one["parent"]) in there} for one in found}

    def _without_parent(self, line: bytes, one: dict[str, Any]) -> bytes:
        """Return the line for a row whose file is nowhere: refused (b"") when the row itself named it."""
        code = "catalogue.row.parent_missing" if one["stated"] else "catalogue.row.file_unknown"
        severity = "error" if one["stated"] else "warning"
        told = Problem(one["row"], "", code, severity, one["ref"], "", "", {"parent": one["parent"]})
        self.problems.add([told], one["at"])
        if not one["stated"]:
            return orjson.dumps({**orjson.loads(line), "parent": ""}, option=orjson.OPT_SORT_KEYS) + b"\n"
        self._dropped.add(one["ref"])
        with open(self._shop.outcomes, "r+b") as outcomes:
            outcomes.seek(one["at"])
            outcomes.write(REFUSED)
        self.counts[NEW.decode()] -= 1
        self.counts[REFUSED.decode()] += 1
        return b""

    def files(self) -> list[tuple[str, str]]:
        """Return (kind, file) of every batch that has lines, in the order in which they go in."""
        found = []
        for name in self.batches.names():
            settled = self._shop.plan / f"{name}.settled.jsonl"
            file = settled if settled.exists() else self._shop.plan / f"{name}.jsonl"
            if file.stat().st_size:
                found.append((name.partition("-")[0], file.name))
        return found


def agent_urn(draft: Draft) -> str:
    """Return the permanent name of a name record: the same for the same identifier, else name."""
    return f"urn:uuid:{uuid5(CATALOGUE, _identity(draft))}"


def _identity(draft: Draft) -> str:
    """Return what no two rows may share."""
    if draft.level == "agent":
        return f"agent:{draft.ref or draft.values['title']}"
    return f"fonds:{draft.fonds}" if draft.level == "fonds" else draft.ref


def _refuse(draft: Draft, code: str, **facts: str | int) -> Draft:
    problem = Problem(draft.row, "", code, "error", draft.ref, "", "", {**facts})
    return draft._replace(problems=(*draft.problems, problem), refused=True)


def _of_finding(draft: Draft, one: Finding) -> Problem:
    return Problem(
        draft.row, "", one.code, one.severity.value, draft.ref, one.expected, one.found, dict(one.facts)
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """A record that the catalogue has under a 档号 of the list, and the fonds it is in."""

    record: Current
    fonds: str


def _known(refs: Sequence[str]) -> dict[str, _Known]:
    """Return what the catalogue has of ``refs``. Not filtered by visibility: a 档号 is given once."""
    found: dict[str, _Known] = {}
    fields = ("id", "urn", "ref", "level", "type", "title", "version", "accepted", "values", "fonds__number")
    for start in range(0, len(refs), ASKED):
        for *told, fonds in Record.objects.filter(ref__in=refs[start : start + ASKED]).values_list(*fields):
            found[told[2]] = _Known(Current(*told), fonds)
    return found


def _in_catalogue(places: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return which of ``places`` (fonds, 档号) the catalogue has, items left out: nothing lies in those."""
    found: set[tuple[str, str]] = set()
    for start in range(0, len(places), ASKED):
        rows = Record.objects.filter(ref__in={ref for _, ref in places[start : start + ASKED]})
        found.update(rows.exclude(level=Record.ITEM).values_list("fonds__number", "ref"))
    return found.intersection(places)
