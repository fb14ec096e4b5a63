"""How what is preserved is read back in turn, as data (audits.toml)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from lantai.base.home import home
from lantai.kernel.errors import Invalid

BUILTIN = Path(__file__).with_name("audits.toml")
OWN = "audits.toml"
"""The site's own, in its folder."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """How one place is read in turn; ``sm3_days`` 0: SM3 is never compared of everything there."""

    parts: int
    every_hours: int
    rate: int
    threads: int
    sm3_percent: int
    sm3_days: int


@dataclass(frozen=True, slots=True)
class Rotations:
    """The rotation of the vault itself, of targets, and of single ones by name."""

    here: Rotation
    targets: Rotation
    named: Mapping[str, Rotation]

    def of(self, name: str) -> Rotation:
        """Return that of a target by its name, "" for the vault itself."""
        return self.named.get(name, self.targets) if name else self.here


def rotations() -> Rotations:
    """Return the site's rotation: its own ``audits.toml``, else the builtin one.

    ``Invalid("vault.rotation.unreadable")`` when its file is not of this form.
    """
    own = home().root / OWN
    path = own if own.is_file() else BUILTIN
    try:
        told = tomllib.loads(path.read_text("utf-8"))
        named = {name: _read({**told["targets"], **row}) for name, row in told.get("target", {}).items()}
        return Rotations(_read(told["here"]), _read(told["targets"]), named)
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise Invalid("vault.rotation.unreadable", reason=str(wrong)[:200]) from wrong


def _read(row: Mapping[str, Any]) -> Rotation:
    told = {field.name: row[field.name] for field in fields(Rotation)}
    least = {"parts": 1, "every_hours": 1, "threads": 1}
    if any(type(one) is not int or one < least.get(name, 0) for name, one in told.items()):
        raise ValueError(str(told))
    return Rotation(**told)
