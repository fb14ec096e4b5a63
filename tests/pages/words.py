"""The words of the pages: every msgid in templates and code, found without gettext's own tools."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

import lantai

PACKAGE = Path(lantai.__file__).parent
Msgid = tuple[str | None, str, str | None]
"""Context, singular, plural."""

_FUNCTIONS = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "ngettext": (None, 0, 1),
    "pgettext": (0, 1, None),
}


def in_templates() -> Iterator[tuple[Msgid, Path]]:
    """Yield the msgids of every template."""
    for path in sorted(PACKAGE.rglob("templates/**/*.html")):
        # Templatize leaves the layout of the page, whose indentation is none of Python's.
        flat = "\n".join(line.strip() for line in templatize(path.read_text("utf-8")).splitlines())
        keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": None, "npgettext": None}
        for _line, function, said, _comments in extract_python(
            __import__("io").BytesIO(flat.encode()), list(keywords), [], {}
        ):
            parts = [said] if isinstance(said, str) else [part for part in said if part is not None]
            yield _msgid(str(function), [str(part) for part in parts]), path


def _msgid(function: str, parts: list[str]) -> Msgid:
    if function == "pgettext":
        return parts[0], parts[1], None
    if function == "npgettext":
        return parts[0], parts[1], parts[2]
    return None, parts[0], parts[1] if function == "ngettext" else None


def in_code() -> Iterator[tuple[Msgid, Path]]:
    """Yield the msgids of every call of a gettext function with literal text."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            places = _FUNCTIONS.get(node.func.id)
            if places is None:
                continue
            said = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
            context, one, many = (
                None if place is None or place >= len(said) else said[place] for place in places
            )
            if isinstance(one, str):
                yield (
                    (
                        context if isinstance(context, str) else None,
                        one,
                        many if isinstance(many, str) else None,
                    ),
                    path,
                )


def labels() -> Iterator[tuple[Msgid, Path]]:
    """Yield the labels of choices that templates translate by variable."""
    classes = (
        ("ingest", "State"),
        ("catalogue", "State"),
        ("catalogue", "ExportState"),
        ("people", "Role"),
        ("desk", "State"),
        ("desk", "ArrivalState"),
        ("desk", "Source"),
        ("desk", "Part"),
        ("desk", "ScheduleState"),
        ("desk", "ClassState"),
        ("desk", "Answer"),
        ("desk", "Outcome"),
        ("desk", "LoanKind"),
        ("desk", "Condition"),
        ("registration", "Stated"),
        ("registration", "Kept"),
    )
    for room, name in classes:
        for path in (*PACKAGE.glob(f"{room}/models.py"), *PACKAGE.glob(f"{room}/models/*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ClassDef) and node.name == name:
                    for label in _second_of_pairs(node):
                        yield (None, label, None), path


def _second_of_pairs(choices: ast.ClassDef) -> Iterator[str]:
    for node in ast.walk(choices):
        if isinstance(node, ast.Tuple) and len(node.elts) == 2:
            label = node.elts[1]
            if isinstance(label, ast.Constant) and isinstance(label.value, str):
                yield label.value


def chinese(text: str) -> bool:
    """Return whether ``text`` holds Chinese, so that an English reader needs a translation."""
    return re.search(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]", text) is not None


def msgids() -> dict[Msgid, Path]:
    """Return every msgid with one place where it stands."""
    return dict([*labels(), *in_code(), *in_templates()])
