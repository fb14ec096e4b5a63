"""Signing in and out, each an entry in the ledger."""

from __future__ import annotations

from lantai.base.actors import Actor
from lantai.ledger.acts import act, record


@act("people.session.start")
def start_session(actor: Actor, *, address: str) -> None:
    """Record that ``actor`` signed in from ``address``."""
    record(f"urn:lantai:account:{actor.username}", {"address": address})


@act("people.session.refuse")
def refuse_session(actor: Actor, *, username: str, address: str) -> None:
    """Record that somebody failed to sign in as ``username`` (cut to 64 characters)."""
    record(f"urn:lantai:account:{username[:64]}", {"address": address})


@act("people.session.end")
def end_session(actor: Actor) -> None:
    """Record that ``actor`` signed out."""
    record(f"urn:lantai:account:{actor.username}", {})
