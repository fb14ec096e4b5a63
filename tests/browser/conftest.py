"""A real Chromium against a live site; skipped with a reason where there is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import ARGUMENTS, CHROMIUM, WIDE
from tests.conftest import PASSWORD, Site
from tests.pages.conftest import small as small

expect.set_options(timeout=20_000)  # the cores may be shared
REFUSAL = re.compile(r"status of 4\d\d")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser, and put it into one worker: two Chromiums are too many for two cores."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
            if CHROMIUM is None:
                item.add_marker(
                    pytest.mark.skip(reason="no chromium (apt install chromium, or LANTAI_CHROMIUM)")
                )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": list(ARGUMENTS)}


@pytest.fixture
def address(site: Site, live_server: LiveServer) -> str:
    """The address of the live site."""
    return str(live_server.url)


def _serious(told: ConsoleMessage) -> bool:
    """Return whether the console complains of more than a refusal, which the test itself asked for."""
    return told.type == "error" and not REFUSAL.search(told.text)


Visit = Callable[..., Page]


@pytest.fixture
def visit(new_context: Callable[..., BrowserContext], address: str) -> Iterator[Visit]:
    """Return a function that opens a window, signed in by the form; what the console complains of fails."""
    complaints: list[str] = []

    def opened(username: str = "", viewport: dict[str, int] = WIDE, **more: Any) -> Page:
        window = new_context(viewport=viewport, base_url=address, locale="zh-CN", **more).new_page()
        window.on("console", lambda told: complaints.append(told.text) if _serious(told) else None)
        window.on("pageerror", lambda told: complaints.append(str(told)))
        if username:
            window.goto("/sign-in/")
            window.get_by_label("用户名").fill(username)
            window.get_by_label("密码").fill(PASSWORD)
            window.keyboard.press("Enter")
            window.wait_for_url(f"{address}/")
        return window

    yield opened
    assert not complaints
