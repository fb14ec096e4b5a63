"""MARC 21 in XML: bibliographic records as units, authority records as agents.

Fields without a key of their own go to the note behind "MARC" and their number. The coded fields 003–008 and
the leader, which repeat in code what the others say, are left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from lantai.kernel import xml
from lantai.kernel.ead.gathering import SEVERAL, Gathering
from lantai.kernel.sources.model import LEVEL

_LEVELS = {"c": "fonds", "d": "file"}
_KEYS = {
    "246": ("parallel_title", "abnp"),
    "300": ("medium", "abcefg3"),
    "340": ("medium", "abcdefhijkmno3"),
    "351": ("arrangement", "abc3"),
    "520": ("abstract", "ab3"),
    "540": ("intellectual_property", "abcdu3"),
    "545": ("agency_history", "ab"),
    "546": ("language", "ab3"),
    "561": ("custody_history", "a3"),
    "535": ("originals_location", "abcdg3"),
    "530": ("copies_location", "abcdu3"),
    "544": ("related_units", "abcden3"),
}
_AUTHORS = frozenset({"100", "110", "111", "700", "710", "711", "720"})
_SUBJECTS = frozenset({"610", "611", "630", "648", "650", "651", "653", "654", "655", "656", "657"})
_DATES = frozenset({"260", "264"})
_ROLES = frozenset("e4")
_CONTROL = frozenset("0256789")
_KINDS = {"100": "person", "110": "body", "111": "body"}
_SILENT = frozenset({"003", "005", "006", "007", "008", "010", "040", "066"})

Field = tuple[str, str, list[tuple[str, str]]]


def read_marc(record: etree._Element, stand_in: str) -> dict[str, str]:
    """Return the values of one MARC record; ``stand_in`` is its ref when it has no number."""
    leader = next((xml.value(e) for e in record.iterchildren("{*}leader")), "")
    controls = {e.get("tag", ""): xml.value(e) for e in record.iterchildren("{*}controlfield")}
    fields = list(_fields(record))
    into = Gathering()
    into.values["ref"] = _number(controls, fields) or stand_in
    if leader[6:7] == "z":
        _authority(fields, into)
    else:
        into.values[LEVEL] = _LEVELS.get(leader[7:8], "item")
        for field in fields:
            _bibliographic(field, into)
    for tag, text in controls.items():
        if tag != "001" and tag not in _SILENT:
            into.note(f"MARC {tag}", text)
    return into.done()


def _fields(record: etree._Element) -> Iterator[Field]:
    for field in record.iterchildren("{*}datafield"):
        parts = [
            (e.get("code", ""), " ".join(xml.value(e).split())) for e in field.iterchildren("{*}subfield")
        ]
        yield field.get("tag", ""), field.get("ind1", " "), [(code, text) for code, text in parts if text]


def _number(controls: dict[str, str], fields: list[Field]) -> str:
    if controls.get("001"):
        return controls["001"].strip()
    for wanted in ("099", "090", "852", "035"):
        for tag, _, parts in fields:
            if tag == wanted and (told := _text(parts, "acj" if tag == "852" else "ab")):
                return told
    return ""


def _text(parts: list[tuple[str, str]], codes: str = "") -> str:
    """Return the subfields ``codes`` (default: all but control ones) as running text."""
    return " ".join(text for code, text in parts if (code in codes if codes else code not in _CONTROL))


def _named(parts: list[tuple[str, str]]) -> str:
    return " ".join(t for c, t in parts if c not in _ROLES and c not in _CONTROL).rstrip(" ,;:")


def _bibliographic(field: Field, into: Gathering) -> None:
    tag, _, parts = field
    if tag == "245":
        into.first("title", _text(parts, "abknps").rstrip(" ,/:;"), "MARC 245")
        into.add("author", _text(parts, "c"))
        into.first("date", _text(parts, "f").rstrip(" ,."), "MARC 245$f")
        into.note("MARC 245$g", _text(parts, "g"))
    elif tag in _AUTHORS:
        into.add("author", _named(parts))
        into.note(f"MARC {tag}", " ".join(t for c, t in parts if c in _ROLES))
    elif tag in _DATES:
        into.first("date", _text(parts, "c").rstrip(" ,."), f"MARC {tag}$c")
        into.note(f"MARC {tag}", _text(parts, "abefg"))
    elif tag == "041":
        for _, code in parts:
            into.add("language", code)
    elif tag == "600":
        into.add("persons", _heading(parts))
    elif tag in _SUBJECTS:
        into.add("keywords", _heading(parts))
    elif tag in _KEYS:
        key, codes = _KEYS[tag]
        into.add(key, _text(parts, codes), "\n" if key == "abstract" else SEVERAL)
        into.note(f"MARC {tag}", " ".join(t for c, t in parts if c not in codes and c not in _CONTROL))
    elif tag not in _SILENT:
        into.note(f"MARC {tag}", _text(parts))


def _heading(parts: list[tuple[str, str]]) -> str:
    """Return a subject heading, its subdivisions behind double dashes."""
    head = " ".join(text for code, text in parts if code not in "vxyz" and code not in _CONTROL).rstrip(" .")
    return "--".join([head, *(text.rstrip(" .") for code, text in parts if code in "vxyz")]).strip("-")


def _authority(fields: list[Field], into: Gathering) -> None:
    """An authority record: 1XX the name, 4XX its other forms, 670 the sources, 678 the history."""
    into.values[LEVEL] = "agent"
    for tag, indicator, parts in fields:
        if tag[:1] == "1":
            kind = "family" if tag == "100" and indicator == "3" else _KINDS.get(tag, "")
            into.add("agent_kind", kind)
            into.first("title", _named([p for p in parts if p[0] != "d" or tag != "100"]), f"MARC {tag}")
            if tag == "100":
                into.add("dates", _text(parts, "d"))
        elif tag[:1] == "4":
            into.add("other_names", _named(parts))
        elif tag == "046":
            into.note("MARC 046", _text(parts, "fgkst"))
        elif tag == "670":
            into.add("sources", _text(parts, "ab"), "\n")
        elif tag == "678":
            into.add("abstract", _text(parts, "ab"), "\n")
        elif tag == "370":
            into.add("places", _text(parts, "abcef"))
        elif tag not in _SILENT:
            into.note(f"MARC {tag}", _text(parts))
