"""Letters as they come: joint ones, orders, minutes, parts missing, lines out of order, bad extraction. All invented."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.kernel import recordtypes
from lantai.kernel.hints import Confidence
from lantai.kernel.letters import FILLS, Element, Letter, all_kinds, recognise
from lantai.kernel.texts import LANGUAGES
from tests.corpora import need

E = Element


def told(text: str, *more: str, **options: object) -> Letter:
    return recognise([text, *more], **options)  # type: ignore[arg-type]


UP = """000012
机密★10年
特 急
云岭区教育局文件
云教〔2024〕15 号 签发人：沈文 何 恒
云岭区教育局关于解决石门镇中心小学
危房改造资金的请示
云岭区人民政府：
石门镇中心小学建于1982年，部分校舍经鉴定为危房。
妥否，请批示。
附件：1．石门镇中心小学危房鉴定
      报告
      2．改造资金概算表
云岭区教育局
2024 年 5 月 6 日
（此件公开发布）
"""
FOOT = """抄送：区财政局，区住房和城乡建设局，区档
案馆。
云岭区教育局办公室  2024 年 5 月 8 日印发
"""


def test_a_letter_upwards_with_everything() -> None:
    letter = told(UP, FOOT)
    assert letter.value(E.COPY_NUMBER) == "000012"
    assert (letter.value(E.SECRECY), letter.value(E.SECRECY_PERIOD)) == ("机密", "10年")
    assert letter.value(E.URGENCY) == "特急"
    assert letter.value(E.ISSUER) == "云岭区教育局"
    assert letter.value(E.NUMBER) == "云教〔2024〕15号"
    assert letter.value(E.TITLE) == "云岭区教育局关于解决石门镇中心小学危房改造资金的请示"
    assert letter.value(E.KIND) == "请示"
    assert letter.value(E.RECEIVERS) == "云岭区人民政府"
    assert letter.values(E.ANNEX) == ("石门镇中心小学危房鉴定报告", "改造资金概算表")
    assert letter.value(E.DATE) == "20240506"
    assert letter.value(E.COPIES) == "区财政局，区住房和城乡建设局，区档案馆"
    assert (letter.value(E.PRINTER), letter.value(E.PRINTED)) == ("云岭区教育局办公室", "20240508")
    sure = {E.ISSUER, E.NUMBER, E.TITLE, E.KIND, E.RECEIVERS, E.DATE, E.COPIES}
    for element in sure:
        hint = letter.best(element)
        assert hint is not None and hint.confidence is Confidence.STRONG, element
    assert "签发人" in (letter.best(E.SIGNER) or letter.hints[0]).reason()
    for hint in letter.hints:
        assert all(hint.reason(language) for language in LANGUAGES)
        assert hint.page in (1, 2) and hint.line >= 1


def test_order_of_hints_is_that_of_the_page() -> None:
    elements = [hint.element for hint in told(UP, FOOT).hints]
    assert elements == sorted(elements, key=list(E).index)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("云政发〔2024〕15号", "云政发〔2024〕15号"),
        ("云政发[2024]15号", "云政发〔2024〕15号"),
        ("云政发（2024）第 015 号", "云政发〔2024〕15号"),
        ("云政发【2024】15 号", "云政发〔2024〕15号"),
        ("云政发﹝2024﹞15号", "云政发〔2024〕15号"),
        ("云政发［２０２４］１５号", "云政发〔2024〕15号"),
        ("云 政 发 〔 2024 〕 15 号", "云政发〔2024〕15号"),
        ("云政发{2024}15号", "云政发〔2024〕15号"),
        ("云政发2024年第15号", "云政发〔2024〕15号"),
        ("（79）云革字第8号", "（79）云革字第8号"),
        ("云政发〔2024〕15号 签发人：何恒", "云政发〔2024〕15号"),
        ("云政发〔2024〕\n15号", "云政发〔2024〕15号"),
    ],
)
def test_numbers_and_their_brackets(written: str, number: str) -> None:
    letter = told(
        f"云岭区人民政府文件\n{written}\n云岭区人民政府关于做好防汛工作的通知\n各乡镇人民政府：\n正文。\n"
    )
    assert letter.value(E.NUMBER) == number
    assert letter.value(E.TITLE) == "云岭区人民政府关于做好防汛工作的通知"


def test_numbers_of_other_letters_are_not_its_own() -> None:
    passed = told("云岭区民政局关于转发市教育局文件\n的通知\n各街道办事处：\n请落实。\n")
    assert (passed.value(E.ISSUER), passed.value(E.TITLE)) == (
        "云岭区民政局",
        "云岭区民政局关于转发市教育局文件的通知",
    )
    quoted = "云岭区民政局关于转发云政发〔2023〕9号文件的通知\n各街道办事处：\n根据云政发〔2023〕9号文件要求，请落实。\n"
    assert told(quoted).value(E.NUMBER) == ""
    assert told("云岭区民政局文件\n云民〔2024〕3号\n" + quoted).value(E.NUMBER) == "云民〔2024〕3号"


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("2024年5月6日", "20240506"),
        ("2024 年 05 月 06 日", "20240506"),
        ("二〇二四年五月六日", "20240506"),
        ("二○○四年十二月三十一日", "20041231"),
        ("二OO四年十月二十日", "20041020"),
        ("一九七九年十一月十日", "19791110"),
        ("二零一一年十一月廿三日", "20111123"),
        ("2024年2月30日", ""),
    ],
)
def test_dates(written: str, date: str) -> None:
    text = f"云岭区民政局文件\n云民〔2024〕3号\n关于做好婚姻登记工作的通知\n各街道办事处：\n请落实。\n云岭区民政局\n{written}\n"
    assert told(text).value(E.DATE) == date


def test_bodies_that_write_together() -> None:
    text = """云岭区教育局
