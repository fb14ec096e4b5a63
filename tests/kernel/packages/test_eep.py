"""EEP files: written ones read back equal, signatures are verified or told as not verifiable, hostile ones refused."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from lantai.kernel.digests import digest_bytes
from lantai.kernel.errors import Invalid, Unavailable
from lantai.kernel.findings import Severity
from lantai.kernel.packages import (
    Draft,
    DraftFile,
    DraftRecord,
    Package,
    build,
    compare_digests,
    open_package,
    unfold,
    unpack,
)
from lantai.kernel.packages.eep import read_eep, signature_block
from lantai.kernel.packages.eep.signatures import RULE, scheme
from tests.corpora import need
from tests.kernel.packages.samples import FIRST, draft, types

MOMENT = datetime(2026, 11, 22, 8, tzinfo=UTC)
NAMESPACE = "http://www.saac.gov.cn/standards/ERM/encapsulation"
REPO = Path(__file__).resolve().parents[3]


def _single(folder: Path) -> Draft:
    made = draft(folder)
    return replace(made, records=made.records[:1])


@pytest.fixture
def eep(tmp_path: Path) -> Path:
    """Return a folder with one EEP file in it."""
    build(_single(tmp_path / "in"), tmp_path / "out", types(), form="eep", moment=MOMENT)
    return tmp_path / "out"


def _file(root: Path) -> Path:
    return root / f"{FIRST}.eep"


def _opened(root: Path) -> Package:
    unfold(root)
    return open_package(root, types())


def _codes(package: Package) -> set[str]:
    assert all(f.message() and f.message("en") for f in package.findings)
    return {finding.code for finding in package.findings}


def _changed(root: Path, old: str, new: str) -> Path:
    path = _file(root)
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    return root


def test_what_is_written_reads_back_equal_as_folder_and_as_zip(tmp_path: Path) -> None:
    made = _single(tmp_path / "in")
    digests = build(made, tmp_path / "out", types(), form="eep", moment=MOMENT)
    build(made, tmp_path / "out.zip", types(), form="eep", moment=MOMENT, archive=True)
    container = unpack(tmp_path / "out.zip", tmp_path / "unzipped")
    assert container.digests == digests
    for root in (tmp_path / "out", tmp_path / "unzipped"):
        parts = unfold(root)
        package = open_package(root, types())
        assert package.findings == ()
        assert (package.form, package.fonds, package.sender) == ("eep", "Z109", "某局办公室")
        assert compare_digests(package, {**digests, **parts}) == []
        (record,) = package.records
        (given,) = made.records
        assert (record.ref, record.type, record.source) == (given.ref, "WS", f"{FIRST}.eep")
        told = {key: text for key, text in record.values.items() if key != "aggregation"}
        assert told == {"ref": given.ref, **given.values}
        for part, file in zip(record.components, given.files, strict=True):
            assert part.path == f"{FIRST}.eep.parts/{file.name}"
            assert (part.role, part.declared_format) == (file.role, file.format)
            assert (root / part.path).read_bytes() == file.source.read_bytes()
            assert parts[part.path] == digest_bytes(file.source.read_bytes())


def test_it_says_when_it_was_made_and_nothing_of_the_clock(tmp_path: Path) -> None:
    for name in ("1", "2"):
        made = _single(tmp_path / f"in{name}")
        build(made, tmp_path / f"{name}.zip", types(), form="eep", moment=MOMENT, archive=True)
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
    assert "<封装包创建时间>2026-11-22T08:00:00+00:00<" in (tmp_path / "1.zip").read_bytes().decode(
        "utf-8", "replace"
    )


def test_volumes_are_refused_and_changed_sources_told(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"packages\.eep\.volume"):
        build(draft(tmp_path / "in"), tmp_path / "out", types(), form="eep")
    source = tmp_path / "source"
    source.write_bytes(b"now")
    file = DraftFile(source, "a.txt", digests=digest_bytes(b"old"))
    made = Draft("A", "", (DraftRecord("A-1", "item", "WS", {}, (file,)),))
    with pytest.raises(Unavailable, match=r"packages\.source\.changed"):
        build(made, tmp_path / "out", types(), form="eep")
    assert not (tmp_path / "out").exists()


def test_unfolding_writes_over_nothing(eep: Path) -> None:
    folder = eep / f"{FIRST}.eep.parts"
    folder.mkdir()
    (folder / "mine").write_bytes(b"kept")
    with pytest.raises(Invalid, match=r"packages\.eep\.parts_exist"):
        unfold(eep)
    assert (folder / "mine").read_bytes() == b"kept"
    shutil.rmtree(folder)
    assert {finding.code for finding in open_package(eep, types()).findings} == {"packages.eep.folded"} | {
        "packages.eep.content_missing"
    }


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("aGVsbG8=", "aGVsbG8", "packages.eep.data_damaged"),
        ("aGVsbG8=", "aGV$bG8=", "packages.eep.data_damaged"),
        ("aGVsbG8=", "aGVsbG8=aGVs", "packages.eep.data_damaged"),
        ("<版本>2009", "<版本>2010", "packages.eep.version"),
        (NAMESPACE, "urn:x", "packages.eep.namespace"),
        ("电子文件封装包", "包", "packages.eep.structure"),
        ("被签名对象", "对象", "packages.eep.structure"),
        ("封装内容", "内容", "packages.eep.structure"),
        ("<文件数据>", "<文件数据><x>", "packages.eep.broken"),
        (
            "<?xml version='1.0' encoding='UTF-8'?>",
            "<?xml version='1.0' encoding='EBCDIC'?>",
            "packages.eep.encoding",
        ),
        ("<?xml version='1.0' encoding='UTF-8'?>", "<!DOCTYPE x [<!ENTITY a 'b'>]>", "packages.eep.doctype"),
        (
            "<编码数据 编码数据ID",
            "<编码数据 引用编码数据ID='none' 编码数据ID",
            "packages.eep.reference_missing",
        ),
        ("<版本>", "<版本>" + "<a>" * 200 + "</a>" * 200, "packages.eep.too_demanding"),
    ],
)
def test_what_is_wrong_is_told(eep: Path, old: str, new: str, code: str) -> None:
    assert code in _codes(_opened(_changed(eep, old, new)))


@pytest.mark.parametrize(
    "name", ["../../escaped", "/escaped", "a\\b", "C:\\x", "..", "附件/b.pdf", "x" * 300]
)
def test_names_of_contents_cannot_leave_their_folder_or_meet(eep: Path, name: str) -> None:
    before = set(eep.parent.rglob("*"))
    package = _opened(_changed(eep, "<计算机文件名>正文 (1).txt", f"<计算机文件名>{name}"))
    made = set(eep.parent.rglob("*")) - before
    assert made and all(path.is_relative_to(eep / f"{FIRST}.eep.parts") for path in made)
    (record,) = package.records
    assert [(package.root / part.path).stat().st_size for part in record.components] == [5, 4000]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_other_encodings_are_read(eep: Path, encoding: str) -> None:
    text = _file(eep).read_text("utf-8").replace("encoding='UTF-8'", f"encoding='{encoding}'")
    _file(eep).write_bytes(text.encode(encoding))
    package = _opened(eep)
    assert _codes(package) == set()
    assert package.records[0].values["author"] == "某局"


# --- signatures

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def _certificate(key: Key) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "某局电子印章")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(MOMENT)
        .not_valid_after(MOMENT + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return base64.b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


def _sign(key: Key, data: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


def _block(value: bytes, certificate: str, algorithm: str, rule: str = RULE) -> str:
    block = f"<证书块><证书>{certificate}</证书></证书块>" if certificate else ""
    return (
        "<电子签名块 >\n <电子签名><签名标识符>修改0-签名1</签名标识符>"
        f"<签名规则>{rule}</签名规则><签名时间>2026-11-22T08:00:00</签名时间><签名人>某局</签名人>"
        f"<签名结果>{base64.b64encode(value).decode()}</签名结果>{block}"
        f"<签名算法标识>{algorithm}</签名算法标识></电子签名>\n</电子签名块>"
    )


def _signed_bytes(path: Path) -> bytes:
    data = path.read_bytes()
    return (
        data[data.index("<被签名对象".encode()) : data.index("</被签名对象>".encode())]
        + "</被签名对象>".encode()
    )


def _with_block(root: Path, block: str) -> None:
    _changed(root, "</电子文件封装包>", f"{block}</电子文件封装包>")


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.mark.parametrize(
    ("make", "algorithm"),
    [
        (None, "SHA256withRSA"),
        (None, "1.2.840.113549.1.1.11"),
        (lambda: ec.generate_private_key(ec.SECP256R1()), "ecdsa-with-SHA256"),
        (lambda: ec.generate_private_key(ec.SECP256R1()), "SHA256withECDSA"),
    ],
)
def test_a_right_signature_with_its_certificate_is_verified(
    eep: Path, rsa_key: rsa.RSAPrivateKey, make: Callable[[], Key] | None, algorithm: str
) -> None:
    key = make() if make else rsa_key
    block = _block(_sign(key, _signed_bytes(_file(eep))), _certificate(key), algorithm)
    _with_block(eep, block)
    read = read_eep(_file(eep))
    assert signature_block(_file(eep), read.root).decode() == block
    (finding,) = [f for f in _opened(eep).findings if "signature" in f.code]
    assert (finding.code, finding.severity) == ("packages.eep.signature_verified", Severity.INFO)
    assert "某局电子印章" in finding.message()


def test_a_changed_content_is_told(eep: Path, rsa_key: rsa.RSAPrivateKey) -> None:
    value = _sign(rsa_key, _signed_bytes(_file(eep)))
    _with_block(eep, _block(value, _certificate(rsa_key), "SHA256withRSA"))
    _changed(eep, "aGVsbG8=", "aGVsbG9=")
    (finding,) = [f for f in _opened(eep).findings if "signature" in f.code]
    assert (finding.code, finding.severity) == ("packages.eep.signature_differs", Severity.ERROR)


def test_another_rule_than_ours_makes_a_difference_only_doubtful(
    eep: Path, rsa_key: rsa.RSAPrivateKey
) -> None:
    value = _sign(rsa_key, b"some other extent")
    _with_block(eep, _block(value, _certificate(rsa_key), "SHA256withRSA", "对摘要签名"))
    (finding,) = [f for f in _opened(eep).findings if "signature" in f.code]
    assert (finding.code, finding.severity) == ("packages.eep.signature_differs", Severity.WARNING)


@pytest.mark.parametrize(
    ("algorithm", "certificate", "reason"),
    [
        ("1.2.156.10197.1.501", "AAAA", "1.2.156.10197.1.501"),
        ("SM3withSM2", "AAAA", "SM3withSM2"),
        ("SHA256withRSA", "", "没有附带证书"),
        ("SHA256withRSA", "AAAA", "无法读取"),
        ("SHA256withECDSA", "own", "不是同一种类"),
    ],
)
def test_what_cannot_be_verified_is_told_and_never_claimed(
    eep: Path, rsa_key: rsa.RSAPrivateKey, algorithm: str, certificate: str, reason: str
) -> None:
    told = _certificate(rsa_key) if certificate == "own" else certificate
    _with_block(eep, _block(b"x", told, algorithm))
    (finding,) = [f for f in _opened(eep).findings if "signature" in f.code]
    assert (finding.code, finding.severity) == ("packages.eep.signature_unverifiable", Severity.WARNING)
    assert reason in finding.message()


def test_names_of_algorithms_are_known_in_their_spellings() -> None:
    for name in (
        "SHA1withRSA",
        "sha-1 with rsa",
        "SHA1-RSA",
        "RSA-SHA1",
        "1.2.840.113549.1.1.5",
        "SHA1WithRSAEncryption",
    ):
        assert scheme(name) == ("rsa", "sha1")
    assert scheme("ecdsa-with-SHA384") == ("ecdsa", "sha384")
    assert scheme("MD5withRSA") is None


def test_a_changed_package_is_an_onion_whose_core_stays(eep: Path, rsa_key: rsa.RSAPrivateKey) -> None:
    """The old layer lies inside byte for byte, its signature still right; new metadata refers to old content."""
    path = _file(eep)
    signed = _signed_bytes(path)
    block = _block(_sign(rsa_key, signed), _certificate(rsa_key), "SHA256withRSA")
    place = "修改0-文档2-文档数据1-编码1-编码数据1"
    onion = (
        f'<电子文件封装包 xmlns="{NAMESPACE}"><版本>2009</版本><被签名对象 eep版本="2009"><封装包类型>修改型</封装包类型>'
        f"<修改封装内容><修改标识符>修改1</修改标识符><原封装包>{signed.decode()}{block}</原封装包><修订内容><文件实体块><文件实体>"
        f"<档号>{FIRST}</档号><内容描述><题名>新题名</题名></内容描述><文件数据><文档><文档数据><编码>"
        f'<编码数据 引用编码数据ID="{place}" 编码数据ID="修改1-文档1-文档数据1-编码1-编码数据1"/>'
        "</编码></文档数据></文档></文件数据></文件实体></文件实体块></修订内容></修改封装内容></被签名对象></电子文件封装包>"
    )
    path.write_text(onion, "utf-8")
    package = _opened(eep)
    assert _codes(package) == {"packages.eep.signature_verified"}
    (record,) = package.records
    assert record.values["title"] == "新题名"
    assert [(part.path.rpartition(".parts/")[2], part.role) for part in record.components] == [
        ("附件/b.pdf", ""),
        ("正文 (1).txt", "修改前"),
    ]


@pytest.mark.parametrize("width", [76, 1 << 30])
@pytest.mark.parametrize(
    ("around", "hidden"),
    [
        ("{}", False),
        ("<!-- > -->{}", False),
        ("<![CDATA[{}]]>", False),
        ("<!-- > {} -->", True),
        ("<?x > {}?>", True),
    ],
)
def test_large_contents_are_decoded_as_an_xml_reader_sees_them(
    eep: Path, width: int, around: str, hidden: bool
) -> None:
    """Blocks inside Base64 pass the parser by; nobody may hide content in a comment that way, or lose it."""
    data = bytes(range(256)) * 8192
    coded = base64.b64encode(data).decode()
    lines = "\n".join(coded[at : at + width] for at in range(0, len(coded), width))
    _changed(eep, "aGVsbG8=", around.format(lines))
    package = _opened(eep)
    (record,) = package.records
    contents = [(package.root / part.path).read_bytes() for part in record.components]
    assert contents[0] == (b"" if hidden else data)
    assert len(contents[1]) == 4000
    assert _codes(package) == set()


def test_places_of_signed_bytes_hold_behind_large_contents(eep: Path, rsa_key: rsa.RSAPrivateKey) -> None:
    _changed(eep, "aGVsbG8=", base64.encodebytes(bytes(3 << 20)).decode())
    value = _sign(rsa_key, _signed_bytes(_file(eep)))
    _with_block(eep, _block(value, _certificate(rsa_key), "SHA256withRSA"))
    assert _codes(_opened(eep)) == {"packages.eep.signature_verified"}


_BIG = """
import json, sys
from pathlib import Path
from lantai.kernel import recordtypes
from lantai.kernel.packages import Draft, DraftFile, DraftRecord, build, open_package, unfold
from tests.memory import peak_bytes
folder, types = Path(sys.argv[1]), recordtypes.load()
source = folder / "big"
with open(source, "wb") as file:
    file.truncate(64 << 20)
