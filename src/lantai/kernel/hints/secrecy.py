"""Secrecy marks in free text: 机密★10年 and its kin, told apart from 秘密 as an ordinary word.

The mark of a state secret is the grade, a star and the period (保密法实施条例; GB/T 9704-2012, 7.2.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lantai.kernel.errors import Fact
from lantai.kernel.hints.model import Confidence, Hint, Places

_GRADE = "绝密|机密|秘密|絕密|機密|祕密"
_STAR = "[★☆＊*]"
_MARK = re.compile(
    rf"({_GRADE})级?\s*{_STAR}\s*(长期|[0-9０-９一二三四五六七八九十]{{1,4}}\s*(?:年|个月|月|日|天))?"
)
_LABEL = re.compile(rf"密\s*级\s*(?:[:：]\s*)?({_GRADE})")
_BRACKET = re.compile(rf"[(（\[【〔「]\s*({_GRADE})级?(?:文件|资料|件)?\s*[)）\]】〕」]")
_PREFIX = re.compile(rf"^\s*({_GRADE})级?(?:文件|资料|件|[:：\s]|(?=关于))")
_WORD = re.compile(_GRADE)
_INTERNAL = re.compile(
    r"[(（\[【〔]\s*内部\s*[)）\]】〕]|内部(?:资料|文件|刊物|使用|传阅|参考|掌握|发行|读物|印发)|(?:仅|只)供内部|内参|注意保存|不得外传|阅后(?:收回|即焚)"
)
_INTERNAL_WORD = re.compile(r"内部")
_SECRET_KEEPING = re.compile(r"保密|解密|泄密|涉密|密码|定密")

_ORDINARY_BEFORE = (
    *("商业", "国家", "工作", "技术", "通信", "通讯", "职业", "企业", "军事", "个人", "审判", "检察", "警务"),
    *(
        "保守",
        "泄露",
        "泄漏",
        "窃取",
        "刺探",
        "属于",
        "涉及",
        "知悉",
        "掌握",
        "公开的",
        "核心",
        "重要",
        "非",
        "不涉",
        "的",
    ),
)
_ORDINARY_BEHIND = (
    *(
        "通信",
        "投票",
        "工作",
        "级",
        "事项",
        "载体",
        "信息",
        "泄露",
        "安全",
        "法",
        "范围",
        "战线",
        "会议",
        "组织",
        "结社",
    ),
    *(
        "进行",
        "地",
        "的",
        "、",
        "和",
        "或",
        "及",
        "设备",
        "部门",
        "单位",
        "人员",
        "行动",
        "会见",
        "划",
        "确定",
        "变更",
    ),
)


def secrecy_marks(key: str, text: str) -> Iterator[Hint]:
    """Yield the secrecy marks in ``text``, and with ``Confidence.NONE`` the ordinary words that look like one."""
    taken = Places()

    def free(match: re.Match[str]) -> bool:
        return taken.take(*match.span())

    for match in filter(free, _MARK.finditer(text)):
        period = (match[2] or "").strip()
        code = "hints.secrecy.mark" if period else "hints.secrecy.mark_open"
        yield _hint(key, match, code, Confidence.STRONG, grade=match[1], period=period)
    for pattern, code, confidence in _FORMS:
        for match in filter(free, pattern.finditer(text)):
            yield _hint(key, match, code, confidence, grade=match[1])
    for match in filter(free, _WORD.finditer(text)):
        yield _bare(key, text, match)
    for match in filter(free, _INTERNAL.finditer(text)):
        yield _hint(key, match, "hints.secrecy.internal", Confidence.FAIR)
    for pattern in (_INTERNAL_WORD, _SECRET_KEEPING):
        for match in filter(free, pattern.finditer(text)):
            yield _hint(key, match, "hints.secrecy.word", Confidence.NONE, around=_around(text, match))


_FORMS = (
    (_LABEL, "hints.secrecy.labelled", Confidence.STRONG),
    (_BRACKET, "hints.secrecy.bracketed", Confidence.STRONG),
    (_PREFIX, "hints.secrecy.leading", Confidence.FAIR),
)


def _bare(key: str, text: str, match: re.Match[str]) -> Hint:
    """Return what a grade without any form is: a possible mark, or a word of the sentence."""
    if text.endswith(_ORDINARY_BEFORE, 0, match.start()) or text.startswith(_ORDINARY_BEHIND, match.end()):
        return _hint(key, match, "hints.secrecy.word", Confidence.NONE, around=_around(text, match))
    confidence = Confidence.WEAK if match[0] in {"秘密", "祕密"} else Confidence.FAIR
    return _hint(key, match, "hints.secrecy.grade", confidence, grade=match[0])


def _around(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - 4) : match.end() + 4]


def _hint(key: str, match: re.Match[str], code: str, confidence: Confidence, **facts: Fact) -> Hint:
    return Hint("secrecy", key, match.start(), match.end(), match[0].strip(), code, confidence, facts=facts)