云岭区财政局文件
云岭区民政局
云教发〔2024〕21号
云岭区教育局 云岭区财政局 云岭区民政局
关于印发《学生营养改善计划实施细则》的通知
各乡镇人民政府、街道办事处，
区级有关部门：
现将细则印发给你们，请认真执行。
云岭区教育局
云岭区财政局
云岭区民政局
2024年9月1日
"""
    letter = told(text)
    assert letter.values(E.ISSUER) == ("云岭区教育局", "云岭区财政局", "云岭区民政局")
    assert letter.value(E.TITLE).endswith("关于印发《学生营养改善计划实施细则》的通知")
    assert letter.value(E.RECEIVERS) == "各乡镇人民政府、街道办事处，区级有关部门"
    assert (letter.value(E.DATE), letter.value(E.KIND)) == ("20240901", "通知")


def test_an_order() -> None:
    text = "云岭区人民政府令\n第12号\n"
    text += "《云岭区城市绿化管理办法》已经区政府常务会议通过，现予公布，自公布之日起施行。\n"
    text += "区长 何恒\n2024年3月1日\n"
    letter = told(text)
    assert (letter.value(E.ISSUER), letter.value(E.NUMBER)) == ("云岭区人民政府", "第12号")
    assert (letter.value(E.KIND), letter.value(E.DATE)) == ("命令", "20240301")


def test_minutes_of_a_meeting() -> None:
    text = """云岭区人民政府专题会议纪要
〔2024〕第7期
云岭区人民政府办公室 2024年6月3日
关于研究水库移民安置工作的会议纪要
2024年6月1日，区长何恒主持召开专题会议。会议议定以下事项。
出席：沈文、陆安。
"""
    letter = told(text)
    assert letter.value(E.TITLE) == "关于研究水库移民安置工作的会议纪要"
    assert (letter.value(E.ISSUER), letter.value(E.NUMBER)) == ("云岭区人民政府", "〔2024〕7期")
    assert letter.value(E.KIND) == "纪要"
    assert letter.value(E.DATE) == "20240603"
    assert letter.value(E.RECEIVERS) == ""


def test_the_form_of_a_letter() -> None:
    text = """云岭区民政局
云民函〔2024〕33号
云岭区民政局关于商请核实低保对象
情况的函
云岭区公安分局：
请予支持为盼。
云岭区民政局
2024年7月1日
"""
    letter = told(text)
    assert (letter.value(E.ISSUER), letter.value(E.KIND)) == ("云岭区民政局", "函")
    assert letter.value(E.TITLE) == "云岭区民政局关于商请核实低保对象情况的函"
    assert letter.value(E.RECEIVERS) == "云岭区公安分局"


def test_a_decision_with_its_date_below_the_title() -> None:
    text = """云岭区人民代表大会常务委员会
关于批准2023年区级财政决算的决议
（2024年8月30日云岭区第六届人民代表大会常务委员会第二十次会议通过）
云岭区第六届人民代表大会常务委员会第二十次会议审议了报告。会议决定批准决算。
"""
    letter = told(text)
    assert letter.value(E.TITLE) == "云岭区人民代表大会常务委员会关于批准2023年区级财政决算的决议"
    assert (letter.value(E.DATE), letter.value(E.KIND)) == ("20240830", "决议")
    assert letter.value(E.ISSUER) == "云岭区人民代表大会常务委员会"


def test_a_title_that_passes_on_a_title() -> None:
    text = """云岭区人民政府办公室文件
