"""档号 and record types: of which type a code is, what it says of its record, and the code of a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lantai.kernel import refcodes
from lantai.kernel.findings import Finding
from lantai.kernel.recordtypes.model import RecordType
from lantai.kernel.recordtypes.subkinds import of_path
from lantai.kernel.recordtypes.subkinds import subkind as subkind_of
from lantai.kernel.refcodes import RefCode, Rules


def type_of(refcode: RefCode, types: Mapping[str, RecordType]) -> str:
    """Return the code of the type that ``refcode`` is of, "" when its 类别号 names none (legacy codes).

    The longest beginning of the 类别号 that a type has decides: ``ZY·HY`` is 婚姻, other ``ZY`` 专业.
    """
    return type_of_path((refcode.category, *refcode.subcategories), types)


def type_of_path(path: Sequence[str], types: Mapping[str, RecordType]) -> str:
    """Return the code of the type whose prefix is the longest beginning of ``path`` (``("ZY", "HY")``), or ""."""
    for length in range(len(path), 0, -1):
        prefix = "·".join(path[:length])
        for code, kind in types.items():
            if prefix in kind.prefixes:
                return code
    return ""


def values_of(refcode: RefCode, type: RecordType) -> dict[str, str]:
    """Return what a 档号 says of its record, by element key, as far as ``type`` has the elements.

    全宗号, 类别号, 二级类别, 年度, 保管期限, 机构或问题, 目录号, 项目号, 案卷号, 件号, 页号.
    """
    told = {
        "fonds": refcode.fonds,
        "series": refcode.series if refcode.category else "",
        "year": refcode.year,
        "retention": refcodes.retention_name(refcode.retention),
        "function": refcode.function,
        "catalogue": refcode.catalogue,
        "project_number": refcode.project,
        "file_number": refcode.file,
        "item_number": refcode.item,
        "page_number": refcode.page,
    }
    kind = of_path(type, (refcode.category, *refcode.subcategories))
    if kind is not None:
        told[type.subkind_key] = kind.label.zh
    return {key: value for key, value in told.items() if value and key in type.by_key}


def check_subkind_of_code(type: RecordType, values: Mapping[str, str], refcode: RefCode) -> list[Finding]:
    """Item 1-7: the sub-kind that the record says of itself is not the one in its 档号."""
    told, coded = subkind_of(type, values), of_path(type, (refcode.category, *refcode.subcategories))
    if told is None or coded is None or told.code == coded.code:
        return []
    element = type.by_key[type.subkind_key]
    facts = {"key": element.key, "label": element.label.zh, "label_en": element.label.en}
    facts |= {"coded": coded.label.zh, "coded_en": coded.label.en}
    facts |= {"told": told.label.zh, "told_en": told.label.en}
    found = Finding("recordtypes.subkind.differs", values.get("ref", ""), coded.label.zh, told.label.zh)
    return [replace(found, facts=facts)]


def compose_ref(
    type: RecordType,
    values: Mapping[str, str],
    *,
    level: str = "item",
    subkind: str = "",
    rules: Rules | None = None,
) -> str:
    """Return the 档号 of a record by the rule of its type, 年度 and 全宗.

    ``values`` are canonical (see :func:`normalise`); 案卷号 and 件号 get the zeros that the rule asks for.
    ``subkind`` is the code below the type (``JJ``), that of the values when it is not said. Raises what :func:`refcodes.choose` and
    :func:`refcodes.compose` raise.
    """
    known = rules or refcodes.load_rules()
    year = values.get("year", "")
    span = refcodes.choose(
        type.reference_rules,
        int(year) if year.isdecimal() else 0,
        level=level,
        fonds=values.get("fonds", ""),
        category=type.code,
        rules=known,
    )
    own = subkind_of(type, values)
    parts = _parts(type, values, subkind or (own.code if own else ""))
    for name, width in span.widths.items():
        if parts.get(name, "").isdecimal():
            parts[name] = parts[name].zfill(width)
    rule = known.rule(span.rule)
    named = {segment.name for segment in rule.segments}.difference(span.omit) if rule else set()
    return refcodes.compose(span.rule, known, **{n: part for n, part in parts.items() if part and n in named})


def _parts(type: RecordType, values: Mapping[str, str], subkind: str) -> dict[str, str]:
    category, _, below = type.prefixes[0].partition("·")
    retention = values.get("retention", "")
    vocabulary = type.vocabularies.get("retention")
    term = vocabulary.term(retention) if vocabulary else None
    return {
        "fonds": values.get("fonds", ""),
        "category": category,
        "subcategories": "·".join(part for part in (below, subkind) if part),
        "project": values.get("project_number", ""),
        "catalogue": values.get("catalogue", ""),
        "year": values.get("year", ""),
        "retention": (term.code if term else "") or retention,
        "function": values.get("function", ""),
        "file": values.get("file_number", ""),
        "item": values.get("item_number", ""),
        "page": values.get("page_number", ""),
    }
