"""The plan of an import: every row read once, compared with the catalogue, and written to its batch."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from uuid import uuid5

import orjson

from lantai.catalogue.models import Import
from lantai.catalogue.rows import Draft, Frame, Problem
from lantai.catalogue.seen import Seen, fingerprints
from lantai.catalogue.services.known import ASKED, Known, above_of, known_of
from lantai.catalogue.services.register import CATALOGUE, urn_of
from lantai.catalogue.services.settle import FILES, Settler
from lantai.catalogue.streams import Batches, Problems, Streams
from lantai.catalogue.workshop import (
    BATCH_ROWS,
    CHANGED,
    NEW,
    REFUSED,
    SAME,
    Workshop,
)
from lantai.holdings.models import Agent, Change, Fonds, Record
from lantai.holdings.queries import types
from lantai.holdings.services import AgentDescription, Current, Description, Revision, Weigher
from lantai.holdings.services.edits import REF
from lantai.kernel import recordtypes
from lantai.kernel.errors import Fact
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.sources import Row, Source

CHUNK = 2_000
NOWHERE = 1 << 40
"""A place behind every row of a list."""

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
        self._parents: dict[tuple[str, str], int] = {}
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

    def _without_known(self, drafts: Sequence[Draft]) -> tuple[list[Draft], dict[str, Known]]:
        """Refuse what stood in the list before or belongs to others; return also what the catalogue has."""
        found = self._without_repeated(drafts)
        known = known_of([d.ref for d in found if not d.refused and d.level not in {"agent", "fonds"}])
        for n, draft in enumerate(found):
            there = known.get(draft.ref)
            if there is None or draft.refused or draft.level in {"agent", "fonds"}:
                continue
            if there.fonds != draft.fonds:
                found[n] = _refuse(draft, "catalogue.row.ref_taken", fonds=there.fonds)
            elif there.record.level != draft.level:
                found[n] = _refuse(draft, "catalogue.row.level_differs", level=there.record.level)
        self._remember_above(found)
        return found, known

    def _remember_above(self, drafts: Sequence[Draft]) -> None:
        """Keep where in the list the series and files stand that rows may lie in: places from 1 on."""
        above = [
            (at, draft)
            for at, draft in enumerate(drafts, self.place + 1)
            if not draft.refused and draft.level in {"series", "file"}
        ]
        places = fingerprints([f"{draft.fonds} {draft.ref}" for _, draft in above])
        data = self._above.add(places, [at for at, _ in above])
        self._streams.append("above.bin", data)

    def _without_repeated(self, drafts: Sequence[Draft]) -> list[Draft]:
        found = list(drafts)
        fresh = [n for n, draft in enumerate(drafts) if not draft.refused]
        told = fingerprints([_identity(drafts[n]) for n in fresh])
        before = self._seen.find(told) if fresh else []
        own: dict[bytes, int] = {}
        kept: list[tuple[bytes, int]] = []
        for k, (n, earlier) in enumerate(zip(fresh, before, strict=True)):
            draft, mark = drafts[n], told[16 * k : 16 * k + 16]
            earlier = earlier or own.get(mark, 0)
            if earlier:
                found[n] = _refuse(draft, "catalogue.row.repeated", row=earlier)
                continue
            own[mark] = draft.row
            kept.append((mark, draft.row))
            if draft.level == "fonds":
                self._tops.add(draft.ref)
        data = self._seen.add(b"".join(mark for mark, _ in kept), [row for _, row in kept])
        self._streams.append("seen.bin", data)
        return found

    def _ask_parents(self, drafts: Sequence[Draft]) -> dict[tuple[str, str], int]:
        """Return of each (fonds, parent) named where it stands: a place in the list, 0 in the catalogue, or nowhere.

        Nowhere is :data:`NOWHERE`, for now: it may come later in the list.
        """
        asked = {(d.fonds, d.parent) for d in drafts if d.parent and not d.refused}
        if len(self._parents) > 20_000:
            self._parents.clear()
        fresh = sorted(place for place in asked if self._parents.get(place, NOWHERE) > self.place)
        if fresh:
            found = self._above.find(fingerprints([" ".join(place) for place in fresh]))
            self._parents.update({p: at or NOWHERE for p, at in zip(fresh, found, strict=True)})
            late = {
                (d.fonds, d.parent)
                for at, d in enumerate(drafts, self.place)
                if d.parent and not d.refused and self._parents[d.fonds, d.parent] > at
            }
            self._parents.update(dict.fromkeys(above_of(sorted(late)), 0))
        return self._parents

    def _held(self, drafts: Sequence[Draft], known: dict[str, Known]) -> frozenset[str]:
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
        known: dict[str, Known],
        parents: dict[tuple[str, str], int],
        held: frozenset[str],
    ) -> bytes:
        """Write the draft to its batch and return its outcome."""
        if draft.level == "agent":
            return self._write_agent(draft, at)
        if draft.level == "fonds":
            return self._write_fonds(draft, at)
        there = known.get(draft.ref)
        if there is not None:
            if draft.stated and draft.parent not in {there.parent, *self._tops}:
                facts: dict[str, Fact] = {"parent": draft.parent, "other": there.parent}
                told = Problem(
                    draft.row, "", "catalogue.row.parent_differs", "warning", draft.ref, "", "", facts
                )
                self.problems.add([told], at)
            return self._write_changes(draft, at, there.record)
        parent = "" if draft.parent in self._tops else draft.parent
        urn = urn_of(draft.ref)
        if urn in held:
            urn = f"urn:uuid:{uuid5(self._row.uuid, draft.ref)}"
        made = Description(urn, draft.ref, draft.level, draft.type, draft.fonds, draft.values, (), parent)
        kind = "items" if draft.level == "item" else "files"
        name, place = self.batches.add(kind, draft.row, at, made.line())
        if parent and parents[draft.fonds, parent] > at:
            waiting = {"line": place, "parent": parent, "fonds": draft.fonds, "stated": draft.stated}
            self._streams.append(f"{name}.parents", orjson.dumps(waiting) + b"\n")
        return NEW

    def _write_changes(self, draft: Draft, at: int, there: Current) -> bytes:
        said = {key: value for key, value in draft.values.items() if key not in draft.implied}
        wanted = {key: value for key, value in said.items() if there.values.get(key, "") != value}
        wanted.pop("ref", None)
        wanted = _otherwise(there, wanted) if wanted else wanted
        if not wanted:
            return SAME
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
        """Look again at what was not there when its rows were read; the series and files first, as one."""
        settler = Settler(self._shop, self._streams, self.problems, self.counts, self._above, self._dropped)
        names = self.batches.names()
        files = [name for name in names if name.startswith(FILES)]
        if files and files[0] not in self._settled:
            settler.settle_files(files)
            self._settled += files
            self._checkpoint()
        for name in names:
            if name.startswith("items") and name not in self._settled:
                settler.settle_items(name)
                self._settled.append(name)
                self._checkpoint()

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


def _otherwise(there: Current, wanted: Mapping[str, str]) -> dict[str, str]:
    """Return those of ``wanted`` (canonical) that mean something else than what the record says.

    A record that came with files keeps its values as they were received (会议纪要 for 纪要, 2011-03-04): the same
    said in the catalogue's form is no change, nor what a template makes of the other elements. What no element of its
    type took (地点 of a recording) may come back under the element of another type: it is there already.
    """
    kind = types().get(there.type)
    if kind is None:
        return dict(wanted)
    meant = recordtypes.normalise(kind, there.values)
    untaken = {value for key, value in there.values.items() if key not in kind.by_key}
    return {
        key: value
        for key, value in wanted.items()
        if meant.get(key, "") != value and (key in kind.by_key or value not in untaken)
    }


def _of_finding(draft: Draft, one: Finding) -> Problem:
    return Problem(
        draft.row, "", one.code, one.severity.value, draft.ref, one.expected, one.found, dict(one.facts)
    )
