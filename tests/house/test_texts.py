"""Every code that is raised or found has its words in two languages, and no words are left over."""

from __future__ import annotations

import re
import string
from pathlib import Path

import lantai
from lantai.kernel.texts import LANGUAGES, catalogue

PACKAGE = Path(lantai.__file__).parent
_CODE = re.compile(r"""["']([a-z]+(?:\.[a-z0-9_]+){1,3})["']""")
_COMPOSED = re.compile(r"""f["']([a-z]+(?:\.[a-z0-9_]+)*\.)\{""")
_RAISED = re.compile(
    r"""(?:Invalid|NotFound|Forbidden|Conflict|Corrupt|Unavailable|Finding)\(\s*["']([^"']+)["']""", re.DOTALL
)


def _sources() -> dict[Path, str]:
    return {
        path: path.read_text("utf-8")
        for suffix in ("*.py", "*.toml", "*.html")
        for path in sorted(PACKAGE.rglob(suffix))
        if "migrations" not in path.parts and path.name != "texts.toml"
    }


def test_every_raised_code_has_words() -> None:
    missing = {
        f"{path.relative_to(PACKAGE)}: {code}"
        for path, source in _sources().items()
        for code in _RAISED.findall(source)
        if re.fullmatch(r"[\w.]+", code) and code not in catalogue()
    }
    assert not missing


def test_every_row_has_both_languages_and_the_same_facts() -> None:
    for code, row in catalogue().items():
        names = []
        for language in LANGUAGES:
            assert row.get(language), f"{code} has no {language}"
            names.append(
                {
                    name.removesuffix("_en")
                    for _, name, _, _ in string.Formatter().parse(row[language])
                    if name
                }
            )
        assert ("do_zh" in row) == ("do_en" in row), f"{code} says what to do in one language only"
        assert names[0] == names[1], f"{code}: the languages tell different facts: {names}"


def test_no_words_are_left_over() -> None:
    sources = "\n".join(_sources().values())
    named = set(_CODE.findall(sources)) | set(_RAISED.findall(sources))
    prefixes = tuple(set(_COMPOSED.findall(sources)))
    quoted = set(re.findall(r"""["']([EW]\d{3}[a-z]?(?:_[A-Z])?)["']""", sources))
    unused = [
        code
        for code in catalogue()
        if code not in named
        and code not in quoted
        and not (prefixes and code.startswith(prefixes))
        and code not in sources
    ]
    assert not unused
