"""A clerk who has never seen the desk: twenty letters are filed, numbered, printed, handed over, mended and accepted.

She goes where the words of the pages lead, from the work bench on; no address is typed. What she does is counted, and must
stay within ten minutes of a person who reads every page.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from lantai.base.actors import SYSTEM, Actor
from lantai.checks import queries as checks
from lantai.checks.services import sign_item
from lantai.desk import queries_hand_over
from lantai.desk.services import approve_schedule, bring_schedule, submit_schedule
from lantai.ingest import queries as ingest
from lantai.ingest.services import accept, return_to_sender, sign_waiting
from lantai.sample.letters import Letter, compose
from lantai.sample.material import pdf
from lantai.sample.topics import TOPICS
from lantai.site.work import settle
from tests.browser.chromium import WIDE
from tests.browser.conftest import Visit
from tests.browser.test_pages import faults

YEAR = 2016
CLICK, FIELD, READ = 3, 8, 12
"""Seconds of a person: to find and press what is named, to fill in a field, to read a page that opened."""

MINUTES = 10
SHOTS = os.environ.get("LANTAI_WALK", "")
"""A folder for pictures of every step, for people who look at the walk."""

SCHEDULE = (
    "条款号,归档范围,保管期限,归口部门",
    "1,最低生活保障工作的批复、请示,永久,社会救助股",
    "2,最低生活保障工作的通知、报告,30年,社会救助股",
)


@dataclass
class Hand:
    """The hand of the clerk: presses, fills and reads by the words on the page, and counts."""

    window: Page
    clicks: int = 0
    fields: int = 0
    pages: int = 0
    shots: list[str] = field(default_factory=list)

    def reads(self, name: str) -> None:
        """Look at a page that opened, from its head to its foot."""
        self.window.wait_for_load_state()  # a person sees the page before the hand moves
        self.pages += 1
        self.shots.append(name)
        if SHOTS:
            self.window.screenshot(path=Path(SHOTS) / f"{len(self.shots):02}-{name}.png", full_page=True)

    def press(self, words: str, *, link: bool = False, inside: Locator | None = None) -> None:
        """Press the button, or follow the link, of these words."""
        place = inside or self.window
        place.get_by_role("link" if link else "button", name=words).first.click()
        self.clicks += 1

    def tick(self, label: str) -> None:
        """Tick a box."""
        self.window.get_by_label(label, exact=True).check()
        self.clicks += 1

    def fill(self, label: str, text: str) -> None:
        """Write into a field."""
        self.window.get_by_label(label).first.fill(text)
        self.fields += 1

    def choose(self, label: str, text: str) -> None:
        """Choose from a list."""
        self.window.get_by_label(label).first.select_option(text)
        self.fields += 1

    @property
    def minutes(self) -> float:
        """How long a person needs who does this for the first time."""
        return (self.clicks * CLICK + self.fields * FIELD + self.pages * READ) / 60


def letters(folder: Path, count: int = 20) -> list[Path]:
    """Write as many letters of 2016 as files that are called by their numbers; two kinds, two periods of retention."""
    rng = random.Random("a clerk's twenty letters")
    topic = next(one for one in TOPICS if one.name == "最低生活保障")
    made: list[Letter] = []
    while len(made) < count:
        letter = compose(rng, topic, "云岭区民政局", "云民", YEAR, len(made) + 1, sections=1)
        if letter.form in {"通知", "批复"} and letter.title not in {one.title for one in made}:
            made.append(letter)
    paths = [folder / f"{letter.number}.pdf" for letter in made]
    for path, letter in zip(paths, made, strict=True):
        path.write_bytes(pdf(letter))
    return paths


def scheduled(cast: dict[str, Actor], folder: Path) -> None:
    """Give the unit its approved schedule: all that is there beside accounts, unit and fonds."""
    path = folder / "归档范围.csv"
    path.write_text("\n".join(SCHEDULE), "utf-8")
    number = bring_schedule(cast["沈文"], "MZJ", path, path.name)
    submit_schedule(cast["沈文"], "MZJ", number, seen=1)
    approve_schedule(cast["方正"], "MZJ", number, approval="云档批〔2026〕1号", seen=2)


def returned(cast: dict[str, Actor], number: str) -> None:
    """Return what was handed over, as the archives do, with two faults; each names its record."""
    settle()
    one, two, *_rest = queries_hand_over.statements(cast["沈文"], number).items
    transfer = ingest.transfer(SYSTEM, queries_hand_over.hand_over(cast["沈文"], number).line.transfer)
    assert transfer.run is not None
    waiting = [one["code"] for one in checks.run(transfer.run).waiting]
    sign_item(cast["陆安"], transfer.run, waiting[0], passed=False, note=f"{one.ref} 题名应写明哪一年")
    return_to_sender(cast["陆安"], transfer.number, reason=f"{two.ref} 责任者应写全称")


def accepted(cast: dict[str, Actor], number: str) -> None:
    """Accept what was handed over."""
    settle()
    transfer = queries_hand_over.hand_over(cast["沈文"], number).line.transfer
    sign_waiting(cast["陆安"], transfer, note="已核对")
    accept(cast["陆安"], transfer)
    settle()


def files_them(hand: Hand, paths: list[Path]) -> None:
    """From the work bench: twenty files are brought, completed by their text and put where the schedule says."""
    hand.reads("bench")
    hand.press("上传文件", link=True)
    hand.reads("bring")
    hand.window.locator("#files").set_input_files(paths)
    hand.fields += 1
    hand.press("送到收文盘")
    expect(hand.window.get_by_text("已收 20 个，核对一致 20 个")).to_be_visible(timeout=60_000)
    hand.reads("brought")
    hand.press("去整理", link=True)
    hand.reads("table")
    expect(hand.window.get_by_text("这里只列出刚才送来的文件。")).to_be_visible()
    assert faults(hand.window, "a table of what lacks something") == []
    hand.tick("全选")
    hand.choose("正文没写密级的，记为", "公开")
    hand.press("照正文补著录")
    expect(hand.window.get_by_text("20 份已补著录。")).to_be_visible()
    hand.reads("completed")
    hand.tick("全选")
    hand.press("各按提示归入")
    expect(hand.window.get_by_text("20 件已归入")).to_be_visible()
    hand.reads("arranged")


def numbers_them(hand: Hand) -> None:
    """Every class is closed by its check and gets its numbers; the list of each is printed."""
    hand.press("看归档类", link=True)
    hand.reads("classes")
    for place in range(2):
        hand.window.locator("td.name a").nth(place).click()
        hand.clicks += 1
        hand.reads(f"class {place + 1}")
        hand.press("关闭并编号")
        expect(hand.window.get_by_text("合格就自动编号")).to_be_visible()
        settle()
        expect(hand.window.get_by_text("还挡着编号的检测项")).to_be_visible()
        hand.reads(f"check {place + 1}")
        hand.fill("没有单写的各项", "用本单位的杀毒软件查过，没有病毒")
        hand.press("记下说明并编号")
        expect(hand.window.get_by_text("已编号：")).to_be_visible()
        hand.reads(f"numbered {place + 1}")
        printed = hand.window.get_by_role("link", name="打印归档文件目录").first
        answer = hand.window.request.get(str(printed.get_attribute("href")))
        assert answer.status == 200 and answer.body().startswith(b"%PDF")
        hand.clicks += 1
        hand.reads(f"list {place + 1}")
        if not place:
            hand.press("归档类", link=True)
            hand.reads("classes again")


def hands_over(hand: Hand) -> str:
    """What is due is said, packed and sent; return the number of the hand-over."""
    hand.press("移交进馆", link=True)
    hand.reads("dues")
    hand.press("把选中的类做成一次移交")
    hand.reads("draft")
    number = hand.window.url.rstrip("/").rpartition("/")[2]
    hand.choose("公开属性", "主动公开")
    hand.choose("开放意见", "开放")
    hand.press("填上空的")
    hand.reads("said")
    packs_and_sends(hand)
    return number


def packs_and_sends(hand: Hand) -> None:
    hand.press("打包并检测")
    expect(hand.window.get_by_text("正在打包")).to_be_visible()
    settle()
    expect(hand.window.get_by_role("button", name="在线移交")).to_be_visible()
    hand.reads("built")
    hand.press("在线移交")
    expect(hand.window.get_by_text("已经送到")).to_be_visible()
    hand.reads("sent")


def mends(hand: Hand) -> str:
    """The work bench tells that it came back; both faults are mended; return the number of the corrected hand-over."""
    window = hand.window
    hand.press("工作台", link=True)
    hand.reads("bench with what came back")
    assert faults(window, "a bench with what came back") == []
    hand.press("去改", link=True)
    hand.reads("work list")
    hand.press("开始更正")
    hand.reads("what to mend first")
    number = window.url.rstrip("/").rpartition("/")[2]
    for place, (label, text) in enumerate(
        (("责任者", "云岭区民政局"), ("题名", "云岭区民政局关于做好2016年最低生活保障工作的通知"))
    ):
        window.locator("ol.worklist li:not(.done) a").first.click()
        hand.clicks += 1
        hand.reads(f"item {place + 1}")
        hand.fill(label, text)
        hand.press("保存")
        expect(window.get_by_text("已保存。")).to_be_visible()
        hand.press("改好了，回移交单")
        hand.reads(f"ticked {place + 1}")
    expect(window.locator("ol.worklist li.done")).to_have_count(2)
    return number


@pytest.mark.slow
def test_twenty_letters_go_all_the_way_in_ten_minutes(
    visit: Visit, cast: dict[str, Actor], tmp_path: Path
) -> None:
    scheduled(cast, tmp_path)
    paths = letters(tmp_path)
    hand = Hand(visit("shenwen", WIDE))
    files_them(hand, paths)
    numbers_them(hand)
    assert faults(hand.window, "classes that are numbered") == []
    first = hands_over(hand)
    returned(cast, first)
    second = mends(hand)
    assert faults(hand.window, "a hand-over that corrects another") == []
    packs_and_sends(hand)
    accepted(cast, second)
    expect(hand.window.get_by_text("代表移交单位签署")).to_be_visible()
    hand.press("代表移交单位签署")
    expect(hand.window.get_by_text("已签署。")).to_be_visible()
    hand.reads("signed")
    done = queries_hand_over.hand_over(cast["沈文"], second)
    assert (done.line.outcome, done.line.mends, done.line.items) == ("closed", first, 20)
    print(f"{hand.clicks} clicks, {hand.fields} fields, {hand.pages} pages: {hand.minutes:.1f} minutes")
    assert hand.minutes < MINUTES
