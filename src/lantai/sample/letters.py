"""Official letters of the district: who writes to whom about what, in generated but readable words."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from lantai.sample.topics import GIVEN, PLACES, SURNAMES, Topic

FORMS = ("通知", "请示", "报告", "批复", "函", "意见", "会议纪要", "方案", "决定", "公告")
"""文种: the kinds of letter this district writes."""

_WEIGHTS = (26, 13, 17, 10, 9, 6, 7, 6, 3, 3)
_NUMERALS = "一二三四五六七八九十"
_DIGITS = "〇一二三四五六七八九"

_GENERAL = (
    "各单位主要负责人要亲自抓，分管负责人具体抓，做到有部署、有检查、有结果",
    "区财政、审计部门对资金使用情况进行专项检查，发现问题严肃处理",
    "要充分利用广播、板报和村民会议等形式，把政策原原本本讲给群众",
    "工作中遇到的新情况、新问题，请及时报告",
    "对工作扎实、成效明显的单位予以通报表扬，对敷衍塞责的予以批评",
    "各乡镇要在每季度末将进展情况书面报送，逾期不报的按未完成统计",
    "涉及群众切身利益的事项，要先征求意见，再提交会议讨论",
    "有关统计数字以年末报表为准，基层不得虚报、瞒报",
    "本项工作列入年度目标考核，考核办法另行印发",
    "工作结束后，全部文件材料由承办人整理齐全，按规定归档",
)
_HEADS = (
    *("提高认识，加强领导", "摸清底数，突出重点", "明确任务，落实责任", "严格程序，规范管理"),
    *("保障经费，专款专用", "加强宣传，依靠群众", "强化监督，严肃纪律", "做好总结，及时归档"),
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter as it is written; ``paragraphs`` starting with a numeral and 、 are headings."""

    issuer: str
    number: str
    title: str
    form: str
    to: str
    paragraphs: tuple[str, ...]
    signed: date
    copies_to: str
    topic: str
    keywords: tuple[str, ...]
    function: str
    persons: tuple[str, ...]
    place: str
    old: bool

    def as_data(self) -> dict[str, Any]:
        """Return what the letter's template reads."""
        told = asdict(self)
        told["signed"] = self.signed.isoformat()
        told["signed_zh"] = chinese_date(self.signed) if self.old else plain_date(self.signed)
        told["printed_at"] = f"{max(self.signed, date(1990, 1, 1)).isoformat()}T09:00:00+08:00"
        return told


def chinese_date(day: date) -> str:
    """Return 二〇一四年五月六日."""
    year = "".join(_DIGITS[int(digit)] for digit in f"{day.year}")
    return f"{year}年{_small(day.month)}月{_small(day.day)}日"


def _small(number: int) -> str:
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else _NUMERALS[tens - 1] + "十"
    return head + (_NUMERALS[ones - 1] if ones else "")


def plain_date(day: date) -> str:
    """Return 2014年5月6日."""
    return f"{day.year}年{day.month}月{day.day}日"


def person(rng: random.Random) -> str:
    """Return an invented name."""
    return rng.choice(SURNAMES) + rng.choice(GIVEN)


def fill(sentence: str, rng: random.Random, place: str, year: int) -> str:
    """Return ``sentence`` with its gaps filled by believable figures."""
    n = rng.randrange(100, 980)
    return sentence.format(
        place=place,
        year=year,
        n=n,
        m=rng.randrange(11, 96),
        people=n * 3 + rng.randrange(n),
        lower=n - rng.randrange(20, 60),
        money=rng.randrange(12, 1900),
    )


def compose(
    rng: random.Random, topic: Topic, issuer: str, mark: str, year: int, serial: int, *, sections: int = 0
) -> Letter:
    """Return a letter of ``issuer`` on ``topic``; ``sections`` 0 lets chance decide its length."""
    form = rng.choices(FORMS, _WEIGHTS)[0]
    place = rng.choice(PLACES)
    signed = date(year, rng.randrange(1, 13), rng.randrange(1, 29))
    number = f"{mark}{'发' if form not in {'函', '会议纪要'} else '函'}〔{year}〕{serial}号"
    persons = tuple(person(rng) for _ in range(rng.randrange(0, 3)))
    told_to = _addressee(form, issuer, year)
    body = _body(rng, topic, form, issuer, place, signed, persons, sections or rng.choice((1, 2, 2, 3, 3, 4)))
    return Letter(
        issuer=issuer,
        number=number,
        title=title(rng, topic, issuer, form, place, year),
        form=form,
        to=told_to,
        paragraphs=tuple(body),
        signed=signed,
        copies_to=_copies(year),
        topic=topic.name,
        keywords=topic.keywords,
        function=topic.function,
        persons=persons,
        place=place,
        old=year < 2000,
    )


