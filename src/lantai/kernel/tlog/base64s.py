"""Base64 with one spelling for one value."""

from __future__ import annotations

import base64
import binascii


def unbase64(text: str) -> bytes | None:
    """Return the bytes of standard base64, None unless ``text`` is the one right spelling of them."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode("ascii") == text else None
