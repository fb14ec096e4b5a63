"""What units of the sample district state of a year, and a small livelihood database that one of them backs up."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Mapping

STATED: Mapping[str, Mapping[str, str]] = {
    "MZJ": {
        "leader": "林嘉",
        "office": "办公室",
        "staff_full": "1",
        "staff_part": "6",
        "trained": "4",
        "scope": "yes",
        "written": "归档、保管、保密、利用、鉴定销毁、应急预案",
        "area": "86",
        "equipment": "密集架 12 列、恒湿机 2 台、气体灭火、扫描仪 2 台",
        "files": "3210",
        "items": "18466",
        "filed": "1205",
        "special": "婚姻登记 41,200 件，低保 9,800 件",
        "digitised": "15930",
        "pages": "214000",
        "electronic": "6120",
        "volume": "310",
        "systems": "协同办公、婚姻登记、社会救助",
        "checked": "yes",
        "moved": "640",
        "changes": "档案库房由三楼移到一楼",
        "lost": "无",
    },
    "JYJ": {
        "leader": "韩建",
        "office": "办公室",
        "staff_full": "0",
        "staff_part": "3",
        "scope": "yes",
        "area": "52",
        "files": "1840",
        "items": "9320",
        "filed": "730",
        "digitised": "5200",
        "electronic": "2210",
        "systems": "协同办公、学籍管理",
        "checked": "no",
        "lost": "无",
    },
}
"""By unit, then by matter of the builtin list."""

WISHES: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "MZJ": (
        ("documents", "2016—2024 年永久、30 年文书档案", "4,800 件"),
        ("digitised", "婚姻登记档案数字化成果", "41,200 件"),
    ),
    "JYJ": (("documents", "2018—2024 年永久文书档案", "1,100 件"),),
}
"""By unit: kind, title, amount."""

DATABASE = "婚姻登记库2024.zip"
TITLE = "婚姻登记库 2024 年 12 月全量"
_SURNAMES, _NAMES = "林周沈方陆何顾严韩许", "安宁嘉文敏川岚远舟禾"


def database() -> bytes:
    """Return a zip of two tables of invented marriages; the same bytes every time."""
    chance = random.Random(306)
    rows = ["登记号,登记日期,男方,女方,登记处"]
    for number in range(1, 241):
        pair = [chance.choice(_SURNAMES) + chance.choice(_NAMES) for _ in range(2)]
        day = f"2024{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}"
        rows.append(f"J330000-2024-{number:06d},{day},{pair[0]},{pair[1]},{chance.randint(1, 3)}")
    places = ["编号,名称", "1,区民政局婚姻登记处", "2,溪口镇登记点", "3,北山乡登记点"]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, lines in (("婚姻登记.csv", rows), ("登记处.csv", places)):
            told = zipfile.ZipInfo(name, (2024, 12, 31, 0, 0, 0))
            told.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(told, "\r\n".join(lines) + "\r\n")
    return out.getvalue()
