"""What lies at the desks of the district: letters of an office system, a message, a photographed sheet, vouchers."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from itertools import cycle
from pathlib import Path
from typing import Literal

import pyvips

from lantai.sample import media, ofd_writer
from lantai.sample.district import Fonds, fonds
from lantai.sample.entries import Counters, topics_of
from lantai.sample.letters import Letter, compose, person, plain_date
from lantai.sample.material import pages_of, pdf
from lantai.sample.scans import scanned_pages

FONDS = "Z013"
NOW = 2025
"""The year that is being filed."""

DUE = 2016
"""The year whose records are due at the district's archives."""

Look = Literal["pdf", "ofd", "txt"]


@dataclass(frozen=True, slots=True)
class Paper:
    """One document as it comes to the desk; ``files`` are (role, name, path), the 正本 first, ``source`` is the way.

    ``code`` is its 电子文件号; ``values`` and the lines of ``process`` are by element key.
    """

    code: str
    type: str
    values: Mapping[str, str]
    files: tuple[tuple[str, str, Path], ...]
    process: tuple[Mapping[str, str], ...] = ()
    source: str = "api"


@dataclass(frozen=True, slots=True)
class Shelf:
    """Documents of one class; those of a group become one 件. ``volumes`` are as many items each, () = by item."""

    year: int
    retention: str
    function: str
    groups: tuple[tuple[Paper, ...], ...]
    volumes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """All of it. ``schedules`` are workbooks by unit, ``brought`` what a department uploads; ``shelves`` by their part."""

    schedules: Mapping[str, Path]
    tray: tuple[Paper, ...]
    brought: tuple[Path, ...]
    mail: Path
    photograph: Path
    shelves: Mapping[str, Shelf]


@dataclass(frozen=True, slots=True)
class Away:
    """Archives elsewhere: what the unit calls them, what they call themselves and the unit; ``seed`` makes their key."""

    name: str
    archives: str
    address: str
    unit: str
    unit_name: str
    token: str
    seed: bytes


AWAY = Away(
    "市档案馆（示例，连不上）",
    "清江市档案馆",
    "https://da.qingjiang.example",
    "YLMZ",
    "云岭区民政局",
    "lantai_sample_opens_nothing",
    bytes(range(32)),
)

DEPARTMENTS = (
    ("BGS", "办公室", 8, ()),
    ("SHJZ", "社会救助股", 12, ("zhouping",)),
    ("JCZQ", "基层政权股", 6, ()),
    ("SHSW", "社会事务股", 5, ()),
    ("QHDM", "区划地名股", 0, ()),
)
"""Departments of 区民政局: code, name, items expected of a year, accounts. 社会事务股 has filed nothing."""

_QUARTERS = (("2024年第一季度记账凭证", 3), ("2024年第二季度记账凭证", 3))
_HEADINGS = ("条款号", "归档范围", "保管期限", "归口部门")
_SCHEDULES: Mapping[str, tuple[tuple[str, str, str, str], ...]] = {
    "MZJ": (
        ("1", "综合管理", "", ""),
        ("1.1", "本局年度工作计划、总结", "永久", "办公室"),
        ("1.2", "档案管理工作的决定、方案、会议纪要", "永久", "办公室"),
        ("1.3", "档案管理工作的通知、意见、报告、请示", "30年", "办公室"),
        ("1.4", "档案管理工作的一般性函件、公告", "10年", "办公室"),
        ("2", "社会救助", "", ""),
        ("2.1", "最低生活保障工作的政策、方案、批复、请示", "永久", "社会救助股"),
        ("2.2", "最低生活保障工作的通知、报告、意见、专项检查材料", "30年", "社会救助股"),
        ("2.3", "最低生活保障的一般性函件、公告", "10年", "社会救助股"),
        ("3", "基层政权和社区建设", "", ""),
        ("3.1", "社区建设的方案、决定、批复、请示、会议纪要", "永久", "基层政权股"),
        ("3.2", "社区建设的通知、意见、报告", "30年", "基层政权股"),
        ("3.3", "社区建设的一般性函件、公告", "10年", "基层政权股"),
        ("4", "社会事务", "", ""),
        ("4.1", "婚姻登记工作的政策、通知、报告", "30年", "社会事务股"),
        ("4.2", "殡葬管理工作的通知、报告", "30年", "社会事务股"),
        ("5", "区划地名", "", ""),
        ("5.1", "地名普查成果、行政区划变更的请示、批复", "永久", "区划地名股"),
    ),
    "JYJ": (
        ("1", "综合管理", "", ""),
        ("1.1", "本局年度工作计划、总结", "永久", "办公室"),
        ("1.2", "会议通知、简报", "10年", "办公室"),
        ("2", "基础教育", "", ""),
        ("2.1", "学校布局调整的请示、批复、方案", "永久", "基教股"),
        ("2.2", "校舍安全检查的通知、报告", "30年", "基建办公室"),
        ("2.3", "学籍变动名册", "视情况", "基教股"),
        ("3", "教师队伍", "", ""),
        ("3.1", "教师职务评审的决定、名册", "永久", "人事股"),
    ),
}


