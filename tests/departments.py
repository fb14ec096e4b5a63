"""Departments with their contributors, for tests of the desk's year."""

from __future__ import annotations

from lantai.base.actors import SYSTEM, Actor
from lantai.desk.models import Capture
from lantai.desk.services.departments import Keeping, add_department, assign
from lantai.people import queries as people
from lantai.people.services import add_account, grant_role
from tests.conftest import PASSWORD

SINCE = 2000


def contributor(username: str, name: str, unit: str = "MZJ") -> Actor:
    """Return a new account that may file for a department of the unit."""
    add_account(SYSTEM, username, name, password=PASSWORD)
    grant_role(SYSTEM, username, "contributor", unit=unit)
    return people.actor(username)


def department(
    clerk: Actor, code: str, name: str, *people: str, expected: int | None = 3, unit: str = "MZJ"
) -> None:
    """Add a department of which so many items are expected every year."""
    add_department(clerk, unit, code, Keeping(name, people=people, expected=expected, since=SINCE))


def owner(number: str) -> str:
    """Return the code of the department of a captured document, "" where it has none."""
    row = Capture.objects.select_related("department").get(number=number)
    return row.department.code if row.department else ""


def give(clerk: Actor, numbers: list[str], code: str, unit: str = "MZJ") -> int:
    """Give documents to a department."""
    return assign(clerk, unit, numbers, code)
