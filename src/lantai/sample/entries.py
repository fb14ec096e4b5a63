"""The catalogue of the district: volumes and items from 1958 to 2025, as element values by key."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from lantai.sample.district import FONDS, Entry, Fonds
from lantai.sample.letters import Letter, compose, person
from lantai.sample.topics import PLACES, TOPICS, Topic

TODAY = 2026
CODES = {"永久": "Y", "30年": "D30", "10年": "D10"}
MARRIAGES = "婚姻登记管理"
LEGACY = ("永久", "长期", "短期")
_CATALOGUES = {"永久": "001", "长期": "002", "短期": "003"}
_HANDED_OVER = {
    *(("Z013", "WS", year) for year in (2011, 2012, 2013, 2014)),
    *(("Z013", "WS", year) for year in range(2016, 2026)),
    *(("Z014", "WS", year) for year in (2014, 2015)),
    *(("Z031", kind, 2018) for kind in ("ZP", "LY", "LX")),
    *(("Z001", "WS", year) for year in (2009, 2010)),
    ("Z012", "WS", 2012),
}
"""What comes with the sample transfers, or lies at its unit's desk still, and therefore is not in the older catalogue."""


@dataclass(slots=True)
class Counters:
    """Running numbers: of letters by maker and year, of items by class, of volumes by catalogue."""

    letters: dict[tuple[str, int], int] = field(default_factory=dict)
    items: dict[str, int] = field(default_factory=dict)

    def letter(self, fonds: str, year: int) -> int:
        """Return the next number of a letter of that maker in that year."""
        key = (fonds, year)
        self.letters[key] = self.letters.get(key, 0) + 1
        return self.letters[key]

    def item(self, series: str) -> int:
        """Return the next number in the class ``series``."""
        self.items[series] = self.items.get(series, 0) + 1
        return self.items[series]


def record_code(fonds: Fonds, year: int, counters: Counters) -> str:
    """Return the next 电子文件号 of that fonds and year."""
    return f"YL{fonds.number}{year}{counters.item(f'code:{fonds.number}:{year}'):06}"


def topics_of(fonds: Fonds, year: int) -> list[Topic]:
    """Return what the maker of ``fonds`` writes about in ``year``."""
    if fonds.number == "X005":
        return [TOPICS[0]]
    return [t for t in TOPICS if fonds.unit_code in t.units and t.first <= year <= t.last]


def series_of(kind: str, year: int, retention: str, function: str) -> str:
    """Return the 类别号: DA/T 22-2015 in 2016–2021, DA/T 13-2022 else."""
    code = CODES[retention]
    tail = f"{'-' if kind == 'WS' and 2016 <= year <= 2021 else '·'}"
    series = f"{kind}·{year}{tail}{code}"
    return f"{series}{tail}{function}" if function else series


def filed_under(rng: random.Random, topic: Topic, fonds: Fonds) -> str:
    """Return the 机构或问题: the topic's own where its first unit writes, else an office every unit has."""
    own = topic.function if topic.units[0] == fonds.unit_code else "综合股"
    return rng.choice((own, "办公室"))


def opening(rng: random.Random, year: int, personal: bool) -> str:
    """Return a believable 开放标识: records of 25 years and more are mostly reviewed."""
    states = ("开放", "控制", "延期开放", "未审核")
    if personal:
        return rng.choices(states, (0, 88, 8, 4))[0]
    if TODAY - year >= 25:
        return rng.choices(states, (74, 15, 6, 5))[0]
    return rng.choices(states, (16, 14, 4, 66))[0]


def disclosure(rng: random.Random, year: int, state: str) -> str:
    """Return the 公开属性, "" before government information was disclosed at all (2008)."""
    if year < 2008:
        return ""
    if state == "开放":
        return "主动公开"
    return rng.choice(("依申请公开", "依申请公开", "不予公开"))


def described(
    rng: random.Random, letter: Letter, fonds: Fonds, ref: str, retention: str, *, pages: int
) -> dict[str, str]:
    """Return the values that every letter has, whatever its place in the holdings."""
    year = letter.signed.year
    state = opening(rng, year, personal=False)
    values = {
        "ref": ref,
        "fonds": fonds.number,
        "fonds_name": fonds.name,
        "unit": fonds.maker,
        "title": letter.title,
        "author": letter.issuer,
        "date": f"{letter.signed:%Y%m%d}",
        "year": str(year),
        "retention": retention,
        "doc_number": letter.number,
        "record_form": letter.form,
        "receivers": letter.to,
        "security": "内部" if state == "控制" and rng.random() < 0.3 else "公开",
        "open_status": state,
        "disclosure": disclosure(rng, year, state),
        "pages": str(pages),
        "language": "汉语",
        "manuscript": "正本",
        "keywords": "；".join(letter.keywords),
        "persons": "；".join(letter.persons),
        "abstract": letter.paragraphs[0],
        "document_aggregation": "单件",
    }
    return {key: value for key, value in values.items() if value}


