"""Working with the catalogue on its pages: the form of every type, conflicts, history, bulk edits, arranging."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from lantai.base.actors import Actor
from lantai.catalogue import suggest
from lantai.catalogue.forms_edit import elements_of, form_for
from lantai.holdings.queries import types
from lantai.kernel.recordtypes import RecordType
from tests.pages import library
from tests.pages.conftest import SignedIn

REF = "Z109-WS·2011·Y-0001"


@pytest.fixture(autouse=True)
def fresh() -> None:
    suggest.forget()


@pytest.fixture
def desk(signed_in: SignedIn, cast: dict[str, Actor]) -> Client:
    library.many(5)
    return signed_in("陆安")


def edit_address(ref: str = REF) -> str:
    return reverse("record-edit", args=[ref])


def form(client: Client, ref: str = REF) -> dict[str, str]:
    """Return the fields of the form of a record as a browser would send them."""
    import re
    from html import unescape

    text = client.get(edit_address(ref)).content.decode()
    found = {}
    for name, value in re.findall(r'<input name="([a-z_]+)"[^>]*? value="([^"]*)"', text):
        found.setdefault(name, unescape(value))
    for name, value in re.findall(r'<input type="hidden" name="(-version)" value="([^"]*)"', text):
        found[name] = value
    for name, options in re.findall(r'<select name="([a-z_]+)".*?>(.*?)</select>', text, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = unescape(chosen[1]) if chosen else ""
    return found


def test_every_element_of_every_type_is_in_its_form() -> None:
    for kind in types().values():
        for level in kind.levels:
            if level in {"file", "item"}:
                fields = set(form_for(kind, level).base_fields)
                assert fields == {e.key for e in kind.of_scope() if level in e.levels}
        everywhere = {e.key for level in ("series", "file", "item") for e in elements_of(kind, level)}
        assert everywhere | {e.key for e in elements_of(kind, "fonds")} == {e.key for e in kind.of_scope()}


def test_the_form_shows_every_field(desk: Client) -> None:
    text = desk.get(edit_address()).content.decode()
    kind: RecordType = types()["WS"]
    for element in elements_of(kind, "item"):
        assert f'id="row-{element.key}"' in text, element.key
    assert "题名 1" in text


def test_saving_changes_only_what_was_changed(desk: Client) -> None:
    fields = form(desk)
    assert fields["title"] == "题名 1"
    answer = desk.post(edit_address(), {**fields, "title": "关于水库移民的通知", "-do": "save"})
    assert answer.status_code == 302, answer.content.decode()
    page = desk.get(answer.headers["Location"]).content.decode()
    assert "已保存，改了 1 处" in page
    assert "关于水库移民的通知" in page
