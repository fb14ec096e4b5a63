"""Terms of hand-over as data: when what is due, who must say yes to another day (terms.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from lantai.base.home import home
from lantai.kernel.errors import Invalid
from lantai.kernel.recordtypes import Label

BUILTIN = Path(__file__).with_name("terms.toml")


@dataclass(frozen=True, slots=True)
class Departure:
    """Another day than that of the term. ``moves`` is later or earlier; ``needs`` consent (of the bureau) or
    agreement (of the archives). ``requests_stay``: until the term ends requests for information go to the unit."""

    key: str
    label: Label
    moves: str
    needs: str
    clause: str
    basis: str
    requests_stay: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for the units of these archives: after how many years, and which periods of retention come."""

    label: Label
    years: int
    clause: str
    basis: str
    retention: tuple[str, ...]
    departures: Mapping[str, Departure]

    def due(self, year: int) -> date:
        """Return the last day on which the records of ``year`` are to be handed over.

        The term runs from the day a record was formed, so that of a whole year ends with its last day.
        """
        return date(year + self.years, 12, 31)

    def comes(self, retention: str) -> bool:
        """Return whether records of this period come to the archives at all."""
        return retention in self.retention


def terms() -> Terms:
    """Return the terms of the site: its own ``terms.toml``, else the builtin ones.

    ``Invalid("desk.terms.unreadable")`` when its file is not of this form.
    """
    own = home().root / "terms.toml"
    path = own if own.is_file() else BUILTIN
    try:
        return _read(tomllib.loads(path.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, UnicodeDecodeError, AttributeError) as wrong:
        raise Invalid("desk.terms.unreadable", reason=str(wrong)[:200]) from wrong


def _read(told: Mapping[str, Any]) -> Terms:
    level = told["level"][told["own"]]
    return Terms(
        label=Label(level["zh"], level["en"]),
        years=int(level["years"]),
        clause=str(level["clause"]),
        basis=str(level["basis"]),
        retention=tuple(map(str, told["retention"]["values"])),
        departures={key: _departure(key, row) for key, row in told["exception"].items()},
    )


def _departure(key: str, row: Mapping[str, Any]) -> Departure:
    return Departure(
        key=key,
        label=Label(row["zh"], row["en"]),
        moves=row["moves"],
        needs=row["needs"],
        clause=row["clause"],
        basis=row["basis"],
        requests_stay=bool(row.get("requests_stay", False)),
    )
