"""Which tables and columns are written beside the log, and in which form."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.db.models import Field, Model

from lantai.base.home import home
from lantai.kernel.rowlog import Shelf, Table
from lantai.kernel.storage import LocalStore

_KINDS = {
    "AutoField": "int",
    "BigAutoField": "int",
    "BigIntegerField": "int",
    "BinaryField": "bytes",
    "BooleanField": "bool",
    "CharField": "text",
    "DateField": "day",
    "DateTimeField": "moment",
    "FloatField": "real",
    "IntegerField": "int",
    "JSONField": "json",
    "PositiveBigIntegerField": "int",
    "PositiveIntegerField": "int",
    "PositiveSmallIntegerField": "int",
    "SmallAutoField": "int",
    "SmallIntegerField": "int",
    "TextField": "text",
    "UUIDField": "uuid",
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is not written: tables with their reasons; columns with what stands there after a restore."""

    tables: Mapping[str, str]
    columns: Mapping[tuple[str, str], str]
    reasons: Mapping[tuple[str, str], str]
    stated: Mapping[str, str]


@functools.cache
def left_out() -> LeftOut:
    """Return the declared list, ``left_out.toml``."""
    told = tomllib.loads(Path(__file__).with_name("left_out.toml").read_text("utf-8"))
    columns = {(table, name): one for table, some in told["columns"].items() for name, one in some.items()}
    return LeftOut(
        told["tables"],
        {place: one["value"] for place, one in columns.items()},
        {place: one["why"] for place, one in columns.items()},
        told["stated"],
    )


@functools.cache
def tables() -> tuple[Table, ...]:
    """Return every table of ours that is written, rooms in their order, those that others point at first within one.

    ``TypeError`` for a column of a kind that has no form, and for a key that is no whole number: the form of a new
    table is decided when it is made.
    """
    return tuple(_table(model) for model in our_models() if model._meta.db_table not in left_out().tables)


def our_models() -> list[type[Model]]:
    """Return every model of ours that has a table of its own, those between two tables included."""
    ours = [config for config in apps.get_app_configs() if config.name.startswith("lantai.")]
    return [
        model
        for config in ours
        for model in config.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    ]


def _table(model: type[Model]) -> Table:
    told = model._meta
    name = told.db_table
    fields = [f for f in told.local_concrete_fields if (name, f.column) not in left_out().columns]
    kinds = tuple(_kind(field) for field in fields)
    if _kind(told.pk) != "int":
        raise TypeError(f"{name}: rows are noted by whole numbers, not by {told.pk.column}")
    return Table(name, str(told.pk.column), tuple(str(field.column) for field in fields), kinds)


def _kind(field: Field[object, object]) -> str:
    while field.remote_field is not None:
        field = field.target_field  # type: ignore[attr-defined]
    try:
        return _KINDS[field.get_internal_type()]
    except KeyError:
        raise TypeError(f"no form for {field}") from None


def rows_store() -> LocalStore:
    """Return the folder of the rows' files in the vault."""
    return LocalStore(home().vault / "rows")


def shelf() -> Shelf:
    """Return the rows in the vault."""
    return Shelf(rows_store())
