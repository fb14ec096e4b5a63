"""Talking to the archives' own site: its REST face, with the token that it gave this unit."""

from __future__ import annotations

import http.client
import ipaddress
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import urlsplit
from uuid import UUID

import orjson

from lantai.base.errors import reader_language
from lantai.base.home import home
from lantai.base.secret_files import keep_secret
from lantai.kernel.errors import Conflict, Forbidden, Invalid, LantaiError, NotFound, Unavailable

SECONDS = 60.0
"""How long one read or write of the connection may stand still."""

ANSWER_LIMIT = 64 << 20
"""Bytes of an answer: the report of a check of many records is the largest."""

ANSWER_SECONDS = 300.0
"""How long the body of one answer may take: who gives a byte a minute keeps nobody waiting for ever."""

_BLOCK = 1 << 20
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class Readable(Protocol):
    """What the bytes of a piece are read from."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Address:
    """Scheme, host, port and the path below which the site lies."""

    secure: bool
    host: str
    port: int | None
    path: str

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port is None else f":{self.port}"
        return f"{'https' if self.secure else 'http'}://{host}{port}{self.path}"


def address_of(told: str) -> Address:
    """Return the address of a site; ``Invalid("desk.away.address")`` for anything but ``https://host[:port][/path]``.

    A token must not travel in the clear: without TLS only this machine itself may be named.
    """
    try:
        parts = urlsplit(told.strip())
        port = parts.port
    except ValueError as wrong:
        raise Invalid("desk.away.address", address=told[:200]) from wrong
    host = parts.hostname or ""
    odd = parts.username is not None or parts.query or parts.fragment or not told.isprintable()
    if parts.scheme not in {"http", "https"} or not host or odd or " " in told.strip() or not told.isascii():
        raise Invalid("desk.away.address", address=told[:200])
    if parts.scheme == "http" and not _this_machine(host):
        raise Invalid("desk.away.insecure", address=told[:200])
    return Address(parts.scheme == "https", host, port, parts.path.rstrip("/"))


def _this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Away:
    """A connection to another site; opened when it is needed, and again after it broke."""

    def __init__(self, address: Address, token: str, *, seconds: float = SECONDS) -> None:
        self._address, self._token, self._seconds = address, token, seconds
        self._open: http.client.HTTPConnection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the connection go."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Return what the site answers below ``/api/v1/`` ({} for an answer without content).

        Refusals come as the error of their kind with the words of the other site: ``Forbidden("desk.away.token")``,
        ``NotFound("desk.away.missing")``, ``Conflict("desk.away.conflict")``, ``Invalid("desk.away.refused")``, each
        with its own ``code``; what may pass is ``Unavailable("desk.away.unreachable")``, ``.busy`` or ``.odd``.
        """
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"} if data is not None else {}
        return self._asked(method, path, data, headers)

    def append(self, upload: str, offset: int, piece: Readable, length: int) -> int:
        """Send the next ``length`` bytes of an upload; return how many have arrived in all.

        ``Unavailable("desk.away.odd")`` when that is no more than before, or more than was sent.
        """
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(length),
            "Upload-Offset": str(offset),
        }
        arrived = self.offset_of(self._asked("PATCH", f"uploads/{upload}", piece, headers), offset + length)
        if arrived <= offset:
            raise self.odd()
        return arrived

    def offset_of(self, told: Mapping[str, Any], most: int) -> int:
        """Return how far an upload is by their answer; ``Unavailable("desk.away.odd")`` unless it can be that."""
        offset = told.get("offset")
        if not isinstance(offset, int) or isinstance(offset, bool) or not 0 <= offset <= most:
            raise self.odd()
        return offset

    def odd(self) -> Unavailable:
        """Return what is told of an answer that cannot be what they mean."""
        return Unavailable("desk.away.odd", address=str(self._address), status=200)

    def _asked(
        self, method: str, path: str, body: bytes | Readable | None, headers: dict[str, str]
    ) -> dict[str, Any]:
        told = {
            "Authorization": f"Bearer {self._token}",
            "Accept": "application/json",
            "Accept-Language": reader_language(),
            **headers,
        }
        try:
            if self._open is None:
                self._open = self._connect()
            self._open.request(method, f"{self._address.path}/api/v1/{path}", body, told)
            answer = self._open.getresponse()
            data = _body(answer)
        except (OSError, http.client.HTTPException) as broken:
            self.close()
            raise Unavailable(
                "desk.away.unreachable", address=str(self._address), reason=_reason(broken)
            ) from broken
        except BaseException:
            self.close()
            raise
        if len(data) > ANSWER_LIMIT or answer.will_close:
            self.close()
        return _read(str(self._address), answer.status, data)

    def _connect(self) -> http.client.HTTPConnection:
        one = self._address
        if not one.secure:
            return http.client.HTTPConnection(one.host, one.port, timeout=self._seconds, blocksize=_BLOCK)
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(
            one.host, one.port, timeout=self._seconds, blocksize=_BLOCK, context=context
        )