def title(rng: random.Random, topic: Topic, issuer: str, form: str, place: str, year: int) -> str:
    """Return a title in the manner of official letters."""
    about = rng.choice((topic.name, f"{place}{topic.name}", f"{year}年{topic.name}", topic.name))
    match form:
        case "通知":
            verb = rng.choice(("做好", "进一步加强", "切实抓好", "印发《{}实施方案》", "转发《{}管理办法》"))
            said = verb.format(about) if "{}" in verb else f"{verb}{about}工作"
        case "请示":
            said = rng.choice((f"解决{about}资金", f"审批{about}项目", f"{about}有关问题"))
        case "报告":
            said = rng.choice((f"{about}工作情况", f"{about}专项检查情况", f"{about}资金使用情况"))
        case "批复":
            said = rng.choice((f"同意{about}方案", f"{about}项目立项", f"{about}有关事项"))
        case "函":
            said = rng.choice((f"商请支持{about}工作", f"征求{about}意见", f"协助核实{about}情况"))
        case "会议纪要":
            return f"{issuer}研究{about}工作专题会议纪要"
        case "方案":
            return f"{issuer}{about}工作方案"
        case "决定":
            said = f"表彰{about}工作先进集体和先进个人"
        case "公告":
            said = f"{about}有关事项"
        case _:
            said = f"加强{about}工作"
    return f"{issuer}关于{said}的{form}"


def _addressee(form: str, issuer: str, year: int) -> str:
    level = "县" if year < 1984 else "区"
    match form:
        case "请示" | "报告":
            return f"云岭{level}人民政府" if "政府办公室" not in issuer else "云州市人民政府"
        case "批复":
            return "云溪人民公社" if year < 1984 else "云溪乡人民政府" if year < 2002 else "云溪街道办事处"
        case "函":
            return f"云岭{level}财政局"
        case "会议纪要" | "公告" | "决定" | "方案":
            return ""
        case _ if year < 1984:
            return "各人民公社，县级有关单位"
        case _:
            return "各乡镇人民政府、街道办事处，区级有关部门"


def _copies(year: int) -> str:
    if year < 1980:
        return "县委办公室，县计划委员会，县财政局，县档案馆。"
    level = "县" if year < 1984 else "区"
    return f"{level}委办公室，{level}人大常委会办公室，{level}政协办公室，{level}财政局，{level}档案馆。"


def _body(
    rng: random.Random,
    topic: Topic,
    form: str,
    issuer: str,
    place: str,
    signed: date,
    persons: tuple[str, ...],
    sections: int,
) -> list[str]:
    """Return the paragraphs: opening, numbered sections, close."""
    figure = fill(topic.figure, rng, place, signed.year)
    paragraphs = [_opening(topic, form, issuer, figure, signed, persons)]
    heads = rng.sample(_HEADS, min(sections, len(_HEADS)))
    measures = list(topic.measures)
    rng.shuffle(measures)
    for index in range(sections):
        chosen = [measures[index % len(measures)], *rng.sample(_GENERAL, rng.choice((1, 2, 2, 3)))]
        said = "；".join(fill(sentence, rng, place, signed.year) for sentence in chosen)
        head = heads[index % len(heads)]
        if index < 10:
            paragraphs.append(f"{_NUMERALS[index]}、{head}")
        if index % 3 == 1:
            paragraphs.append(f"{fill(topic.figure, rng, rng.choice(PLACES), signed.year)}。")
        paragraphs.append(f"{said}。")
    closing = {
        "请示": "妥否，请批示。",
        "报告": "特此报告。",
        "批复": "此复。",
        "函": "请予支持为盼，特此函达。",
        "公告": "特此公告。",
        "通知": "以上通知，请认真贯彻执行。",
    }.get(form)
    return [*paragraphs, closing] if closing else paragraphs


def _opening(
    topic: Topic, form: str, issuer: str, figure: str, signed: date, persons: tuple[str, ...]
) -> str:
    match form:
        case "请示":
            return f"{figure}，所需资金尚有缺口。为{topic.aim}，现就{topic.name}有关事项请示如下。"
        case "报告":
            return f"按照上级要求，{issuer}认真开展{topic.name}工作。{figure}。现将有关情况报告如下。"
        case "批复":
            return f"你单位关于{topic.name}的请示收悉。{figure}，情况属实。经研究，现批复如下。"
        case "函":
            return f"为{topic.aim}，{issuer}正在开展{topic.name}工作。{figure}。现将需要协助的事项函告如下。"
        case "会议纪要":
            chair = persons[0] if persons else "分管负责人"
            heard = f"{plain_date(signed)}，{chair}主持召开专题会议，听取{topic.name}工作汇报"
            return f"{heard}。{figure}。会议议定以下事项。"
        case _:
            return (
                f"为{topic.aim}，根据上级有关规定，结合本地实际，现就{topic.name}工作提出如下意见。{figure}。"
            )
