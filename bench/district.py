"""An invented district's catalogue: seeded rows of 25 columns, as many as wanted, in the order of their codes."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from lantai.sample.topics import TOPICS

HEADINGS = (
    *("档号", "全宗号", "年度", "保管期限", "机构或问题", "件号", "题名", "责任者", "文件编号", "日期"),
    *("密级", "页数", "文种", "主题词", "关键词", "人名", "语种", "稿本", "开放标识", "公开属性"),
    *("存储位置", "盒号", "著录者", "著录日期", "附注"),
)
FONDS = 250
_RETENTIONS = ("永久", "30年", "10年")
_CODES = {"永久": "Y", "30年": "D30", "10年": "D10"}
_OFFICES = ("办公室", "人事科", "财务科", "业务一科", "业务二科", "监察室", "规划科", "信访科")
_FORMS = ("通知", "报告", "请示", "批复", "意见", "决定", "函", "纪要", "总结", "计划")
_OPEN = ("开放", "控制", "未审核", "未审核", "未审核")
_ITEMS = 160


def fonds_numbers() -> list[str]:
    """Return the numbers of the district's fonds."""
    return [f"{'ABCDEFGHJK'[n // 100]}{n % 100 + 101:03d}" for n in range(FONDS)]


def rows(count: int, seed: int = 20261122) -> Iterator[tuple[str, ...]]:
    """Yield ``count`` rows of :data:`HEADINGS`; the same seed gives the same rows."""
    return islice(_rows(random.Random(seed), count), count)


def _rows(chance: random.Random, count: int) -> Iterator[tuple[str, ...]]:
    words = _words()
    weights = [1 / (n + 3) for n in range(len(words))]
    each = count // FONDS + 1
    for number in fonds_numbers():
        left, year = each, 2025
        while left > 0:
            for retention in _RETENTIONS:
                for office in _OFFICES[: 2 + chance.randrange(6)]:
                    size = min(left, chance.randrange(20, _ITEMS))
                    left -= size
                    picked = chance.choices(words, weights, k=5 * size)
                    yield from _class(chance, (number, year, retention, office), picked, size)
            year -= 1


def _class(
    chance: random.Random, place: tuple[str, int, str, str], picked: list[str], size: int
) -> Iterator[tuple[str, ...]]:
    number, year, retention, office = place
    head = f"{number}-WS·{year}·{_CODES[retention]}·{office}-"
    for item in range(1, size + 1):
        first, second, third, fourth, fifth = picked[5 * item - 5 : 5 * item]
        form = _FORMS[chance.randrange(10)]
        day = f"{year}{chance.randrange(1, 13):02d}{chance.randrange(1, 29):02d}"
        yield (
            *(f"{head}{item:04d}", number, str(year), retention, office, f"{item:04d}"),
            f"{number}单位关于{first}{second}{third}工作的{form}",
            f"{number}单位{office}",
            f"云{second[:2]}〔{year}〕{item}号",
            *(day, "公开", str(chance.randrange(1, 60)), form, fourth, f"{first}；{third}"),
            *("", "汉语", "正本", _OPEN[chance.randrange(5)], "依申请公开"),
            *(f"{item % 9 + 1}库{item % 20 + 1}架", f"{item // 30 + 1}", "著录员甲", f"{year + 1}0301"),
            "" if chance.random() < 0.9 else f"与{fifth}有关",
        )


def _words() -> list[str]:
    """Return the words of the sample district and 6,000 invented ones of two characters, common ones first."""
    found = dict.fromkeys(word for topic in TOPICS for word in (topic.name, *topic.keywords))
    signs = sorted({sign for word in found for sign in word})
    chance = random.Random(7)
    while len(found) < 6_000:
        found[chance.choice(signs) + chance.choice(signs)] = None
    return list(found)


def write_csv(path: Path, count: int) -> Path:
    """Write the rows as CSV in UTF-8 with a heading row."""
    with path.open("w", encoding="utf-8", newline="") as out:
        told = csv.writer(out)
        told.writerow(HEADINGS)
        told.writerows(rows(count))
    return path


def write_xlsx(path: Path, count: int) -> Path:
    """Write the rows as the one sheet of an Excel file, with a heading row."""
    from xlsxwriter import Workbook

    with Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate([HEADINGS, *rows(count)]):
            sheet.write_row(place, 0, row)
    return path
