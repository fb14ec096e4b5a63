"""What children do with ordered exports: portions are small, so that many moments of death are different ones."""

from __future__ import annotations

import uuid
from typing import Any

PORTION = 20


def begin(count: int) -> str:
    """Describe ``count`` records, let somebody order all of them and return the number of the order."""
    from lantai.base.actors import SYSTEM
    from lantai.catalogue.selection import Selection
    from lantai.catalogue.services import order_export
    from lantai.holdings.services import Description, describe
    from lantai.people.queries import actor
    from lantai.people.services import add_account, grant_role

    refs = [f"Z109-WS·2011·Y-{number:04d}" for number in range(1, count + 1)]
    told = [
        Description(
            f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, ref)}",
            ref,
            "item",
            "WS",
            "Z109",
            {"ref": ref, "title": ref},
        )
        for ref in refs
    ]
    describe(SYSTEM, uuid.uuid4(), told)
    add_account(SYSTEM, "luan", "陆安")
    grant_role(SYSTEM, "luan", "intake")
    return order_export(actor("luan"), Selection(), "csv")


def walk(number: str) -> str:
    """Make the file of the order as a worker does."""
    from lantai.catalogue.exports import sheaf
    from lantai.catalogue.services.export_work import advance_export

    sheaf._CHUNK = PORTION
    return advance_export(number)


def look(number: str) -> dict[str, Any]:
    """Return what the order says, what lies in its folder, and what the ledger knows."""
    import json

    from lantai.catalogue.models import Export
    from lantai.catalogue.services.export import sha256_of
    from lantai.catalogue.services.export_orders import folder_of
    from lantai.ledger.models import Entry

    row = Export.objects.get(number=number)
    finished = [json.loads(one.text) for one in Entry.objects.filter(act="catalogue.export.finish")]
    path = folder_of(row) / row.file
    return {
        "state": row.state,
        "total": row.total,
        "sha256": row.sha256,
        "told": [one["data"]["sha256"] for one in finished],
        "found": sha256_of(path) if row.file else "",
        "beside": sorted(one.name for one in path.parent.iterdir()) if row.state == "done" else [],
    }
