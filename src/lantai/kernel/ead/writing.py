"""EAD3 and EAD 2002 written as a stream: a unit is on its way out before the next one is asked for.

Every element names the key it carries in @encodinganalog (archdesc/@relatedencoding says so), so that reading
gives the values back exactly; readers that do not know this see ordinary EAD. A character that XML has no
place for becomes U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from lantai.kernel import recordtypes
from lantai.kernel.ead.gathering import SEVERAL
from lantai.kernel.ead.model import RELATED, EadNode
from lantai.kernel.errors import Invalid
from lantai.kernel.recordtypes import Day, read_period

EAD3_NAMESPACE = "http://ead3.archivists.org/schema/"
EAD2002_NAMESPACE = "urn:isbn:1-931666-22-9"

_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DID = ("unitid", "unittitle", "unitdate", "origination", "physdesc", "langmaterial", "repository")
_DID_LATER = ("container", "physloc", "didnote")
_SECTIONS = (
    *("bioghist", "scopecontent", "arrangement", "accessrestrict", "userestrict", "custodhist", "appraisal"),
    *("originalsloc", "altformavail", "relatedmaterial", "odd"),
)
_LEVELS = frozenset({"series", "file", "item"})


@dataclass(frozen=True, slots=True)
class _Form:
    """What differs between the two versions."""

    ead3: bool

    def inside(self, tag: str, text: str) -> str:
        """Return the content of an element of did or controlaccess for ``text``, escaped."""
        if tag in {"note", "didnote"}:
            return _blocks(text)
        if not self.ead3:
            return text
        if tag == "origination":
            return f"<name><part>{text}</part></name>"
        if tag == "repository":
            return f"<corpname><part>{text}</part></corpname>"
        if tag == "langmaterial":
            return f"<language>{text}</language>"
        return text


def write_ead3(
    out: IO[bytes],
    fonds: Mapping[str, str],
    rows: Iterable[EadNode],
    *,
    tags: Mapping[str, str] | None = None,
) -> int:
    """Write an EAD3 finding aid of ``rows`` below the fonds; return how many were written.

    ``fonds`` are its values by element key ("ref" is the fonds number). ``rows`` come parents first, each
    subtree in one piece; a parent "" or the fonds number is the top. ``tags`` give the EAD place of each key
    (default: what the built-in record types say). Raises Invalid("ead.node.parent") for a row whose parent is
    not the row before it or above that; what was written by then is no whole document.
    """
    return _write(out, fonds, rows, _Form(True), tags)


def write_ead2002(
    out: IO[bytes],
    fonds: Mapping[str, str],
    rows: Iterable[EadNode],
    *,
    tags: Mapping[str, str] | None = None,
) -> int:
    """Write the same as EAD 2002 (schema namespace); see :func:`write_ead3`."""
    return _write(out, fonds, rows, _Form(False), tags)


@cache
def _builtin_tags() -> Mapping[str, str]:
    return {e.key: e.ead for t in recordtypes.load().values() for e in t.elements if e.ead}


def _write(
    out: IO[bytes],
    fonds: Mapping[str, str],
    rows: Iterable[EadNode],
    form: _Form,
    tags: Mapping[str, str] | None,
) -> int:
    places = _builtin_tags() if tags is None else tags
    number = fonds.get("ref", "")

    def say(text: str) -> None:
        out.write(text.encode("utf-8"))

    say(_head(fonds, form))
    say(_described(number, fonds, form, places))
    opened: list[str] = []
    count = 0
    for node in rows:
        if node.level == "fonds":
            continue
        if not count:
            say('<dsc dsctype="combined">\n' if form.ead3 else '<dsc type="combined">\n')
        top = node.parent in {"", number}
        while opened and (top or opened[-1] != node.parent):
            opened.pop()
            say("</c>\n")
        if not top and not opened:
            raise Invalid("ead.node.parent", ref=node.ref, parent=node.parent)
        say(_component(node, form, places))
        opened.append(node.ref)
        count += 1
    say("</c>\n" * len(opened) + ("</dsc>\n" if count else "") + "</archdesc>\n</ead>\n")
    return count


def _component(node: EadNode, form: _Form, places: Mapping[str, str]) -> str:
    level = node.level if node.level in _LEVELS else "item"
    start = f'<c level="{level}" encodinganalog="{level}">'
    return start + _described(node.ref, node.values, form, places)


def _head(fonds: Mapping[str, str], form: _Form) -> str:
    number, title = _text(fonds.get("ref", "")), _text(fonds.get("title", "") or fonds.get("ref", ""))
    titles = f"<filedesc><titlestmt><titleproper>{title}</titleproper></titlestmt></filedesc>"
    start = '<?xml version="1.0" encoding="UTF-8"?>\n'
    archdesc = f'<archdesc level="fonds" relatedencoding="{RELATED}">'
    if not form.ead3:
        control = f"<eadheader><eadid>{number}</eadid>{titles}</eadheader>"
        return f'{start}<ead xmlns="{EAD2002_NAMESPACE}">\n{control}\n{archdesc}'
    agency = _text(fonds.get("archives_name", "") or RELATED)
    control = (
        f"<control><recordid>{number}</recordid>{titles}"
        '<maintenancestatus value="derived"/>'
        f"<maintenanceagency><agencyname>{agency}</agencyname></maintenanceagency>"
        '<maintenancehistory><maintenanceevent><eventtype value="derived"/><eventdatetime/>'
        f'<agenttype value="machine"/><agent>{RELATED}</agent></maintenanceevent></maintenancehistory></control>'
    )
    return f'{start}<ead xmlns="{EAD3_NAMESPACE}">\n{control}\n{archdesc}'


def _described(ref: str, values: Mapping[str, str], form: _Form, places: Mapping[str, str]) -> str:
    """Return did, sections and headings of one unit; a key without a place of its own goes into an odd."""
    by_place: dict[str, list[tuple[str, str]]] = {"unitid": [("ref", ref)]}
    for key, value in values.items():
        if key != "ref" and value:
            by_place.setdefault(_place(places.get(key, "")), []).append((key, value))
    did = "".join(_did(tag, key, value, form) for tag, key, value in _ordered(by_place, _DID + _DID_LATER))
    sections = "".join(_section(tag, key, value) for tag, key, value in _ordered(by_place, _SECTIONS))
    access = "".join(
        _access(place.partition("/")[2], key, value, form)
        for place, told in by_place.items()
        if place.startswith("controlaccess/")
        for key, value in told
    )
    headings = f"<controlaccess>{access}</controlaccess>" if access else ""
    return f"<did>{did}</did>{sections}{headings}\n"


def _ordered(
    by_place: Mapping[str, list[tuple[str, str]]], order: Iterable[str]
) -> Iterable[tuple[str, str, str]]:
    return ((tag, key, value) for tag in order for key, value in by_place.get(tag, ()))


def _place(ead: str) -> str:
    return ead if ead in _DID + _DID_LATER + _SECTIONS or ead.startswith("controlaccess/") else "odd"


def _did(tag: str, key: str, value: str, form: _Form) -> str:
    name = "note" if tag == "didnote" and not form.ead3 else tag
    attributes = f" encodinganalog={quoteattr(key)}"
    if tag == "unitdate" and (normal := _normal(value)):
        attributes += f' normal="{normal}"'
    if tag == "container":
        attributes += ' localtype="box"' if form.ead3 else ' type="box"'
    return f"<{name}{attributes}>{form.inside(name, _text(value))}</{name}>"


def _section(tag: str, key: str, value: str) -> str:
    return f"<{tag} encodinganalog={quoteattr(key)}>{_blocks(_text(value))}</{tag}>"


def _access(tag: str, key: str, value: str, form: _Form) -> str:
    opened = f"<{tag} encodinganalog={quoteattr(key)}>"
    start, end = (f"{opened}<part>", f"</part></{tag}>") if form.ead3 else (opened, f"</{tag}>")
    return "".join(start + _text(piece) + end for piece in value.split(SEVERAL))


def _blocks(text: str) -> str:
    return "".join(f"<p>{line}</p>" for line in text.split("\n"))


def _text(value: str) -> str:
    return escape(_UNWRITABLE.sub("\ufffd", value), {"\r": "&#13;"})


def _normal(value: str) -> str:
    """Return the ISO 8601 form EAD wants for a date or span, "" when it is none."""
    period = read_period(value)
    if period is None:
        return ""
    start, end = _iso(period.start), _iso(period.end)
    return start if start == end else f"{start}/{end}"


def _iso(day: Day) -> str:
    month = f"-{day.month:02}" if day.month else ""
    return f"{day.year:04}{month}{f'-{day.day:02}' if day.day else ''}"
