"""``lantai token``: what machines show to the interface instead of a password."""

from __future__ import annotations

import argparse

from lantai.cli.output import document, note, say
from lantai.cli.verbs import Verbs, group, json_flag, verb


def add_verbs(verbs: Verbs) -> None:
    """Add the verbs of this module."""
    tokens = group(verbs, "token", "接口令牌 · tokens of machines")
    add = verb(tokens, "add", "发放令牌，只显示这一次 · make a token, shown this once", _add)
    add.add_argument("username", help="令牌代表的账号 · the account it acts for")
    add.add_argument("name", help="用途 · what it is for")
    add.add_argument("--scope", required=True, nargs="+", help="read search export catalogue capture desk")
    add.add_argument("--unit", default="", help="只用该账号在此单位的角色 · only the roles at this unit")
    add.add_argument("--days", type=int, default=365, help="有效天数 · how long it is good")
    json_flag(add)
    listed = verb(tokens, "list", "列出令牌 · list the tokens", _list)
    json_flag(listed)
    revoke = verb(tokens, "revoke", "停用令牌 · revoke a token", _revoke)
    revoke.add_argument("prefix", help="令牌编号 · the public part of the token")


def _add(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.exchange.services import add_token

    made = add_token(SYSTEM, given.username, given.name, scopes=given.scope, unit=given.unit, days=given.days)
    if given.json:
        document(
            "token",
            {"prefix": made.prefix, "secret": made.secret, "expires_at": made.expires_at.isoformat()},
        )
        return 0
    note("请立即妥善保存，以后不再显示 · keep it now, it is not shown again:")
    say(made.secret)
    return 0


def _list(given: argparse.Namespace) -> int:
    from lantai.exchange.queries import tokens

    found = tokens()
    if given.json:
        told = [
            {
                "prefix": one.prefix,
                "name": one.name,
                "username": one.username,
                "unit": one.unit,
                "scopes": list(one.scopes),
                "made_at": one.made_at.isoformat(),
                "expires_at": one.expires_at.isoformat(),
                "used_at": one.used_at.isoformat() if one.used_at else None,
                "state": one.state,
            }
            for one in found
        ]
        document("tokens", {"tokens": told})
        return 0
    for one in found:
        place = f"{one.username}@{one.unit or '*'}"
        say(
            f"{one.prefix}  {one.state:8}{one.expires_at:%Y-%m-%d}  {place}  {','.join(one.scopes)}  {one.name}"
        )
    return 0


def _revoke(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.exchange.services import revoke_token

    revoke_token(SYSTEM, given.prefix)
    say(given.prefix)
    return 0
