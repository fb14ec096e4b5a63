"""Own rules for formats: what PRONOM does not know, and which tool opens what.

PRONOM V125 has no entry for OFD (GB/T 33190), for the Chinese office suite's files or for the XML package
of DA/T 48-2009; siegfried calls the first a ZIP file.
"""

from __future__ import annotations

import os
import zipfile
from dataclasses import replace
from pathlib import Path

from lantai.kernel.formats.model import UNKNOWN_MIME, Format

ZIP_PUID = "x-fmt/263"
OLE_PUID = "fmt/111"
OFD_MIME = "application/ofd"

KINDS = {
    "application/pdf": "pdf",
    OFD_MIME: "ofd",
    "application/xml": "xml",
    "text/xml": "xml",
    "text/plain": "text",
    "text/csv": "text",
    "text/tab-separated-values": "text",
    "application/zip": "archive",
    "application/gzip": "archive",
    "application/x-gzip": "archive",
    "application/x-bzip2": "archive",
    "application/x-xz": "archive",
    "application/x-tar": "archive",
    "application/x-7z-compressed": "archive",
    "application/vnd.rar": "archive",
    "application/x-rar-compressed": "archive",
    "application/mp4": "video",
    "application/mxf": "video",
    "application/ogg": "audio",
    "application/vnd.rn-realmedia": "video",
    "application/vnd.ms-asf": "video",
}

PUID_KINDS = {
    "x-fmt/264": "archive",  # RAR 2.0
    "fmt/411": "archive",  # RAR 2.9
    "fmt/613": "archive",  # RAR 5
    "fmt/484": "archive",  # 7-Zip
    "x-fmt/265": "archive",  # tar
    "x-fmt/266": "archive",  # gzip
    "x-fmt/267": "archive",  # gzip
    "x-fmt/268": "archive",  # bzip2
    "fmt/1098": "archive",  # xz
    "x-fmt/279": "archive",  # 7-Zip by extension
    "fmt/414": "audio",  # AIFF
    "fmt/569": "video",  # Matroska
    "fmt/200": "video",  # MXF
    "fmt/199": "video",  # MPEG-4
    "fmt/596": "audio",  # Apple lossless
    "fmt/189": "office",  # OOXML
}

OFFICE_PREFIXES = (
    "application/vnd.openxmlformats",
    "application/vnd.oasis.opendocument",
    "application/vnd.ms-",
    "application/msword",
)

_CONTROLS = frozenset((*range(9), *range(14, 27), *range(28, 32), 127))

OLE_SUITE = {
    "wps": ("local/wps", UNKNOWN_MIME, "WPS Writer document"),
    "et": ("local/et", UNKNOWN_MIME, "WPS Spreadsheets workbook"),
    "dps": ("local/dps", UNKNOWN_MIME, "WPS Presentation"),
}
"""The office suite's own files are OLE2 containers; only the suffix tells which."""


SUFFIX_KINDS = {
    **dict.fromkeys(("jpg", "jpeg", "tif", "tiff", "png", "jp2", "j2k"), "image"),
    **dict.fromkeys(("mp3", "wav", "flac", "aac", "ac3"), "audio"),
    **dict.fromkeys(("mp4", "mpg", "mpeg", "avi", "mxf", "mov"), "video"),
    **dict.fromkeys(("docx", "xlsx", "pptx"), "office"),
    "pdf": "pdf",
    "zip": "archive",
}
"""Bytes that match no signature are given to the tool of their suffix: it tells a torn file from others."""


JFIF = {b"\x01\x00": ("fmt/42", "1.00"), b"\x01\x01": ("fmt/43", "1.01"), b"\x01\x02": ("fmt/44", "1.02")}
JPEG_SUFFIXES = frozenset({"jpg", "jpeg", "jpe", "jfif", "jif", "jfi"})