def placed(values: dict[str, str], series: str, item: int, function: str, code: str) -> dict[str, str]:
    """Add where the item stands: 类别号, 件号, 机构或问题 and 电子文件号."""
    more = {"series": series, "item_number": f"{item:04}", "function": function, "record_code": code}
    return values | {key: value for key, value in more.items() if value}


def catalogue(seed: int) -> Iterator[Entry]:
    """Yield the entries that the archives hold already, fonds by fonds and year by year."""
    counters = Counters()
    for fonds in FONDS:
        rng = random.Random(f"{seed}:catalogue:{fonds.number}")
        for year in range(fonds.first, fonds.last + 1):
            if year <= 2006:
                yield from _volume(rng, fonds, year, counters)
            else:
                yield from _items(rng, fonds, year, counters)
                yield from _pictures(rng, fonds, year, counters)


def _volume(rng: random.Random, fonds: Fonds, year: int, counters: Counters) -> Iterator[Entry]:
    """One 案卷 with its 件 in the old manner: 全宗号-目录号-案卷号-件号."""
    known = topics_of(fonds, year)
    chosen = rng.sample(known, min(len(known), 2))
    if not chosen:
        return
    chosen += [topic for topic in known if topic.name == MARRIAGES and topic not in chosen]
    retention = rng.choices(LEGACY, (6, 3, 1))[0]
    catalogue_number = _CATALOGUES[retention]
    number = counters.item(f"{fonds.number}-{catalogue_number}")
    parent = f"{fonds.number}-{catalogue_number}-{number:03}"
    items = []
    for item in range(1, rng.randrange(5, 10)):
        ref = f"{parent}-{item:03}"
        topic = chosen[-1] if item == 1 else rng.choice(chosen)
        values = (
            _marriage(rng, fonds, ref, year, retention)
            if topic.name == MARRIAGES and (item == 1 or rng.random() < 0.7)
            else described(
                rng,
                compose(rng, topic, fonds.maker, fonds.mark, year, counters.letter(fonds.number, year)),
                fonds, ref, retention, pages=rng.choices(range(1, 16), range(15, 0, -1))[0],
            )
        )  # fmt: skip
        values |= {"catalogue": catalogue_number, "file_number": f"{number:03}", "item_number": f"{item:03}"}
        values |= {"origin": "数字化", "record_code": record_code(fonds, year, counters)}
        items.append(Entry(ref, "item", "WS", fonds.number, values, parent))
    about = "、".join(topic.name for topic in chosen)
    volume = _volume_entry(rng, fonds, parent, about, year, retention, items)
    volume["record_code"] = record_code(fonds, year, counters)
    yield Entry(parent, "file", "WS", fonds.number, volume)
    yield from items


def _volume_entry(
    rng: random.Random, fonds: Fonds, ref: str, about: str, year: int, retention: str, items: list[Entry]
) -> dict[str, str]:
    dates = sorted(entry.values["date"] for entry in items)
    return {
        "ref": ref,
        "fonds": fonds.number,
        "fonds_name": fonds.name,
        "unit": fonds.maker,
        "aggregation": "案卷",
        "title": f"{fonds.maker}{year}年关于{about}的文件材料",
        "author": fonds.maker,
        "date": dates[0] if dates[0] == dates[-1] else f"{dates[0]}-{dates[-1]}",
        "year": str(year),
        "retention": retention,
        "security": "公开",
        "open_status": opening(rng, year, personal=False),
        "catalogue": items[0].values["catalogue"],
        "file_number": items[0].values["file_number"],
        "item_count": str(len(items)),
        "pages": str(sum(int(entry.values["pages"]) for entry in items)),
        "language": "汉语",
    }


