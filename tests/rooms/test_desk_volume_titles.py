"""What a volume is called by its items, and the span of their dates."""

from __future__ import annotations

from lantai.desk.volumes import propose_title, span


def test_titles_are_proposed_of_what_titles_share() -> None:
    def of(*titles: str, author: str = "云岭区民政局") -> str:
        return propose_title([{"title": title, "author": author} for title in titles])

    assert of() == ""
    assert of("关于防汛的通知") == "关于防汛的通知"
    assert of("关于第1批安置的通知", "关于第2批安置的通知") == "云岭区民政局关于安置的通知"
    assert of("关于水库移民安置的请示", "关于水库移民补偿的批复") == "云岭区民政局关于水库移民的请示、批复"
    assert of("云岭区民政局年度总结", "云岭区民政局年度计划") == "云岭区民政局年度的总结、计划"
    assert of("2024年1月份记账凭证", "2024年2月份记账凭证") == "云岭区民政局2024年记账凭证"
    assert of("2023年决算报告", "2024年决算报告") == "云岭区民政局决算报告"
    assert of("二〇二三年度工作总结", "二〇二四年度工作总结") == "云岭区民政局工作总结"
    assert of("2024年度第1季度报表", "2024年度第2季度报表") == "云岭区民政局2024年度报表"
    assert of("职工花名册", "防汛值班表") == "职工花名册等2件"
    assert span(["20260301", "2026年1月", "不详", "202602"]) == "202601-20260301"
