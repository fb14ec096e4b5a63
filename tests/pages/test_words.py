"""Every sentence of the pages has its English."""

from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from tests.pages.words import PACKAGE, chinese, msgids


@pytest.fixture(scope="module")
def english() -> Catalog:
    with open(PACKAGE / "locale/en/LC_MESSAGES/django.po", "rb") as source:
        return read_po(source)


def test_every_msgid_is_translated(english: Catalog) -> None:
    missing = []
    for (context, one, many), path in msgids().items():
        if not chinese(one):
            continue
        found = english.get((one, many) if many else one, context=context)
        strings = (
            () if found is None else (found.string if isinstance(found.string, tuple) else (found.string,))
        )
        if not strings or not all(strings):
            missing.append(f"{path.name}: {one}")
    assert not missing


def test_no_translation_is_fuzzy_or_unused(english: Catalog) -> None:
    used = {(context, one) for context, one, _many in msgids()}
    for message in english:
        if not message.id:
            continue
        one = message.id[0] if isinstance(message.id, tuple) else message.id
        assert not message.fuzzy, one
        assert (message.context, one) in used, f"nothing says {one!r} any more"


def test_translations_fill_the_same_gaps(english: Catalog) -> None:
    gaps = re.compile(r"%\((\w+)\)[sd]")
    for message in english:
        if not message.id:
            continue
        one = message.id[0] if isinstance(message.id, tuple) else message.id
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        for string in strings:
            assert set(gaps.findall(string)) <= set(gaps.findall(one)) | {"n"}, one
        assert set(gaps.findall(one)) == set(gaps.findall(strings[-1])), one


def test_templates_hold_no_chinese_outside_msgids() -> None:
    spoken = re.compile(
        r"{%\s*(?:translate|trans)\b.*?%}|{%\s*blocktranslate.*?{%\s*endblocktranslate\s*%}|_\(\"[^\"]*\"\)",
        re.S,
    )
    allowed = {"兰", "中文", "　"}
    wrong = []
    for path in sorted(PACKAGE.rglob("templates/**/*.html")):
        rest = spoken.sub("", path.read_text("utf-8"))
        for found in re.findall(r"[\u3400-\u9fff]+", rest):
            if found not in allowed:
                wrong.append(f"{path.name}: {found}")
    assert not wrong
