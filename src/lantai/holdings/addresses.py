"""The address of a record's page: its 档号 where that can stand in an address, else its permanent name."""

from __future__ import annotations

import unicodedata

from django.urls import reverse


def name_in_address(ref: str, urn: str) -> str:
    """Return ``ref``, or ``urn`` where an address would lose or change the 档号 (slashes, dots, controls)."""
    plain = (
        bool(ref) and "/" not in ref and "\\" not in ref and not ref.startswith("urn:") and ref == ref.strip()
    )
    if plain and ref.strip(".") and not any(unicodedata.category(sign) == "Cc" for sign in ref):
        return ref
    return urn


def record_address(ref: str, urn: str) -> str:
    """Return the address of a record's page."""
    return reverse("record", args=[name_in_address(ref, urn)])
