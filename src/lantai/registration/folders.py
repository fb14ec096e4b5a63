"""Where a deposit lies until it is preserved or given back: a folder of its own in the quarantine."""

from __future__ import annotations

import json
import logging
import os
import shutil
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from lantai.base.home import home
from lantai.kernel.errors import Invalid, LantaiError
from lantai.kernel.packages import Limits
from lantai.kernel.packages.names import Names, shown
from lantai.kernel.storage.medium import sync_file, sync_tree

logger = logging.getLogger(__name__)

AGE_SECONDS = 24 * 3600
"""Nothing younger is swept: a living request may still be at work with it."""

_PROBLEM = "problem.json"
_OURS = ("backup-", "sample-")
ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".eep")
"""What a package's name may end with: one file, so that one digest stands for all of it."""


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of one deposit: what was sent, byte for byte, and what it holds, laid out for checking."""

    root: Path

    @property
    def content(self) -> Path:
        return self.root / "content"

    def sent(self, name: str) -> Path:
        return self.root / "sent" / name

    def problem(self) -> Mapping[str, Any] | None:
        """Return why the work with it stands still, as :meth:`stuck` told it last, or None."""
        try:
            told: Mapping[str, Any] = json.loads((self.root / _PROBLEM).read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return None  # nothing stands still, or torn by a kill: it is only a sign of life
        return told

    def stuck(self, problem: LantaiError) -> None:
        """Tell why the work stands still; on a disk that takes nothing it is in the log only."""
        facts = {
            name: value if isinstance(value, int | str) else str(value)
            for name, value in problem.facts.items()
        }
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            told = json.dumps({"code": problem.code, "facts": facts}, ensure_ascii=False)
            (self.root / _PROBLEM).write_text(told, "utf-8")
        except OSError as refusal:
            logger.warning("no problem can be told in %s: %s", self.root.name, refusal)

    def going(self) -> None:
        """Forget what stood in the way."""
        (self.root / _PROBLEM).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove the folder; called when everything in it is preserved or given back."""
        if self.root.exists():
            shutil.rmtree(self.root)


def place_of(uuid: UUID) -> Place:
    """Return the folder of a deposit (which need not exist yet)."""
    return Place(home().quarantine / f"backup-{uuid}")


def accept_name(name: str) -> str:
    """Return the name of a package; ``Invalid`` for one that is no archive or could leave its folder."""
    try:
        name.encode("utf-8")
        kept = Names(Limits()).file(name)
    except (Invalid, UnicodeEncodeError) as refused:
        raise Invalid("registration.package.name_invalid", name=shown(ascii(name)[1:-1])) from refused
    if kept != name or "/" in name or not name.lower().endswith(ENDINGS):
        raise Invalid("registration.package.name_invalid", name=shown(name))
    return kept


def take(place: Place, package: Path, name: str) -> Path:
    """Move an arrived package into its folder, durable; return where it lies."""
    target = place.sent(name)
    target.parent.mkdir(parents=True)
    os.replace(package, target)
    sync_tree(str(place.root))
    sync_file(str(place.root.parent))
    return target


def sweep(wanted: Collection[UUID], now: float | None = None) -> int:
    """Remove what killed requests and samples left a day ago: folders of this room that belong to no deposit."""
    quarantine, kept = home().quarantine, {f"backup-{uuid}" for uuid in wanted}
    if not quarantine.is_dir():
        return 0
    before = (time.time() if now is None else now) - AGE_SECONDS
    count = 0
    for found in sorted(quarantine.iterdir()):
        if found.name.startswith(_OURS) and found.name not in kept and found.lstat().st_mtime < before:
            shutil.rmtree(found, ignore_errors=True)
            count += 1
    return count
