"""Objects as ArchivesSpace's interface gives them (resource, archival_object, accession, digital_object)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lantai.kernel.ead.gathering import Gathering
from lantai.kernel.sources.model import LEVEL, PARENT

_LEVELS = {
    "collection": "fonds",
    "fonds": "fonds",
    "recordgrp": "fonds",
    "series": "series",
    "subseries": "series",
    "subgrp": "series",
    "subfonds": "series",
    "file": "file",
    "item": "item",
}
_NOTES = {
    "scopecontent": "abstract",
    "abstract": "abstract",
    "bioghist": "agency_history",
    "custodhist": "custody_history",
    "arrangement": "arrangement",
    "userestrict": "intellectual_property",
    "originalsloc": "originals_location",
    "altformavail": "copies_location",
    "relatedmaterial": "related_units",
    "physdesc": "medium",
    "dimensions": "medium",
    "extent": "medium",
    "langmaterial": "language",
    "physloc": "current_location",
}
_SILENT = frozenset({"jsonmodel_type", "lock_version", "persistent_id", "title", "level", "id_0", "id_1"})
_TAKEN = frozenset({"id_2", "id_3", "dates", "extents", "notes", "lang_materials", "linked_agents", "parent"})


def read_object(one: Mapping[str, Any], stand_in: str) -> dict[str, str]:
    """Return the values of one object; what has no key goes to the note behind its name."""
    into = Gathering()
    told = str(one.get("level", ""))
    whole = one.get("jsonmodel_type") == "resource"
    level = "fonds" if whole else _LEVELS.get(told, "item")
    into.values |= {"ref": _ref(one) or stand_in, LEVEL: level}
    above = None if whole else one.get("parent") or one.get("resource")
    if isinstance(above, Mapping):
        into.values[PARENT] = str(above.get("ref", ""))
    into.add("title", str(one.get("title") or one.get("display_string") or ""))
    for date in _objects(one.get("dates")):
        into.first("date", _date(date), str(date.get("label", "date")))
    for extent in _objects(one.get("extents")):
        into.add("medium", _extent(extent))
    for material in _objects(one.get("lang_materials")):
        _language(material, into)
    for agent in _objects(one.get("linked_agents")):
        _agent(agent, into)
    for note in _objects(one.get("notes")):
        _note(note, into)
    if told and told != into.values[LEVEL]:
        into.note("level", told)
    for name, value in one.items():
        if name not in _SILENT and name not in _TAKEN:
            into.note(name, "；".join(_texts(value)))
    return into.done()


def _ref(one: Mapping[str, Any]) -> str:
    parts = [str(one[name]) for name in ("id_0", "id_1", "id_2", "id_3") if one.get(name)]
    told = one.get("component_id") or one.get("ref_id") or one.get("digital_object_id") or one.get("uri")
    return "-".join(parts) or str(told or "")


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, Mapping))


def _date(date: Mapping[str, Any]) -> str:
    begin, end = str(date.get("begin") or ""), str(date.get("end") or "")
    if begin and end and begin != end:
        return f"{begin}/{end}"
    return begin or str(date.get("expression") or "")


def _extent(extent: Mapping[str, Any]) -> str:
    size = f"{extent.get('number', '')} {extent.get('extent_type', '')}".strip()
    rest = [extent.get(name) for name in ("container_summary", "physical_details", "dimensions")]
    return "，".join(str(part) for part in (size, *rest) if part)


def _language(material: Mapping[str, Any], into: Gathering) -> None:
    told = material.get("language_and_script")
    if isinstance(told, Mapping):
        into.add("language", str(told.get("language") or ""))
        into.note("script", str(told.get("script") or ""))
    for note in _objects(material.get("notes")):
        _note(note, into)


def _agent(agent: Mapping[str, Any], into: Gathering) -> None:
    name = str(agent.get("title") or agent.get("ref") or "")
    role = str(agent.get("role", ""))
    if role == "creator":
        into.add("author", name)
    elif role == "subject":
        into.add("persons" if "people" in str(agent.get("ref", "")) else "keywords", name)
    else:
        into.note(f"agent[{role}]", name)


def _note(note: Mapping[str, Any], into: Gathering) -> None:
    kind = str(note.get("type") or note.get("jsonmodel_type") or "note")
    content = [note.get(name) for name in ("content", "subnotes", "items")]
    text = "\n".join(piece for part in content for piece in _texts(part))
    if kind in _NOTES:
        key = _NOTES[kind]
        into.add(key, text, "\n" if key in {"abstract", "agency_history"} else "；")
    else:
        into.note(kind, text)


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield the texts in a value, without the names of models, identifiers and flags."""
    if isinstance(value, Mapping) and depth < 40:
        for name, inner in value.items():
            if name not in _SILENT - {"title"} and not isinstance(inner, bool):
                yield from _texts(inner, depth + 1)
    elif isinstance(value, list) and depth < 40:
        for inner in value:
            yield from _texts(inner, depth + 1)
    elif value is not None and not isinstance(value, bool | Mapping | list) and str(value):
        yield str(value)
