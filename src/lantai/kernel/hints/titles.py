"""What a title tells: 文种, 责任者, 文件编号, date; what it lacks; and the frames that a unit writes its titles in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from lantai.kernel.errors import Fact
from lantai.kernel.hints.model import Confidence, Hint
from lantai.kernel.hints.words import tagged
from lantai.kernel.recordtypes.dates import read_period

FORMS = (
    *(
        "会议纪要",
        "实施方案",
        "实施细则",
        "实施意见",
        "工作总结",
        "工作计划",
        "工作要点",
        "工作报告",
        "调查报告",
        "责任书",
    ),
    *(
        "决议",
        "决定",
        "命令",
        "公报",
        "公告",
        "通告",
        "意见",
        "通知",
        "通报",
        "报告",
        "请示",
        "批复",
        "议案",
        "纪要",
    ),
    *(
        "复函",
        "简报",
        "总结",
        "计划",
        "方案",
        "办法",
        "规定",
        "细则",
        "条例",
        "章程",
        "合同",
        "协议",
        "讲话",
        "名册",
    ),
    *("花名册", "统计表", "登记表", "一览表", "证明", "解释", "介绍信", "记录", "大事记", "年鉴", "函", "令"),
)
"""What kinds of document a title may end with; the fifteen of the 公文处理工作条例 and what offices write besides."""

_OFFICIAL = frozenset(
    (
        "决议",
        "决定",
        "命令",
        "令",
        "公报",
        "公告",
        "通告",
        "意见",
        "通知",
        "通报",
        "报告",
        "请示",
        "批复",
        "议案",
        "函",
        "纪要",
    )
)
_OPENING = {")": "(（", "）": "(（", "〕": "〔[【", "]": "〔[【", "】": "〔[【"}
_ENDING = re.compile("(" + "|".join(sorted(FORMS, key=len, reverse=True)) + r")$")
_NUMBER = re.compile(
    r"([㐀-鿿]{0,14})\s{0,2}[〔\[(（【［]\s{0,2}((?:19|20)[0-9]{2})\s{0,2}[〕\])）】］]\s{0,2}(?:第\s{0,2})?([0-9]{1,5})\s{0,2}号"
)
_LEAD = 60
"""Characters before a number in which it shows whether another document is quoted."""
_PREFIX_STARTS_AFTER = re.compile(
    r".*(?:厅|局|政府|办公室|委员会|公司|学校|医院|法院|检察院|关于|转发|印发|批转|根据|按照|贯彻|执行|落实|的|对|与|和|及|第)"
)
_QUOTING = re.compile(r"(?:转发|批转|印发|根据|按照|贯彻|执行|落实|废止|答复|对)[^，。；]*$")
_BODY = (
    r"(?:人民政府|政府|委员会|办公室|办公厅|领导小组|指挥部|人民法院|检察院|公司|总公司|中心|学校|医院|党组|党委|总支|支部|协会|联合会|工会"
    r"|[^的]局|[^的]厅|[^的]部|[^的]处|[^的]科|[^的]股|[^的]所|[^的]站|[^的]院|[^的]馆|[^的]办|[^的]委|[^的]镇|[^的]乡|[^的]村)"
)
_AUTHOR = re.compile(
    rf"^([㐀-鿿]{{1,30}}?{_BODY}(?:[、 ][㐀-鿿]{{2,30}}?{_BODY}){{0,3}})(?=关于|印发|转发|批转)"
)
_DAY = re.compile(
    r"((?:19|20)[0-9]{2})\s*年\s*(?:([0-9]{1,2})\s*月\s*(?:([0-9]{1,2})\s*日)?)?"
    r"|([一二][〇○零一二三四五六七八九]{3})年(?:([一二三四五六七八九十]{1,2})月(?:([一二三四五六七八九十]{1,3})日)?)?"
)
_CHINESE_DIGITS = {sign: str(n) for n, sign in enumerate("〇一二三四五六七八九")} | {"○": "0", "零": "0"}


def of_title(title: str, *, authors: Collection[str] = ()) -> Iterator[Hint]:
    """Yield what ``title`` tells of other elements; ``authors`` are names the unit has used, longest first counts."""
    plain = title.strip()
    if not plain:
        return
    yield from _form(plain)
    yield from _author(plain, authors)
    yield from _numbers(plain)
    yield from _dates(plain)


def _form(title: str) -> Iterator[Hint]:
    core = _without_tail(title).rstrip("　 。.")
    match = _ENDING.search(core)
    if not match:
        return
    form = {"令": "命令", "会议纪要": "纪要", "复函": "函"}.get(match[1], match[1])
    framed = "关于" in core and core[: match.start()].endswith("的")
    code = "hints.form.framed" if framed else "hints.form.ending"
    confidence = Confidence.STRONG if framed and form in _OFFICIAL else Confidence.FAIR
    yield _hint("form", match.start(1), match.end(1), form, code, confidence, "record_form")


def _author(title: str, authors: Collection[str]) -> Iterator[Hint]:
    for name in sorted((one for one in authors if len(one) >= 2), key=len, reverse=True):
        if title.startswith(name) and len(title) > len(name):
            yield _hint("author", 0, len(name), name, "hints.author.known", Confidence.STRONG, "author")
            return
    match = _AUTHOR.match(title)
    if match:
        yield _hint("author", 0, match.end(1), match[1], "hints.author.shaped", Confidence.FAIR, "author")


def _numbers(title: str) -> Iterator[Hint]:
    for match in _NUMBER.finditer(title):
        prefix = _PREFIX_STARTS_AFTER.sub("", match[1])
        start = match.end(1) - len(prefix)
        number = f"{prefix}〔{match[2]}〕{int(match[3])}号"
        quoted = _QUOTING.search(title[max(0, start - _LEAD) : start])
        code = "hints.number.quoted" if quoted else "hints.number.own"
        confidence = Confidence.WEAK if quoted or not prefix else Confidence.FAIR
        yield _hint("number", start, match.end(), number, code, confidence, "doc_number")


def _dates(title: str) -> Iterator[Hint]:
    for match in _DAY.finditer(title):
        if title[match.end() :].startswith(("度", "至", "—", "-", "以来", "代")):
            continue  # a year of business or a span: not the day of the document
        read = read_day(match)
        if read and len(read) > 4:
            yield _hint("date", *match.span(), read, "hints.date.title", Confidence.WEAK, "date")


def read_day(match: re.Match[str]) -> str:
    """Return the date of a match as YYYYMMDD, YYYYMM or YYYY, "" when no calendar has it."""
    year = match[1] or "".join(_CHINESE_DIGITS[sign] for sign in match[4])
    month, day = match[2] or _chinese(match[5]), match[3] or _chinese(match[6])
    text = year + (month.rjust(2, "0") if month else "") + (day.rjust(2, "0") if month and day else "")
    return text if read_period(text) else ""


def _chinese(number: str | None) -> str:
    """Return a Chinese number below 100 in digits."""
    if not number:
        return ""
    tens, mark, ones = number.partition("十")
    if not mark:
        return _CHINESE_DIGITS[number[0]]
    return str(int(_CHINESE_DIGITS.get(tens, "1")) * 10 + int(_CHINESE_DIGITS.get(ones, "0")))


def lacking(title: str, *, official: bool = True) -> Iterator[Hint]:
    """Yield what ``title`` lacks of 责任者—事由—文种 (DA/T 18-2022: 题名); for documents of offices only."""
    core = _without_tail(title.strip())
    if not core or not official:
        return
    if not _ENDING.search(core.rstrip("。. ")):
        yield _hint("title", 0, 0, core, "hints.title.no_form", Confidence.WEAK)
        return
    start, end = core.find("关于") + 2, core.rfind("的")
    if start >= 2 and start < end and 1 <= len(core) - end - 1 <= 6:
        subject = core[start:end]
        if not any(tag.startswith(("v", "p")) for _, tag in tagged(subject)):
            yield _hint("title", start, end, subject, "hints.title.no_verb", Confidence.WEAK)


def _without_tail(title: str) -> str:
    """Return ``title`` without the brackets that it ends with: （试行）, 〔2001〕."""
    core = title.rstrip()
    opening = _OPENING.get(core[-1:])
    if opening is None:
        return title
    place = max(core.rfind(sign) for sign in opening)
    closed = any(core.find(sign, place, len(core) - 1) >= 0 for sign, by in _OPENING.items() if by == opening)
    return core[:place].rstrip() if place >= 0 and not closed else title


def _hint(
    kind: str,
    start: int,
    end: int,
    value: str,
    code: str,
    confidence: Confidence,
    fills: str = "",
    **facts: Fact,
) -> Hint:
    return Hint(kind, "title", start, end, value, code, confidence, fills, facts)


GAP = "…"
YEAR = "〔年〕"
PLACES = frozenset((GAP, YEAR))


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of titles: fixed words with gaps between (``…`` any words, ``〔年〕`` a year), and how many titles fit."""

    parts: tuple[str, ...]
    count: int

    def __str__(self) -> str:
        return "".join(self.parts)

    @property
    def slots(self) -> int:
        """How many gaps there are to fill."""
        return sum(part in PLACES for part in self.parts)


