"""The one folder that holds a site: ``LANTAI_HOME``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """Where the parts of a site lie. Everything but the vault and the keys can be rebuilt."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "lantai.sqlite3"

    @property
    def vault(self) -> Path:
        return self.root / "vault"

    @property
    def quarantine(self) -> Path:
        """Received and not yet decided; on the vault's file system, so that accepting moves no bytes."""
        return self.root / "quarantine"

    @property
    def inbox(self) -> Path:
        """Uploads on their way in."""
        return self.root / "inbox"

    @property
    def desk(self) -> Path:
        """Files that units have captured and not yet handed over, by their SHA-512."""
        return self.root / "desk"

    @property
    def desk_inbox(self) -> Path:
        """What units lay down for the desk, one folder per unit, by its code."""
        return self.root / "desk-inbox"

    @property
    def imports(self) -> Path:
        """Catalogue lists that were brought, with their plans; what lies in ``incoming`` can be chosen."""
        return self.root / "imports"

    @property
    def index(self) -> Path:
        return self.root / "index"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def locks(self) -> Path:
        return self.root / "locks"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def types(self) -> Path:
        """Record types that this site adds or overrides."""
        return self.root / "recordtypes"

    @property
    def static(self) -> Path:
        """Collected static files, if a release puts them there; the server looks for the folder."""
        return self.root / "static"

    def make(self) -> None:
        """Create the folders that are missing; keys are for the owner only."""
        for folder in (
            self.vault,
            self.quarantine,
            self.inbox,
            self.imports / "incoming",
            self.index,
            self.locks,
            self.logs,
            self.static,
        ):
            folder.mkdir(parents=True, exist_ok=True)
        self.keys.mkdir(mode=0o700, parents=True, exist_ok=True)


def home() -> Home:
    """Return the site's folder: ``LANTAI_HOME``, else ``./var``."""
    return Home(Path(os.environ.get("LANTAI_HOME") or "var").resolve())
