"""Statements written once give what the ORM gives, and say no where they would not; who signed in is looked up by them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantai.base.actors import SYSTEM
from lantai.base.statements import Statement
from lantai.people.models import Account, Unit
from lantai.people.services import add_account, add_unit, close_account
from tests.conftest import PASSWORD, Site

_COLUMNS = ("id", "code", "name", "is_open", "parent__code")


def _units() -> None:
    add_unit(SYSTEM, "QZF", "区政府办")
    for number in range(9):
        add_unit(SYSTEM, f"U{number}", f"第{number}单位", parent="QZF")
    Unit.objects.filter(code="U3").update(is_open=False)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(places=st.lists(st.integers(0, 12), max_size=20))
def test_rows_are_those_of_the_orm(site: Site, places: list[int]) -> None:
    if not Unit.objects.exists():
        _units()
    ids = [*Unit.objects.order_by("id").values_list("id", flat=True), 10**9, 10**10, 10**11]
    asked = [ids[place] for place in places]
    statement = Statement(lambda keys: Unit.objects.filter(pk__in=keys).values_list(*_COLUMNS), int)
    expected = Unit.objects.filter(pk__in=asked).values_list(*_COLUMNS)
    for _again in range(2):
        assert sorted(map(tuple, statement(asked))) == sorted(expected)


def test_texts_and_truths_come_as_the_orm_gives_them(site: Site) -> None:
    _units()
    statement = Statement(
        lambda codes: Unit.objects.filter(code__in=codes).values_list("is_open", "name"), str
    )
    assert statement(["U3"]) == [[False, "第3单位"]] and statement(["U4"]) == [[True, "第4单位"]]
    assert statement(["' OR 1=1 --"]) == [] and statement([]) == []


def test_what_depends_on_more_than_its_values_is_refused(site: Site) -> None:
    fixed = Statement(lambda keys: Unit.objects.filter(pk__in=keys, name="甲").values_list("id"), int)
    with pytest.raises(TypeError):
        fixed([1])


def test_a_session_that_ended_and_an_account_that_was_closed_are_nobody(site: Site) -> None:
    add_account(SYSTEM, "luan", "陆安", password=PASSWORD)
    client = Client()
    client.force_login(Account.objects.get(username="luan"))
    assert client.get("/").status_code == 200

    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert "sign-in" in client.get("/").headers["Location"]
    client.force_login(Account.objects.get(username="luan"))
    assert client.get("/").status_code == 200

    close_account(SYSTEM, "luan")
    assert "sign-in" in client.get("/").headers["Location"]
