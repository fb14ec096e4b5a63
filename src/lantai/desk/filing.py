"""What is brought to the desk, and what is answered: frozen values that cross the room's border."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lantai.kernel.digests import FileDigests
from lantai.kernel.findings import Finding


@dataclass(frozen=True, slots=True)
class Stated:
    """What the sender says of a file: bytes and lower-case digests; None and "" say nothing."""

    size: int | None = None
    sha512: str = ""
    sm3: str = ""


@dataclass(frozen=True, slots=True)
class Brought:
    """One file that was brought. ``role`` is a key or label of a component's role.

    ``path`` lies in the inbox and is given away with the call; None when the named file did not come.
    ``found`` are its size, SHA-512 and SM3 where they were computed while it arrived. ``known`` is a file of a document
    that was captured before and whose bytes the store lost or that are damaged there: it stays what it was, nothing of it
    is read or kept again (``path`` None).
    """

    role: str
    name: str
    path: Path | None
    stated: Stated = Stated()
    found: FileDigests | None = None
    known: KeptFile | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """One 电子文件 to be filed: ``values``, ``process`` (one mapping per business entity, in order) and
    ``signatures`` by element key, number (M22) or name (题名); ``unit`` is a code, ``type`` a 门类."""

    unit: str
    external_id: str
    type: str
    values: Mapping[str, str]
    components: Sequence[Brought]
    process: Sequence[Mapping[str, str]] = ()
    signatures: Sequence[Mapping[str, str]] = ()
    source: str = "api"


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file as it was kept; ``order`` counts from 1, ``puid`` is "" when the format is not known."""

    order: int
    role: str
    role_label: str
    name: str
    bytes: int
    sha512: str
    sm3: str
    puid: str
    mime: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the sender gets, the same whenever it is asked for; only ``position`` comes later.

    ``entry`` is the uuid of the ledger's entry, ``position`` its index there, None until it is sequenced (seconds).
    ``content`` is the SHA-512 of the document that says all that was brought; ``notes`` did not refuse it.
    """

    number: str
    urn: str
    unit: str
    external_id: str
    state: str
    received_at: datetime
    entry: str
    position: int | None
    content: str
    components: tuple[KeptFile, ...]
    notes: tuple[Finding, ...]
