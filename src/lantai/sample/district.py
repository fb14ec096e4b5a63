"""The invented district 云岭区: its units, fonds and the cast. Nothing here exists outside this project."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Unit:
    """A body of the district; ``mark`` is its 机关代字, ``kind`` unit, archives or bureau."""

    code: str
    name: str
    short: str
    mark: str
    kind: Literal["unit", "archives", "bureau"] = "unit"


@dataclass(frozen=True, slots=True)
class Fonds:
    """A 全宗 of ``unit_code``, made by ``maker`` between ``first`` and ``last`` (inclusive)."""

    number: str
    name: str
    unit_code: str
    maker: str
    mark: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Person:
    """An account of the cast. There is no password: a site makes one when it is set up."""

    username: str
    name: str
    role: str
    unit_code: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One catalogue entry; ``values`` by element key, ``package`` the transfer it comes with ("" = older)."""

    ref: str
    level: Literal["file", "item"]
    type: str
    fonds: str
    values: Mapping[str, str]
    parent: str = ""
    package: str = ""


@dataclass(frozen=True, slots=True)
class SamplePackage:
    """One transfer as the unit sends it.

    ``path`` is a file or folder (for kind ``list`` a folder holding ``目录.xlsx`` and ``文件/``). ``expect``
    is the right verdict and ``why`` tells its reason. ``corrected`` is what the unit sends after a return.
    """

    path: Path
    unit_code: str
    fonds: str
    kind: Literal["dat93-zip", "dat93", "bagit", "dat93-2012", "list"]
    title: str
    expect: Literal["pass", "fail"]
    why: str
    corrected: Path | None = None


@dataclass(frozen=True, slots=True)
class District:
    """The whole: bodies, fonds, people, about 2,000 entries and six transfers."""

    name: str
    units: tuple[Unit, ...]
    archives: Unit
    bureau: Unit
    fonds: tuple[Fonds, ...]
    people: tuple[Person, ...]
    entries: tuple[Entry, ...]
    packages: tuple[SamplePackage, ...]


NAME = "云岭区"

UNITS = (
    Unit("QZFB", "云岭区人民政府办公室", "区政府办公室", "云政办"),
    Unit("JYJ", "云岭区教育局", "区教育局", "云教"),
    Unit("MZJ", "云岭区民政局", "区民政局", "云民"),
    Unit("ZJJ", "云岭区住房和城乡建设局", "区住房城乡建设局", "云住建"),
    Unit("YXJD", "云溪街道办事处", "云溪街道", "云溪街办"),
)
ARCHIVES = Unit("DAG", "云岭区档案馆", "区档案馆", "云档馆", "archives")
BUREAU = Unit("DAJ", "云岭区档案局", "区档案局", "云档", "bureau")

FONDS = (
    Fonds("Z001", "云岭区人民政府办公室", "QZFB", "云岭区人民政府办公室", "云政办", 1984, 2025),
    Fonds("Z002", "云岭县人民委员会", "QZFB", "云岭县人民委员会", "云会", 1958, 1983),
    Fonds("Z012", "云岭区教育局", "JYJ", "云岭区教育局", "云教", 1979, 2025),
    Fonds("Z013", "云岭区民政局", "MZJ", "云岭区民政局", "云民", 1972, 2025),
    Fonds("Z014", "云岭区住房和城乡建设局", "ZJJ", "云岭区住房和城乡建设局", "云住建", 1986, 2025),
    Fonds("Z031", "云溪街道办事处", "YXJD", "云溪街道办事处", "云溪街办", 2002, 2025),
    Fonds("Z032", "云溪乡人民政府", "YXJD", "云溪乡人民政府", "云溪政", 1984, 2001),
    Fonds("X005", "云岭水库移民安置委员会", "MZJ", "云岭水库移民安置委员会", "云库移", 1958, 1972),
)

PEOPLE = (
    Person("shenwen", "沈文", "clerk", "MZJ"),
    Person("zhouping", "周平", "contributor", "MZJ"),
    Person("hanmei", "韩梅", "clerk", "JYJ"),
    Person("luan", "陆安", "intake", "DAG"),
    Person("heheng", "何恒", "preservation", "DAG"),
    Person("guwen", "顾闻", "reading", "DAG"),
    Person("yanshen", "严慎", "reviewer", "DAG"),
    Person("fangzheng", "方正", "bureau", "DAJ"),
    Person("sysadmin", "系统管理员", "sysadmin", "DAG"),
    Person("secadmin", "安全保密员", "secadmin", "DAG"),
    Person("auditor", "安全审计员", "auditor", "DAG"),
)


def unit(code: str) -> Unit:
    """Return the body with ``code``; an unknown code is a programming error."""
    return next(body for body in (*UNITS, ARCHIVES, BUREAU) if body.code == code)


def fonds(number: str) -> Fonds:
    """Return the fonds with ``number``; an unknown number is a programming error."""
    return next(one for one in FONDS if one.number == number)
