"""``lantai ledger verify|checkpoint|prove|renew``."""

from __future__ import annotations

import argparse
from pathlib import Path

from lantai.cli.output import document, language, say
from lantai.cli.verbs import Verbs, group, json_flag, verb
from lantai.kernel.errors import NotFound


def add_verbs(verbs: Verbs) -> None:
    """Add the verbs of this module."""
    ledgers = group(verbs, "ledger", "账本 · the ledger")
    verify = verb(ledgers, "verify", "逐条重算账本 · recompute every entry", _verify)
    json_flag(verify)
    verify.add_argument(
        "--since",
        action="append",
        default=[],
        metavar="FILE|N",
        help="应被延续的检查点，可给多次 · checkpoints that it must continue; may be repeated",
    )
    verb(ledgers, "checkpoint", "最新检查点 · the newest checkpoint", _checkpoint)
    prove = verb(ledgers, "prove", "给外人的证明 · a proof for outsiders", _prove)
    what = prove.add_mutually_exclusive_group(required=True)
    what.add_argument("what", metavar="REF|URN", nargs="?", help="一件档案 · a record")
    what.add_argument("--entry", metavar="UUID|N", help="账本一条 · an entry, by id or index")
    what.add_argument("--from", dest="first", metavar="FILE|N", help="前一个检查点 · the earlier checkpoint")
    prove.add_argument(
        "--to",
        dest="second",
        metavar="FILE|N",
        help="后一个检查点，不给即最新 · the later one, else the newest",
    )
    prove.add_argument("-o", "--out", type=Path, required=True)
    renew = verb(ledgers, "renew", "换用新的签名密钥 · take new signing keys", _renew)
    renew.add_argument("--sign", default="ed25519", metavar="ed25519|sm2|ed25519+sm2")
    renew.add_argument("--lost", action="store_true", help="旧密钥已遗失 · the old key is lost")


def _verify(given: argparse.Namespace) -> int:
    from lantai.ledger.queries import check_log

    checked = check_log([_note(each) for each in given.since])
    if given.json:
        document(
            "ledger",
            {
                "entries": checked.entries,
                "published": checked.published,
                "verdict": "fail" if checked.failed else "pass",
                "findings": [finding.as_json(language()) for finding in checked.findings],
            },
        )
    else:
        say(
            f"{checked.entries:,} 条，已公布 {checked.published:,} 条，{'有问题' if checked.failed else '完好'}"
        )
        for finding in checked.findings:
            say(f"  {finding.path}  {finding.message(language())}")
    return 1 if checked.failed else 0


def _checkpoint(given: argparse.Namespace) -> int:
    from lantai.ledger.queries import checkpoint_note
    from lantai.ledger.services import sequence

    sequence()
    say(checkpoint_note().rstrip("\n"))
    return 0


def _prove(given: argparse.Namespace) -> int:
    if given.what is not None:
        data = _record(given.what)
    else:
        from lantai.ledger.queries import checkpoint_note
        from lantai.ledger.queries_checkpoints import consistency, entry_proof
        from lantai.ledger.services import sequence

        sequence()
        if given.entry is not None:
            data = entry_proof(given.entry)
        else:
            second = _note(given.second) if given.second else checkpoint_note().encode()
            data = consistency(_note(given.first), second)
    given.out.write_bytes(data)
    say(str(given.out))
    return 0


def _record(what: str) -> bytes:
    from lantai.access.services import proof_document
    from lantai.cli.transfers import actor_named
    from lantai.kernel import canonical
    from lantai.site.work import settle

    settle()
    return canonical.dumps(proof_document(actor_named(""), what))


def _note(given: str) -> bytes:
    """Return the checkpoint in a file, or the kept one of so many entries."""
    from lantai.ledger.queries_checkpoints import checkpoint_at

    if given.isascii() and given.isdecimal():
        return checkpoint_at(int(given))
    if not Path(given).is_file():
        raise NotFound("cli.path.missing", path=given)
    return Path(given).read_bytes()


def _renew(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.base.home import home
    from lantai.ledger.queries_checkpoints import key_views
    from lantai.ledger.services import sequence, succeed_key

    if not (home().vault / "ledger" / "checkpoint").exists():
        raise NotFound("cli.site.missing", path=str(home().root))
    if not given.lost:
        sequence()
    succeed_key(SYSTEM, sign=given.sign.split("+"), lost=given.lost)
    sequence()
    for key in key_views():
        say(f"{'现用' if key.present else '旧'}  {key.algorithm}  {key.fingerprint}\n  {key.line}")
    return 0