def page(path: Path) -> Format | None:
    """Recognise a whole JFIF file by its first and last bytes, as PRONOM does; None for anything else.

    Scanned pages are most of what an archives receives, and the general search reads every byte of them.
    """
    with open(path, "rb", buffering=0) as stream:
        head = stream.read(13)
        if len(head) < 13 or head[:4] != b"\xff\xd8\xff\xe0" or head[6:11] != b"JFIF\0":
            return None
        stream.seek(-2, os.SEEK_END)
        tail = stream.read(2)
    if head[11:13] not in JFIF or tail != b"\xff\xd9":
        return None
    puid, version = JFIF[head[11:13]]
    extension = path.suffix[1:].lower()
    warning = "" if extension in JPEG_SUFFIXES else "extension mismatch"
    name = f"JPEG File Interchange Format {version}"
    return Format(puid, "image/jpeg", name, "JFIF header and end marker", extension, warning, "image")


def kind_of(puid: str, mime: str) -> str:
    """Return which tool opens this: see :attr:`Format.kind`."""
    if puid in PUID_KINDS:
        return PUID_KINDS[puid]
    if mime in KINDS:
        return KINDS[mime]
    if mime.startswith(OFFICE_PREFIXES):
        return "office"
    if mime.endswith("+xml") and not mime.startswith("image/"):
        return "xml"
    family = mime.partition("/")[0]
    return family if family in ("image", "audio", "video", "text") else "other"


def refine(path: Path, told: Format) -> Format:
    """Return ``told``, or the better knowledge of an own rule."""
    if told.puid == ZIP_PUID or (told.extension == "ofd" and told.puid in ("", ZIP_PUID)):
        return _zip(path, told)
    if told.puid == OLE_PUID and told.extension in OLE_SUITE:
        puid, mime, name = OLE_SUITE[told.extension]
        return replace(told, puid=puid, mime=mime, name=name, basis="OLE2 container and suffix", kind="other")
    if told.puid in ("", "fmt/101", "x-fmt/111") and told.warning != "empty":
        return _head(path, told)
    return told


def _zip(path: Path, told: Format) -> Format:
    """Recognise OFD by its root entry; a torn one by its suffix and first bytes (GB/T 33190, 7.1)."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.replace("\\", "/").lstrip("/").lower() for name in archive.namelist()}
        return _ofd(told, "ZIP with OFD.xml at its root") if "ofd.xml" in names else told
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        torn = told.extension == "ofd" and _start(path, 4) == b"PK\x03\x04"
        return _ofd(told, "suffix and ZIP header; the entries cannot be listed") if torn else told


def _ofd(told: Format, basis: str) -> Format:
    return Format("local/ofd", OFD_MIME, "OFD (GB/T 33190)", basis, told.extension, kind="ofd")


def _head(path: Path, told: Format) -> Format:
    start = _start(path, 1024)
    if start.startswith(b"{\\rtf"):
        return replace(told, mime="application/rtf", name="Rich Text Format", basis="begins with {\\rtf")
    if b"<\xe7\x94\xb5\xe5\xad\x90\xe6\x96\x87\xe4\xbb\xb6\xe5\xb0\x81\xe8\xa3\x85\xe5\x8c\x85" in start:
        name = "EEP (DA/T 48-2009)"
        return Format("local/eep", "application/xml", name, "root element", told.extension, kind="xml")
    if not told.puid and start.startswith((b"<?xml", b"\xef\xbb\xbf<?xml")):
        return replace(told, mime="application/xml", name="XML", basis="XML declaration", kind="xml")
    if told.extension == "ceb" and not told.puid:
        return replace(
            told, puid="local/ceb", name="CEB (Founder)", basis="suffix only", warning="suffix only"
        )
    if not told.puid and told.extension in SUFFIX_KINDS:
        return replace(told, warning="no signature", kind=SUFFIX_KINDS[told.extension])
    if not told.puid and _is_text(start):
        return replace(told, mime="text/plain", name="text", basis="no control characters", kind="text")
    return told


def _start(path: Path, size: int) -> bytes:
    with open(path, "rb") as stream:
        return stream.read(size)


def _is_text(start: bytes) -> bool:
    """Say whether the bytes have none of the control characters that text does not hold."""
    return bool(start) and not any(
        byte < 9 or 13 < byte < 27 or 27 < byte < 32 or byte == 127 for byte in start
    )
