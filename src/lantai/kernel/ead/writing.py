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
_DID = (
    *("unitid", "unittitle", "unitdate", "origination", "physdesc", "langmaterial", "repository"),
    *("container", "physloc", "didnote"),
)
_SECTIONS = (
    *("bioghist", "scopecontent", "arrangement", "accessrestrict", "userestrict", "custodhist", "appraisal"),
    *("originalsloc", "altformavail", "relatedmaterial", "odd"),
)
_AFTER_DID = len(_DID)
_ACCESS = _AFTER_DID + len(_SECTIONS)
_LEVELS = frozenset({"series", "file", "item"})


@dataclass(frozen=True, slots=True)
class _Form:
    """What differs between the two versions."""

    ead3: bool

    def around(self, tag: str) -> tuple[str, str, str]:
        """Return what stands before and behind the text of an element of did, and its other attributes."""
        if tag == "didnote":
            return "<p>", "</p>", ""
        if tag == "container":
            return "", "", ' localtype="box"' if self.ead3 else ' type="box"'
        if not self.ead3:
            return "", "", ""
        if tag == "origination":
            return "<name><part>", "</part></name>", ""
        if tag == "repository":
            return "<corpname><part>", "</part></corpname>", ""
        if tag == "langmaterial":
            return "<language>", "</language>", ""
        return "", "", ""


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
    writer = _Writer(form, _builtin_tags() if tags is None else tags)
    number = fonds.get("ref", "")

    def say(text: str) -> None:
        out.write(text.encode("utf-8"))

    say(_head(fonds, form))
    say(writer.described(number, fonds))
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
        say(_component(node, writer))
        opened.append(node.ref)
        count += 1
    say("</c>\n" * len(opened) + ("</dsc>\n" if count else "") + "</archdesc>\n</ead>\n")
    return count


def _component(node: EadNode, writer: _Writer) -> str:
    level = node.level if node.level in _LEVELS else "item"
    return f'<c level="{level}" encodinganalog="{level}">{writer.described(node.ref, node.values)}'


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


@dataclass(frozen=True, slots=True)
class _Slot:
    """How the values of one key are written: their place in the order, their tags, and what is between."""

    rank: int
    key: str
    opening: str
    closing: str
    kind: str = ""


class _Writer:
    """Writes descriptions in one form; what a key needs is worked out once."""

    def __init__(self, form: _Form, places: Mapping[str, str]) -> None:
        self._form = form
        self._places = places
        self._slots: dict[str, _Slot] = {}

    def described(self, ref: str, values: Mapping[str, str]) -> str:
        """Return did, sections and headings of one unit; a key without a place of its own goes into an odd."""
        told = [(self._slot("ref"), ref)]
        told += [(self._slot(key), value) for key, value in values.items() if value and key != "ref"]
        told.sort(key=_rank)
        did = [self._one(slot, value) for slot, value in told if slot.rank < _AFTER_DID]
        rest = [self._one(slot, value) for slot, value in told if _AFTER_DID <= slot.rank < _ACCESS]
        access = [self._one(slot, value) for slot, value in told if slot.rank == _ACCESS]
        headings = f"<controlaccess>{''.join(access)}</controlaccess>" if access else ""
        return f"<did>{''.join(did)}</did>{''.join(rest)}{headings}\n"

    def _one(self, slot: _Slot, value: str) -> str:
        text = _text(value)
        if slot.kind == "blocks":
            text = text.replace("\n", "</p><p>")
        elif slot.kind == "several":
            text = text.replace(SEVERAL, slot.closing + slot.opening)
        elif slot.kind == "date" and (normal := _normal(value)):
            return f'{slot.opening[:-1]} normal="{normal}">{text}{slot.closing}'
        return f"{slot.opening}{text}{slot.closing}"

    def _slot(self, key: str) -> _Slot:
        slot = self._slots.get(key)
        if slot is None:
            slot = self._slots[key] = self._made(key)
        return slot

    def _made(self, key: str) -> _Slot:
        place = "unitid" if key == "ref" else self._places.get(key, "")
        analog = f"encodinganalog={quoteattr(key)}"
        if place.startswith("controlaccess/"):
            tag = place.partition("/")[2]
            start, end = ("<part>", "</part>") if self._form.ead3 else ("", "")
            return _Slot(_ACCESS, key, f"<{tag} {analog}>{start}", f"{end}</{tag}>", "several")
        if place in _DID:
            name = "note" if place == "didnote" and not self._form.ead3 else place
            start, end, extra = self._form.around(place)
            kind = {"unitdate": "date", "didnote": "blocks"}.get(place, "")
            opening, closing = f"<{name} {analog}{extra}>{start}", f"{end}</{name}>"
            return _Slot(-1 if key == "ref" else _DID.index(place), key, opening, closing, kind)
        tag = place if place in _SECTIONS else "odd"
        rank = _AFTER_DID + _SECTIONS.index(tag)
        return _Slot(rank, key, f"<{tag} {analog}><p>", f"</p></{tag}>", "blocks")


def _rank(told: tuple[_Slot, str]) -> int:
    return told[0].rank


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