small = DraftRecord("A-1", "item", "WS", {}, (DraftFile(folder / "small", "a"),))
(folder / "small").write_bytes(b"x")
def run(name, record):
    build(Draft("A", "", (record,)), folder / name, types, form="eep")
    sizes = [seen.size for seen in unfold(folder / name).values()]
    assert not [f for f in open_package(folder / name, types).findings]
    return sizes
run("first", small)
before = peak_bytes()
sizes = run("second", DraftRecord("A-2", "item", "WS", {}, (DraftFile(source, "a.bin"),)))
print(json.dumps({"grown": peak_bytes() - before, "sizes": sizes}))
"""


def test_memory_stays_flat_for_big_contents(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _BIG, str(tmp_path)], cwd=REPO, capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout)
    assert told["sizes"] == [64 << 20]
    assert told["grown"] < 24 << 20


def test_hostile_xml_is_refused(tmp_path: Path) -> None:
    samples = sorted(path for path in need("12-hostile-strings").rglob("*.xml"))
    assert samples
    for number, sample in enumerate(samples):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "a.eep").write_bytes(sample.read_bytes())
        package = _opened(folder)
        assert package.records == ()
        assert {"packages.eep.doctype", "packages.eep.broken", "packages.eep.encoding"} & _codes(package)
