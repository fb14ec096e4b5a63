"""Does a record's 档号 follow the rules and agree with its metadata (DA/T 70-2018 item 1-7)?"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.refcodes.codes import parse
from lantai.kernel.refcodes.loader import load_rules
from lantai.kernel.refcodes.model import Rules


def retention_name(code: str) -> str:
    """Return 永久 for Y, 30年 for D30; other texts unchanged."""
    if code == "Y":
        return "永久"
    return f"{int(code[1:])}年" if re.fullmatch(r"D[0-9]{1,3}", code) else code


def check_code(
    values: Mapping[str, str], rules: Rules | None = None, *, level: str = "item"
) -> list[Finding]:
    """Return what is wrong with ``values["ref"]``; no code is no finding (see ``check_required``).

    Codes: those of :func:`parse`; ``refcodes.part.differs`` when 全宗号, 年度, 保管期限, 案卷号 or 件号 of
    the metadata (canonical values by element key) say otherwise; as a warning ``refcodes.rule.superseded``
    when the 年度 is later than the rule.
    """
    text = values.get("ref", "").strip()
    if not text:
        return []
    known = rules or load_rules()
    try:
        code = parse(text, known, level=level)
    except Invalid as error:
        return [Finding(error.code, text, found=text, facts=error.facts)]
    found: list[Finding] = []
    stated = {"file_number": code.file, "item_number": code.item, "fonds": code.fonds, "year": code.year}
    for key, part in {**stated, "retention": retention_name(code.retention)}.items():
        value = retention_name(values.get(key, "").strip())
        if part and value and not _same(key, part, value):
            found.append(
                Finding("refcodes.part.differs", text, value, part, facts={"key": key, **_LABELS[key]})
            )
    rule = known.rule(code.rule)
    if rule and code.year and rule.until_year and int(code.year) > rule.until_year:
        facts = {"rule": rule.zh, "rule_en": rule.en, "year": code.year}
        found.append(Finding("refcodes.rule.superseded", text, severity=Severity.WARNING, facts=facts))
    return found


_LABELS: Mapping[str, dict[str, str]] = {
    "fonds": {"label": "全宗号", "label_en": "fonds number"},
    "year": {"label": "年度", "label_en": "year"},
    "retention": {"label": "保管期限", "label_en": "retention period"},
    "file_number": {"label": "案卷号", "label_en": "file number"},
    "item_number": {"label": "件号", "label_en": "item number"},
}


def _same(key: str, part: str, value: str) -> bool:
    """Compare numbers by value (0001 = 1: spreadsheets drop zeros), all else as written."""
    if key in {"file_number", "item_number"} and part.isdecimal() and value.isdecimal():
        return int(part) == int(value)
    return part == value
