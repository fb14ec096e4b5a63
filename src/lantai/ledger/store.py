"""Where the log's files and its key lie."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lantai.base.home import home
from lantai.kernel.errors import Unavailable
from lantai.kernel.storage import LocalStore, read
from lantai.kernel.tlog import Log, Signer, Verifier, generate, load_signers, parse_verifier, save_signers

ORIGIN = "lantai.invalid/ledger"
"""First line of every checkpoint: names the log, not a host."""

RETIRED = "retired.pub"
"""Beside the private keys: the public keys that signed before them, a line each."""


def log_store() -> LocalStore:
    """Return the folder of the log's files."""
    return LocalStore(home().vault / "ledger")


def stamp_key(size: int) -> str:
    """Return where the time stamp over the kept checkpoint of ``size`` entries lies beside the log."""
    return f"timestamps/{size}.tsr"


def log() -> Log:
    """Return the log in the vault."""
    return Log(log_store(), ORIGIN)


def write_key(algorithms: Sequence[str] = ("ed25519",)) -> None:
    """Make the signing keys, one of each of ``algorithms``, unless there are some; only their owner may read them.

    The public halves lie beside them, and beside the log, for whoever checks a copy of the vault. Killed
    anywhere, the same call again finishes the work. ``Invalid("tlog.key.algorithm")``.
    """
    path = _secret()
    if not path.exists():
        home().make()
        put_signers(path, make_signers(algorithms))
    _publish_key()


def make_signers(algorithms: Sequence[str]) -> list[Signer]:
    """Return new keys of the log, one of each algorithm, the log's own first; ``Invalid("tlog.key.algorithm")``."""
    return [generate(algorithm, ORIGIN) for algorithm in dict.fromkeys(algorithms)]


def put_signers(path: Path, keys: Sequence[Signer]) -> None:
    """Write private keys as the file ``path``, whole or not at all; an older file there is replaced."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    save_signers(fresh, keys)
    fresh.replace(path)


def retire_key(named: Sequence[str] = ()) -> None:
    """Remember as predecessors the public keys that lie beside the log, and those ``named`` elsewhere.

    Their checkpoints are not a stranger's.

    Call it before other keys take their place; what stood there once stays, however often keys change.
    """
    known = [str(key) for key in predecessors()]
    put_predecessors([*known, *named, *old_key_texts()])


def put_predecessors(lines: Sequence[str]) -> None:
    """Let these public keys, and no others, be those that signed before the present ones."""
    data = "".join(f"{line}\n" for line in dict.fromkeys(lines)).encode()
    LocalStore(home().keys).put(RETIRED, data, replace=True)


def predecessors() -> tuple[Verifier, ...]:
    """Return the public keys that signed this log before the present ones."""
    store = LocalStore(home().keys)
    if not store.exists(RETIRED):
        return ()
    return tuple(parse_verifier(line) for line in read(store, RETIRED).decode().splitlines())


def replace_key(keys: Sequence[Signer], named: Sequence[str] = ()) -> None:
    """Sign with ``keys`` from now on. The old public keys become predecessors, as do those that the ledger has
    ``named``; the old private ones are gone.

    Killed anywhere, the same call again finishes the work.
    """
    if not _secret().exists() or load_signers(_secret()) != tuple(keys):
        retire_key(named)
        put_signers(_secret(), keys)
    _publish_key()


def _publish_key() -> None:
    public = "".join(f"{key}\n" for key in verifiers()).encode("ascii")
    for store in (LocalStore(home().keys), log_store()):
        if not store.exists("ledger.pub") or read(store, "ledger.pub") != public:
            store.put("ledger.pub", public, replace=True)


def _secret() -> Path:
    return home().keys / "ledger.key"


def key_exists() -> bool:
    """Return whether the site has its private keys."""
    return _secret().exists()


def next_key() -> Path:
    """Return where the private keys wait that the ledger has named and the old one has not yet vouched for."""
    return home().keys / "ledger.next"


def old_key_texts() -> tuple[str, ...]:
    """Return the public keys that lie beside the log, the ones outsiders know."""
    store = log_store()
    return tuple(read(store, "ledger.pub").decode().splitlines()) if store.exists("ledger.pub") else ()


def signers() -> tuple[Signer, ...]:
    """Return the site's signers, the log's own first; ``Unavailable`` when the keys are missing."""
    path = _secret()
    if not path.exists():
        raise Unavailable("ledger.key.missing", path=path.name)
    return load_signers(path)


def signer() -> Signer:
    """Return the log's own signer; ``Unavailable`` when the key is missing."""
    return signers()[0]


def verifiers() -> tuple[Verifier, ...]:
    """Return the public halves of the site's keys, the log's own first."""
    return tuple(each.verifier for each in signers())


def verifier() -> Verifier:
    """Return the public half of the log's own key."""
    return verifiers()[0]


def verifier_text() -> str:
    """Return the public keys as the text that outsiders are given, a line each."""
    return "\n".join(str(key) for key in verifiers())
