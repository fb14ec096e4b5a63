"""A store by its address: a folder, or a bucket of an S3 service."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from lantai.kernel.errors import Invalid
from lantai.kernel.storage.keys import check_prefix
from lantai.kernel.storage.local import LocalStore
from lantai.kernel.storage.objects import Bucket, BucketStore, Patience
from lantai.kernel.storage.store import Store

USUAL = Patience()
_ASKED = frozenset({"endpoint", "region", "virtual"})


@dataclass(frozen=True, slots=True)
class Key:
    """The two halves of an access key; never part of an address."""

    name: str
    secret: str


@dataclass(frozen=True, slots=True)
class Address:
    """What an address says: ``folder`` of this machine, or a bucket without its key (``name`` "" for a folder)."""

    folder: Path | None = None
    name: str = ""
    prefix: str = ""
    endpoint: str = ""
    region: str = "us-east-1"
    virtual: bool = False

    def __str__(self) -> str:
        if self.folder is not None:
            return str(self.folder)
        below = f"/{self.prefix}" if self.prefix else ""
        region = "" if self.region == "us-east-1" else f"&region={self.region}"
        virtual = "&virtual=1" if self.virtual else ""
        return f"s3://{self.name}{below}?endpoint={self.endpoint}{region}{virtual}"


def read_address(url: str) -> Address:
    """Return what ``url`` says: ``/path``, ``file:///path`` or ``s3://bucket[/prefix]?endpoint=…[&region=…][&virtual=1]``.

    ``Invalid``: ``storage.address.wrong``; ``.insecure`` for an endpoint without TLS on another machine; ``.secret`` for
    one with a password in it.
    """
    told = url.strip()
    if not told.isprintable() or not told:
        raise Invalid("storage.address.wrong", url=ascii(url)[:200])
    if told.startswith("/"):
        return Address(folder=Path(told))
    try:
        parts = urlsplit(told)
    except ValueError as wrong:
        raise Invalid("storage.address.wrong", url=told[:200]) from wrong
    if parts.username is not None or parts.password is not None:
        raise Invalid("storage.address.secret")
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return Address(folder=Path(unquote(parts.path)))
    if parts.scheme != "s3" or not parts.netloc or parts.fragment:
        raise Invalid("storage.address.wrong", url=told[:200])
    return _bucket(told, parts.netloc, unquote(parts.path).strip("/"), dict(parse_qsl(parts.query)))


def _bucket(url: str, name: str, prefix: str, asked: dict[str, str]) -> Address:
    if asked.keys() - _ASKED or "endpoint" not in asked:
        raise Invalid("storage.address.wrong", url=url[:200])
    endpoint = asked["endpoint"].rstrip("/")
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
    except ValueError as wrong:
        raise Invalid("storage.address.wrong", url=url[:200]) from wrong
    if parts.username is not None:
        raise Invalid("storage.address.secret")
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
        raise Invalid("storage.address.wrong", url=url[:200])
    if parts.scheme == "http" and not _this_machine(host):
        raise Invalid("storage.address.insecure", url=endpoint[:200])
    region = asked.get("region", "us-east-1")
    return Address(None, name, check_prefix(prefix), endpoint, region, asked.get("virtual") == "1")


def _this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def opened(url: str, key: Key | None = None, patience: Patience = USUAL) -> Store:
    """Return the store at ``url`` (:func:`read_address`); nothing is asked of it yet.

    ``Invalid("storage.address.keyless")`` for a bucket without a key.
    """
    address = read_address(url)
    if address.folder is not None:
        return LocalStore(address.folder)
    if key is None:
        raise Invalid("storage.address.keyless", url=str(address))
    bucket = Bucket(
        address.name,
        address.endpoint,
        key.name,
        key.secret,
        address.prefix,
        address.region,
        address.virtual,
    )
    return BucketStore(bucket, patience)
