"""SM2 signatures with SM3 (GB/T 32918.2 and .5, GM/T 0009 for the user id), in plain Python.

No kept library signs SM2: ``cryptography`` has SM3 but not this curve. What that means: Python's whole numbers
do not take the same time for every value, so whoever can time many signatures on this machine to the
microsecond learns something about the key. A checkpoint is signed by a worker without an outside caller who
could choose the text or hear the moment; the nonce's multiple is blinded besides. For a key on a network-facing
signer take a device (智能密码钥匙) behind the same interface instead.

The nonce is derived from key and digest (the construction of RFC 6979 with SHA-256), so that no bad source of
chance gives the key away and the same text always has the same signature.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256

from lantai.kernel import digests

P = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFF_00000000_FFFFFFFF_FFFFFFFF
A = P - 3
B = 0x28E9FA9E_9D9F5E34_4D5A9E4B_CF6509A7_F39789F5_15AB8F92_DDBCBD41_4D940E93
N = 0xFFFFFFFE_FFFFFFFF_FFFFFFFF_FFFFFFFF_7203DF6B_21C6052B_53BBF409_39D54123
G = (
    0x32C4AE2C_1F198119_5F990446_6A39C994_8FE30BBF_F2660BE1_715A4589_334C74C7,
    0xBC3736A2_F4F6779C_59BDCEE3_6B692153_D0A9877C_C62A4740_02DF32E5_2139F0A0,
)
"""The recommended curve of GB/T 32918.5: y² = x³ + ax + b over the field of P, N points, base point G."""

USER_ID = b"1234567812345678"
"""The user id where none is agreed (GM/T 0009-2012, 10)."""

Point = tuple[int, int]
_Jacobian = tuple[int, int, int]
_ORIGIN: _Jacobian = (1, 1, 0)


def generate() -> bytes:
    """Return a new private key: 32 bytes, from 1 to N - 2."""
    return (secrets.randbelow(N - 2) + 1).to_bytes(32, "big")


def public_of(private: bytes) -> bytes:
    """Return the public key, x and y of 32 bytes each; ``ValueError`` for a number that is no private key."""
    secret = int.from_bytes(private, "big")
    if len(private) != 32 or not 1 <= secret <= N - 2:
        raise ValueError("no private key of SM2")
    x, y = _multiple(secret, G)
    return _bytes(x) + _bytes(y)


def is_public(public: bytes) -> bool:
    """Return whether 64 bytes are a point of the curve."""
    if len(public) != 64:
        return False
    x, y = int.from_bytes(public[:32], "big"), int.from_bytes(public[32:], "big")
    return x < P and y < P and (y * y - (x * x + A) * x - B) % P == 0


def digest(public: bytes, text: bytes, user: bytes = USER_ID) -> bytes:
    """Return e: SM3 over Z (of the user, the curve, the key) and the text."""
    curve = b"".join(map(_bytes, (A, B, *G)))
    z = _sm3((len(user) * 8).to_bytes(2, "big") + user + curve + public)
    return _sm3(z + text)


def sign(private: bytes, text: bytes) -> bytes:
    """Return the signature over ``text``: r and s, 32 bytes each."""
    return sign_digest(private, digest(public_of(private), text))


def sign_digest(private: bytes, e: bytes, nonce: int | None = None) -> bytes:
    """Return the signature over the digest ``e``; ``nonce`` is for published examples only."""
    secret = int.from_bytes(private, "big")
    for k in [nonce] if nonce is not None else _Nonces(private, e):
        x, _ = _multiple(k + N * secrets.randbits(64), G)
        r = (int.from_bytes(e, "big") + x) % N
        s = pow(1 + secret, -1, N) * (k - r * secret) % N
        if r and s and r + k != N:
            return _bytes(r) + _bytes(s)
    raise ValueError("a nonce that gives no signature")


def verify(public: bytes, text: bytes, signature: bytes) -> bool:
    """Return whether ``signature`` (64 bytes) over ``text`` is by the key ``public`` (64 bytes)."""
    if len(signature) != 64 or not is_public(public):
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    t = (r + s) % N
    if not (1 <= r < N and 1 <= s < N and t):
        return False
    key = int.from_bytes(public[:32], "big"), int.from_bytes(public[32:], "big")
    found = _add(_times(s, G), _times(t, key))
    if not found[2]:
        return False
    return (int.from_bytes(digest(public, text), "big") + _affine(found)[0]) % N == r


class _Nonces:
    """The endless row of nonces of RFC 6979 section 3.2 (SHA-256) for a key and a digest."""

    def __init__(self, private: bytes, e: bytes) -> None:
        seed = private + _bytes(int.from_bytes(e, "big") % N)
        self._key, self._value = bytes(32), b"\x01" * 32
        for mark in (b"\x00", b"\x01"):
            self._stir(mark + seed)

    def _stir(self, data: bytes) -> None:
        self._key = hmac.digest(self._key, self._value + data, sha256)
        self._value = hmac.digest(self._key, self._value, sha256)

    def __iter__(self) -> _Nonces:
        return self

    def __next__(self) -> int:
        while True:
            self._value = hmac.digest(self._key, self._value, sha256)
            k = int.from_bytes(self._value, "big")
            self._stir(b"\x00")
            if 1 <= k < N:
                return k


def _sm3(data: bytes) -> bytes:
    running = digests.new("sm3")
    running.update(data)
    return bytes.fromhex(running.hexdigest())


def _bytes(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _multiple(k: int, point: Point) -> Point:
    return _affine(_times(k, point))


def _times(k: int, point: Point) -> _Jacobian:
    """Return k times the point, k > 0, in Jacobian coordinates: (x / z², y / z³)."""
    base, total = (*point, 1), _ORIGIN
    for bit in bin(k)[2:]:
        total = _double(total)
        if bit == "1":
            total = _add(total, base)
    return total


def _affine(point: _Jacobian) -> Point:
    x, y, z = point
    inverse = pow(z, -1, P)
    square = inverse * inverse % P
    return x * square % P, y * square * inverse % P


def _double(point: _Jacobian) -> _Jacobian:
    x, y, z = point
    if not z:
        return point
    zz, yy = z * z % P, y * y % P
    slope = 3 * (x - zz) * (x + zz) % P  # because a is -3
    middle = 4 * x * yy % P
    new = (slope * slope - 2 * middle) % P
    return new, (slope * (middle - new) - 8 * yy * yy) % P, 2 * y * z % P


def _add(one: _Jacobian, other: _Jacobian) -> _Jacobian:
    if not one[2] or not other[2]:
        return other if not one[2] else one
    (x1, y1, z1), (x2, y2, z2) = one, other
    zz1, zz2 = z1 * z1 % P, z2 * z2 % P
    u1, u2 = x1 * zz2 % P, x2 * zz1 % P
    s1, s2 = y1 * zz2 * z2 % P, y2 * zz1 * z1 % P
    h, slope = (u2 - u1) % P, (s2 - s1) % P
    if not h:
        return _double(one) if not slope else _ORIGIN
    square = h * h % P
    cube, middle = square * h % P, u1 * square % P
    x = (slope * slope - cube - 2 * middle) % P
    return x, (slope * (middle - x) - s1 * cube) % P, h * z1 * z2 % P
