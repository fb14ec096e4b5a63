"""Template and data in, bytes out. Data reaches the template as JSON only: no text in it is ever markup."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import typst

from lantai.kernel.errors import NotFound
from lantai.kernel.freeing import give_back
from lantai.kernel.printing import fonts

PdfStandard = Literal["1.7", "a-1b", "a-2b", "a-2u", "a-3b"]
TEMPLATES = Path(__file__).parent
LARGE = 100_000
"""Characters of data from which a document is forgotten at once: a thousand rows of a list hold 130 MB."""

_KEPT = 10
_LAYOUT = frozenset("\n\t")


def render(
    template: str | Path,
    data: Mapping[str, Any],
    *,
    pdf_standard: PdfStandard = "a-2b",
    tags: bool = True,
) -> bytes:
    """Return the PDF of ``template`` (name of a form in this folder, or the path of a ``.typ`` file).

    ``data`` must be JSON-able; the template reads it as ``json(bytes(sys.inputs.data))``. The same data give
    the same bytes: the PDF's date is ``data["printed_at"]`` (ISO 8601, UTC when it names no zone), or the
    epoch. Without ``tags`` the structure for screen readers is left out, nine tenths of a long table's bytes.
    A character that the font cannot show, or that would steer the layout, is printed as ``[U+XXXX]``.
    ``Unavailable`` when the font is missing, ``NotFound`` when the template is.
    """
    path = _template(template)
    inputs = _inputs(data)
    produced = _compiler(path, inputs).compile(
        format="pdf", pdf_standards=pdf_standard, timestamp=_timestamp(data), pdf_tags=tags
    )
    if len(inputs["data"]) > LARGE:
        _forget()
    return _one(produced)


def render_png(template: str | Path, data: Mapping[str, Any], *, dpi: float = 150) -> list[bytes]:
    """Return one PNG per page; everything else as :func:`render`."""
    path = _template(template)
    produced = _compiler(path, _inputs(data)).compile(format="png", ppi=dpi)
    return list(produced) if isinstance(produced, list) else [_one(produced)]


def _compiler(path: Path, inputs: dict[str, str]) -> typst.Compiler:
    # The root is the template's own folder: a template can read nothing outside it. Input and data are given
    # here, not to ``compile``: that way the typesetter drops its caches, and memory stays level.
    return typst.Compiler(
        str(path),
        root=str(path.parent),
        font_paths=fonts.fonts(),
        ignore_system_fonts=True,
        sys_inputs=inputs,
    )


def _forget() -> None:
    """Let go of what a large document left in memory.

    The typesetter keeps the work of its last ten documents: ten empty ones push it out. What is free then
    is given back to the system where the C library can.
    """
    for _ in range(_KEPT + 1):
        typst.Compiler(b"", font_paths=fonts.fonts(), ignore_system_fonts=True).compile(format="pdf")
    give_back()


def _one(produced: Any) -> bytes:
    if not isinstance(produced, bytes):
        raise TypeError("the typesetter returned no document")
    return produced


def _template(template: str | Path) -> Path:
    path = template if isinstance(template, Path) else TEMPLATES / f"{template}.typ"
    if not path.is_file():
        raise NotFound("printing.template.missing", name=str(template))
    return path


def _timestamp(data: Mapping[str, Any]) -> int:
    """Return the document date in seconds since the epoch."""
    told = data.get("printed_at")
    if not told:
        return 0
    moment = datetime.fromisoformat(str(told))
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def _inputs(data: Mapping[str, Any]) -> dict[str, str]:
    return {"data": json.dumps(printable(dict(data)), ensure_ascii=False, sort_keys=True)}


def printable(value: Any) -> Any:
    """Return ``value`` with every string in it (keys too) reduced to what the font can show."""
    if isinstance(value, str):
        return _printable_text(value)
    if isinstance(value, Mapping):
        return {_printable_text(str(key)): printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [printable(item) for item in value]
    return value


def _printable_text(value: str) -> str:
    text = value.replace("\r\n", "\n")
    strange = {
        character
        for character in set(text) - _LAYOUT
        if character not in fonts.coverage() or unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs"}
    }
    if not strange:
        return text
    return "".join(f"[U+{ord(c):04X}]" if c in strange else c for c in text)
