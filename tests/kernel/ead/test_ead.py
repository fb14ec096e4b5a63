"""Finding aids survive reading, writing and reading again; what is written has the structure of EAD."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from lantai.kernel.ead import EadNode, EadReader, dublin_core, write_ead3, write_ead2002
from lantai.kernel.errors import Invalid
from lantai.kernel.recordtypes import load
from lantai.kernel.sources import open_source
from lantai.kernel.xml_stream import open_document
from tests.corpora import corpus

Write = Callable[..., int]
WRITERS = [write_ead3, write_ead2002]
DID = {
    *("unitid", "unittitle", "unitdate", "origination", "physdesc", "langmaterial", "repository"),
    *("container", "physloc", "didnote", "note"),
}
SECTIONS = {
    *("bioghist", "scopecontent", "arrangement", "accessrestrict", "userestrict", "custodhist", "appraisal"),
    *("originalsloc", "altformavail", "relatedmaterial", "odd", "controlaccess"),
}


def read(path: Path) -> list[EadNode]:
    reader = EadReader(open_document(path).events, path.stem)
    return list(reader.nodes(reader.survey()))


def facts(nodes: Iterable[EadNode]) -> list[tuple[str, str, str, dict[str, str]]]:
    return [(node.ref, node.parent, node.level, dict(node.values)) for node in nodes]


def rewritten(path: Path, nodes: list[EadNode], write: Write) -> None:
    with open(path, "wb") as out:
        count = write(out, {"ref": nodes[0].ref, **nodes[0].values}, nodes)
    assert count == len(nodes) - 1


def check_structure(path: Path) -> None:
    """Assert the structure both schemas want: header first, did first in each unit, sections of paragraphs."""
    root = etree.parse(path).getroot()
    names = [etree.QName(child).localname for child in root]
    assert names in (["control", "archdesc"], ["eadheader", "archdesc"])
    ead3 = names[0] == "control"
    first = [etree.QName(child).localname for child in root[0]]
    assert first[:2] == (["recordid", "filedesc"] if ead3 else ["eadid", "filedesc"])
    for unit in root.iter("{*}archdesc", "{*}c"):
        assert unit.get("level") in {"fonds", "series", "file", "item"}
        parts = [etree.QName(child).localname for child in unit]
        assert parts[0] == "did"
        assert len(unit[0]) >= 1
        below = list(itertools.dropwhile(lambda name: name not in {"c", "dsc"}, parts))
        assert set(below) <= {"c", "dsc"}, "components come last"
        assert set(parts[1 : len(parts) - len(below)]) <= SECTIONS
        for section in unit:
            name = etree.QName(section).localname
            if name == "did":
                assert {etree.QName(part).localname for part in section} <= DID
            elif name == "controlaccess":
                assert all(not ead3 or part.find("{*}part") is not None for part in section)
            elif name in SECTIONS:
                assert {etree.QName(part).localname for part in section} == {"p"}


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(
    "path",
    sorted((corpus("05-ead-eac-marc-oai") or Path("/nowhere")).glob("archivesspace/**/ead*/*.xml"))
    + sorted((corpus("05-ead-eac-marc-oai") or Path("/nowhere")).glob("archivesspace/ead_*.xml")),
    ids=lambda path: getattr(path, "name", ""),
)
def test_reading_writing_and_reading_gives_equal_rows(tmp_path: Path, path: Path, write: Write) -> None:
    nodes = read(path)
    again = tmp_path / "again.xml"
    rewritten(again, nodes, write)
    check_structure(again)
    assert facts(read(again)) == facts(nodes)
    source = open_source(again)
    assert source.kind == ("ead3" if write is write_ead3 else "ead2002")
    assert [row.cells[0] for row in source.rows()] == [node.ref for node in nodes]


text = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\ufffe\uffff"), max_size=12
)
keys = st.sampled_from(
    ["title", "date", "keywords", "persons", "note", "abstract", "retention", "ref_extra", "author"]
)
values = st.dictionaries(keys, st.lists(text.filter(bool), min_size=1, max_size=3).map("\n".join), max_size=5)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["series", "file", "item"]), values), max_size=9)
)
def test_any_tree_of_any_text_comes_back(
    tmp_path_factory: pytest.TempPathFactory, units: list[tuple[int, str, dict[str, str]]]
) -> None:
    nodes = [EadNode("X001", "", "fonds", {"title": "全宗"})]
    path = ["X001"]
    for number, (depth, level, told) in enumerate(units):
        path = path[: depth + 1]
        nodes.append(EadNode(f"X001-{number}", path[-1], level, told))
        path.append(f"X001-{number}")
    for write in WRITERS:
        file = tmp_path_factory.mktemp("ead") / "a.xml"
        rewritten(file, nodes, write)
        check_structure(file)
        assert facts(read(file)) == facts(nodes)


def test_levels_refs_and_notes_of_a_foreign_finding_aid(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(
        """<ead><eadheader><eadid>EAD9</eadid></eadheader><archdesc level="fonds"><did>
        <unitid>X001</unitid><unittitle>某<emph>全宗</emph>, <unitdate normal="1950/1960">五十年代</unitdate></unittitle>
        </did><dsc>
        <c01 level="subseries" id="s1"><did><unitid>A</unitid><unittitle>文书</unittitle></did>
          <c02 level="file"><did><unitid>A-1</unitid><unittitle>卷</unittitle><container type="Box">7</container></did>
            <c03 level="item"><did><unitid>1</unitid><unittitle>件一</unittitle></did></c03>
            <c03 level="item"><did><unitid>1</unitid><unittitle>件二</unittitle></did>
              <processinfo><head>说明</head><p>扫描</p><p>校对</p></processinfo></c03>
          </c02></c01>
        <c01 level="file"><did><unittitle>空卷</unittitle></did></c01>
        </dsc><controlaccess><persname>张三</persname><subject>水利</subject></controlaccess></archdesc></ead>""",
        "utf-8",
    )
    assert facts(read(path)) == [
        (
            "X001",
            "",
            "fonds",
            {
                "title": "某全宗",
                "date": "1950-1960",
                "persons": "张三",
                "keywords": "水利",
                "note": "unitid: X001\nunitdate: 五十年代\neadid: EAD9",
            },
        ),
        ("X001-A", "X001", "series", {"title": "文书", "note": "unitid: A\n@id: s1\n@level: subseries"}),
        ("X001-A-1", "X001-A", "file", {"title": "卷", "box_number": "7", "note": "unitid: A-1"}),
        ("X001-1.1.1", "X001-A-1", "item", {"title": "件一", "note": "unitid: 1"}),
        (
            "X001-1.1.2",
            "X001-A-1",
            "item",
            {"title": "件二", "note": "unitid: 1\nprocessinfo: 扫描\n校对"},
        ),
        ("X001-2", "X001", "item", {"title": "空卷", "note": "@level: file"}),
    ]


def test_ordinal_refs_never_meet_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(
        "<ead><archdesc level='fonds'><did><unitid>X</unitid></did><dsc><c><did><unittitle>甲</unittitle></did></c>"
        "<c><did><unitid>1</unitid></did></c></dsc></archdesc></ead>",
        "utf-8",
    )
    assert [node.ref for node in read(path)] == ["X", "X-c1", "X-1"]


def test_what_comes_behind_components_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(
        "<ead><archdesc level='fonds'><did><unitid>X</unitid></did><dsc><c><did><unittitle>甲</unittitle></did>"
        "<c><did><unittitle>乙</unittitle></did></c><odd><p>迟</p></odd></c></dsc></archdesc></ead>",
        "utf-8",
    )
    assert [finding.code for finding in open_source(path).findings] == ["ead.component.late"]


def test_a_row_before_its_parent_is_refused() -> None:
    with pytest.raises(Invalid, match=r"ead\.node\.parent"):
        write_ead3(io.BytesIO(), {"ref": "X"}, [EadNode("X-1-1", "X-1", "item"), EadNode("X-1", "", "file")])


def test_places_follow_the_record_type() -> None:
    out = io.BytesIO()
    values = {
        "title": "甲",
        "keywords": "水利；防汛",
        "date": "20010203",
        "retention": "30年",
        "security": "内部",
    }
    write_ead3(out, {"ref": "X"}, [EadNode("X-1", "X", "item", values)])
    component = etree.fromstring(out.getvalue()).find(".//{*}c")
    assert component is not None
    assert [e.text for e in component.iter("{*}unitdate")] == ["20010203"]
    assert [e.get("normal") for e in component.iter("{*}unitdate")] == ["2001-02-03"]
    assert ["".join(map(str, e.itertext())) for e in component.iter("{*}subject")] == ["水利", "防汛"]
    assert {e.get("encodinganalog") for e in component.iter("{*}appraisal", "{*}accessrestrict")} == {
        "retention",
        "security",
    }


def test_dublin_core_holds_public_elements_only() -> None:
    values = {"ref": "X-1", "title": "甲", "persons": "张三", "keywords": "水利；防汛", "note": "内部说明"}
    assert dublin_core(load()["WS"], values) == [
        ("identifier", "X-1"),
        ("title", "甲"),
        ("subject", "水利"),
        ("subject", "防汛"),
    ]
