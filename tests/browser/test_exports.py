"""A large export is watched and fetched in the browser; the page moves by itself, and without scripts by hand."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import expect

from lantai.base.actors import Actor
from lantai.catalogue import services
from lantai.catalogue.models import Export
from lantai.catalogue.selection import Selection
from lantai.catalogue.services import export_orders
from lantai.holdings.queries import Place
from lantai.site.work import settle
from tests.browser.chromium import NARROW, WIDE
from tests.browser.conftest import Visit
from tests.browser.test_pages import faults
from tests.pages import library

FONDS = Selection(Place(fonds="Z109"))


@pytest.fixture
def large(cast: dict[str, Actor], monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty records: more than anybody waits for."""
    library.many(30)
    monkeypatch.setattr(export_orders, "AT_ONCE", 10)


def test_an_export_is_ordered_watched_and_fetched(large: None, visit: Visit) -> None:
    window = visit("luan")
    window.goto("/catalogue/export/?fonds=Z109")
    window.get_by_label("CSV 表格").check()
    window.get_by_role("button", name="导出", exact=True).click()
    window.wait_for_url("**/catalogue/exports/")
    expect(window.get_by_text("排队中")).to_be_visible()
    settle()
    expect(window.get_by_text("已做好")).to_be_visible()
    with window.expect_download() as fetched:
        window.get_by_role("link", name="下载").click()
    data = Path(fetched.value.path()).read_bytes()
    assert hashlib.sha256(data).hexdigest() == Export.objects.get().sha256
    assert fetched.value.suggested_filename == "目录-Z109.csv"
    window.get_by_role("button", name="删除").click()
    expect(window.get_by_text("还没有在后台做过导出")).to_be_visible()


def test_an_export_is_ordered_and_fetched_without_scripts(large: None, visit: Visit) -> None:
    window = visit("luan", java_script_enabled=False)
    window.goto("/catalogue/export/?fonds=Z109")
    window.get_by_role("button", name="导出", exact=True).click()
    window.wait_for_url("**/catalogue/exports/")
    settle()
    window.get_by_role("link", name="看最新进展").click()
    with window.expect_download() as fetched:
        window.get_by_role("link", name="下载").click()
    assert Path(fetched.value.path()).read_bytes().startswith(b"PK")


@pytest.mark.parametrize("viewport", [NARROW, WIDE], ids=["narrow", "wide"])
def test_orders_in_every_state_are_barrier_free(
    large: None, visit: Visit, cast: dict[str, Actor], viewport: dict[str, int]
) -> None:
    reader = cast["陆安"]
    services.order_export(reader, FONDS, "xlsx")
    services.order_print(reader, Selection(Place(fonds="Z110")), "card")  # nothing to print: it fails
    settle()
    services.cancel_export(reader, services.order_export(reader, FONDS, "csv"))
    services.order_export(reader, FONDS, "ead")
    half = services.order_export(reader, FONDS, "xml")
    Export.objects.filter(number=half).update(state="running", total=2_560_000)
    row = Export.objects.get(number=half)
    export_orders.folder_of(row).mkdir()
    export_orders.tell_progress(row, 123_456)
    window = visit("luan", viewport)
    window.goto("/catalogue/exports/")
    for state in ("排队中", "制作中", "已做好", "没有做成", "已取消"):
        expect(window.get_by_text(state)).to_be_visible()
    expect(window.get_by_text("123,456 / 2,560,000")).to_be_visible()
    assert not faults(window, "exports")
    window.goto("/")
    assert not faults(window, "bench")
    window.goto("/catalogue/export/?fonds=Z109")
    assert not faults(window, "export")
