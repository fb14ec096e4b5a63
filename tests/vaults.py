"""Small vaults for tests: objects of a few files, deposited as rooms deposit them; stores that fail as real ones do."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from lantai.base.actors import SYSTEM
from lantai.base.home import home
from lantai.kernel.digests import digest_bytes
from lantai.kernel.errors import Unavailable
from lantai.kernel.storage import Store
from lantai.kernel.storage.wrappers import PacedStore
from lantai.vault.services import Aip, Held, Wanted, add_target, deposit

WHEN = datetime(2026, 11, 22, tzinfo=UTC)


def held(data: bytes) -> Held:
    """Return bytes as a file to be preserved."""
    return Held(data, digest_bytes(data))


def aip(number: int, files: int = 2, kind: str = "record") -> Aip:
    """Return an object with a record and some files, each another."""
    inside = {f"files/第{n}页.txt": held(f"{number}-{n} 云岭\n".encode() * 50) for n in range(files)}
    return Aip(
        f"urn:uuid:00000000-0000-4000-8000-{number:012}", {"record.json": held(b"{}\n"), **inside}, kind
    )


def keep(numbers: Iterable[int], kind: str = "record") -> list[str]:
    """Deposit objects in one batch; return their ids."""
    aips = [aip(number, kind=kind) for number in numbers]
    deposit(SYSTEM, f"test:{aips[0].object_id[-12:]}:{kind}", aips, message="试", created=WHEN)
    return [one.object_id for one in aips]


def folder_target(folder: Path, name: str = "二号盘", **more: object) -> str:
    """Register a folder as a target; return its uuid."""
    said = {"place": "异地库", "medium": "硬盘", **more}
    return str(add_target(SYSTEM, Wanted(name=name, address=str(folder), **said)))  # type: ignore[arg-type]


class Odd(PacedStore):
    """A store that answers oddly: what it gives back goes through ``lie``; ``before`` is called before every write.

    It has no local files, so that everything is asked of it.
    """

    def __init__(
        self,
        inner: Store,
        lie: Callable[[str, bytes], bytes] = lambda key, data: data,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(inner, lambda: 0, before)
        self._lie = lie

    def open(self, key: str) -> BinaryIO:
        with self.inner.open(key) as stream:
            return io.BytesIO(self._lie(key, stream.read()))

    def local_path(self, key: str) -> Path | None:
        return None


def failing(times: int, code: str = "storage.store.failed") -> Callable[[], None]:
    """Return what fails so many times and then no more."""
    left = [times]

    def ask() -> None:
        if left[0] > 0:
            left[0] -= 1
            raise Unavailable(code, key="", reason="500", needed=1, free=0)

    return ask


def vault_files(root: Path) -> dict[str, bytes]:
    """Return everything of a vault or a target that is the same on both."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for part in ("ocfl", "ledger", "batches", "rows")
        for path in sorted((root / part).rglob("*"))
        if path.is_file() and ".staging" not in path.parts
    }


def own_vault() -> dict[str, bytes]:
    """Return what the site's vault holds."""
    return vault_files(home().vault)
