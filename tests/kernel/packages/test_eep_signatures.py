"""Signatures in EEP files: verified, found wrong, or told as not verifiable; never claimed."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from lantai.kernel.findings import Severity
from lantai.kernel.packages import Package
from lantai.kernel.packages.eep import read_eep, signature_block
from lantai.kernel.packages.eep.signatures import RULE, scheme
from tests.kernel.packages.eeps import MOMENT, NAMESPACE, changed, codes, file_of, opened
from tests.kernel.packages.samples import FIRST

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


def _last_signed_bytes(path: Path) -> bytes:
    """Return 被签名对象 of the newest layer, which others lie in."""
    data, end = path.read_bytes(), "</被签名对象>".encode()
    return data[data.index("<被签名对象".encode()) : data.rindex(end)] + end


def _with_block(root: Path, block: str) -> None:
    changed(root, "</电子文件封装包>", f"{block}</电子文件封装包>")


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
    block = _block(_sign(key, _signed_bytes(file_of(eep))), _certificate(key), algorithm)
    _with_block(eep, block)
    read = read_eep(file_of(eep))
    assert signature_block(file_of(eep), read.root).decode() == block
    (finding,) = [f for f in opened(eep).findings if "signature" in f.code]
    assert (finding.code, finding.severity) == ("packages.eep.signature_verified", Severity.INFO)
    assert "某局电子印章" in finding.message()


def test_a_changed_content_is_told(eep: Path, rsa_key: rsa.RSAPrivateKey) -> None:
    value = _sign(rsa_key, _signed_bytes(file_of(eep)))
    _with_block(eep, _block(value, _certificate(rsa_key), "SHA256withRSA"))
    changed(eep, "aGVsbG8=", "aGVsbG9=")
    (finding,) = [f for f in opened(eep).findings if "signature" in f.code]
    assert (finding.code, finding.severity) == ("packages.eep.signature_differs", Severity.ERROR)


def test_another_rule_than_ours_makes_a_difference_only_doubtful(
    eep: Path, rsa_key: rsa.RSAPrivateKey
) -> None:
    value = _sign(rsa_key, b"some other extent")
    _with_block(eep, _block(value, _certificate(rsa_key), "SHA256withRSA", "对摘要签名"))
    (finding,) = [f for f in opened(eep).findings if "signature" in f.code]
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
    (finding,) = [f for f in opened(eep).findings if "signature" in f.code]
    assert (finding.code, finding.severity) == ("packages.eep.signature_unverifiable", Severity.WARNING)
    assert reason in finding.message()


def test_a_certificate_of_an_unknown_version_is_told(eep: Path, rsa_key: rsa.RSAPrivateKey) -> None:
    der = base64.b64decode(_certificate(rsa_key))
    version = bytes.fromhex("a003020102")
    assert der.count(version) == 1
    other = base64.b64encode(der.replace(version, bytes.fromhex("a003020105"))).decode()
    _with_block(eep, _block(b"x", other, "SHA256withRSA"))
    (finding,) = [f for f in opened(eep).findings if "signature" in f.code]
    assert finding.code == "packages.eep.signature_unverifiable"
    assert "无法读取" in finding.message()


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


def _onion(root: Path, key: Key) -> None:
    """Make the file a changed one around the old layer with its signature; its new layer refers to old content."""
    path = file_of(root)
    signed = _signed_bytes(path)
    block = _block(_sign(key, signed), _certificate(key), "SHA256withRSA")
    place = "修改0-文档2-文档数据1-编码1-编码数据1"
    onion = (
        f'<电子文件封装包 xmlns="{NAMESPACE}"><版本>2009</版本><被签名对象 eep版本="2009"><封装包类型>修改型</封装包类型>'
        f"<修改封装内容><修改标识符>修改1</修改标识符><原封装包>{signed.decode()}{block}</原封装包><修订内容><文件实体块><文件实体>"
        f"<档号>{FIRST}</档号><内容描述><题名>新题名</题名></内容描述><文件数据><文档><文档数据><编码>"
        f'<编码数据 引用编码数据ID="{place}" 编码数据ID="修改1-文档1-文档数据1-编码1-编码数据1"/>'
        "</编码></文档数据></文档></文件数据></文件实体></文件实体块></修订内容></修改封装内容></被签名对象></电子文件封装包>"
    )
    path.write_text(onion, "utf-8")


def test_a_changed_package_is_an_onion_whose_core_stays(eep: Path, rsa_key: rsa.RSAPrivateKey) -> None:
    """The old layer lies inside byte for byte, its signature still right; new metadata refers to old content."""
    _onion(eep, rsa_key)
    package = opened(eep)
    assert codes(package) == {"packages.eep.signature_verified"}
    (record,) = package.records
    assert record.values["title"] == "新题名"
    assert [(part.path.rpartition(".parts/")[2], part.role) for part in record.components] == [
        ("附件/b.pdf", ""),
        ("正文 (1).txt", "修改前"),
    ]


_PLACE = "修改0-文档2-文档数据1-编码1-编码数据1"
_FORGED = f"<文档><编码><编码数据 编码数据ID='{_PLACE}'>Zm9yZ2Vk</编码数据></编码></文档>"


def _taken(package: Package) -> list[bytes]:
    return [
        (package.root / part.path).read_bytes() for record in package.records for part in record.components
    ]


def test_what_was_put_behind_a_signature_is_no_component(eep: Path, rsa_key: rsa.RSAPrivateKey) -> None:
    """The newest layer refers by ID; behind its signature lies something else of that ID, and of another."""
    _onion(eep, rsa_key)
    value = _sign(rsa_key, _last_signed_bytes(file_of(eep)))
    block = _block(value, _certificate(rsa_key), "SHA256withRSA")
    root = changed(
        eep, "</电子文件封装包>", f"{block}{_FORGED}{_FORGED.replace('修改0', '修改9')}</电子文件封装包>"
    )
    package = opened(root)
    assert codes(package) == {"packages.eep.signature_verified", "packages.eep.data_outside"}
    assert b"forged" not in _taken(package)
    assert len(_taken(package)) == 2
    told = [f for f in package.findings if f.code == "packages.eep.data_outside"]
    assert [(f.found, f.severity) for f in told] == [
        (_PLACE, Severity.ERROR),
        (_PLACE.replace("修改0", "修改9"), Severity.ERROR),
    ]


def test_contents_of_one_name_are_no_components(eep: Path, rsa_key: rsa.RSAPrivateKey) -> None:
    _onion(eep, rsa_key)
    package = opened(
        changed(eep, "</文件实体></文件实体块></修订内容>", f"</文件实体>{_FORGED}</文件实体块></修订内容>")
    )
    assert codes(package) == {"packages.eep.signature_verified", "packages.eep.data_twice"} | {
        "packages.eep.reference_missing",
        "packages.eep.content_missing",
    }
    assert _taken(package) == [b"hello"]


def test_places_of_signed_bytes_hold_behind_large_contents(eep: Path, rsa_key: rsa.RSAPrivateKey) -> None:
    changed(eep, "aGVsbG8=", base64.encodebytes(bytes(3 << 20)).decode())
    value = _sign(rsa_key, _signed_bytes(file_of(eep)))
    _with_block(eep, _block(value, _certificate(rsa_key), "SHA256withRSA"))
    assert codes(opened(eep)) == {"packages.eep.signature_verified"}
