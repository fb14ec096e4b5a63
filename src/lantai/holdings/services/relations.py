"""Relating records with each other and with what is only told in words."""

from __future__ import annotations

from collections.abc import Mapping

from lantai.base.actors import Actor


def relate(
    actor: Actor,
    urn: str,
    kind: str,
    *,
    target: str = "",
    text: str = "",
    values: Mapping[str, str] | None = None,
) -> None:
    """Relate a record to ``target`` (urn or 档号) or to what ``text`` says; the same again changes nothing.

    ``values`` are elements of the kind (paper_twin: where the paper lies); other values replace the earlier.
    """
    raise NotImplementedError


def unrelate(actor: Actor, urn: str, kind: str, *, target: str = "", text: str = "") -> None:
    """Remove a relation; ``NotFound("holdings.relation.missing")``."""
    raise NotImplementedError
