"""One line of the table."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class Row(TypedDict):
    """``ratio`` is ours / floor for times, floor / ours for rates: 1 is as fast as the floor, 2 half as fast."""

    name: str
    ours: float
    unit: str
    floor: NotRequired[float]
    ratio: NotRequired[float]


def seconds(name: str, ours: float, floor: float) -> Row:
    """Return a row of times."""
    return Row(name=name, ours=round(ours, 3), unit="s", floor=round(floor, 3), ratio=round(ours / floor, 3))


def figure(name: str, ours: float, unit: str) -> Row:
    """Return a row without a floor."""
    return Row(name=name, ours=round(ours, 3), unit=unit)
