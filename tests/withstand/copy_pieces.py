"""What children do with copies: deposit, copy to a folder beside the site until they die, send the log, compare."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def begin(disk: str) -> str:
    """Found a site and register a folder as a target."""
    from tests.vaults import folder_target
    from tests.withstand.pieces import found

    found()
    return folder_target(Path(disk))


def lay(numbers: list[int]) -> None:
    """Deposit objects."""
    from tests.vaults import keep

    keep(numbers)


def copy_until(target: str, limit: int) -> int:
    """Make the copies and send what lies beside them; die before the ``limit``-th step."""
    from uuid import UUID

    from lantai.ledger.services import sequence
    from lantai.vault.services import copy_to, ship
    from tests.withstand.dying import dying_before

    with dying_before(limit):
        made = copy_to(UUID(target))
        sequence()
        ship(UUID(target))
    return made.copies


def compare(disk: str) -> dict[str, Any]:
    """Return how far the copies are, what differs between vault and target, what the ledger says was made."""
    from collections import Counter

    from lantai.ledger.models import Entry
    from lantai.ledger.queries import told
    from lantai.vault.models import Copy, Deposit
    from tests.vaults import own_vault, vault_files

    here, there = own_vault(), vault_files(Path(disk))
    good = Copy.objects.filter(state="good").select_related("deposit")
    whole = {
        name.rsplit("/", 1)[0]
        for name in there
        if name.endswith("0=ocfl_object_1.1") and name.startswith("ocfl/")
    }
    return {
        "states": dict(Counter(Copy.objects.values_list("state", flat=True))),
        "deposits": Deposit.objects.count(),
        "good": len(good),
        "objects": len(whole),
        "other": sorted(
            name for name, data in there.items() if name.startswith("ocfl/") and here.get(name) != data
        ),
        "differ": sorted(set(here.items()) ^ set(there.items()))[:3]
        and len(set(here.items()) ^ set(there.items())),
        "made": sum(told(one).data["copies"] for one in Entry.objects.filter(act="vault.copies.make")),
        "staging": sum(1 for _ in Path(disk).glob(".staging/*")),
    }
