"""The invented entries that the golden queries are judged on; the same every time, no dice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import opencc

_TRADITIONAL = opencc.OpenCC("s2t").convert
_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}

FONDS = (("Z109", "MZJ", "民政局"), ("Z110", "JYJ", "教育局"))
_ABOUT = (
    "安全生产工作",
    "农村饮水安全工程",
    "水库移民安置补助",
    "乡镇敬老院建设",
    "中小学危房改造",
    "学籍管理办法",
    "退役士兵安置",
    "最低生活保障",
    "婚姻登记档案整理",
    "教师职称评审",
    "义务教育均衡发展",
    "抗旱救灾物资发放",
    "地名普查成果",
    "行政区划调整",
    "幼儿园布局规划",
    "社会组织年检",
    "殡葬改革",
    "高考考务组织",
    "图书馆古籍修复",
    "老龄事业统计",
)
_FORMS = (
    "关于做好{y}年{a}的通知",
    "关于{a}的请示",
    "关于{a}的批复",
    "{y}年{a}总结",
    "{a}会议纪要",
    "关于印发《{a}实施方案》的函",
)
_KEYWORDS = ("移民；安置", "学校;校舍", "统计 报表", "会议、纪要", "GB/T 18894", "")
_CODES = {"永久": "Y", "30年": "D30", "10年": "D10"}

PAGES = {
    "Z109-WS·2015·Y-0901": (
        "第一页讲到库区移民后期扶持资金的拨付。",
        "第二页是花名册：李家湾组、王家坪组。",
        "第三页只有签字。",
    ),
    "Z109-WS·2016·Y-0902": ("本卷收录防汛抗旱指挥部值班日志。", "当日水位三十二米，闸门全开。"),
    "Z110-WS·2015·Y-0903": ("校舍鉴定报告：三号楼为Ｄ級危房。", "建議拆除重建。"),
    "Z110-WS·2017·Y-0904": ("", "录取名单附后，共一百二十人。"),
}
"""Text of the files of some entries, page by page (an empty one counts)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the corpus."""

    ref: str
    title: str
    author: str
    doc_number: str
    keywords: str
    year: int
    date: str
    retention: str
    open: str
    fonds: str
    unit: str
    pages: tuple[str, ...] = ()

    def fields(self) -> tuple[str, ...]:
        """Return the texts in which a plain word is looked for; each page is one."""
        return (self.title, self.author, self.keywords, self.doc_number, self.ref, *self.pages)


def corpus() -> list[Entry]:
    """Return all entries."""
    return [*_described(), *_held()]


def _described() -> Iterator[Entry]:
    for number in range(240):
        about, form = _ABOUT[number % 20], _FORMS[number // 20 % 6]
        fonds, unit, name = FONDS[(number // 2) % 2]
        year = 1998 + number * 7 % 24
        retention = ("永久", "30年", "10年")[number % 3]
        title = _respelled(number, form.format(y=_spelled(number, year), a=about))
        yield Entry(
            ref=f"{fonds}-WS·{year}·{_CODES[retention]}-{number + 1:04d}",
            title=title,
            author=f"云岭区{name}" if number % 5 else f"雲嶺區{name}辦公室",
            doc_number=f"云{name[0]}发〔{year}〕{number % 37 + 1}号" if number % 4 else "",
            keywords=_KEYWORDS[number % 6],
            year=year,
            date=f"{year}{number % 12 + 1:02d}{number % 28 + 1:02d}",
            retention=retention,
            open=("开放", "控制", "未审核")[number % 7 % 3],
            fonds=fonds,
            unit=unit,
        )


def _spelled(number: int, year: int) -> str:
    """Return the year in one of the ways in which years are written."""
    if number % 3:
        return str(year)
    zero = "〇○零"[number // 3 % 3]
    return "".join(f"{zero}一二三四五六七八九"[int(digit)] for digit in str(year))


def _respelled(number: int, title: str) -> str:
    """Return a title as some hand would have typed it: traditional, wide, with stray blanks and marks."""
    if number % 11 == 3:
        return str(_TRADITIONAL(title))
    if number % 13 == 5:
        return title.translate(_WIDE)
    if number % 17 == 7:
        return f"{title[:4]}　{title[4:9]}，{title[9:]}"
    return title


def _held() -> Iterator[Entry]:
    for ref, pages in PAGES.items():
        fonds = ref[:4]
        unit, name = next((unit, name) for number, unit, name in FONDS if number == fonds)
        year = int(ref[8:12])
        title = f"{year}年专题材料第{ref[-1]}辑"
        yield Entry(
            ref, title, f"云岭区{name}", "", "", year, f"{year}0601", "永久", "开放", fonds, unit, pages
        )
