"""Ways in that are good once: who comes back after a fire sets a password without knowing an old one."""

from __future__ import annotations

from django.contrib.auth.tokens import PasswordResetTokenGenerator

from lantai.base.actors import Actor
from lantai.kernel.errors import Forbidden
from lantai.ledger.acts import act, record
from lantai.people.models import Account
from lantai.people.policies import require
from lantai.people.queries import actor_of
from lantai.people.services.accounts import account_of, refuse_over_officer, set_password


class _Invitations(PasswordResetTokenGenerator):
    """Signed with the site's own key over the account and its password: of no use once that is set, or three days old.

    Nothing is kept of it.
    """

    key_salt = "lantai.people.invitation"


_invitations = _Invitations()


@act("people.account.invite")
def invite(actor: Actor, username: str) -> str:
    """End the account's password and return the path of the page on which its holder sets a new one, once.

    An earlier invitation is void then. Whoever has the path has the account: it is shown to nobody else and not recorded.
    """
    require(actor, "account.change")
    account = account_of(username)
    refuse_over_officer(actor, account)
    account.set_unusable_password()
    account.save()
    record(f"urn:lantai:account:{username}", {"username": username})
    return f"/invitation/{username}/{token_for(username)}/"


def token_for(username: str) -> str:
    """Return what proves an invitation of the account as it is now."""
    return _invitations.make_token(account_of(username))


def accept_invitation(username: str, token: str, password: str) -> None:
    """Set the password of who was invited; ``Forbidden("people.invitation.void")``, errors as :func:`set_password`."""
    account = invited(username, token)
    set_password(actor_of(account), username, password)


def invited(username: str, token: str) -> Account:
    """Return the account of an invitation that is good; ``Forbidden("people.invitation.void")``."""
    account = Account.objects.filter(username=username, is_active=True).first()
    if account is None or not _invitations.check_token(account, token):
        raise Forbidden("people.invitation.void")
    return account
