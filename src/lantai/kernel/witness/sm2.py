"""Checking SM2 signatures with SM3 (GB/T 32918), in affine coordinates, slow and plain; SM3 by ``cryptography``."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SM3, Hash

_FIELD = 2**256 - 2**224 - 2**96 + 2**64 - 1
_A = _FIELD - 3
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_BASE = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
_USER = b"1234567812345678"

Point = tuple[int, int] | None
"""x and y; None is the point at infinity."""


def is_key(key: bytes) -> bool:
    """Return whether 64 bytes are x and y of a point on the curve."""
    x, y = _number(key[:32]), _number(key[32:])
    return len(key) == 64 and max(x, y) < _FIELD and pow(y, 2, _FIELD) == (x**3 + _A * x + _B) % _FIELD


def holds(key: bytes, text: bytes, signature: bytes) -> bool:
    """Return whether ``signature`` (r and s) over ``text`` is by ``key`` (x and y)."""
    if len(signature) != 64 or not is_key(key):
        return False
    r, s = _number(signature[:32]), _number(signature[32:])
    if not 0 < r < _ORDER or not 0 < s < _ORDER or (r + s) % _ORDER == 0:
        return False
    identity = len(_USER) * 8
    z = _sm3(identity.to_bytes(2, "big"), _USER, *map(_word, (_A, _B, *_BASE)), key)
    point = _sum(_product(s, _BASE), _product((r + s) % _ORDER, (_number(key[:32]), _number(key[32:]))))
    return point is not None and (_number(_sm3(z, text)) + point[0]) % _ORDER == r


def _sm3(*parts: bytes) -> bytes:
    running = Hash(SM3())
    for part in parts:
        running.update(part)
    return running.finalize()


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _sum(one: Point, other: Point) -> Point:
    """The group law as GB/T 32918.1 (3.2.3.1) writes it."""
    if one is None or other is None:
        return other if one is None else one
    (x1, y1), (x2, y2) = one, other
    if x1 == x2 and (y1 + y2) % _FIELD == 0:
        return None
    rise, run = (3 * x1 * x1 + _A, 2 * y1) if one == other else (y2 - y1, x2 - x1)
    slope = rise * pow(run, -1, _FIELD) % _FIELD
    x = (slope * slope - x1 - x2) % _FIELD
    return x, (slope * (x1 - x) - y1) % _FIELD


def _product(times: int, point: Point) -> Point:
    total: Point = None
    while times:
        if times % 2:
            total = _sum(total, point)
        point, times = _sum(point, point), times // 2
    return total