def _marriage(rng: random.Random, fonds: Fonds, ref: str, year: int, retention: str) -> dict[str, str]:
    """Return the description of one couple's registration: personal data, restricted."""
    husband, wife = person(rng), person(rng)
    place = rng.choice([each for each in PLACES if each.endswith("村")])
    day = date(year, rng.randrange(1, 13), rng.randrange(1, 29))
    return {
        "ref": ref,
        "fonds": fonds.number,
        "fonds_name": fonds.name,
        "unit": fonds.maker,
        "title": f"{place}{husband}、{wife}结婚登记申请书",
        "author": "云溪人民公社" if year < 1984 else "云溪乡人民政府" if year < 2002 else "云溪街道办事处",
        "date": f"{day:%Y%m%d}",
        "year": str(year),
        "retention": retention,
        "record_form": "申请书",
        "security": "公开",
        "open_status": opening(rng, year, personal=True),
        "pages": str(rng.randrange(2, 5)),
        "language": "汉语",
        "manuscript": "正本",
        "keywords": "婚姻登记；结婚登记",
        "persons": f"{husband}；{wife}",
        "document_aggregation": "单件",
    }


def _items(rng: random.Random, fonds: Fonds, year: int, counters: Counters) -> Iterator[Entry]:
    if (fonds.number, "WS", year) in _HANDED_OVER:
        return
    known = topics_of(fonds, year)
    for _ in range(rng.randrange(6, 11)):
        topic = rng.choice(known)
        retention = rng.choices(("永久", "30年", "10年"), (4, 4, 2))[0]
        function = filed_under(rng, topic, fonds)
        series = series_of("WS", year, retention, function)
        item = counters.item(f"{fonds.number}-{series}")
        ref = f"{fonds.number}-{series}-{item:04}"
        letter = compose(rng, topic, fonds.maker, fonds.mark, year, counters.letter(fonds.number, year))
        pages = rng.choices(range(1, 13), range(12, 0, -1))[0]
        values = described(rng, letter, fonds, ref, retention, pages=pages)
        values["origin"] = "原生" if year >= 2011 else "数字化"
        code = record_code(fonds, year, counters)
        yield Entry(ref, "item", "WS", fonds.number, placed(values, series, item, function, code))


def _pictures(rng: random.Random, fonds: Fonds, year: int, counters: Counters) -> Iterator[Entry]:
    kinds = ("ZP", "ZP", "LY", "LX") if year % 3 == 0 else ("ZP",)
    for kind in kinds:
        if (fonds.number, kind, year) in _HANDED_OVER or rng.random() < 0.35:
            continue
        topic = rng.choice(topics_of(fonds, year))
        yield audiovisual(rng, fonds, kind, year, topic, rng.choice(PLACES), counters)


def audiovisual(
    rng: random.Random, fonds: Fonds, kind: str, year: int, topic: Topic, place: str, counters: Counters
) -> Entry:
    """Return the description of a photograph (ZP), sound (LY) or film (LX)."""
    series = series_of(kind, year, "永久", "")
    item = counters.item(f"{fonds.number}-{series}")
    ref = f"{fonds.number}-{series}-{item:04}"
    taken = date(year, rng.randrange(1, 13), rng.randrange(1, 29))
    shown = {"ZP": "现场照片", "LY": "录音", "LX": "录像"}[kind]
    state = opening(rng, year, personal=False)
    values = {
        "ref": ref,
        "fonds": fonds.number,
        "fonds_name": fonds.name,
        "unit": fonds.maker,
        "title": f"{place}{topic.name}{shown}",
        "year": str(year),
        "retention": "永久",
        "security": "公开",
        "open_status": state,
        "disclosure": disclosure(rng, year, state),
        "place": place,
        "event": f"{topic.name}检查",
        "people": person(rng),
        "background": f"{fonds.maker}到{place}检查{topic.name}工作",
        "keywords": "；".join(topic.keywords),
        "origin": "原生",
        "series": series,
        "item_number": f"{item:04}",
        "record_code": record_code(fonds, year, counters),
    }
    values |= _made(rng, kind, person(rng), f"{taken:%Y%m%d}")
    told = {key: value for key, value in values.items() if value}
    return Entry(ref, "item", kind, fonds.number, told)


def _made(rng: random.Random, kind: str, author: str, day: str) -> dict[str, str]:
    """Return who took it and when, by the element keys of the type."""
    if kind == "ZP":
        return {"photographer": author, "taken_at": day, "author": author, "date": day}
    length = f"00:{rng.randrange(1, 50):02}:{rng.randrange(60):02}"
    return {"recorder": author, "recorded_at": day, "author": author, "date": day, "duration": length}
