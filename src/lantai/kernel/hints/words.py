"""Keywords and persons by segmentation. For hints only: search never depends on how a title is cut."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

import rjieba

from lantai.kernel.errors import Fact
from lantai.kernel.hints.model import Confidence, Hint

_TELLING = ("n", "vn", "j", "l", "an", "i")
"""Beginnings of the part-of-speech marks that name subjects; nr (persons) and t (times) are taken out."""

_CHINESE = re.compile(r"[㐀-鿿]{2,8}")
_TITLE_WEIGHT = 3
_NAMES = re.compile(r"[㐀-鿿]{2,4}")
_SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭"
    "廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢"
)
_RANK = re.compile(r"同志|先生|女士|烈士|等人|局长|县长|区长|书记|主任|科长|校长|主席")
_APPOINTING = re.compile(r"(?:任命|免去|聘任|任免|表彰|追认|授予|给予|悼念|处分|吸收|接收)$")


@cache
def stop_words() -> frozenset[str]:
    """Return the words that are no keywords."""
    lines = (Path(__file__).parent / "stopwords.txt").read_text("utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def tagged(text: str) -> list[tuple[str, str]]:
    """Return the words of ``text`` with their part of speech, in the marks of the 北大 tag set."""
    return list(rjieba.tag(text))


def keywords(
    title: str, abstract: str = "", *, known: Collection[str] = (), limit: int = 6
) -> Iterator[Hint]:
    """Yield at most ``limit`` keywords, best first: the unit's ``known`` ones that occur, then frequent words.

    A word of the title weighs three of the abstract; a word inside a longer one that was taken is not taken again.
    """
    both = f"{title}\n{abstract}"
    taken: list[str] = []
    for word in sorted(
        {word for word in known if len(word) >= 2 and word in both}, key=lambda w: (-len(w), w)
    ):
        if len(taken) < limit and not any(word in other for other in taken):
            taken.append(word)
            yield _keyword(title, word, "hints.keyword.known", Confidence.STRONG, both.count(word))
    for word, weight in _weighed(title, abstract):
        if len(taken) >= limit:
            return
        if not any(word in other for other in taken):
            taken.append(word)
            times = both.count(word)
            code = "hints.keyword.title" if word in title else "hints.keyword.frequent"
            yield _keyword(title, word, code, Confidence.FAIR if weight > 1 else Confidence.WEAK, times)


def _weighed(title: str, abstract: str) -> list[tuple[str, int]]:
    weights: Counter[str] = Counter()
    place: dict[str, int] = {}
    start = 0
    for text, weight in ((title, _TITLE_WEIGHT), (abstract, 1)):
        for word, tag in tagged(text) if text else ():
            if _telling(word, tag):
                weights[word] += weight
                place.setdefault(word, start)
            start += len(word)
    return sorted(weights.items(), key=lambda pair: (-pair[1], place[pair[0]], pair[0]))


def _telling(word: str, tag: str) -> bool:
    if tag.startswith("nr") or not tag.startswith(_TELLING) or word in stop_words():
        return False
    return _CHINESE.fullmatch(word) is not None


_ONCE = {
    "hints.keyword.known": "hints.keyword.known_once",
    "hints.keyword.title": "hints.keyword.title_once",
    "hints.keyword.frequent": "hints.keyword.frequent_once",
}
"""What is said of a word that occurs once: there is nothing to count."""


def _keyword(title: str, word: str, code: str, confidence: Confidence, times: int) -> Hint:
    start = max(title.find(word), 0)
    end = start + len(word) if word in title else 0
    facts: dict[str, Fact] = {} if times == 1 else {"times": times}
    code = _ONCE[code] if times == 1 else code
    return Hint("keyword", "title", start if end else 0, end, word, code, confidence, "keywords", facts)


def persons(key: str, text: str) -> Iterator[Hint]:
    """Yield the names of persons in ``text``: sure where a rank follows or an appointment leads, else possible."""
    start, seen = 0, set[str]()
    for word, tag in tagged(text):
        place = text.find(word, start)
        start = place + len(word)
        if tag != "nr" or word in seen or not _NAMES.fullmatch(word) or word[0] not in _SURNAMES:
            continue
        seen.add(word)
        named = _RANK.match(text, start) or _APPOINTING.search(text[:place])
        code = "hints.person.named" if named else "hints.person.likely"
        confidence = Confidence.FAIR if named else Confidence.WEAK
        yield Hint("person", key, place, start, word, code, confidence, "persons")
