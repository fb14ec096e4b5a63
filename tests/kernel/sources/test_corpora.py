"""Every catalogue of the corpora 05 and 06 is read whole or refused with its code, as their indexes say.

"upstream: rejected / fails" are sheets that one program refused for rules of its own (dates it cannot read, a
missing search server, a parent it does not have): as tables they are sound. They open here, all rows come out,
and it is the validation of a record type that judges their values; refusing them here would hide their rows
from that judgement.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from lantai.kernel.errors import Invalid
from lantai.kernel.sources import open_source
from tests.corpora import corpus, need

NO_RECORDS = {"identify.xml": "Identify", "list_sets.xml": "ListSets"}
RECORDS = {"marcxml_collection_with_multiple_records.xml": 3}
KINDS = {"ead": "ead2002", "eac": "eac", "marc": "marcxml", "responses": "oai", "oai": "archivesspace"}


def _cases(name: str) -> list[dict[str, str]]:
    folder = corpus(name)
    if folder is None:
        return []
    with open(folder / "cases.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("case", [case["case"] for case in _cases("05-ead-eac-marc-oai")])
def test_every_description_of_corpus_05_is_read(case: str) -> None:
    path = need("05-ead-eac-marc-oai") / case
    source = open_source(path)
    assert source.kind == KINDS.get(path.parent.name, "ead2002")
    assert source.hierarchical
    assert source.headings[:3] == ("ref", "level", "parent")
    rows = [dict(zip(source.headings, row.cells, strict=True)) for row in source.rows()]
    if path.name in NO_RECORDS:
        assert not rows
        assert [(f.code, f.found) for f in source.findings] == [
            ("sources.oai.no_records", NO_RECORDS[path.name])
        ]
        return
    assert all(row["ref"] and row["level"] and row["title"] for row in rows)
    assert len({row["ref"] for row in rows}) == len(rows)
    if source.kind.startswith("ead"):
        components = len(re.findall(r"<c(?:0[1-9]|1[0-2])?[\s>]", path.read_text("utf-8")))
        assert [row["level"] for row in rows].count("fonds") == 1
        assert len(rows) - 1 == components
        refs = {row["ref"] for row in rows}
        assert all(row["parent"] in refs for row in rows[1:])
    else:
        assert len(rows) == RECORDS.get(path.name, 1)
    assert not source.findings or path.name == "xmleac.xml"


def test_agents_say_what_they_are() -> None:
    folder = need("05-ead-eac-marc-oai") / "archivesspace"
    told = {}
    for name in ("eac/RCR00174.xml", "eac/yale_cadell.xml", "eac/US-CtY-BR_2012_Boswell.xml", "marc/IAS.xml"):
        source = open_source(folder / name)
        row = dict(zip(source.headings, next(source.rows()).cells, strict=True))
        assert row["level"] == "agent"
        told[name] = (row["agent_kind"], row["title"])
    assert told == {
        "eac/RCR00174.xml": ("body", "Department of Romance Languages"),
        "eac/yale_cadell.xml": ("person", "Cadell, T., (Thomas), 1742-1802"),
        "eac/US-CtY-BR_2012_Boswell.xml": ("family", "Boswell family"),
        "marc/IAS.xml": (
            "body",
            "Institute for Advanced Study (Princeton, N.J.) sub name 1 Miami 1999 3 qualifier",
        ),
    }


def test_a_file_that_needed_mending_says_so() -> None:
    source = open_source(need("05-ead-eac-marc-oai") / "archivesspace/eac/xmleac.xml")
    assert [(f.code, f.facts["line"]) for f in source.findings] == [
        ("xml.document.mended", 69),
        ("xml.document.mended", 308),
    ]


REFUSED = {
    "not a CSV at all (binary): reject": "sources.file.disguised",
    'encrypted, password "tika"': "spreadsheets.file.encrypted",
}


@pytest.mark.parametrize("case", _cases("06-catalogue-spreadsheets"), ids=lambda case: str(case["case"]))
def test_every_sheet_of_corpus_06_is_opened_or_refused(case: dict[str, str]) -> None:
    path = need("06-catalogue-spreadsheets") / case["case"]
    code = REFUSED.get(case["expected"])
    if code:
        with pytest.raises(Invalid) as raised:
            open_source(path)
        assert raised.value.code == code
        return
    source = open_source(path)
    rows = list(source.rows())
    assert all(len(row.cells) == len(source.headings) and not row.extra for row in rows)
    # These two are a sheet without a table and a chart's sheet without cells.
    assert rows or path.name in {"testEXCEL_95.xls", "testEXCEL_hyperlinks.xls"}


def test_headings_under_instructions_are_found() -> None:
    folder = need("06-catalogue-spreadsheets") / "archivesspace"
    for name in ("testTopLinkerUpload.csv", "testTopLinkerUpload.xlsx", "Box36UploadDIDNT_WORK_test.xlsx"):
        source = open_source(folder / name)
        assert source.head == 4, name
        assert {"title", "ref_id"} <= set(source.headings)


@pytest.mark.parametrize(
    "path",
    sorted((corpus("12-hostile-strings") or Path("/nowhere")).glob("xxe/*.xml")),
    ids=lambda path: path.name,
)
def test_documents_that_would_reach_out_are_refused(path: Path) -> None:
    with pytest.raises(Invalid, match=r"xml\.document\.doctype"):
        open_source(path)
