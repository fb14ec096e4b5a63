"""Dublin Core of one record, by what its type says."""

from __future__ import annotations

from collections.abc import Mapping

from lantai.kernel.recordtypes import RecordType, pieces


def dublin_core(type: RecordType, values: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return (term of DCMI Terms, text) of the public elements that have a value, in form order.

    A repeatable element gives one pair for each of its values. Personal and non-public elements are left out,
    whoever asks.
    """
    return [
        (element.dc, piece)
        for element in type.of_scope("record")
        if element.dc and element.public and not element.personal
        for piece in pieces(element, values.get(element.key, ""))
        if piece.strip()
    ]
