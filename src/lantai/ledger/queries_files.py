"""What the log's files must be, told by the database's entries: for finding damaged ones, and for writing them again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from lantai.kernel.errors import LantaiError
from lantai.kernel.storage import Store, read
from lantai.kernel.tlog import Checkpoint, Verifier, open_checkpoint, sign_checkpoint
from lantai.kernel.tlog.edge import Edge, grow
from lantai.kernel.tlog.tiles import BITS, FULL, pack, tile_key, unpack
from lantai.ledger.models import Entry
from lantai.ledger.store import ORIGIN, predecessors, signers, verifier_text, verifiers

_AT_ONCE = 8 * FULL


class LogFiles:
    """The files of a log of ``size`` entries. After :meth:`files` was read to its end, ``root`` is the log's."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.root = b""
        self.entries = 0

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield key and bytes of every tile and bundle, the finished ones first; memory does not grow with the log."""
        edge, rest = Edge(), self._texts()
        while some := list(islice(rest, _AT_ONCE)):
            grown = grow(edge, some)
            edge = grown.edge
            for key, data in grown.files.items():
                if ".p/" not in key:
                    yield key, data
        yield from _partials(edge)
        self.root, self.entries = edge.root(), edge.size

    def _texts(self) -> Iterator[bytes]:
        for start in range(0, self.size, _AT_ONCE):
            end = min(self.size, start + _AT_ONCE)
            rows = Entry.objects.filter(index__gte=start, index__lt=end).order_by("index")
            for text in rows.values_list("text", flat=True):
                yield text.encode()


def _partials(edge: Edge) -> Iterator[tuple[str, bytes]]:
    """Yield the unfinished files of a log."""
    if edge.bundle:
        yield tile_key("entries", edge.size // FULL, len(edge.bundle)), pack(edge.bundle)
    for level, hashes in enumerate(edge.levels):
        if hashes:
            yield tile_key(level, edge.size >> BITS * (level + 1), len(hashes)), b"".join(hashes)


def narrower(key: str, data: bytes, width: int) -> bytes:
    """Return what an unfinished file was when it had ``width`` hashes or entries."""
    return pack(unpack(data, key)[:width]) if "/entries/" in key else data[: 32 * width]


def sound_checkpoint(store: Store, key: str = "checkpoint") -> Checkpoint | None:
    """Return a checkpoint that one of our keys, present or past, signed; None when it is missing or is not sound."""
    try:
        note = read(store, key)
    except LantaiError:
        return None
    for known in (*verifiers(), *predecessors()):
        if (found := _opened(note, known)) is not None:
            return found
    return None


def _opened(note: bytes, known: Verifier) -> Checkpoint | None:
    try:
        return open_checkpoint(note, known, ORIGIN)
    except (LantaiError, UnicodeDecodeError):
        return None


def own_note(size: int, root: bytes) -> bytes:
    """Return a checkpoint signed by the present keys."""
    return sign_checkpoint(Checkpoint(ORIGIN, size, root), *signers())


def signed_alike(note: bytes, checkpoint: Checkpoint) -> bool:
    """Return whether a note is, byte for byte, what our keys sign, as far as they always sign alike."""
    keys = signers()
    if any(key.verifier.algorithm != "ed25519" for key in keys):
        return all(_opened(note, key.verifier) is not None for key in keys)
    return note == sign_checkpoint(checkpoint, *keys) or _of_predecessor(note)


def _of_predecessor(note: bytes) -> bool:
    return any(_opened(note, known) is not None for known in predecessors())


def public_keys() -> bytes:
    """Return what lies beside the log: the public halves of the keys, a line each."""
    return f"{verifier_text()}\n".encode("ascii")
