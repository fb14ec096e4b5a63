from __future__ import annotations

import base64
import re
import zipfile
from pathlib import Path

import pytest

from lantai.kernel import digests
from lantai.kernel.errors import Corrupt
from lantai.kernel.formats import identify, inspect
from lantai.kernel.formats.ofd import Ofd, join
from tests.corpora import need
from tests.kernel.formats import samples

SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
MISCOUNTED = {
    # The page list of its document root names two pages; the corpus also counted the Page element that
    # stands in the list of annotations.
    "ofdrw-converter/testImageNotFound.ofd": 2,
}

SHOWN = {
    # The corpus counts the text of templates that no page uses.
    "ofdrw-layout/fptpl.ofd": 445,
    # One piece of text holds a line end, which is not counted here.
    "zc310/helloworld.ofd": 41,
}


def sealed(path: Path, method: str, algorithm: str, *, alter: bool = False, drop: bool = False) -> Path:
    """Write an OFD whose page is protected by one seal."""
    samples.ofd(path, "正文")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    page = members["Doc_0/Pages/P0.xml"]
    value = base64.b64encode(
        bytes.fromhex(digests.digest_bytes(page, (algorithm,)).digests[algorithm])
    ).decode()
    members["OFD.xml"] = members["OFD.xml"].replace(
        b"</ofd:DocBody>", b"<ofd:Signatures>/Doc_0/Signs/Signatures.xml</ofd:Signatures></ofd:DocBody>"
    )
    listed = (
        f'<ofd:Signatures {SPACE}><ofd:Signature ID="1" Type="Seal" BaseLoc="Sign_0/S.xml"/></ofd:Signatures>'
    )
    members["Doc_0/Signs/Signatures.xml"] = listed.encode()
    check = f'CheckMethod="{method}"' if method else ""
    members["Doc_0/Signs/Sign_0/S.xml"] = (
        f'<ofd:Signature {SPACE}><ofd:SignedInfo><ofd:Provider ProviderName="P"/>'
        f"<ofd:SignatureDateTime>2026</ofd:SignatureDateTime><ofd:References {check}>"
        f'<ofd:Reference FileRef="\\DOC_0\\Pages\\p0.xml"><ofd:CheckValue>{value}</ofd:CheckValue>'
        f"</ofd:Reference></ofd:References></ofd:SignedInfo></ofd:Signature>"
    ).encode()
    if alter:
        members["Doc_0/Pages/P0.xml"] = page.replace("正文".encode(), "改文".encode())
    if drop:
        members["Doc_0/Document.xml"] = members["Doc_0/Document.xml"].replace(b"Pages/P0.xml", b"Q.xml")
        members["Doc_0/Q.xml"] = members.pop("Doc_0/Pages/P0.xml")
    with zipfile.ZipFile(path, "w") as out:
        for name, data in members.items():
            out.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("method", "algorithm"), [("1.2.156.10197.1.401", "sm3"), ("", "md5"), ("SHA256", "sha256")]
)
def test_protected_parts_are_compared(tmp_path: Path, method: str, algorithm: str) -> None:
    for change, expected in (
        ("", ""),
        ("alter", "formats.signature.altered"),
        ("drop", "formats.signature.missing"),
    ):
        changes = {change: True} if change else {}
        path = sealed(tmp_path / f"{change}.ofd", method, algorithm, **changes)
        inspection = inspect(path, identify(path))
        assert "".join(finding.code for finding in inspection.findings) == expected
        assert inspection.signatures == 1
        assert inspection.readable is True
    with Ofd(tmp_path / ".ofd") as package:
        (seal,) = package.signatures(package.documents()[0])
    assert (seal.provider, seal.kind, seal.check_method, seal.references) == ("P", "Seal", algorithm, 1)


def test_an_unknown_digest_method_is_a_doubt(tmp_path: Path) -> None:
    path = sealed(tmp_path / "a.ofd", "1.2.3", "md5")
    (finding,) = inspect(path, identify(path)).findings
    assert (finding.code, finding.found) == ("formats.signature.unknown_method", "1.2.3")


def test_locations_are_joined_as_the_standard_says() -> None:
    assert join("Doc_0/Document.xml", "Pages/P.xml") == "Doc_0/Pages/P.xml"
    assert join("Doc_0/Document.xml", "/Doc_1/P.xml") == "Doc_1/P.xml"
    assert join("Doc_0/Document.xml", "..\\Res\\a.png") == "Res/a.png"
    assert join("Doc_0/Document.xml", None) == ""


def test_a_missing_page_is_named(tmp_path: Path) -> None:
    path = samples.ofd(tmp_path / "a.ofd", "一")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if "P0" not in name}
    with zipfile.ZipFile(path, "w") as out:
        for name, data in members.items():
            out.writestr(name, data)
    inspection = inspect(path, identify(path))
    (finding,) = inspection.findings
    assert (inspection.readable, finding.code) == (False, "formats.ofd.member_missing")
    assert "P0.xml" in finding.message()


def test_what_is_no_zip_is_corrupt(tmp_path: Path) -> None:
    (tmp_path / "a.ofd").write_bytes(b"PK\x03\x04")
    with pytest.raises(Corrupt) as caught:
        Ofd(tmp_path / "a.ofd")
    assert caught.value.code == "formats.ofd.damaged"


def test_counts_of_the_corpus() -> None:
    folder = need("07-ofd")
    for row in samples.cases(folder):
        told = dict(re.findall(r"(\w+)=(\S+)", row["expected"]))
        path = folder / row["case"]
        assert identify(path).puid == "local/ofd"
        with Ofd(path) as package:
            documents = package.documents()
            pages = sum(len(document.pages) for document in documents)
            seals = sum(len(package.signatures(document)) for document in documents)
            attached = sum(len(document.attachments) for document in documents)
            assert pages == MISCOUNTED.get(row["case"], int(told["pages"])), row["case"]
            assert (seals, attached) == (int(told["signatures"]), int(told["attachments"])), row["case"]
            assert package.declared == told["DocType"]
            text = "".join(package.page_text(d, page) for d in documents for page in d.pages)
            shown = len(text.replace("\n", ""))
            assert shown == SHOWN.get(row["case"], int(told["textchars"])), row["case"]
        assert inspect(path, identify(path)).readable is True, row["case"]
