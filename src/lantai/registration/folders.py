"""Where a deposit lies until it is preserved or given back: a folder of its own in the quarantine."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from lantai.base.home import home
from lantai.kernel.errors import Invalid
from lantai.kernel.packages import Limits
from lantai.kernel.packages.names import Names, shown
from lantai.kernel.storage.medium import sync_file, sync_tree

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
