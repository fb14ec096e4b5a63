"""The succession of keys that sign the ledger (docs/formats/ledger.md): renewed in peace, or replaced after a loss."""

from __future__ import annotations

import json
from collections.abc import Sequence

from lantai.base.actors import Actor
from lantai.kernel.errors import Conflict
from lantai.kernel.tlog import Signer, load_signers
from lantai.ledger.acts import act, record, unchanged
from lantai.ledger.models import Entry
from lantai.ledger.store import (
    key_exists,
    make_signers,
    next_key,
    predecessors,
    put_predecessors,
    put_signers,
    replace_key,
    signers,
)

SUCCEED = "ledger.key.succeed"


@act("ledger.key.succeed")
def succeed_key(actor: Actor, *, sign: Sequence[str] = ("ed25519",), lost: bool = False) -> None:
    """Name new keys, one of each algorithm of ``sign``, as those that sign from now on.

    In peace the old key still signs the checkpoint over this entry, and the sequencer changes over after that:
    the old key vouches for the new ones. With ``lost`` the private key is gone (after a fire): the new ones sign
    at once and the last checkpoint of the old one is kept. Killed anywhere, the same call again finishes the work.
    ``Conflict("ledger.key.there")`` for a lost key that is not lost, ``Unavailable`` for a missing one that is not
    said to be lost, ``Invalid("tlog.key.algorithm")``.
    """
    if lost and key_exists() and _named(signers()):
        raise Conflict("ledger.key.there")
    keys = _lost(sign) if lost else _renewed(sign)
    if _named(keys):
        unchanged()
        return
    new = _texts(keys)
    old = [str(each) for each in predecessors() if str(each) not in new] if lost else _texts(signers())
    record("urn:lantai:site", {"before": old, "keys": new, "lost": lost})


def remember_keys() -> None:
    """Set the public keys beside the private ones right after these were brought back from elsewhere.

    Those that the ledger names and that sign no more are predecessors again.
    """
    present = _texts(signers())
    put_predecessors([line for line in _ever_named() if line not in present])
    replace_key(signers())


def change_over(published: int) -> bool:
    """Sign with the next keys once the old one has signed the entry that names them; return whether they took over.

    The sequencer calls it with the number of published entries.
    """
    waiting = next_key()
    if not waiting.exists():
        return False
    keys = load_signers(waiting)
    entry = _newest()
    if entry is None or entry.index is None or entry.index >= published or not _named(keys):
        return False
    replace_key(keys)
    waiting.unlink()
    return True


def _lost(sign: Sequence[str]) -> Sequence[Signer]:
    if not key_exists():
        replace_key(make_signers(sign), _ever_named())
    replace_key(signers())
    return signers()


def _renewed(sign: Sequence[str]) -> Sequence[Signer]:
    signers()
    if not next_key().exists():
        put_signers(next_key(), make_signers(sign))
    return load_signers(next_key())


def _texts(keys: Sequence[Signer]) -> list[str]:
    return [str(each.verifier) for each in keys]


def _newest() -> Entry | None:
    return Entry.objects.filter(act=SUCCEED).order_by("-id").first()


def _ever_named() -> list[str]:
    """Return the lines of all keys that the ledger names."""
    found = Entry.objects.filter(act__in=["ledger.site.found", SUCCEED]).order_by("id")
    told = [json.loads(entry.text)["data"] for entry in found]
    return [line for data in told for line in data.get("keys", str(data.get("key", "")).split("\n"))]


def _named(keys: Sequence[Signer]) -> bool:
    """Return whether these are the keys that the ledger named last."""
    newest = _newest()
    if newest is not None:
        return bool(json.loads(newest.text)["data"]["keys"] == _texts(keys))
    founded = Entry.objects.filter(act="ledger.site.found").order_by("id").first()
    return founded is not None and str(json.loads(founded.text)["data"]["key"]).split("\n") == _texts(keys)
