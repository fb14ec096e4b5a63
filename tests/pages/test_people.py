"""Units, accounts, roles, one's own password."""

from __future__ import annotations

from django.test import Client

from lantai.base.actors import SYSTEM, Actor
from lantai.ledger.queries import latest
from lantai.people import queries
from lantai.people.services import invite
from tests.conftest import PASSWORD
from tests.pages.conftest import SignedIn


def test_the_system_administrator_adds_and_closes_units(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("系统管理员")
    page = client.post("/units/", {"code": "SWJ", "name": "区水务局"}, follow=True).content.decode()
    assert "已添加单位 区水务局" in page
    again = client.post("/units/", {"code": "SWJ", "name": "别的局"})
    assert again.status_code == 409
    assert "区水务局" in again.content.decode()
    assert client.post("/units/", {"code": "有 空格", "name": "x"}).status_code == 400
    client.post("/units/SWJ/", {"name": "区水务局"})
    assert queries.unit("SWJ").is_open is False


def test_accounts_are_opened_and_given_roles_by_different_officers(
    cast: dict[str, Actor], signed_in: SignedIn
) -> None:
    admin, security = signed_in("系统管理员"), signed_in("安全保密员")
    weak = admin.post("/accounts/", {"username": "zhou", "name": "周岚", "password": "12345678901"})
    assert weak.status_code == 400
    assert "密码不合要求" in weak.content.decode()
    admin.post("/accounts/", {"username": "zhou", "name": "周岚", "password": PASSWORD})
    assert "周岚" in security.get("/").content.decode(), "it waits on the bench of the security officer"
    wrong = security.post("/accounts/zhou/grant/", {"role": "clerk", "unit": ""})
    assert wrong.status_code == 400
    security.post("/accounts/zhou/grant/", {"role": "clerk", "unit": "MZJ"})
    assert [(held.role, held.unit) for held in queries.roles_of("zhou")] == [("clerk", "MZJ")]
    both = security.post("/accounts/zhou/grant/", {"role": "auditor", "unit": ""})
    assert both.status_code == 409
    assert security.post("/accounts/zhou/revoke/", {"role": "intake", "unit": ""}).status_code == 404
    security.post("/accounts/zhou/revoke/", {"role": "clerk", "unit": "MZJ"})
    assert queries.roles_of("zhou") == []


def test_nobody_grants_to_himself(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("安全保密员")
    assert "授予角色" not in client.get("/accounts/secadmin/").content.decode()
    assert client.post("/accounts/secadmin/grant/", {"role": "auditor", "unit": ""}).status_code == 403


def test_accounts_are_closed_opened_and_given_passwords(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("系统管理员")
    client.post("/accounts/shenwen/state/", {"state": "closed"})
    assert queries.account("shenwen").is_active is False
    client.post("/accounts/shenwen/state/", {"state": "open"})
    assert client.post("/accounts/shenwen/password/", {"password": "short"}).status_code == 400
    client.post("/accounts/shenwen/password/", {"password": "another-Word-for-it"})
    answer = Client().post("/sign-in/", {"username": "shenwen", "password": "another-Word-for-it"})
    assert answer.status_code == 302


def test_ones_own_password_needs_the_present_one(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("沈文")
    wrong = client.post("/account/", {"present": "guess", "password": "another-Word-for-it"})
    assert wrong.status_code == 400
    assert "现在的密码不对" in wrong.content.decode()
    right = client.post("/account/", {"present": PASSWORD, "password": "another-Word-for-it"}, follow=True)
    assert "密码已改" in right.content.decode(), "the session goes on"


def test_names_are_shown_as_text(cast: dict[str, Actor], signed_in: SignedIn) -> None:
    client = signed_in("系统管理员")
    client.post("/units/", {"code": "X1", "name": "<script>alert(1)</script>"})
    page = client.get("/units/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_an_invitation_sets_a_password_once(cast: dict[str, Actor]) -> None:
    first, second = invite(SYSTEM, "sysadmin"), invite(SYSTEM, "sysadmin")
    client = Client()
    assert client.post("/sign-in/", {"username": "sysadmin", "password": PASSWORD}).status_code == 400
    assert client.get(first).status_code == 403, "the later one made it void"
    page = client.get(second).content.decode()
    assert "系统管理员（sysadmin）" in page
    assert client.post(second, {"password": "12345"}).status_code == 400
    fresh = "another-horse-兰台"
    assert client.post(second, {"password": fresh}).headers["Location"] == "/sign-in/"
    assert client.get(second).status_code == 403
    assert client.post(second, {"password": fresh}).status_code == 403
    assert client.post("/sign-in/", {"username": "sysadmin", "password": fresh}).status_code == 302
    assert client.get("/invitation/nobody/x/").status_code == 403
    told = [entry.data for entry in latest(40, acts=["people.account.invite"])]
    assert told == [{"username": "sysadmin"}] * 2
