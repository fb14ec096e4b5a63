"""Writes of units, accounts, roles and sessions."""

from lantai.people.services.accounts import (
    add_account,
    close_account,
    grant_role,
    open_account,
    revoke_role,
    set_password,
)
from lantai.people.services.invitations import accept_invitation, invite, invited
from lantai.people.services.sessions import end_session, refuse_session, start_session
from lantai.people.services.units import add_unit, change_unit

__all__ = [
    "accept_invitation",
    "add_account",
    "add_unit",
    "change_unit",
    "close_account",
    "end_session",
    "grant_role",
    "invite",
    "invited",
    "open_account",
    "refuse_session",
    "revoke_role",
    "set_password",
    "start_session",
]
