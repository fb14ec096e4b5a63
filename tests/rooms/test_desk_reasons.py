"""What the archives wrote when they returned something becomes single points, each with the record it names."""

from __future__ import annotations

import pytest

from lantai.desk.reasons import about, points

TITLES = {
    "Z013-WS·2016·Y·办公室-0001": "云岭区民政局关于新建社区养老服务驿站的请示",
    "Z013-WS·2016·Y·办公室-0002": "云岭区民政局关于新建社区养老服务驿站的请示的补充说明",
    "Z013-WS·2016·Y·办公室-0012": "云岭区人民政府关于同意新建社区养老服务驿站的批复",
}
ONE, TWO, TWELVE = TITLES


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("第2件缺附件", ["第2件缺附件"]),
        ("1. 第1件缺附件\n2、第2件责任者有误", ["第1件缺附件", "第2件责任者有误"]),
        ("请改正：\n（1）缺附件\n\n（2）页数不符", ["请改正：缺附件", "页数不符"]),
        ("1. 缺附件；2. 页数应为 2.5 倍", ["缺附件", "页数应为 2.5 倍"]),
        ("一、缺附件\n二、页数不符", ["缺附件", "页数不符"]),
        ("2.5 米长的图纸没有扫描全", ["2.5 米长的图纸没有扫描全"]),
        ("缺附件\n缺附件", ["缺附件"]),
        ("请核对：", ["请核对："]),
        (" ", [""]),
    ],
)
def test_a_reason_is_told_in_its_points(reason: str, told: list[str]) -> None:
    assert points(reason) == told


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        (f"{TWO} 缺附件", TWO),
        (f"{TWELVE.replace('·', '・')} 缺附件", TWELVE),
        ("《云岭区民政局关于新建社区养老服务驿站的请示的补充说明》缺附件", TWO),
        ("第12件责任者应写全称", TWELVE),
        ("第 3 件没有", ""),
        ("请核对", ""),
    ],
)
def test_a_point_leads_to_the_record_it_names(text: str, ref: str) -> None:
    assert about(text, TITLES) == ref


def test_a_place_tells_nothing_where_several_classes_go() -> None:
    assert about("第1件缺附件", {**TITLES, "Z013-WS·2016·D30·办公室-0001": "关于值班的通知"}) == ""
