"""A store in a bucket of an S3 service. It has no folders, no whole trees at once and no local files.

What differs from a local store, because the service cannot do it: a key may lie below another key; a tree appears file
by file, in the order given, and ``delete_tree`` removes file by file; of two writers of one large file at the same
moment the later one wins. Write-once is asked of the service *and* looked at before: some services overwrite
silently, which :func:`lantai.kernel.storage.probe.probe` finds out.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import obstore
from obstore import exceptions as refusals
from obstore.store import S3Store

from lantai.kernel.errors import Conflict, Corrupt, Forbidden, LantaiError, NotFound, Unavailable
from lantai.kernel.storage.keys import check_key, check_prefix, check_trees
from lantai.kernel.storage.medium import chunks_of, forget_taken, measured
from lantai.kernel.storage.store import Source, Stray, Tree

Item = TypeVar("Item")

WHOLE = 8 << 20
"""Bytes up to which a file is one request; larger ones are read in ranges and written in parts of this size."""

THREADS = 8
PAGE = 1000
_ODD = re.compile("[\x00-\x1f\x7f\ufffe\uffff]|^ | $|%(?=25|[01][0-9A-F]|20|7F|EF%BF%B[EF])")
_WRITTEN = re.compile("%(?:25|[01][0-9A-F]|20|7F)|%EF%BF%B[EF]")


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where a bucket is and who asks. ``prefix`` is the folder in it that is the store, "" the whole bucket."""

    name: str
    endpoint: str
    key: str
    secret: str
    prefix: str = ""
    region: str = "us-east-1"
    virtual: bool = False


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one request may take, how often it is repeated, and for how many seconds in all."""

    seconds: float = 120.0
    connect: float = 10.0
    repeats: int = 4
    altogether: float = 60.0


class BucketStore:
    """Keys are object names below ``bucket.prefix``; durable when the service has answered."""

    def __init__(self, bucket: Bucket, patience: Patience = Patience()) -> None:
        self._bucket = bucket
        self._store = S3Store(
            bucket.name,
            prefix=bucket.prefix or None,
            endpoint=bucket.endpoint,
            region=bucket.region,
            access_key_id=bucket.key,
            secret_access_key=bucket.secret,
            virtual_hosted_style_request=bucket.virtual,
            client_options={
                "allow_http": bucket.endpoint.startswith("http://"),
                "timeout": timedelta(seconds=patience.seconds),
                "connect_timeout": timedelta(seconds=patience.connect),
            },
            retry_config={
                "max_retries": patience.repeats,
                "retry_timeout": timedelta(seconds=patience.altogether),
                "backoff": {"init_backoff": timedelta(seconds=0.1), "max_backoff": timedelta(seconds=5)},
            },
        )

    @property
    def url(self) -> str:
        below = f"/{self._bucket.prefix}" if self._bucket.prefix else ""
        return f"s3://{self._bucket.name}{below}?endpoint={self._bucket.endpoint}"

    def open(self, key: str) -> BinaryIO:
        name = written(key)
        with told(key):
            try:
                answer = obstore.get(self._store, name, options={"range": (0, WHOLE)})
                meta, first = answer.meta, answer.bytes().to_bytes()
            except refusals.BaseError:
                if obstore.head(self._store, name)["size"]:
                    raise
                return io.BytesIO()  # of nothing there is no part, services say
        if meta["size"] <= WHOLE:
            return io.BytesIO(first)
        return io.BufferedReader(_Ranges(self._store, key, meta["size"], meta["e_tag"], first), WHOLE)

    def size(self, key: str) -> int:
        name = written(key)
        with told(key):
            return int(obstore.head(self._store, name)["size"])

    def exists(self, key: str) -> bool:
        try:
            self.size(key)
        except NotFound:
            return False
        return True

    def list(self, prefix: str = "") -> Iterator[str]:
        """Yield the keys below ``prefix`` as the service sorts them: by code point, but for names with signs it cannot tell."""
        for key, _ in self.sizes(prefix):
            yield key

    def sizes(self, prefix: str = "") -> Iterator[tuple[str, int]]:
        """Yield every key below ``prefix`` with its size: a thousand per request."""
        check_prefix(prefix)
        with told(prefix):
            for page in obstore.list(
                self._store, prefix=written(prefix) if prefix else None, chunk_size=PAGE
            ):
                for meta in page:
                    yield read_back(meta["path"]), int(meta["size"])

    def strays(self, prefix: str = "") -> Iterator[Stray]:
        check_prefix(prefix)
        return iter(())

    def put(self, key: str, source: Source, *, replace: bool = False) -> None:
        self.put_many({key: source}, replace=replace)

    def put_many(self, files: Mapping[str, Source], *, replace: bool = False) -> None:
        for key in files:
            check_key(key)
        for source in files.values():
            measured(source)
        if not replace:
            self._each(self._must_be_free, files)
        self._each(lambda key: self._write(key, files[key], replace), files)
        forget_taken(files.values())

    def create_blindly(self, key: str, data: bytes) -> None:
        """Create ``key`` trusting in the service alone, as no other method does: for trying whether it refuses."""
        self._write(key, data, False)

    def publish(self, trees: Sequence[Tree]) -> None:
        check_trees(trees)
        for tree in trees:
            for source in tree.files.values():
                measured(source)
        self._each(self._prefix_must_be_free, [tree.prefix for tree in trees])
        self._each(self._publish_one, trees)
        for tree in trees:
            forget_taken(tree.files.values())

    def delete(self, key: str) -> None:
        with told(key):
            obstore.delete(self._store, written(key))

    def delete_tree(self, prefix: str) -> None:
        check_key(prefix)
        names = iter([written(key) for key in self.list(prefix)])
        with told(prefix):
            while some := list(islice(names, PAGE)):
                obstore.delete(self._store, some)

    def local_path(self, key: str) -> Path | None:
        check_key(key)
        return None

    def _publish_one(self, tree: Tree) -> None:
        """Write one tree, its last file last: whoever lays out the tree puts there what says that it is whole."""
        for name, source in tree.files.items():
            self._write(f"{tree.prefix}/{name}", source, False)

    def _write(self, key: str, source: Source, replace: bool) -> None:
        name, size = written(key), measured(source)
        with told(key):
            if size > WHOLE:
                obstore.put(self._store, name, chunks_of(source, WHOLE), chunk_size=WHOLE, max_concurrency=2)
            else:
                data = b"".join(chunks_of(source, WHOLE))
                mode = "overwrite" if replace else "create"
                obstore.put(self._store, name, data, mode=mode, use_multipart=False)  # type: ignore[arg-type]

    def _must_be_free(self, key: str) -> None:
        if self.exists(key):
            raise Conflict("storage.key.exists", key=key)

    def _prefix_must_be_free(self, prefix: str) -> None:
        if self.exists(prefix) or next(self.list(prefix), None) is not None:
            raise Conflict("storage.prefix.taken", prefix=prefix)

    @staticmethod
    def _each(work: Callable[[Item], None], items: Sequence[Item] | Mapping[Item, object]) -> None:
        """Call ``work`` on every item, a few at once; the first error stops the rest and is raised."""
        if len(items) < 2:
            for item in items:
                work(item)
            return
        with ThreadPoolExecutor(min(THREADS, len(items))) as pool:
            try:
                for _ in pool.map(work, items):
                    pass
            finally:
                pool.shutdown(cancel_futures=True)


class _Ranges(io.RawIOBase):
    """The bytes of a large object, asked for as they are read; other bytes in between are refused."""

    def __init__(self, store: S3Store, key: str, size: int, tag: str | None, first: bytes) -> None:
        self._store, self._key, self._size, self._tag = store, key, size, tag
        self._first = first
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        end = min(self._at + len(view), self._size)
        if end <= self._at:
            return 0
        data = self._part(end)
        if len(data) != end - self._at:
            raise Unavailable("storage.store.failed", key=self._key, reason="short answer")
        view[: len(data)] = data
        self._at = end
        return len(data)

    def _part(self, end: int) -> bytes:
        """Return the bytes up to ``end``: those that came with the opening, or others by a request."""
        if end <= len(self._first):
            return self._first[self._at : end]
        options: obstore.GetOptions = {"range": (self._at, end)}
        if self._tag is not None:
            options["if_match"] = self._tag
        with told(self._key):
            return obstore.get(self._store, written(self._key), options=options).bytes().to_bytes()


def written(key: str) -> str:
    """Return the object's name of a key: signs that no listing can tell are written as escapes (``%0A``)."""
    check_key(key)
    return _ODD.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), key)


