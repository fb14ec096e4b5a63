"""Fills and changes a site of its own, as a process beside the server: ``python -m tests.exchange.fill``."""

from __future__ import annotations

import argparse
import os
import uuid

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")

import django

django.setup()

from lantai.base.actors import SYSTEM  # noqa: E402
from lantai.holdings import queries  # noqa: E402
from lantai.holdings.services import Description, add_fonds, describe, revise  # noqa: E402
from lantai.people.services import add_unit  # noqa: E402

STATUSES = ("开放", "开放", "控制", "开放", "未审核")


def described(first: int, last: int) -> None:
    """Describe records in two fonds, in batches, of statuses that repeat every five."""
    for start in range(first, last, 250):
        told = []
        for number in range(start, min(start + 250, last)):
            fonds = "Z109" if number % 2 else "Z110"
            ref = f"{fonds}-WS·2011·Y-{number:05d}"
            values = {
                "ref": ref,
                "title": f"关于第{number}号事项的批复 & <意见>",
                "year": "2011",
                "date": "20110304",
            }
            values |= {"open_status": STATUSES[number % 5], "author": "云岭区民政局", "persons": "李某某"}
            urn = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, ref)}"
            told.append(Description(urn, ref, "item", "WS", fonds, values))
        describe(SYSTEM, uuid.uuid4(), told)


def changed(numbers: range) -> None:
    """Revise the titles of some records, one act each."""
    for number in numbers:
        fonds = "Z109" if number % 2 else "Z110"
        record = queries.record(SYSTEM, f"{fonds}-WS·2011·Y-{number:05d}")
        version = queries.marks([record.id])[record.id].version
        revise(SYSTEM, record.urn, {"title": f"第{version}次改后的题名 {number}"}, version=version)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("verb", choices=("found", "add", "change"))
    parser.add_argument("first", type=int)
    parser.add_argument("last", type=int)
    given = parser.parse_args()
    if given.verb == "found":
        add_unit(SYSTEM, "MZJ", "区民政局")
        add_unit(SYSTEM, "JYJ", "区教育局")
        add_fonds(SYSTEM, "Z109", "云岭区民政局", unit="MZJ")
        add_fonds(SYSTEM, "Z110", "云岭区教育局", unit="JYJ")
    if given.verb == "change":
        changed(range(given.first, given.last))
    else:
        described(given.first, given.last)


if __name__ == "__main__":
    main()
