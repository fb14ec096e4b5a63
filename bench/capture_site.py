"""What :mod:`bench.capture` does inside a site: ``found UNITS`` makes it, ``audit`` tells what it has."""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

import django

django.setup()

from lantai.base.actors import SYSTEM  # noqa: E402
from lantai.cli.site import init_site  # noqa: E402
from lantai.desk import queries  # noqa: E402
from lantai.desk.models import Capture  # noqa: E402
from lantai.desk.store import read  # noqa: E402
from lantai.exchange.services import add_token  # noqa: E402
from lantai.ledger import queries as ledger  # noqa: E402
from lantai.ledger.services import sequence  # noqa: E402
from lantai.people.services import add_account, add_unit, grant_role  # noqa: E402


def found(units: int) -> dict[str, str]:
    """Found a site with ``units`` units, a clerk and a token each; return the tokens by unit."""
    init_site("云岭区档案馆")
    tokens = {}
    for number in range(1, units + 1):
        unit = f"U{number:03d}"
        add_unit(SYSTEM, unit, f"云岭区第{number}局")
        add_account(SYSTEM, f"clerk{number}", f"档案员{number}", password=f"correct-horse-{number}")
        grant_role(SYSTEM, f"clerk{number}", "clerk", unit=unit)
        tokens[unit] = add_token(SYSTEM, f"clerk{number}", "办公系统", scopes=("capture",), unit=unit).secret
    return tokens


def audit() -> dict[str, Any]:
    """Return every captured document, and what is wrong with its bytes, its document or its entry."""
    sequence()
    wrong: list[str] = [finding.code for finding in ledger.check_log().findings]
    rows: list[tuple[str, str, dict[str, Any]]] = []
    for row in Capture.objects.select_related("unit").order_by("id"):
        receipt = queries.receipt(SYSTEM, row.number)
        entry = ledger.entry(receipt.entry)
        if (entry.subject, entry.data["content"]) != (row.urn, row.content) or entry.index is None:
            wrong.append(f"{row.number}: its entry says something else")
        for sha512 in (row.content, *(one.sha512 for one in receipt.components)):
            if hashlib.sha512(read(sha512)).hexdigest() != sha512:
                wrong.append(f"{row.number}: damaged {sha512}")
        told = {
            "number": row.number,
            "title": row.title,
            "entry": receipt.entry,
            "files": [one.sha512 for one in receipt.components],
        }
        rows.append((row.unit.code, row.external_id, told))
    filed = sum(1 for _ in _entries())
    if filed != len(rows):
        wrong.append(f"{filed} entries, {len(rows)} documents")
    return {"rows": rows, "wrong": wrong}


def _entries() -> Any:
    from lantai.base.paging import every

    return every(lambda after: ledger.entries(act="desk.capture.file", after=after, size=500))


if __name__ == "__main__":
    answer = found(int(sys.argv[2])) if sys.argv[1] == "found" else audit()
    print(json.dumps(answer, ensure_ascii=False))
