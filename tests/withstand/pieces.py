"""What the children of a stage do, each in a process of its own."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import io
import json
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from tests.withstand.dying import counter, watch_files

DEEDS = {
    "submit": "submitted",
    "receive": "received",
    "refuse": "returned",
    "check": "checking",
    "return": "returned",
    "accept": "accepted",
    "register": "registered",
    "preserve": "preserved",
    "describe": "described",
    "index": "indexed",
    "close": "closed",
}
"""Verb of ``ingest.transfer.…`` → the state it leads to."""


def load() -> None:
    """Import what the children will need, and make the search tables; nothing that starts threads is called."""
    for name in (
        "lantai.cli.main",
        "lantai.ingest.steps",
        "lantai.kernel.printing",
        "lantai.search.queries",
        "lantai.kernel.verify.cli",
        "lantai.access.services",
        "tests.withstand.packs",
    ):
        importlib.import_module(name)
    importlib.import_module("lantai.search.engine.folding").folding_name()
    # What every child would read again from the same files.
    importlib.import_module("lantai.kernel.texts").catalogue()
    importlib.import_module("lantai.kernel.recordtypes").load()


def found() -> None:
    """Make the site with its unit and fonds."""
    from lantai.base.actors import SYSTEM
    from lantai.cli.site import init_site
    from lantai.holdings.services import add_fonds
    from lantai.people.services import add_unit

    init_site("云岭区档案馆")
    add_unit(SYSTEM, "MZJ", "区民政局")
    add_fonds(SYSTEM, "Z109", "云岭区民政局", unit="MZJ")


def submit(path: str, owned: bool = False) -> str:
    """Begin the transfer of the package, unless it was begun by a call that was killed; return its number."""
    from lantai.base.actors import SYSTEM
    from lantai.ingest import queries
    from lantai.ingest.services import submit as begin

    name = Path(path).name
    known = {view.name: view.number for view in queries.transfers(SYSTEM, size=500).items}
    return known.get(name) or begin(SYSTEM, "MZJ", Path(path), owned=owned)


def accept_waiting() -> list[str]:
    """Accept every transfer that waits and is clean; return their numbers."""
    from lantai.base.actors import SYSTEM
    from lantai.ingest import queries
    from lantai.ingest.services import accept, sign_waiting

    numbers = [view.number for view in queries.transfers(SYSTEM, state="checking", size=500).items]
    for number in numbers:
        sign_waiting(SYSTEM, number, note="逐项核对")
        accept(SYSTEM, number)
    return numbers


def work() -> None:
    """Be a worker until killed."""
    from lantai.site.work import work as go_on

    go_on(threading.Event())


def settle() -> None:
    """Work until nothing moves."""
    from lantai.site.work import settle as go_on

    go_on()


def watch(stop: str) -> dict[str, Any]:
    """Read every visible record again and again until the file ``stop`` appears; tell what was not whole."""
    broken: list[str] = []
    rounds = seen = 0
    pause = threading.Event()
    while not Path(stop).exists():
        pause.wait(0.1)
        rounds += 1
        wrong, read = _unreadable()
        broken += wrong
        seen = max(seen, read)
    return {"rounds": rounds, "seen": seen, "broken": broken}


def _unreadable() -> tuple[list[str], int]:
    """Return what cannot be read back whole of the records a reader sees now, and how many records that are."""
    from lantai.base.actors import SYSTEM
    from lantai.holdings import indexing
    from lantai.holdings import queries as holdings
    from lantai.vault import queries as vault

    broken: list[str] = []
    count = 0
    for records in indexing.all_rows():
        for record in (holdings.record(SYSTEM, one.ref) for one in records):
            count += 1
            if not record.object_id:
                continue
            stored = {one.path: one.sha512 for one in vault.stored_files(record.object_id)}
            for part in holdings.parts(record.id):
                with vault.open_file(record.object_id, part.path) as stream:
                    found = hashlib.sha512(stream.read()).hexdigest()
                if found != stored.get(part.path):
                    broken.append(f"{record.ref} {part.path}")
    return broken, count


def audit() -> dict[str, Any]:
    """Look at the whole site at one moment and tell what contradicts itself, with the state of every transfer."""
    from django.db import transaction

    with transaction.atomic():  # nobody commits meanwhile
        return _audited()


def _audited() -> dict[str, Any]:
    from lantai.holdings.models import Record
    from lantai.ingest.models import Transfer

    wrong = [*_ledger_against_transfers(), *_ledger_against_rows(), *_index_against_catalogue()]
    broken, _ = _unreadable()
    refs = list(Record.objects.order_by("ref").values_list("ref", flat=True))
    wrong += [f"twice in the catalogue: {ref}" for ref, count in Counter(refs).items() if count > 1]
    states = dict(Transfer.objects.values_list("number", "state"))
    return {"wrong": wrong + broken, "refs": refs, "states": states}


def _ledger_against_transfers() -> list[str]:
    """Derive the state of every transfer from its entries and compare."""
    from lantai.ingest.models import Transfer
    from lantai.ledger.models import Entry

    wrong = []
    told: dict[str, list[str]] = {}
    for subject, act in (
        Entry.objects.filter(act__startswith="ingest.transfer.").order_by("id").values_list("subject", "act")
    ):
        told.setdefault(subject, []).append(act.rpartition(".")[2])
    for row in Transfer.objects.all():
        acts = told.pop(row.urn, [])
        if not acts or DEEDS[acts[-1]] != row.state or len(set(acts)) != len(acts):
            wrong.append(f"{row.number} is {row.state}, its entries say {acts}")
    return wrong + [f"entries of no transfer: {subject}" for subject in told]


def _ledger_against_rows() -> list[str]:
    """Compare deposits and descriptions with their entries, both ways."""
    from lantai.holdings.models import Record
    from lantai.ledger.models import Entry
    from lantai.vault.models import Batch, Deposit

    def data(act: str) -> dict[str, dict[str, Any]]:
        texts = Entry.objects.filter(act=act).values_list("text", flat=True)
        return {told["batch"]: told for told in (json.loads(text)["data"] for text in texts)}

    deposits = {
        batch.key: (batch.list_root, Deposit.objects.filter(batch=batch).count())
        for batch in Batch.objects.all()
    }
    told = {key: (one["list_root"], one["list_size"]) for key, one in data("vault.batch.deposit").items()}
    described = Counter(str(batch) for batch in Record.objects.values_list("batch", flat=True))
    said = {key: one["count"] for key, one in data("holdings.records.describe").items()}
    wrong = [] if deposits == told else [f"deposits {deposits} but entries {told}"]
    return wrong + ([] if described == said else [f"records {described} but entries {said}"])


def _index_against_catalogue() -> list[str]:
    from lantai.holdings.models import Record
    from lantai.search.index import engine

    ids = list(engine().ids())
    rows = set(Record.objects.values_list("id", flat=True))
    wrong = [f"twice in the index: {key}" for key, count in Counter(ids).items() if count > 1]
    return wrong + [f"in the index alone: {key}" for key in set(ids) - rows]


def prove() -> dict[str, Any]:
    """Check ledger, vault and, with the stand-alone verifier, the vault's folder; count the index."""
    from lantai.base.actors import SYSTEM
    from lantai.base.home import home
    from lantai.kernel.verify.cli import main
    from lantai.ledger import queries as ledger
    from lantai.ledger.services import sequence
    from lantai.search.queries import indexed
    from lantai.vault.services import verify

    fixity = verify(SYSTEM)
    sequence()
    checked = ledger.check_log()
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        status = main([str(home().vault), "--key", str(home().keys / "ledger.pub")])
    return {
        "ledger": [finding.message("en") for finding in checked.findings],
        "unpublished": ledger.pending(),
        "damaged": fixity.damaged,
        "objects": fixity.objects,
        "verifier": status,
        "said": said.getvalue(),
        "indexed": indexed(),
    }


def settle_until(limit: int) -> bool:
    """Work until nothing moves, but die without warning before the ``limit``-th change of a file or folder.

    Counted are changes made by Python below the site's folder: files opened for writing, links, renames, …
    """
    from lantai.site.work import settle as go_on
    from lantai.vault.store import stores

    for store in stores():  # as a worker does first
        store.collect_staging()
    watch_files(counter(limit))
    go_on()
    return True


def leftovers() -> list[str]:
    """Return what lies in the site that nobody needs any more."""
    from lantai.base.home import home
    from lantai.ingest.models import Transfer

    root = home().root
    keep = {str(uuid) for uuid in Transfer.objects.exclude(state="closed").values_list("uuid", flat=True)}
    found = [p for p in home().quarantine.iterdir() if p.name not in keep]
    found += [*home().inbox.iterdir(), *root.rglob(".staging"), *root.rglob("*.part")]
    return sorted(str(path.relative_to(root)) for path in found)
