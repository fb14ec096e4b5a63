"""Checkpoints (C2SP tlog-checkpoint): the signed statement "this log has so many entries and this root"."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field, replace

from lantai.kernel.errors import Corrupt, Invalid
from lantai.kernel.tlog.base64s import unbase64
from lantai.kernel.tlog.keys import Signer, Verifier
from lantai.kernel.tlog.note import open_note, sign_note, split_note

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``origin`` names the log, ``size`` counts its entries, ``root`` is the tree's hash over them (32
    bytes).

    ``extensions`` are further lines that others may write; Lantai writes none. ``note`` is the signed note it
    came in, "" when it came in none.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()
    note: str = field(default="", compare=False, repr=False)

    def text(self) -> str:
        """Return the text that is signed."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode("ascii"), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """Return the checkpoint in a note's text; ``Corrupt("tlog.checkpoint.form")``."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() != "" or not all(lines):
        raise Corrupt("tlog.checkpoint.form")
    origin, size, encoded, *extensions = lines
    root = unbase64(encoded)
    if not _SIZE.fullmatch(size) or root is None or len(root) != 32:
        raise Corrupt("tlog.checkpoint.form")
    return Checkpoint(origin, int(size), root, tuple(extensions))


def open_checkpoint(note: bytes, verifier: Verifier, origin: str = "") -> Checkpoint:
    """Return the checkpoint in a note signed by ``verifier`` (and of the log ``origin``, if told).

    ``Corrupt``: those of :func:`~lantai.kernel.tlog.note.open_note`, ``tlog.checkpoint.form``,
    ``tlog.checkpoint.origin``.
    """
    return _of_origin(parse_checkpoint(open_note(note, verifier)), origin, note)


def peek_checkpoint(note: bytes, origin: str = "") -> Checkpoint:
    """Return the checkpoint in a note without asking who signed it; ``Corrupt`` as above."""
    return _of_origin(parse_checkpoint(split_note(note)[0]), origin, note)


def sign_checkpoint(checkpoint: Checkpoint, *signers: Signer) -> bytes:
    """Return the signed note; ``Invalid("tlog.checkpoint.origin_form")`` when the origin is no line."""
    if not checkpoint.origin or "\n" in checkpoint.origin:
        raise Invalid("tlog.checkpoint.origin_form", origin=checkpoint.origin)
    return sign_note(checkpoint.text(), *signers)


def _of_origin(checkpoint: Checkpoint, origin: str, note: bytes) -> Checkpoint:
    if origin and checkpoint.origin != origin:
        raise Corrupt("tlog.checkpoint.origin", expected=origin, found=checkpoint.origin)
    return replace(checkpoint, note=note.decode())
