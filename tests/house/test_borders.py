"""The borders of the rooms that import-linter cannot see: private modules, and foreign keys that point up."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import django.apps
from django.db.models import ForeignKey

import lantai

PACKAGE = Path(lantai.__file__).parent
FLOORS = (
    "kernel",
    "base",
    "ledger",
    "people",
    "holdings",
    "vault",
    "checks",
    "search",
    "ingest",
    "access",
    "catalogue",
    "registration",
    "desk",
    "exchange",
    "site",
)
ROOMS = tuple(room for room in FLOORS if room not in {"kernel", "base"})
PUBLIC = {"services", "queries", "events", "errors", "models"}

EXCEPTIONS = {
    # importer module → imported module, with the reason
    ("*", "lantai.ledger.acts"): "acts are how every service records: the ledger's front door",
    ("*", "lantai.people.policies"): "policies are asked by every service",
    ("*", "lantai.holdings.authorities"): "reads of fonds and name records, in a module of their own",
    ("*", "lantai.holdings.history"): "reads of what was changed, in a module of their own",
    ("*", "lantai.holdings.related"): "reads of what belongs together, in a module of their own",
    ("exchange", "lantai.catalogue.selection"): "what is exported or edited, as pages name it",
    ("desk", "lantai.access.leaves"): "one reader of files, in the archives and at the desk",
    ("desk", "lantai.access.renditions"): "the same",
    ("desk", "lantai.access.binding"): "a print of a record at the desk",
    ("desk", "lantai.search.engine"): "the desk's own index is the same engine in a home of its own",
    ("desk", "lantai.search.index"): "indexes are opened once per process",
    ("desk", "lantai.ledger.models"): "followers are handed entries",
    ("desk", "lantai.ingest.links"): "the desk puts its links on the page of a transfer",
    ("desk", "lantai.access.delivery"): "originals leave the house in one way",
    ("holdings", "lantai.people.models"): "foreign keys",
    ("site", "lantai.search.index"): "wiring opens and closes the index",
    ("cli", "lantai.search.index"): "init makes the empty index",
    ("site", "lantai.ingest.steps"): "the worker's loop runs the steps",
    ("search", "lantai.ledger.models"): "followers are handed entries",
    ("search", "lantai.holdings.indexing"): "the index reads rows by the hundred thousand, for nobody's eyes",
    ("*", "lantai.site.work"): "the command line lets everything settle",
    ("cli", "lantai.site.doctor"): "the command line asks the doctor",
    ("cli", "lantai.site.rebuild"): "the command line brings a site back",
    ("cli", "lantai.site.restore"): "the same",
    ("cli", "lantai.site.fetching"): "the same",
    ("site", "lantai.vault.sealed"): "what was sealed for a recipient is opened by a restore",
}
MODELS_FOR_KEYS = {"models", "services"}


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path.relative_to(PACKAGE).parts[0].removesuffix(".py"), path


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _allowed(room: str, path: Path, module: str) -> bool:
    if any(module == name or module.startswith(f"{name}.") for who, name in EXCEPTIONS if who in {room, "*"}):
        return True
    part = module.split(".")[2]
    if part == "models":  # a table of a lower room, for a foreign key only
        return "models" in (path.stem, path.parent.name) or "services" in path.parts
    return part in PUBLIC or part.startswith("queries_")  # a room may cut its reads into modules


def test_other_rooms_use_only_services_queries_events_and_errors() -> None:
    wrong = []
    for room, path in modules():
        for module in imported(path):
            parts = module.split(".")
            if len(parts) < 3 or parts[0] != "lantai" or parts[1] not in ROOMS or parts[1] == room:
                continue
            if not _allowed(room, path, module):
                wrong.append(f"{path.relative_to(PACKAGE)}: {module}")
    assert not wrong


def test_foreign_keys_never_point_up() -> None:
    wrong = []
    for model in django.apps.apps.get_models():
        home = model._meta.app_label
        if home not in FLOORS:
            continue
        for field in model._meta.get_fields():
            if isinstance(field, ForeignKey):
                there = field.related_model._meta.app_label
                if there in FLOORS and FLOORS.index(there) > FLOORS.index(home):
                    wrong.append(f"{model.__name__}.{field.name} → {there}")
    assert not wrong


def test_the_kernel_never_names_django() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)}: {module}"
        for room, path in modules()
        if room == "kernel"
        for module in imported(path)
        if module.split(".")[0] == "django"
    ]
    assert not wrong
