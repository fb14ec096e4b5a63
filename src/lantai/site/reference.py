"""docs/reference/: lists that are generated from the code. ``--check`` fails when they are out of date."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lantai.kernel.recordtypes import Element, RecordType

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "docs" / "reference"
HEAD = "<!-- Written by `make reference`; do not edit. -->\n\n"

SETTINGS = (
    ("LANTAI_HOME", "./var", "The folder that holds the site."),
    ("LANTAI_HOSTS", "localhost,127.0.0.1,[::1],testserver", "Host names the pages answer to, by commas."),
    ("LANTAI_DATABASE", "(SQLite in the site)", "`postgresql://user:password@host:port/name` instead."),
    (
        "LANTAI_CLAMD",
        "(none)",
        "Socket path or host:port of clamd; without it virus items are “could not check”.",
    ),
    (
        "LANTAI_KEY_LOSS_UNDERSTOOD",
        "(none)",
        "`yes`: a script may register a target with a recipient; without its key such copies are lost.",
    ),
    ("LANTAI_RESTORE_KEY", "(none)", "Name of the access key with which `lantai restore` reads a bucket."),
    ("LANTAI_RESTORE_SECRET", "(none)", "The secret half of that key."),
    ("LANTAI_DESK_INBOX", "(desk-inbox in the site)", "Drop folders of the units, one by each unit's code."),
    ("LANTAI_HTTPS", "0", "1 when the pages are reached by HTTPS only: cookies are marked secure."),
    ("LANTAI_TIME_ZONE", "Asia/Shanghai", "Time zone of the pages; the ledger is always UTC."),
    ("LANTAI_API_RATE", "1200", "Calls a minute of one token in each server process; 0 sets no limit."),
    ("LANTAI_EXPORT_DAYS", "7", "Days for which the file of an ordered export or print is kept, at least 1."),
    ("LANTAI_TSA_URL", "(none)", "RFC 3161 time-stamping service that is asked to stamp checkpoints."),
    ("LANTAI_TSA_MINUTES", "1440", "Minutes between two time stamps, at least 1."),
    ("LANTAI_LANGUAGE", "zh", "`en` makes the command line's messages English."),
    ("LANTAI_LOG", "WARNING", "How much goes to the log: DEBUG, INFO, WARNING, ERROR."),
    ("LANTAI_DEBUG", "0", "1 shows traces in the browser: for developers only."),
)
"""Name, default, meaning of every environment variable that is read; a test compares with the code."""


def settings_page() -> str:
    """Return the page of settings."""
    rows = "".join(f"| `{name}` | {default} | {meaning} |\n" for name, default, meaning in SETTINGS)
    head = "# Settings\n\nEnvironment variables, read when a process starts.\n\n"
    return f"{head}| name | default | meaning |\n| --- | --- | --- |\n{rows}"


def acts_page() -> str:
    """Return the page of acts."""
    from lantai.ledger.acts import known_acts

    rows = "".join(f"- `{name}`\n" for name in sorted(known_acts()))
    return f"# Acts\n\nThe closed list of what is recorded in the ledger, `room.subject.verb`.\n\n{rows}"


def codes_page() -> str:
    """Return the page of error and finding codes."""
    from lantai.kernel.texts import catalogue

    def cell(text: str) -> str:
        return text.replace("|", "\\|").replace("\n", " ")

    rows = "".join(
        f"| `{code}` | {cell(row['zh'])} | {cell(row['en'])} | {cell(row.get('clause', ''))} |\n"
        for code, row in sorted(catalogue().items())
    )
    return f"# Codes\n\nEvery error and finding.\n\n| code | 中文 | English | clause |\n| --- | --- | --- | --- |\n{rows}"


def items_page() -> str:
    """Return the page of check items with how sure their facts are."""
    from lantai.kernel.fourprops import Stage, scheme

    marks = "A automatic · S automatic when the evidence is there · M a person decides."
    parts = [f"# Four-property items\n\n{marks} The basis says how sure code and method are.\n"]
    for stage in Stage:
        found = scheme("WS", stage)
        parts.append(
            f"\n## {stage.value} · {found}\n\n| code | item | | basis |\n| --- | --- | --- | --- |\n"
        )
        parts.extend(
            f"| `{item.code}` | {item.name.zh or '(名称未确认)'} | {item.auto} | {item.basis} |\n"
            for item in found.items
        )
    return "".join(parts)


def types_page() -> str:
    """Return the page of record types: codes, rules by year, lists, facets and elements.

    文书 is told whole, every other type where it differs from it.
    """
    from lantai.kernel import recordtypes

    types = recordtypes.load()
    told = (
        "# Record types\n\nMarks: 必 mandatory, 宜 advised (at any stage) · 公 shown to everybody once open · "
        "个 personal data · 多 several values.\n"
    )
    first = types["WS"]
    others = (_type_section(kind, first) for code, kind in types.items() if code != "WS")
    return told + _type_section(first, None) + "".join(others)


def _type_section(kind: RecordType, first: RecordType | None) -> str:
    standard = f" ({kind.standard})" if kind.standard else ""
    parts = [f"\n## {kind.code} {kind.label.zh} · {kind.label.en}{standard}\n\n"]
    parts.append(f"- Codes: {' '.join(f'`{prefix}`' for prefix in kind.prefixes)}\n")
    parts.extend(
        f"- Sub-kind `{kind.prefixes[0]}·{one.code}` {one.label.zh} · {one.label.en} ({one.basis})\n"
        for one in kind.subkinds
    )
    for span in kind.reference_rules:
        years = f"{span.from_year or '…'}–{span.until_year or '…'}"
        parts.append(
            f"- 档号 of a{'n' if span.level == 'item' else ''} {span.level}, {years}: `{span.rule}`\n"
        )
    parts.append(f"- Facets: {'、'.join(e.label.zh for e in kind.facets())}\n")
    for form, name in (
        ("item_list", "归档文件目录"),
        ("file_list", "案卷目录"),
        ("inner_list", "卷内文件目录"),
    ):
        parts.append(f"- {name}: {'、'.join(e.label.zh for e in kind.print_columns(form))}\n")
    known = {} if first is None else {e.key: _meaning(e) for e in first.elements}
    shown = [e for e in kind.elements if known.get(e.key) != _meaning(e)]
    if first is not None:
        gone = [key for key in known if key not in kind.by_key]
        parts.append(
            f"\nElements as of {first.code}, without {', '.join(f'`{key}`' for key in gone)}, and:\n"
        )
    parts.append(
        "\n| key | number | 中文 | English | kind | marks | search | DC | EAD3 | headings | basis |\n"
    )
    parts.append("| " + " | ".join(["---"] * 11) + " |\n")
    return "".join((*parts, *map(_element_row, shown)))


def _meaning(element: Element) -> Element:
    """Return ``element`` without what differs between standards only: its number and its basis."""
    return replace(element, number="", basis="", order=0)


def _element_row(element: Element) -> str:
    marks = "必" if element.required else "宜" if element.advised else ""
    marks += "公" * element.public + "个" * element.personal + "多" * element.repeat
    search = f"{element.search.kind} ×{element.search.boost:g}" if element.kind != "container" else ""
    kind = f"{element.kind} {element.vocabulary}".strip()
    cells = (f"`{element.key}`", element.number, element.label.zh, element.label.en, kind, marks, search)
    more = (element.dc, element.ead, "、".join(element.aliases), element.basis)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in (*cells, *more)) + " |\n"


def pages() -> Iterator[tuple[str, str]]:
    """Yield file name and text of every generated page."""
    yield "settings.md", settings_page()
    yield "acts.md", acts_page()
    yield "codes.md", codes_page()
    yield "check-items.md", items_page()
    yield "record-types.md", types_page()


def main() -> int:
    """Write the pages, or with ``--check`` tell which are out of date."""
    import django

    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
    django.setup()
    stale = []
    for name, text in pages():
        path = FOLDER / name
        if path.exists() and path.read_text("utf-8") == HEAD + text:
            continue
        stale.append(name)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(HEAD + text, "utf-8")
    if check and stale:
        sys.stderr.write(f"docs/reference is out of date, run make reference: {' '.join(stale)}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
