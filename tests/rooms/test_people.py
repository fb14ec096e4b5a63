"""Units, accounts, roles: who may become what, and what is refused."""

from __future__ import annotations

import pytest

from lantai.base.actors import PUBLIC, SYSTEM, Actor
from lantai.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from lantai.people import queries
from lantai.people.models import Account, Membership, Role
from lantai.people.policies import may, units_of
from lantai.people.services import (
    add_account,
    add_unit,
    change_unit,
    close_account,
    grant_role,
    revoke_role,
    set_password,
)
from tests.conftest import PASSWORD, Site


def test_the_same_unit_twice_is_one(site: Site) -> None:
    add_unit(SYSTEM, "MZJ", "区民政局")
    add_unit(SYSTEM, "MZJ", "区民政局")
    assert [unit.name for unit in queries.units()] == ["区民政局"]


def test_a_unit_code_is_not_taken_over(site: Site) -> None:
    add_unit(SYSTEM, "MZJ", "区民政局")
    with pytest.raises(Conflict):
        add_unit(SYSTEM, "MZJ", "区教育局")


@pytest.mark.parametrize("code", ["", "../x", "a b", "单位", "x" * 41])
def test_bad_unit_codes_are_refused(site: Site, code: str) -> None:
    with pytest.raises(Invalid):
        add_unit(SYSTEM, code, "单位")


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "有\n换行", "有\u202e反向"])
def test_bad_unit_names_are_refused(site: Site, name: str) -> None:
    with pytest.raises(Invalid):
        add_unit(SYSTEM, "U", name)


def test_only_the_system_administrator_changes_units(cast: dict[str, Actor]) -> None:
    for name, actor in cast.items():
        if name == "系统管理员":
            change_unit(actor, "MZJ", name="区民政局（新）", is_open=True)
        else:
            with pytest.raises(Forbidden):
                change_unit(actor, "MZJ", name="别的", is_open=False)


def test_only_the_security_officer_grants(cast: dict[str, Actor]) -> None:
    add_account(cast["系统管理员"], "xin", "新人", password=PASSWORD)
    for name, actor in cast.items():
        if name != "安全保密员":
            with pytest.raises(Forbidden):
                grant_role(actor, "xin", Role.READING)
    grant_role(cast["安全保密员"], "xin", Role.READING)
    assert queries.actor("xin").holds(Role.READING)


def test_nobody_grants_to_himself(cast: dict[str, Actor]) -> None:
    with pytest.raises(Forbidden):
        grant_role(cast["安全保密员"], "secadmin", Role.AUDITOR)


@pytest.mark.parametrize("role", [Role.SECADMIN, Role.AUDITOR, Role.INTAKE])
def test_an_officer_is_nothing_else(cast: dict[str, Actor], role: Role) -> None:
    with pytest.raises(Conflict):
        grant_role(cast["安全保密员"], "sysadmin", role)


def test_an_archivist_does_not_become_an_officer(cast: dict[str, Actor]) -> None:
    with pytest.raises(Conflict):
        grant_role(cast["安全保密员"], "luan", Role.AUDITOR)


def test_a_clerk_needs_a_unit_and_others_have_none(cast: dict[str, Actor]) -> None:
    with pytest.raises(Invalid):
        grant_role(cast["安全保密员"], "guwen", Role.CLERK)
    with pytest.raises(Invalid):
        grant_role(cast["安全保密员"], "guwen", Role.READING, unit="MZJ")


def test_a_revoked_role_is_gone_at_once(cast: dict[str, Actor]) -> None:
    revoke_role(cast["安全保密员"], "luan", Role.INTAKE)
    assert not may(queries.actor("luan"), "transfer.decide")


def test_a_closed_account_has_no_rights(cast: dict[str, Actor]) -> None:
    close_account(cast["系统管理员"], "luan")
    with pytest.raises(NotFound):
        queries.actor("luan")
    assert queries.actor_of(Account.objects.get(username="luan")) is PUBLIC


def test_no_officer_sees_holdings_by_office(cast: dict[str, Actor]) -> None:
    for name in ("系统管理员", "安全保密员", "安全审计员"):
        assert units_of(cast[name], "holdings.see") == frozenset()
        assert units_of(cast[name], "transfer.see") == frozenset()


def test_a_clerk_is_bound_to_the_unit(cast: dict[str, Actor]) -> None:
    own, other = queries.unit("MZJ").id, queries.unit("JYJ").id
    assert may(cast["沈文"], "transfer.submit", own)
    assert not may(cast["沈文"], "transfer.submit", other)
    assert not may(cast["沈文"], "transfer.submit")


def test_weak_passwords_are_refused_and_never_recorded(cast: dict[str, Actor]) -> None:
    with pytest.raises(Invalid):
        set_password(cast["陆安"], "luan", "12345678")
    set_password(cast["陆安"], "luan", "another-good-密码")
    from lantai.ledger.models import Entry

    assert not Entry.objects.filter(text__contains="another-good").exists()


def test_an_account_without_password_cannot_sign_in(site: Site) -> None:
    add_account(SYSTEM, "nobody", "无名")
    assert not Account.objects.get(username="nobody").has_usable_password()
    assert not Membership.objects.exists()


def test_an_unknown_permission_is_a_programming_error(cast: dict[str, Actor]) -> None:
    with pytest.raises(KeyError):
        may(cast["陆安"], "no.such")


def test_no_officer_takes_over_another(cast: dict[str, Actor]) -> None:
    for username in ("secadmin", "auditor"):
        with pytest.raises(Forbidden):
            set_password(cast["系统管理员"], username, "a-new-good-密码")
        with pytest.raises(Forbidden):
            close_account(cast["系统管理员"], username)
    with pytest.raises(Forbidden):
        close_account(cast["系统管理员"], "sysadmin")
    set_password(SYSTEM, "auditor", "mended-on-the-server")
