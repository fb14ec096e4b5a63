"""Pieces of pages that are made once in each language."""

from __future__ import annotations

from django.template import Context, Template
from django.utils import translation


def test_a_fixed_piece_is_said_in_the_language_of_each_reader() -> None:
    piece = Template('{% load i18n %}{% fixed %}{% translate "检索" %} {% url "search" %}{% endfixed %}')
    for language, word in (("zh-hans", "检索"), ("en", "Search"), ("zh-hans", "检索")):
        with translation.override(language):
            assert piece.render(Context()) == f"{word} /search/"


def test_a_fixed_piece_knows_nothing_of_who_reads_it_first() -> None:
    piece = Template("{% fixed %}<p>{% if actor %}somebody{% endif %}</p>{% endfixed %}{{ actor }}")
    assert piece.render(Context({"actor": "luan"})) == "<p></p>luan"
    assert piece.render(Context({"actor": "shen"})) == "<p></p>shen"
