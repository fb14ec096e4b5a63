"""File names for parts: what was stated, made safe for any disk, and told apart."""

from __future__ import annotations

import re
import unicodedata

_PATH = re.compile(r"[\\/]")
_FORBIDDEN = re.compile('[<>:"|?*\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.I)
_SUFFIXES = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "application/pdf": ".pdf",
    "application/ofd": ".ofd",
    "application/msword": ".doc",
    "application/zip": ".zip",
    "application/ms-tnef": ".dat",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m",
    "application/pgp-signature": ".asc",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/tiff": ".tif",
    "image/bmp": ".bmp",
}


def safe(told: str, limit: int) -> str:
    """Return ``told`` as one name without folders, controls and turning marks, at most ``limit`` bytes; may be ""."""
    last = _PATH.split(unicodedata.normalize("NFC", told).strip())[-1]
    name = _FORBIDDEN.sub("_", last).strip(" .") if last.strip(". ") else ""
    if _RESERVED.match(name):
        name = f"_{name}"
    return _shortened(name, limit)


def unnamed(number: str, mime: str) -> str:
    """Return the name of a part that has none: 附件1.2.pdf."""
    return f"附件{number}{_SUFFIXES.get(mime, '.bin')}"


def _shortened(name: str, limit: int) -> str:
    if len(name.encode()) <= limit:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not dot or not stem or len(suffix.encode()) > 20:
        stem, suffix = name, ""
    else:
        suffix = f".{suffix}"
    return stem.encode()[: limit - len(suffix.encode())].decode("utf-8", "ignore").rstrip(" .") + suffix


class Taken:
    """The names of one message, so that none hides another where case does not count."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._next: dict[str, int] = {}

    def own(self, name: str) -> str:
        """Return ``name``, with " (2)", " (3)" … before its suffix when it is taken."""
        made = name
        stem, dot, suffix = name.rpartition(".")
        if not dot or not stem:
            stem, dot, suffix = name, "", ""
        key = name.casefold()
        while made.casefold() in self._names:
            self._next[key] = self._next.get(key, 1) + 1
            made = f"{stem} ({self._next[key]}){dot}{suffix}"
        self._names.add(made.casefold())
        return made
