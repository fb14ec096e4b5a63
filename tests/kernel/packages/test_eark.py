"""E-ARK packages: the firm verdicts of the public corpus, and SIPs that read back as what was packed."""

from __future__ import annotations

import copy
import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import process_time

import pytest
from lxml import etree

from lantai.kernel.findings import Finding, Severity, failed
from lantai.kernel.packages import Package, build, compare_digests, open_package, unpack
from lantai.kernel.packages.contents import Contents, survey
from lantai.kernel.packages.eark import read_mets
from lantai.kernel.packages.eark.reading import MISSING, read_eark
from lantai.kernel.packages.model import PackageFile
from tests.corpora import corpus, need
from tests.kernel.packages.samples import draft, same, types

METS = "{http://www.loc.gov/METS/}"
CSIP = "{https://DILCIS.eu/XML/METS/CSIPExtensionMETS}"
HREF = "{http://www.w3.org/1999/xlink}href"


def _cases(kind: str) -> list[dict[str, str]]:
    folder = corpus("03-eark-ip")
    if folder is None:
        return [{"case": "", "expected": "", "detail": ""}]
    with open(folder / "cases.csv", encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    return [row for row in rows if row["case"].endswith(".xml") == (kind == "mets")]


def _named(row: dict[str, str]) -> str:
    return row["case"]


def _requirements(findings: Sequence[Finding]) -> set[str]:
    return {str(f.facts["requirement"]) for f in findings if f.code == "packages.eark.structure"}


def _opened(case: Path, folder: Path) -> tuple[Package, list[Finding]]:
    if case.is_dir():
        return open_package(case, types()), []
    container = unpack(case, folder / "content")
    package = open_package(folder / "content", types())
    return package, compare_digests(package, container.digests)


@pytest.mark.parametrize("row", _cases("package"), ids=_named)
def test_every_firm_verdict_on_packages_is_ours_too(row: dict[str, str], tmp_path: Path) -> None:
    package, differing = _opened(need("03-eark-ip") / row["case"], tmp_path)
    assert failed(package.findings) == row["expected"].startswith("not well formed")
    assert all(finding.message() and finding.message("en") for finding in package.findings)
    if row["case"].startswith("eark-validator/bad/"):
        assert "packages.package.unrecognised" in {finding.code for finding in package.findings}
        return
    assert package.form == "eark"
    assert len(package.records) == 1
    told = re.search(r"structure \w+ \[(.*?)\]", row["detail"])
    if told:  # the reference tool's own list: I are remarks, W warnings, E errors
        expected = {name for name, weight in re.findall(r"(CSIPSTR\d+):(\w)", told[1]) if weight != "I"}
        assert _requirements(package.findings) == expected
    if not row["case"].startswith("eark-validator/"):
        assert not differing


@pytest.mark.parametrize("row", _cases("mets"), ids=_named)
def test_every_firm_verdict_on_mets_files_is_ours_too(row: dict[str, str]) -> None:
    path = need("03-eark-ip") / row["case"]
    findings = read_mets(path.read_bytes(), path.name).findings
    assert failed(findings) == (not row["expected"].startswith("valid"))


def test_files_of_one_name_are_two_components(tmp_path: Path) -> None:
    case = need("03-eark-ip") / "roda" / "earkSip_twoFiles_with_same_name.zip"
    (record,) = _opened(case, tmp_path)[0].records
    assert [part.path.rpartition("/data/")[2] for part in record.components] == [
        "f1/image (1).png",
        "f2/image (1).png",
    ]
    assert all(part.declared_digest["sha256"] for part in record.components)


def _sip(folder: Path) -> Path:
    build(draft(folder / "in"), folder / "sip", types(), form="eark")
    return folder / "sip"


def test_a_sip_reads_back_equal_as_folder_and_as_zip(tmp_path: Path) -> None:
    made = draft(tmp_path / "in")
    digests = build(made, tmp_path / "sip", types(), form="eark")
    build(made, tmp_path / "sip.zip", types(), form="eark", archive=True)
    container = unpack(tmp_path / "sip.zip", tmp_path / "unzipped")
    folders = {member.path.partition("/")[0] for member in container.members}
    assert len(folders) == 1
    for root, computed in ((tmp_path / "sip", digests), (tmp_path / "unzipped", container.digests)):
        package = open_package(root, types())
        assert package.findings == ()
        same(made, package)
        assert (package.form, package.fonds, package.sender) == ("eark", "Z109", "某局办公室")
        assert (package.register.items, package.register.files) == (2, 3)
        assert compare_digests(package, computed) == []
        assert {file.path for file in package.files} == set(computed)


def _files(root: Path) -> Iterator[tuple[str, etree._Element]]:
    for path in (root / "METS.xml", root / "representations/rep1/METS.xml"):
        above = path.parent.relative_to(root).as_posix()
        tree = etree.fromstring(path.read_bytes())
        for place in (*tree.iter(f"{METS}FLocat"), *tree.iter(f"{METS}mdRef")):
            told = place if place.tag == f"{METS}mdRef" else place.getparent()
            assert told is not None
            yield f"{above}/{place.get(HREF)}".removeprefix("./"), told


def test_a_sip_is_made_as_csip_and_the_sip_profile_ask(tmp_path: Path) -> None:
    """Stands in for eark-validator, which is no part of the locks; what it asks is asserted here."""
    root = _sip(tmp_path)
    top = etree.fromstring((root / "METS.xml").read_bytes())
    assert top.get("OBJID") and top.get("TYPE") == "Mixed" and "SIP" in str(top.get("PROFILE"))
    header = top.find(f"{METS}metsHdr")
    assert header is not None and header.get(f"{CSIP}OAISPACKAGETYPE") == "SIP"
    maker = header.find(f"{METS}agent")
    assert maker is not None
    assert (maker.get("ROLE"), maker.get("TYPE"), maker.get("OTHERTYPE")) == ("CREATOR", "OTHER", "SOFTWARE")
    (whole,) = top.findall(f"{METS}structMap")
    assert (whole.get("TYPE"), whole.get("LABEL")) == ("PHYSICAL", "CSIP")
    labels = [part.get("LABEL") for part in whole[0]]
    assert labels == ["Metadata", "Documentation", "Schemas", "Representations"]
    known = {element.get("ID") for element in top.iter("*")}
    for pointer in top.iter(f"{METS}fptr"):
        assert pointer.get("FILEID") in known
    for name in ("DMDID", "ADMID"):
        assert all(e.get(name) in known for e in top.iter("*") if e.get(name))
    identifiers = [e.get("ID") for e in top.iter("*") if e.get("ID")]
    assert len(identifiers) == len(set(identifiers))
    listed = {href for href, _ in _files(root)}
    there = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    assert len(listed) == len(there) - 1  # METS.xml does not list itself
    for _, told in _files(root):
        assert {"MIMETYPE", "SIZE", "CREATED", "CHECKSUM", "CHECKSUMTYPE"} <= set(told.attrib)


@pytest.mark.parametrize(
    ("path", "change", "code"),
    [
        ("representations/rep1/data/说明文件.TXT", None, "packages.eark.file_missing"),
        ("representations/rep1/data/说明文件.TXT", b"x", "packages.size.differs"),
        ("representations/rep1/data/new.txt", b"x", "packages.eark.file_unlisted"),
        ("METS.xml", b"<mets/>", "packages.eark.not_mets"),
        ("METS.xml", b"<!DOCTYPE mets []><mets/>", "xml.document.doctype"),
        ("METS.xml", None, "packages.eark.structure"),
    ],
)
def test_what_is_wrong_with_a_sip_is_told(tmp_path: Path, path: str, change: bytes | None, code: str) -> None:
    root = _sip(tmp_path)
    (root / path).unlink(missing_ok=True)
    if change is not None:
        (root / path).write_bytes(change)
    assert code in {finding.code for finding in open_package(root, types()).findings}


@pytest.mark.parametrize("href", ["../../secret", "/etc/passwd", "file:///etc/passwd", "%2e%2e/secret"])
def test_addresses_out_of_the_package_are_not_followed(tmp_path: Path, href: str) -> None:
    (tmp_path / "secret").write_text("x")
    root = _sip(tmp_path)
    mets = root / "METS.xml"
    mets.write_text(mets.read_text("utf-8").replace("documentation/README.txt", href), "utf-8")
    found = [f for f in open_package(root, types()).findings if f.code == "packages.eark.outside"]
    assert [(finding.found, finding.severity) for finding in found] == [(href, Severity.WARNING)]


def test_contradicting_digests_of_two_mets_are_told(tmp_path: Path) -> None:
    """The METS of the whole lists that of the representation; a second reference there has another digest."""
    root = _sip(tmp_path)
    mets = root / "representations/rep1/METS.xml"
    tree = etree.fromstring(mets.read_bytes())
    (first, *_) = tree.iter(f"{METS}file")
    other = copy.deepcopy(first)
    other.set("CHECKSUM", "0" * len(str(first.get("CHECKSUM"))))
    parent = first.getparent()
    assert parent is not None
    parent.insert(0, other)
    mets.write_bytes(etree.tostring(tree))
    (found,) = [f for f in open_package(root, types()).findings if f.code == "packages.eark.digests_differ"]
    assert found.severity == Severity.ERROR
    assert found.message() and found.message("en")


def test_references_of_all_mets_are_capped_together(tmp_path: Path) -> None:
    root = _sip(tmp_path)
    package = read_eark(survey(root), "", types(), limit=3)
    assert [f.expected for f in package.findings if f.code == "packages.eark.references"] == ["3"]
    assert "packages.eark.references" not in {f.code for f in read_eark(survey(root), "", types()).findings}


def test_missing_files_without_end_are_told_once_more(tmp_path: Path) -> None:
    root = _sip(tmp_path)
    mets = root / "METS.xml"
    text = mets.read_text("utf-8")
    at = text.index("<structMap")
    none = "".join(f'<file><FLocat xlink:href="none/{n}"/></file>' for n in range(MISSING + 50))
    mets.write_text(text[:at] + f"<fileSec><fileGrp>{none}</fileGrp></fileSec>" + text[at:], "utf-8")
    codes = [f.code for f in open_package(root, types()).findings]
    assert codes.count("packages.eark.file_missing") == MISSING
    assert codes.count("packages.eark.more_missing") == 1


def test_many_representations_cost_no_square() -> None:
    names = [f"representations/{n}" for n in range(20_000)]
    folders = (*names, *(f"{name}/data" for name in names), "representations")
    files = {f"{name}/data/a": PackageFile(f"{name}/data/a", 1) for name in names}
    began = process_time()
    package = read_eark(Contents(Path(), files, folders, ()), "", types())
    assert process_time() - began < 5
    assert len(package.records[0].components) == 20_000