def _body(answer: http.client.HTTPResponse) -> bytes:
    """Return the body of an answer, at most one byte more than the limit; ``TimeoutError`` when it takes too long."""
    data, until = bytearray(), time.monotonic() + ANSWER_SECONDS
    while len(data) <= ANSWER_LIMIT and (chunk := answer.read1(_BLOCK)):
        data += chunk
        if time.monotonic() > until:
            raise TimeoutError
    if len(data) <= ANSWER_LIMIT and answer.length:
        raise http.client.IncompleteRead(bytes(data), answer.length)
    if len(data) <= ANSWER_LIMIT:
        answer.read()  # nothing is left, and only now the connection knows that it can be asked again
    return bytes(data)


def _reason(broken: Exception) -> str:
    """Return why a connection failed, in words people can look up."""
    if isinstance(broken, ssl.SSLCertVerificationError):
        return broken.verify_message
    if isinstance(broken, TimeoutError):
        return "timed out"
    return (broken.strerror if isinstance(broken, OSError) else "") or type(broken).__name__


def _read(address: str, status: int, data: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(data) if data else {}  # strict: no half characters that no page could show
    except orjson.JSONDecodeError:
        told = None
    if 200 <= status < 300 and isinstance(told, dict):
        return told
    error = told.get("error") if isinstance(told, dict) else None
    if status in _AGAIN:
        said = _said(error) or str(status)
        raise Unavailable("desk.away.busy", address=address, status=status, said=said)
    if not isinstance(error, dict) or not 400 <= status < 500:
        raise Unavailable("desk.away.odd", address=address, status=status)
    raise _refusal(status, str(error.get("code", ""))[:100], _said(error))


def _refusal(status: int, code: str, said: str) -> LantaiError:
    """Return a refusal of the other site as an error here."""
    if status in {401, 403}:
        return Forbidden("desk.away.token", code=code, said=said)
    if status == 404:
        return NotFound("desk.away.missing", code=code, said=said)
    if status == 409:
        return Conflict("desk.away.conflict", code=code, said=said)
    return Invalid("desk.away.refused", code=code, said=said)


def _said(error: object) -> str:
    """Return the words of a refusal, fit for a page and a terminal."""
    words = str(error.get("message", ""))[:500] if isinstance(error, dict) else ""
    return "".join(sign if sign.isprintable() else " " for sign in words)


def _token_file(target: UUID) -> Path:
    return home().keys / "targets" / f"{target}.token"


def keep_token(target: UUID, address: str, token: str) -> None:
    """Keep the token of a target in a file that only the site's own account can read; whole or not at all.

    The address for which it was given stands before it, so that no other one is ever sent it.
    """
    keep_secret(_token_file(target), address, token)


def token_of(target: UUID, address: str) -> str:
    """Return the token of a target for its address.

    ``Unavailable("desk.away.token_lost")`` when its file is gone or it was given for another address.
    """
    try:
        given_for, _, token = _token_file(target).read_text("ascii").strip().partition("\n")
    except FileNotFoundError as gone:
        raise Unavailable("desk.away.token_lost") from gone
    if given_for != address or not token:
        raise Unavailable("desk.away.token_lost")
    return token


def forget_token(target: UUID) -> None:
    """Remove the token of a target."""
    _token_file(target).unlink(missing_ok=True)