def build(out: Path, seed: int = 2026) -> Desk:
    """Make all files below ``out``, which must be empty, and return what they are; the same seed, the same bytes.

    Filing gives files away: whoever wants them again makes them again (some seconds).
    """
    out.mkdir(parents=True, exist_ok=True)
    maker, counters = fonds(FONDS), Counters()
    writer = _Writer(out, maker, counters, seed)
    tray = writer.letters("tray", NOW, ("pdf", "ofd", "txt", "pdf"), 16)
    shelves = {
        "open": _shelf(writer, NOW, "30年", "社会救助股", ("pdf", "txt", "ofd"), 5, paired=True),
        "open too": _shelf(writer, NOW, "永久", "基层政权股", ("ofd", "pdf"), 3),
        "faulty": Shelf(NOW, "30年", "办公室", _each(writer.faulty("faulty", NOW, "办公室"))),
        "volumes": Shelf(
            2024,
            "30年",
            "",
            _each(writer.vouchers(2024, 6)),
            (("2024年第一季度记账凭证", 3), ("2024年第二季度记账凭证", 3)),
        ),
        "ready": _shelf(writer, DUE, "永久", "社会救助股", ("pdf", "ofd"), 3),
        "returned": _shelf(writer, DUE, "永久", "区划地名股", ("ofd", "pdf"), 3),
        "accepted": _shelf(writer, DUE, "30年", "办公室", ("txt", "ofd", "pdf"), 3),
    }
    return Desk(
        schedules={unit: _schedule(out / f"{unit}.xlsx", rows) for unit, rows in _SCHEDULES.items()},
        tray=tray,
        brought=_brought(out, seed),
        mail=_mail(out / "mail.eml"),
        photograph=_photograph(out / "IMG_20250618_0931.jpg", maker, seed),
        shelves=shelves,
    )


def _each(papers: Sequence[Paper]) -> tuple[tuple[Paper, ...], ...]:
    return tuple((paper,) for paper in papers)


def _shelf(
    writer: _Writer,
    year: int,
    retention: str,
    function: str,
    looks: Sequence[Look],
    count: int,
    *,
    paired: bool = False,
) -> Shelf:
    """Return a class of ``count`` letters; ``paired`` makes one 件 of the first two, a letter and its answer."""
    papers = writer.letters(f"{year} {retention} {function}", year, looks, count, function)
    groups = (papers[:2], *_each(papers[2:])) if paired else _each(papers)
    return Shelf(year, retention, function, groups)


