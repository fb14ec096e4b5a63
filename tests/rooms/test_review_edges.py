"""Small holes at the edges: a database set back, a proxy that ends TLS, cursors and cells made by strangers."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.test import Client

from lantai.base.actors import SYSTEM, Actor
from lantai.base.paging import key
from lantai.base.tables import cell
from lantai.kernel.errors import Corrupt, Invalid
from lantai.ledger.models import Entry
from lantai.ledger.services import sequence
from lantai.people.services import add_unit
from tests.conftest import PASSWORD, Site


def test_a_database_that_was_set_back_does_not_fork_the_ledger(site: Site) -> None:
    for number in range(4):
        add_unit(SYSTEM, f"U{number}", f"单位{number}")
    sequence()
    Entry.objects.filter(index__gte=3).delete()  # yesterday's copy of the database
    for number in range(10, 14):
        add_unit(SYSTEM, f"U{number}", f"单位{number}")
    with pytest.raises(Corrupt, match=r"ledger\.log\.ahead"):
        sequence()
    assert Entry.objects.filter(index=None).count() == 4, "nothing was numbered"


@pytest.mark.parametrize("values", [["\ud800", 1], ["a\0b", 1], ["a", 1 << 70]])
def test_a_cursor_that_no_database_takes_is_refused(values: list[object]) -> None:
    told = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    with pytest.raises(Invalid):
        key(told, [str, int])


def test_full_width_formulas_are_text(site: Site) -> None:
    assert all(cell(f"{sign}cmd|' /C calc'!A0").startswith("'") for sign in "=+-@＝＋－＠\n\t\r")


SETTINGS = """
import os
os.environ["LANTAI_HTTPS"] = "1"
import django
from django.conf import settings
os.environ["DJANGO_SETTINGS_MODULE"] = "lantai.site.settings"
django.setup()
from django.middleware.csrf import CsrfViewMiddleware
from django.test import RequestFactory
asked = RequestFactory().post("/sign-in/", HTTP_HOST="localhost", HTTP_ORIGIN="https://localhost")
strange = RequestFactory().post("/sign-in/", HTTP_HOST="localhost", HTTP_ORIGIN="https://evil.example")
check = CsrfViewMiddleware(lambda request: None)
print(check._origin_verified(asked), check._origin_verified(strange), settings.SECRET_KEY)
"""


def _asked(home: Path) -> str:
    environment = {**os.environ, "LANTAI_HOME": str(home)}
    told = subprocess.run(
        [sys.executable, "-c", SETTINGS], env=environment, capture_output=True, text=True, check=True
    )
    return told.stdout.strip()


def test_behind_a_proxy_that_ends_tls_forms_are_taken_and_all_processes_share_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        told = set(pool.map(_asked, [tmp_path] * 4))
    assert len(told) == 1, "processes that start at once must agree on the key"
    ours, strange, secret = next(iter(told)).split()
    assert (ours, strange) == ("True", "False")
    assert len(secret) > 40
    assert sorted(path.name for path in (tmp_path / "keys").iterdir()) == ["django.key"]


def test_an_impossible_cursor_is_no_server_error(cast: dict[str, Actor], client: Client) -> None:
    client.login(username="luan", password=PASSWORD)
    told = base64.urlsafe_b64encode(json.dumps(["\ud800", 1]).encode()).decode().rstrip("=")
    assert client.get(f"/holdings/Z109/?after={told}").status_code == 400
