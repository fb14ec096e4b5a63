"""Keys between keys: where a row comes to stand among its siblings without touching theirs.

A key is a text that sorts by code point: at first the 档号 with padded numbers, then, for what was put between,
``<key>~<fraction>`` with a fraction in base 36 that does not end in 0.
"""

from __future__ import annotations

LONGEST = 250
"""Code points of a key at most (the column)."""

_SIGNS = "0123456789abcdefghijklmnopqrstuvwxyz"
_MARK = "~"
_LOW = "!"
_STEP = 36**2
_PLACES = 6


def between(low: str, high: str | None) -> str | None:
    """Return a key after ``low`` ("" = the beginning) and before ``high`` (None = the end), or None: no room."""
    base, tail = _parts(low or _LOW)
    upper = None
    if high is not None and high.startswith(base + _MARK):
        same, upper = _parts(high)
        if same != base or not upper:
            return None
    for made in (base + _MARK + (_middle(tail, upper) if upper else _later(tail)), f"{low}{_LOW}{_MARK}i"):
        if low < made and (high is None or made < high) and len(made) <= LONGEST:
            return made
    return None


def spread(low: str, high: str | None, count: int) -> list[str] | None:
    """Return ``count`` keys in order, evenly between ``low`` and ``high``, or None: no room."""
    head = between(low, high)
    while head is not None and high is not None and high.startswith(head):
        head = between(low, head)
    if head is None:
        return None
    width = 1
    while 36**width <= count * 36:
        width += 1
    step = 36**width // (count + 1)
    made = [head + _written(step * (place + 1), width).rstrip("0") for place in range(count)]
    return made if all(len(key) <= LONGEST for key in made) else None


def behind(last: str, count: int) -> list[str] | None:
    """Return ``count`` keys in order after ``last`` ("" = nothing lies there), or None: no room."""
    made: list[str] = []
    for _ in range(count):
        key = between(last, None)
        if key is None:
            return None
        made.append(key)
        last = key
    return made


def _parts(key: str) -> tuple[str, str]:
    base, mark, tail = key.rpartition(_MARK)
    if mark and tail and not tail.endswith("0") and all(sign in _SIGNS for sign in tail):
        return base, tail
    return key, ""


def _middle(low: str, high: str | None) -> str:
    """Return a fraction between two (None = 1), as short as it can be."""
    if high is not None:
        same = 0
        while same < len(high) and (low[same] if same < len(low) else "0") == high[same]:
            same += 1
        if same:
            return high[:same] + _middle(low[same:], high[same:])
    first = _SIGNS.index(low[0]) if low else 0
    last = _SIGNS.index(high[0]) if high is not None else 36
    if last - first > 1:
        return _SIGNS[(first + last) // 2]
    if high is not None and len(high) > 1:
        return high[0]
    return _SIGNS[first] + _middle(low[1:], None)


def _later(low: str) -> str:
    """Return a fraction after ``low``, not far: millions can follow without growing longer."""
    place = int(low[:_PLACES].ljust(_PLACES, "0"), 36) + _STEP
    return _written(place, _PLACES).rstrip("0") if place < 36**_PLACES else low + "i"


def _written(number: int, width: int) -> str:
    signs = []
    for _ in range(width):
        number, rest = divmod(number, 36)
        signs.append(_SIGNS[rest])
    return "".join(reversed(signs))