class _Writer:
    """Makes documents one part after the other, the files of a part on all cores."""

    def __init__(self, out: Path, maker: Fonds, counters: Counters, seed: int) -> None:
        self._out, self._maker, self._counters, self._seed = out, maker, counters, seed
        self._titles: set[str] = set()

    def letters(
        self, part: str, year: int, looks: Sequence[Look], count: int, function: str = ""
    ) -> tuple[Paper, ...]:
        """Return ``count`` letters of the year, of one 机构 or of all, each in the look whose turn it is."""
        rng = random.Random(f"{self._seed}:desk:{part}")
        turn = cycle(looks)
        planned = [(self._next(rng, year, function), next(turn)) for _ in range(count)]
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            made = list(pool.map(_made, planned))
        return tuple(
            self._letter(rng, letter, look, data, pages)
            for (letter, look), (data, pages) in zip(planned, made, strict=True)
        )

    def faulty(self, part: str, year: int, function: str) -> tuple[Paper, ...]:
        """Return three letters: one says more pages than it has, one came by hand and names no 责任者."""
        right, long, bare = self.letters(part, year, ("pdf",), 3, function)
        told = {**long.values, "pages": str(int(long.values["pages"]) + 3)}
        unsigned = {key: text for key, text in bare.values.items() if key != "author"}
        return (
            right,
            Paper(long.code, long.type, told, long.files, long.process),
            Paper(bare.code, bare.type, unsigned, bare.files, (), "upload"),
        )

    def vouchers(self, year: int, months: int) -> tuple[Paper, ...]:
        """Return the vouchers of the first ``months`` of a year, a workbook each."""
        return tuple(self._voucher(year, month) for month in range(1, months + 1))

    def _next(self, rng: random.Random, year: int, function: str) -> Letter:
        """Return a letter whose title no other one has."""
        while True:
            topics = [one for one in topics_of(self._maker, year) if function in ("", one.function)]
            topic = rng.choice(topics)
            serial = self._counters.letter(FONDS, year)
            letter = compose(rng, topic, self._maker.maker, self._maker.mark, year, serial, sections=2)
            if letter.title not in self._titles:
                self._titles.add(letter.title)
                return letter
            self._counters.letters[(FONDS, year)] -= 1

    def _letter(self, rng: random.Random, letter: Letter, look: Look, data: bytes, pages: int) -> Paper:
        code = f"MZJ-OA-{letter.signed.year}-{self._counters.item(f'oa:{letter.signed.year}'):04}"
        path = self._out / f"{code}.{look}"
        path.write_bytes(data)
        values = {
            "title": letter.title,
            "author": letter.issuer,
            "date": f"{letter.signed:%Y%m%d}",
            "doc_number": letter.number,
            "record_form": letter.form,
            "receivers": letter.to,
            "security": "公开",
            "disclosure": rng.choice(("主动公开", "主动公开", "依申请公开")),
            "pages": str(pages),
            "keywords": "；".join(letter.keywords),
            "function": letter.function,
        }
        told = {key: text for key, text in values.items() if text}
        return Paper(code, "WS", told, (("正本", f"正文.{look}", path),), tuple(_process(rng, letter)))

    def _voucher(self, year: int, month: int) -> Paper:
        rng = random.Random(f"{self._seed}:desk:voucher:{month}")
        rows: list[tuple[str | int, ...]] = [
            (
                n,
                f"记{n}",
                f"{year}-{month:02}-{min(28, n)}",
                f"支付{person(rng)}报销差旅费",
                rng.randrange(80, 900),
            )
            for n in range(1, 25)
        ]
        title = f"{year}年{month}月记账凭证"
        headings = ("序号", "凭证号", "日期", "摘要", "金额（元）")
        data = media.spreadsheet(title, headings, rows, datetime(year, month, 28, 17))
        path = self._out / f"KU-{year}-{month:02}.xlsx"
        path.write_bytes(data)
        values = {
            "title": title,
            "date": f"{year}{month:02}28",
            "accounting_class": "会计凭证",
            "author": "云岭区民政局",
            "pages": "24",
            "security": "公开",
        }
        return Paper(f"MZJ-CW-{year}-{month:02}", "KU", values, (("正本", f"{title}.xlsx", path),))


def _made(planned: tuple[Letter, Look]) -> tuple[bytes, int]:
    """Return the file of a letter and how many pages it has."""
    letter, look = planned
    if look == "pdf":
        data = pdf(letter)
        return data, pages_of(data)
    return ofd_writer.write(letter) if look == "ofd" else (_text(letter).encode(), 1)