云政办发〔2016〕9号
云岭区人民政府办公室关于转发区教育局
《关于加强校园安全工作的通知》
的通知
各乡镇人民政府：
请遵照执行。
"""
    assert told(text).value(E.TITLE) == (
        "云岭区人民政府办公室关于转发区教育局《关于加强校园安全工作的通知》的通知"
    )


def test_a_trial_title_without_receivers() -> None:
    text = "云岭区教育局文件\n云教〔2020〕5号\n云岭区教育局学校档案\n管理办法（试行）\n第一条 为规范学校档案管理，制定本办法。\n"
    letter = told(text)
    assert letter.value(E.TITLE) == "云岭区教育局学校档案管理办法（试行）"
    assert letter.value(E.KIND) == "办法"
    kind = letter.best(E.KIND)
    assert kind is not None and kind.confidence is Confidence.FAIR


def test_radicals_for_signs() -> None:
    text = "云岭区⽂化局⽂件\n云⽂〔2024〕2号\n关于做好⽂物保护⼯作的通知\n各街道办事处：\n请落实。\n"
    letter = told(text)
    assert letter.value(E.ISSUER) == "云岭区文化局"
    assert letter.value(E.TITLE) == "关于做好文物保护工作的通知"


def test_lines_out_of_order() -> None:
    lines = [
        "— 1 —",
        "为做好今年防汛工作，现就有关事项通知如下：",
        "各乡镇人民政府、街道办事处：",
        "云政发〔2024〕15号",
    ]
    lines += [
        "云岭区人民政府关于做好防汛工作的通知",
        "云岭区人民政府",
        "2024年5月6日",
        "云岭区人民政府文件",
        "请认真落实。",
    ]
    wanted = {
        E.ISSUER: "云岭区人民政府",
        E.NUMBER: "云政发〔2024〕15号",
        E.TITLE: "云岭区人民政府关于做好防汛工作的通知",
        E.KIND: "通知",
        E.RECEIVERS: "各乡镇人民政府、街道办事处",
        E.DATE: "20240506",
    }
    rng, right, total = random.Random(1), 0, 0
    for _ in range(100):
        rng.shuffle(lines)
        letter = told("\n".join(lines))
        right += sum(letter.value(element) == value for element, value in wanted.items())
        total += len(wanted)
    assert right / total >= 0.95


def test_what_is_no_letter_has_few_hints() -> None:
    story = "春天来了，云岭水库的水涨起来了。\n孩子们在堤上放风筝，风很大。\n" * 20
    assert told(story).hints == ()
    assert told("", "").hints == ()
    table = "序号 姓名 金额\n1 李明 300\n2 王芳 400\n合计 700\n"
    assert told(table).hints == ()


def test_known_bodies_are_surer() -> None:
    text = "云岭开发区管委会\n云管函〔2024〕3号\n关于商请支持的函\n区财政局：\n请支持。\n"
    unknown, known = told(text).best(E.ISSUER), told(text, bodies=["云岭开发区管委会"]).best(E.ISSUER)
    assert unknown is not None and known is not None
    assert (unknown.confidence, known.confidence) == (Confidence.FAIR, Confidence.STRONG)


def test_the_fifteen_kinds_are_data() -> None:
    official = [kind.name for kind in all_kinds() if kind.official]
    assert len(official) == 15 and len(set(official)) == 15
    for kind in all_kinds()[:15]:
        if kind.name == "命令":
            continue
        letter = told(
            f"云岭区人民政府文件\n云政〔2024〕1号\n云岭区人民政府关于水库建设的{kind.name}\n各镇人民政府：\n正文。\n"
        )
        assert letter.value(E.KIND) == kind.name


def test_what_it_fills_are_elements_of_a_description() -> None:
    keys = {element.key for element in recordtypes.load()["WS"].elements}
    assert set(FILLS.values()) <= keys


def test_laws_are_not_taken_for_letters() -> None:
    """Laws and rules have titles, but no head: what is found of one is in the few that were issued by a letter."""
    found = {
        path.name: recognise([path.read_text("utf-8")])
        for path in sorted((need("15-zh-texts") / "laws").rglob("*.md"))
    }
    assert len(found) >= 90
    numbers = {letter.value(E.NUMBER) for letter in found.values()} - {""}
    assert numbers == {"法释〔2023〕5号", "劳部发〔1994〕489号"}
    issued = {letter.value(E.ISSUER) for letter in found.values()} - {""}
    assert issued == {"劳动部"}
    rare = (E.SECRECY, E.URGENCY, E.SIGNER, E.COPIES, E.PRINTER, E.COPY_NUMBER)
    assert not [hint for letter in found.values() for hint in letter.hints if hint.element in rare]
    assert sum(bool(letter.value(E.RECEIVERS)) for letter in found.values()) <= 1


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from((UP + FOOT).splitlines()), st.text(max_size=30)), max_size=40))
def test_any_text_is_read(lines: list[str]) -> None:
    letter = told("\n".join(lines))
    assert letter == told("\n".join(lines))
    assert all(hint.value and hint.reason("en") for hint in letter.hints)


@pytest.mark.parametrize(
    "sign", ["关于", "的通知", "〔2024〕", "签发人：", "附件：", "云", "抄送：", "局", "年月日", "（"]
)
def test_hostile_text_is_read_in_time(sign: str) -> None:
    start = time.process_time()
    told(sign * 200_000)
    told("\n".join([sign * 50] * 20_000))
    assert time.process_time() - start < 6
