"""Every page: no findings of axe-core, nothing wider than the window, at 1280 and 360 pixels and in the dark."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page

from lantai.base.actors import SYSTEM, Actor
from lantai.ingest.services import submit
from lantai.site.work import settle
from tests.browser.chromium import NARROW, WIDE
from tests.browser.conftest import Visit
from tests.packages import package
from tests.pages.conftest import Small
from tests.pages.test_guards import ALL, Row, table

NO_PAGES = {
    *(
        "suggest",
        "transfer-progress",
        "record-file",
        "record-page",
        "fonds-branch",
        "search-json",
        "desk-file",
    ),
    *("ledger-checkpoint", "ledger-stamp", "ledger-consistency", "ledger-entry-proof", "ledger-key"),
    *("oai", "robots", "sitemap-index", "sitemap", "import-progress", "import-remarks"),
}
"""Addresses that answer with a part of a page, a picture or data."""
ORDER = ("陆安", "何恒", "系统管理员", "安全保密员", "安全审计员", "沈文", "顾闻", "严慎", "方正", "他局")


def pages(small: Small) -> dict[str, list[str]]:
    """Return the addresses of all pages by the first person of :data:`ORDER` who may see them."""
    assert set(ORDER) == ALL
    found: dict[str, list[str]] = {}
    for name, row in table(small).items():
        address = reverse(name, kwargs=dict(row.given)) if row.get else ""
        if not address or name in NO_PAGES or address.endswith((".pdf", ".csv", ".json")):
            continue
        found.setdefault(_first(row), []).append(address)
    found["陆安"] += [
        f"/transfers/{small.closed}/",
        f"/transfers/{small.refused}/",
        "/nowhere/",
        "/search/?q=水库",
    ]
    found["陆安"] += [f"/transfers/{small.closed}/report/"]
    found["沈文"] = ["/", "/transfers/new/", f"/transfers/{small.refused}/"]
    for officer in ("系统管理员", "安全保密员", "安全审计员", "方正", "何恒"):
        found.setdefault(officer, []).append("/")
    found["安全保密员"] += ["/accounts/shenwen/", "/accounts/secadmin/"]
    return found


def _first(row: Row) -> str:
    return next(name for name in ORDER if name in row.get)


def faults(window: Page, path: str) -> list[Any]:
    """Return what is wrong with a page that is open, or that a click is about to open."""
    window.wait_for_load_state()
    wide = window.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    findings = Axe().run(window).response["violations"]
    told = [
        (path, found["id"], [(node["target"], node["failureSummary"][:200]) for node in found["nodes"][:3]])
        for found in findings
    ]
    return [*told, *([(path, "wider than the window", wide)] if wide > 0 else [])]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("viewport", "scheme", "language"),
    [(NARROW, "light", "zh-hans"), (WIDE, "dark", "en")],  # each width, scheme and language once: minutes
    ids=["narrow", "wide-dark-english"],
)
def test_every_page_is_barrier_free(
    visit: Visit,
    small: Small,
    cast: dict[str, Actor],
    address: str,
    tmp_path: Any,
    viewport: Any,
    scheme: Any,
    language: str,
) -> None:
    failing = submit(SYSTEM, "MZJ", package(tmp_path / "f", "缺件.zip", start=21))
    settle()
    wrong: list[Any] = []
    for person, addresses in pages(small).items():
        window = visit(cast[person].username, viewport, color_scheme=scheme)
        window.context.add_cookies([{"name": "lantai_language", "value": language, "url": address}])
        more = [f"/transfers/{failing}/report/"] if person == "陆安" else []
        for path in [*addresses, *more]:
            if path in {"/sign-in/"}:
                continue
            if path != "/nowhere/":
                window.goto(path)
            else:
                window.goto("/transfers/?state=preserved")
            wrong += faults(window, path)
        window.context.close()
    stranger = visit(viewport=viewport, color_scheme=scheme)
    for path in ("/sign-in/", "/help/"):
        stranger.goto(path)
        wrong += faults(stranger, path)
    assert not wrong
