"""Registration and backup in the sample district: one unit is confirmed and has a backup, one waits for the bureau."""

from __future__ import annotations

from pathlib import Path

from lantai.cli.output import say

SYSTEMS = {"MZJ": "livelihood", "JYJ": "culture"}


def register_units(root: Path) -> None:
    """State last year for two units and back up a database of the first; interrupted, it goes on where it was."""
    from django.utils import timezone

    from lantai.people.queries import actor
    from lantai.registration import queries, services

    year = timezone.localdate().year - 1
    for unit, clerk in (("MZJ", actor("shenwen")), ("JYJ", actor("hanmei"))):
        number = _stated(unit, clerk.username, year)
        if unit == "MZJ" and queries.statement(clerk, number).state == "submitted":
            services.confirm(actor("fangzheng"), number)
    _backed_up(root)


def _stated(unit: str, username: str, year: int) -> str:
    from lantai.people.queries import actor
    from lantai.people.queries import unit as find_unit
    from lantai.registration import queries, services
    from lantai.sample.registration import STATED, WISHES

    clerk = actor(username)
    known = {row.year: row for row in queries.statements(clerk, find_unit(unit).id)}
    number = known[year].number if year in known else services.begin(clerk, unit, year)
    shown = queries.statement(clerk, number)
    if shown.open:
        wishes = [services.Wanted(*wish) for wish in WISHES[unit]]
        stating = services.Stating(STATED[unit], SYSTEMS[unit], "district", wishes)
        services.save(clerk, number, shown.revision, stating)
        services.submit(clerk, number, shown.revision + 1)
    return number


def _backed_up(root: Path) -> None:
    from lantai.kernel.digests import digest_bytes
    from lantai.people.queries import actor
    from lantai.registration import queries_backups as queries
    from lantai.registration import services
    from lantai.sample.registration import DATABASE, TITLE, database
    from lantai.site.work import settle

    clerk, data = actor("shenwen"), database()
    sums = digest_bytes(data)
    if not queries.backups(clerk).items:
        path = root / "inbox" / "sample-backup"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        sheet = {"period": "2024", "amount": "240 条", "formats": "CSV", "person": "沈文"}
        brought = services.Brought(path, DATABASE, TITLE, content="livelihood", sm3=sums.sm3, sheet=sheet)
        services.submit_backup(clerk, "MZJ", brought)
    settle()
    for row in queries.backups(clerk).items:
        if row.waits and not row.refused:
            services.accept(actor("heheng"), row.number, typed=sums.sm3)
    settle()
    for row in queries.backups(clerk).items:
        say(f"登记备份 {row.number}：{row.title}，{row.state_label}，校验码 {row.code}")
