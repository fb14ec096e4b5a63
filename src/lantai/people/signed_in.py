"""Who asks, looked up for every page: Django's sessions and accounts, by statements written once."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from lantai.base.statements import Statement
from lantai.people.models import Account

_FIELDS = [field.attname for field in Account._meta.concrete_fields]
_ACCOUNTS = Statement(lambda keys: Account.objects.filter(pk__in=keys).values_list(*_FIELDS), int)
_SESSIONS = Statement(
    lambda keys: Session.objects.filter(session_key__in=keys).values_list("session_data", "expire_date"), str
)


class SessionStore(db.SessionStore):
    """Django's sessions in the database."""

    def load(self) -> dict[str, Any]:
        """Return what the session holds; one that ended, or never was, holds nothing and is forgotten."""
        for data, ends in _SESSIONS([self.session_key] if self.session_key else []):
            if ends > timezone.now():
                return dict(self.decode(data))
        self._session_key = None
        return {}


class Accounts(ModelBackend):
    """Django's accounts with passwords."""

    def get_user(self, user_id: int) -> Account | None:
        """Return the account ``user_id`` unless it is closed."""
        for row in _ACCOUNTS([user_id]):
            account = Account.from_db("default", _FIELDS, row)
            return account if self.user_can_authenticate(account) else None
        return None