def frames(titles: Iterable[str], *, limit: int = 12, share: float = 0.03) -> list[Frame]:
    """Return the most frequent frames of ``titles``, those that save most writing first.

    A word is fixed when it stands in at least ``share`` of the titles (and in 3); everything between fixed words is
    a gap. A frame is told when 3 titles fit, and it has fixed words and a gap. Memory and time: linear in the titles.
    """
    cut = [_pieces(title) for title in titles]
    spread = Counter(word for pieces in cut for word in set(pieces))
    least = max(3, round(len(cut) * share))
    counts: Counter[tuple[str, ...]] = Counter()
    for pieces in cut:
        parts = tuple(_parts(pieces, spread, least))
        fixed = sum(len(part) for part in parts if part not in PLACES)
        if fixed >= 3 and any(part in PLACES for part in parts):
            counts[parts] += 1
    told = [Frame(parts, n) for parts, n in counts.items() if n >= 3]
    told.sort(key=lambda frame: (-frame.count * len(str(frame)), str(frame)))
    return told[:limit]


def _pieces(title: str) -> list[str]:
    return [YEAR if re.fullmatch(r"(?:19|20)[0-9]{2}", word) else word for word, _ in tagged(title.strip())]


def _parts(pieces: list[str], spread: Counter[str], least: int) -> Iterator[str]:
    last = ""
    for word in pieces:
        part = word if word == YEAR or spread[word] >= least else GAP
        if part != GAP or last != GAP:
            yield part
        last = part
