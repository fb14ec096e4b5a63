"""What a repair takes good bytes from: the places that answer, each file compared before it is used."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from pyrage import x25519

from lantai.base.home import home
from lantai.kernel.errors import LantaiError
from lantai.vault.models import Damage, Target
from lantai.vault.rereading import Place
from lantai.vault.services.besides import Wrong, wrong_here

logger = logging.getLogger(__name__)

_BLOCK = 1 << 20


@dataclass(slots=True)
class Helpers:
    """Where good copies may be: the places that answer now, and the private keys for sealed ones."""

    identities: Sequence[x25519.Identity] = ()
    places: dict[int | None, Place | None] = field(default_factory=dict)
    beside: dict[str, Wrong] | None = None

    def place(self, target: Target | None) -> Place | None:
        """Return a place, None when it does not answer now."""
        key = target.pk if target else None
        if key not in self.places:
            try:
                self.places[key] = Place(target)
            except LantaiError as away:
                logger.warning("%s cannot help to repair: %s", target or "the vault", away)
                self.places[key] = None
        return self.places[key]

    def wrong_beside(self) -> dict[str, Wrong]:
        """Return what is wrong beside the objects here, looked at once, by key."""
        if self.beside is None:
            self.beside = {one.key: one for one in wrong_here(lambda: None)}
        return self.beside


def note_source(damage: Damage, source: str) -> None:
    """Note, before it is written, where the good file comes from: after a kill that is still told."""
    known = damage.source.split("、") if damage.source else []
    if source not in known:
        damage.source = "、".join([*known, source])[:200]
        damage.save(update_fields=["source"])


@contextmanager
def checked(stream: BinaryIO, wanted: str) -> Iterator[Path | None]:
    """Yield a file with the bytes of ``stream`` when they have the digest ``wanted``, else None."""
    folder = home().root / "damaged" / "incoming"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / secrets.token_hex(12)
    with ExitStack() as after:
        after.callback(path.unlink, missing_ok=True)
        digest = hashlib.sha512()
        with open(path, "xb") as out:
            while data := stream.read(_BLOCK):
                digest.update(data)
                out.write(data)
        yield path if digest.hexdigest() == wanted else None