def read_back(name: str) -> str:
    """Return the key of an object's name: what :func:`written` was given."""
    return _WRITTEN.sub(lambda found: bytes.fromhex(found[0].replace("%", "")).decode(), name)


@contextmanager
def told(key: str) -> Iterator[None]:
    """Turn every refusal of the service into the error of Lantai that it means."""
    try:
        yield
    except (refusals.BaseError, OSError, ValueError) as refusal:
        raise _meaning(refusal, key) from refusal


def _meaning(refusal: Exception, key: str) -> LantaiError:
    if isinstance(refusal, (refusals.NotFoundError, FileNotFoundError)):
        if "NoSuchBucket" in str(refusal):
            return Unavailable("storage.bucket.missing", key=key)
        return NotFound("storage.key.missing", key=key)
    if isinstance(refusal, refusals.AlreadyExistsError):
        return Conflict("storage.key.exists", key=key)
    if isinstance(refusal, refusals.PreconditionError):
        return Corrupt("storage.key.changed", key=key)
    if isinstance(refusal, (refusals.PermissionDeniedError, refusals.UnauthenticatedError)):
        return Forbidden("storage.bucket.refused", key=key)
    return Unavailable("storage.store.failed", key=key, reason=_reason(refusal))


def _reason(refusal: Exception) -> str:
    """Return the first line of what the service or the connection said, fit for a page."""
    first = next(iter(str(refusal).splitlines()), "") or type(refusal).__name__
    return "".join(sign if sign.isprintable() else " " for sign in first)[:300]
