"""Keeping checkpoints, one a day, and having them stamped by an outsider's clock (RFC 3161) where one is configured.

Neither is an act: both are said about the ledger and add nothing to it. What was kept or stamped lies beside the log,
goes to every copy with it, and is checked by ``lantai-verify`` (docs/formats/ledger.md).
"""

from __future__ import annotations

import os
import time
import urllib.request
from hashlib import sha512
from pathlib import Path
from urllib.error import URLError

from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response

from lantai.base.home import home
from lantai.base.locks import held
from lantai.kernel.errors import Unavailable
from lantai.kernel.storage import read
from lantai.kernel.tlog.tiles import kept_key
from lantai.ledger.store import log, log_store, stamp_key

DAY = 86_400.0
LOOK_SECONDS = 30.0
ANSWER_SECONDS = 20.0
LARGEST = 1 << 16
"""Bytes of an answer at most: a stamp with its certificates has a few thousand."""

_looked: dict[Path, float] = {}


def preserve_checkpoints() -> int:
    """Keep the newest checkpoint when the last kept one is a day old, and have it stamped when that is due.

    Returns how many files were written. Cheap to call in a loop: it looks every 30 seconds at most. One process
    works, the others return 0. ``Unavailable("ledger.stamp.failed")`` when the service does not give a stamp of
    these bytes; the checkpoint stays kept and is stamped the next time.
    """
    now = time.monotonic()
    if now - _looked.get(home().root, -LOOK_SECONDS) < LOOK_SECONDS:
        return 0
    _looked[home().root] = now
    with held("checkpoints") as got:
        return _preserve() if got else 0


def stamp_minutes() -> float:
    """Return how many minutes lie between two time stamps at least: ``LANTAI_TSA_MINUTES``, a day when it is no number."""
    told = os.environ.get("LANTAI_TSA_MINUTES", "")
    return max(1.0, float(told)) if told.replace(".", "", 1).isdecimal() else DAY / 60


def _preserve() -> int:
    ledger = log()
    published = ledger.checkpoint()
    if published is None or not published.size:
        return 0
    service = os.environ.get("LANTAI_TSA_URL", "")
    stamps = service and _age("timestamps") >= stamp_minutes() * 60
    key = kept_key(published.size)
    done = 0
    if (stamps or _age("checkpoints") >= DAY) and not log_store().exists(key):
        ledger.keep()
        done += 1
    if stamps and not log_store().exists(stamp_key(published.size)):
        log_store().put(stamp_key(published.size), stamp(service, read(log_store(), key)))
        done += 1
    return done


def _age(folder: str) -> float:
    """Return for how many seconds nothing was laid into a folder beside the log, for ever if nothing ever was.

    What lies there from the future, before the clock was set back, does not count.
    """
    place, now = home().vault / "ledger" / folder, time.time()
    times = [file.stat().st_mtime for file in place.iterdir()] if place.is_dir() else []
    return now - max((at for at in times if at <= now), default=float("-inf"))


def stamp(service: str, note: bytes) -> bytes:
    """Return the service's time-stamp response over ``note``; ``Unavailable("ledger.stamp.failed", reason=…)``.

    That it is about these bytes is compared here; whose it is, the reader checks with a certificate he trusts.
    """
    request = TimestampRequestBuilder().data(note).hash_algorithm(HashAlgorithm.SHA512).build()
    headers = {"Content-Type": "application/timestamp-query"}
    try:
        asked = urllib.request.Request(service, request.as_bytes(), headers)
        with urllib.request.urlopen(asked, timeout=ANSWER_SECONDS) as answer:
            data = bytes(answer.read(LARGEST))
        told = decode_timestamp_response(data)
        same = told.status == 0 and told.tst_info.message_imprint.message == sha512(note).digest()
        same = same and told.tst_info.nonce == request.nonce
    except (OSError, URLError, ValueError) as error:
        raise Unavailable("ledger.stamp.failed", reason=str(error)[:200]) from error
    if not same:
        raise Unavailable("ledger.stamp.failed", reason=f"status {told.status}")
    return data
