"""Pictures of every page at two widths, into ``shots/``: ``python -m tests.shots``. To be looked at by people.

Builds the sample district once (``var/shots``), serves it as a site is served, signs in as each of the cast.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import ARGUMENTS, CHROMIUM, NARROW, WIDE

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "var" / "shots"
OUT = ROOT / "shots"
START_SECONDS = 60

PAGES: dict[str, tuple[str, ...]] = {
    "": ("/sign-in/", "/help/", "/holdings/", "/holdings/Z012/", "/search/?q=水库", "/search/advanced/"),
    "luan": (
        "/",
        "/desk/",
        "/transfers/",
        "/transfers/new/",
        "/holdings/",
        "/search/?q=水库",
        "/search/advanced/",
        "/search/saved/",
        "/catalogue/",
        "/catalogue/imports/",
        "/catalogue/imports/new/",
        "/catalogue/export/",
        "/catalogue/export/?of=search&q=水库",
        "/catalogue/exports/",
        "/catalogue/new/?fonds=Z001&type=WS&like=1",
        "/catalogue/new/?fonds=Z001&type=KJ·JJ",
        "/catalogue/fonds/Z001/",
        "/catalogue/agents/new/",
        "/agents/",
        "/holdings/Z001/about/",
        "/catalogue/bulk/?fonds=Z001&all=1",
        "/catalogue/replace/?fonds=Z001&all=1",
        "/catalogue/renumber/?parent=Z001-001-001",
        "/nowhere/",
    ),
    "fangzheng": (
        "/registration/2025/",
        "/registration/statements/D2026-0002/",
        "/registration/coverage/?year=2025",
        "/desk/schedules/",
        "/desk/schedules/JYJ/1/",
        "/desk/year/2025/units/",
        "/desk/hand-over/",
        "/desk/hand-over/plan/",
    ),
    "zhouping": ("/", "/desk/", "/desk/bring/"),
    "shenwen": (
        "/",
        "/desk/",
        "/desk/bring/",
        "/desk/bring/folder/",
        "/desk/bring/telephone/",
        "/desk/arrange/",
        "/desk/classes/",
        "/desk/classes/?year=2016",
        "/desk/classes/G2025-0001/",
        "/desk/classes/G2025-0003/check/",
        "/desk/classes/G2024-0001/",
        "/desk/classes/G2024-0001/prints/",
        "/desk/classes/G2024-0001/prints/cover/",
        "/desk/classes/G2016-0001/",
        "/desk/schedules/MZJ/1/",
        "/desk/year/2025/",
        "/desk/year/2025/remind/",
        "/desk/departments/",
        "/desk/statistics/",
        "/desk/schedules/",
        "/desk/schedules/new/",
        "/desk/hand-over/",
        "/desk/hand-over/plan/",
        "/desk/hand-over/targets/",
        "/desk/search/",
        "/desk/search/?q=水库",
        "/desk/search/?q=凭证",
        "/desk/lending/",
        "/desk/lending/new/",
        "/transfers/",
        "/transfers/new/",
        "/registration/",
        "/registration/backups/",
        "/registration/backups/new/",
        "/registration/backups/B2026-0001/",
    ),
    "heheng": (
        "/",
        "/vault/",
        "/vault/targets/",
        "/vault/copies/",
        "/vault/audits/",
        "/registration/uses/",
        "/registration/samples/",
    ),
    "sysadmin": ("/", "/units/", "/units/MZJ/", "/accounts/", "/accounts/shenwen/", "/tokens/"),
    "secadmin": ("/", "/accounts/shenwen/"),
    "auditor": ("/", "/ledger/", "/ledger/checkpoints/"),
}


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def served() -> Iterator[str]:
    """Serve the sample district and yield its address."""
    environment = {**os.environ, "LANTAI_HOME": str(HOME)}
    lantai = [sys.executable, "-m", "lantai"]
    subprocess.run([*lantai, "demo"], env=environment, check=True, stdout=subprocess.DEVNULL)
    port = free_port()
    server = subprocess.Popen([*lantai, "serve", "--port", str(port)], env=environment)
    try:
        _await(f"http://127.0.0.1:{port}/sign-in/")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)


def _await(address: str) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            with urlopen(address, timeout=5):
                return
        except URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def opened(browser: Browser, address: str, username: str, width: dict[str, int], scheme: str) -> Page:
    """Return a window, signed in as ``username`` unless it is ""."""
    window = browser.new_context(
        viewport=width,  # type: ignore[arg-type]
        base_url=address,
        locale="zh-CN",
        color_scheme=scheme,  # type: ignore[arg-type]
    ).new_page()
    if username:
        password = (HOME / "keys" / "demo-password.txt").read_text("utf-8").splitlines()[0]
        window.goto("/sign-in/")
        window.get_by_label("用户名").fill(username)
        window.get_by_label("密码").fill(password)
        window.keyboard.press("Enter")
        window.wait_for_url(f"{address}/")
    return window


def send_corrected(browser: Browser, address: str) -> None:
    """Send what the unit corrected after a return, so that a transfer waits for its decision."""
    told = json.loads((HOME / "sample" / "district.json").read_text("utf-8"))
    corrected = next(package["corrected"] for package in told["packages"] if package.get("corrected"))
    window = opened(browser, address, "shenwen", WIDE, "light")
    window.goto("/transfers/new/")
    place = HOME / "sample" / corrected
    window.get_by_label("或者，一个文件夹" if place.is_dir() else "压缩包").set_input_files(place)
    window.get_by_role("button", name="提交").click()
    window.wait_for_url("**/transfers/2*/")
    window.get_by_text("检测完成，等接收岗看报告后接收或退回。").wait_for(timeout=60_000)
    window.context.close()


def order_exports(browser: Browser, address: str) -> None:
    """Order an export and a print as machines do, and wait until both are made; one more finds nothing to print."""
    window = opened(browser, address, "luan", WIDE, "light")
    window.goto("/catalogue/export/?fonds=Z001")
    said = window.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    for path, form, fonds in (
        ("exports", "xlsx", "Z001"),
        ("prints", "item_list", "Z001"),
        ("prints", "card", "Z0"),
    ):
        body = {"selection": {"place": {"fonds": fonds}}, "form": form}
        headers = {"X-CSRFToken": said, "Idempotency-Key": f"{path} {form}", "Referer": window.url}
        answer = window.request.post(f"/api/v1/{path}", data=body, headers=headers)
        assert answer.status == 201, answer.text()
    window.goto("/catalogue/exports/")
    window.get_by_text("没有做成").wait_for(timeout=60_000)
    window.context.close()


def of_transfers(browser: Browser, address: str) -> tuple[str, ...]:
    """Return the pages of a transfer in each state, and of the records one brought."""
    window = opened(browser, address, "luan", WIDE, "light")
    found: list[str] = []
    for state in ("checking", "closed", "returned"):
        window.goto(f"/transfers/?state={state}")
        link = window.locator("main tbody a").first
        if link.count():
            path = str(link.get_attribute("href"))
            found += [path, f"{path}report/"]
    window.goto("/search/?q=水库")
    record = window.locator("main a[href^='/records/']").first
    if record.count():
        path = str(record.get_attribute("href"))
        found += [path, f"/catalogue{path}edit/", f"/catalogue{path}changes/"]
    window.context.close()
    return tuple(found)


def of_desk(browser: Browser, address: str) -> tuple[str, ...]:
    """Return pages of the desk of the sample whose addresses are not known beforehand: the first of every kind."""
    window = opened(browser, address, "shenwen", WIDE, "light")
    found: list[str] = []
    for place, links in (
        ("/desk/", "td.name a[href^='/desk/C']"),
        ("/desk/hand-over/", "a[href^='/desk/hand-over/H']"),
        ("/desk/lending/?state=overdue", "main a[href^='/desk/lending/J']"),
        ("/desk/classes/G2025-0001/", "td.name a[href^='/desk/items/']"),
        ("/desk/classes/G2024-0001/", "h2 a[href^='/desk/volumes/']"),
    ):
        window.goto(place)
        paths = [str(one.get_attribute("href")) for one in window.locator(links).all()]
        found += dict.fromkeys(path for path in paths[:4] if path)
    window.context.close()
    reads = [f"{path}read/" for path in found if path.startswith("/desk/items/")][:1]
    return tuple(dict.fromkeys((*found, *reads)))


def name_of(username: str, path: str, width: int, scheme: str) -> str:
    page = "".join(sign if sign.isalnum() else "-" for sign in path).strip("-") or "bench"
    return "-".join(
        part for part in (username or "public", page, str(width), scheme.replace("light", "")) if part
    )


def main() -> int:
    """Write the pictures; anything wider than its window is told and makes the exit status 1."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    wide = []
    with served() as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        send_corrected(browser, address)
        order_exports(browser, address)
        pages = {**PAGES, "luan": (*PAGES["luan"], *of_transfers(browser, address))}
        pages["shenwen"] = (*PAGES["shenwen"], *of_desk(browser, address))
        for username, paths in pages.items():
            for width, scheme in ((WIDE, "light"), (NARROW, "light"), (WIDE, "dark")):
                window = opened(browser, address, username, width, scheme)
                for path in paths:
                    window.goto(path)
                    over = window.evaluate(
                        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                    )
                    name = name_of(username, path, width["width"], scheme)
                    window.screenshot(path=OUT / f"{name}.png", full_page=True)
                    wide += [name] if over > 0 else []
                window.context.close()
        browser.close()
    print(
        f"{len(list(OUT.glob('*.png')))} pictures in {OUT.name}/",
        *(f"wider than its window: {name}" for name in wide),
        sep="\n",
    )
    return 1 if wide else 0


if __name__ == "__main__":
    sys.exit(main())
