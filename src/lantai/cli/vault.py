"""``lantai vault status|verify``; copies and their targets are in :mod:`lantai.cli.copies`."""

from __future__ import annotations

import argparse

from lantai.cli import copies
from lantai.cli.output import Bar, document, say, size
from lantai.cli.verbs import Verbs, group, json_flag, verb
from lantai.kernel.errors import Invalid


def add_verbs(verbs: Verbs) -> None:
    """Add the verbs of this module."""
    vaults = group(verbs, "vault", "库房 · the vault")
    json_flag(verb(vaults, "status", "库房状况 · the vault in figures", _status))
    verify = verb(vaults, "verify", "复读核验 · read back and compare", _verify)
    verify.add_argument("--sample", default="100%", help="10%%")
    json_flag(verify)
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


def _share(text: str) -> float:
    try:
        return float(text.rstrip("%")) / 100
    except ValueError as unreadable:
        raise Invalid("vault.sample.invalid", sample=text) from unreadable


def _verify(given: argparse.Namespace) -> int:
    from lantai.base.actors import SYSTEM
    from lantai.site.work import settle
    from lantai.vault.services import verify

    run = verify(SYSTEM, sample=_share(given.sample), progress=Bar("核验"))
    settle()
    if given.json:
        document(
            "fixity",
            {
                "objects": run.objects,
                "bytes": run.bytes,
                "seconds": round(run.seconds, 3),
                "damaged": [list(pair) for pair in run.damaged],
            },
        )
    else:
        rate = run.bytes / 1e6 / max(run.seconds, 0.001)
        say(
            f"{run.objects:,} 个对象，{size(run.bytes)}，{run.seconds:.1f} 秒，{rate:.0f} MB/秒，损坏 {len(run.damaged)}"
        )
        for object_id, message in run.damaged:
            say(f"  {object_id}  {message}")
    return 1 if run.damaged else 0
