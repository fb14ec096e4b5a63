"""Writes of the room exchange."""

from __future__ import annotations

from lantai.exchange.services.tokens import IssuedToken, add_token, revoke_token

__all__ = ["IssuedToken", "add_token", "revoke_token"]
