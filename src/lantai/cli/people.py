"""``lantai user|unit|fonds``."""

from __future__ import annotations

import argparse
import getpass
import sys

from lantai.cli.output import say
from lantai.cli.verbs import Verbs, group, verb


def add_verbs(verbs: Verbs) -> None:
    """Add the verbs of this module."""
    users = group(verbs, "user", "账号 · accounts")
    add = verb(users, "add", "开立账号并授予角色 · open an account with a role", _user_add)
    add.add_argument("username")
    add.add_argument(
        "--role",
        required=True,
        help="clerk contributor intake preservation reading reviewer bureau sysadmin secadmin auditor",
    )
    add.add_argument("--unit", default="", help="单位代码，档案员必填 · the unit's code, for clerks")
    add.add_argument("--name", default="", help="姓名 · the person's name")
    invited = verb(users, "invite", "请本人重设密码 · let somebody set a new password", _user_invite)
    invited.add_argument("username")
    units = group(verbs, "unit", "单位 · units")
    unit = verb(units, "add", "增加单位 · add a unit", _unit_add)
    unit.add_argument("code")
    unit.add_argument("name")
    fonds = group(verbs, "fonds", "全宗 · fonds")
    one = verb(fonds, "add", "增加全宗 · add a fonds", _fonds_add)
    one.add_argument("number")
    one.add_argument("name")
    one.add_argument("--unit", required=True)


def _password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("密码 · password: ")
    return sys.stdin.readline().rstrip("\n")


def _user_add(given: argparse.Namespace) -> int:
    from django.db import transaction

    from lantai.base.actors import SYSTEM
    from lantai.people.services import add_account, grant_role

    password = _password()
    with transaction.atomic():
        add_account(SYSTEM, given.username, given.name or given.username, password=password)
        grant_role(SYSTEM, given.username, given.role, unit=given.unit)
    say(f"{given.username} · {given.role} {given.unit}".rstrip())
    return 0


def _user_invite(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.people.services import invite

    path = invite(SYSTEM, given.username)
    say(f"{path}  （本站地址加此路径，三天内用一次，只交给本人）")
    return 0


def _unit_add(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.people.services import add_unit

    made = add_unit(SYSTEM, given.code, given.name)
    say(f"{made.code} {made.name}")
    return 0


def _fonds_add(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.holdings.services import add_fonds

    add_fonds(SYSTEM, given.number, given.name, unit=given.unit)
    say(f"{given.number} {given.name}")
    return 0
