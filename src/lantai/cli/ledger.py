"""``lantai ledger verify|checkpoint|prove``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from lantai.cli.output import document, language, say
from lantai.cli.verbs import Verbs, group, json_flag, verb


def add_verbs(verbs: Verbs) -> None:
    """Add the verbs of this module."""
    ledgers = group(verbs, "ledger", "账本 · the ledger")
    json_flag(verb(ledgers, "verify", "逐条重算账本 · recompute every entry", _verify))
    verb(ledgers, "checkpoint", "最新检查点 · the newest checkpoint", _checkpoint)
    prove = verb(ledgers, "prove", "一件档案的存证 · proof for a record", _prove)
    prove.add_argument("what", metavar="REF|URN")
    prove.add_argument("-o", "--out", type=Path, required=True)


def _verify(given: argparse.Namespace) -> int:
    from lantai.ledger.queries import check_log

    checked = check_log()
    if given.json:
        document(
            "ledger",
            {
                "entries": checked.entries,
                "published": checked.published,
                "verdict": "pass" if not checked.findings else "fail",
                "findings": [finding.as_json(language()) for finding in checked.findings],
            },
        )
    else:
        say(
            f"{checked.entries:,} 条，已公布 {checked.published:,} 条，{'完好' if not checked.findings else '有问题'}"
        )
        for finding in checked.findings:
            say(f"  {finding.path}  {finding.message(language())}")
    return 1 if checked.findings else 0


def _checkpoint(given: argparse.Namespace) -> int:
    from lantai.ledger.queries import checkpoint_note
    from lantai.ledger.services import sequence

    sequence()
    say(checkpoint_note().rstrip("\n"))
    return 0


def _prove(given: argparse.Namespace) -> int:
    from lantai.access.services import proof_document
    from lantai.cli.transfers import actor_named
    from lantai.site.work import settle

    settle()
    told = proof_document(actor_named(""), given.what)
    given.out.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    say(str(given.out))
    return 0
