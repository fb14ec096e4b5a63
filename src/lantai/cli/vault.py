"""``lantai vault status``; audits and repair are in :mod:`lantai.cli.audits`, copies in :mod:`lantai.cli.copies`."""

from __future__ import annotations

import argparse

from lantai.cli import audits, copies
from lantai.cli.output import document, say, size
from lantai.cli.verbs import Verbs, group, json_flag, verb


def add_verbs(verbs: Verbs) -> None:
    """Add the verbs of this module."""
    vaults = group(verbs, "vault", "库房 · the vault")
    json_flag(verb(vaults, "status", "库房状况 · the vault in figures", _status))
    audits.add_to(vaults)
    copies.add_to(vaults)


def _status(given: argparse.Namespace) -> int:
    from lantai.vault.queries import status

    now = status()
    told = {
        "objects": now.objects,
        "files": now.files,
        "bytes": now.bytes,
        "damaged": now.damaged,
        "oldest_check": now.oldest_check.isoformat() if now.oldest_check else None,
    }
    if given.json:
        document("vault", told)
    else:
        say(f"{now.objects:,} 个对象，{now.files:,} 个文件，{size(now.bytes)}，损坏 {now.damaged}")
    return 1 if now.damaged else 0