def _text(letter: Letter) -> str:
    """Return a letter as plain text in the order of the official layout."""
    head = [f"{letter.issuer}文件", "", letter.number, "", letter.title, ""]
    to = [f"{letter.to}："] if letter.to else []
    end = ["", letter.issuer, plain_date(letter.signed), ""]
    return "\n".join([*head, *to, *letter.paragraphs, *end])


def _process(rng: random.Random, letter: Letter) -> Iterator[Mapping[str, str]]:
    """Yield who drafted, looked over and signed a letter on the day that it bears."""
    day = letter.signed.isoformat()
    steps = (
        ("拟稿", "科员", "09:10:00", ""),
        ("核稿", "股长", "10:25:00", "已核"),
        ("签发", "局长", "15:40:00", "同意印发"),
    )
    for what, position, hour, said in steps:
        told = {"agent_name": person(rng), "position_name": position, "business_activity": what}
        told |= {"action_time": f"{day}T{hour}+08:00", "action_description": said}
        yield {key: text for key, text in told.items() if text}


def _schedule(path: Path, rows: Sequence[tuple[str, str, str, str]]) -> Path:
    path.write_bytes(media.spreadsheet("归档范围和保管期限表", _HEADINGS, rows, datetime(2024, 12, 2)))
    return path


def _brought(out: Path, seed: int) -> tuple[Path, ...]:
    """Return two files of a department that no office system described: their names are all that is said."""
    rng = random.Random(f"{seed}:desk:brought")
    made = []
    for month in (4, 9):
        title = f"2025年{month}月最低生活保障对象动态调整情况报告"
        lines = [
            title,
            "",
            *(f"{person(rng)}户：家庭人口{n % 4 + 1}人，月保障金{n * 37 + 410}元。" for n in range(1, 13)),
        ]
        path = out / f"{title}.txt"
        path.write_text("\n".join([*lines, "", "社会救助股", f"2025年{month}月28日", ""]), "utf-8")
        made.append(path)
    return tuple(made)


def _mail(path: Path) -> Path:
    """Write a message of the government's office with a table behind it."""
    told = EmailMessage(policy=SMTP)
    told["From"] = "云岭区人民政府办公室 <bangongshi@yunling.example>"
    told["To"] = "云岭区民政局 <minzheng@yunling.example>"
    told["Subject"] = "关于报送2025年度社区建设工作情况的函"
    told["Date"] = "Tue, 09 Dec 2025 10:12:00 +0800"
    told["Message-ID"] = "<20251209101200.0417@yunling.example>"
    told.set_content(
        "区民政局：\n\n请于12月20日前将2025年度社区建设工作情况报区政府办公室，汇总表见附件。\n\n云岭区人民政府办公室\n"
    )
    rows = "街道,社区数,已达标\n云溪街道,6,5\n石门镇,4,4\n".encode()
    told.add_attachment(rows, maintype="text", subtype="csv", filename="社区建设情况汇总表.csv")
    told.set_boundary("=_yunling_20251209")
    path.write_bytes(told.as_bytes())
    return path


def _photograph(path: Path, maker: Fonds, seed: int) -> Path:
    """Write what a telephone saw: a sheet of paper, a little turned, on a dark table."""
    rng = random.Random(f"{seed}:desk:photograph")
    topic = topics_of(maker, NOW)[0]
    letter = compose(rng, topic, "云溪街道办事处", "云溪街办", NOW, 31, sections=1)
    sheet = scanned_pages(pdf(letter), seed, "desk", old=False, grey=False)[0]
    table = [52, 44, 38]
    turned = sheet.similarity(angle=2.4, background=table)
    wide, high = turned.width + 300, turned.height + 320
    laid: pyvips.Image = turned.embed(140, 150, wide, high, extend="background", background=table)
    path.write_bytes(laid.jpegsave_buffer(Q=84, keep="none"))
    return path
