"""The electronic signatures of an EEP file: kept as they are, verified where that can be done, never claimed.

A signature counts as verified when it is right over the bytes of 被签名对象 exactly as they stand in the file
(tags included) and the public key is that of the first certificate enclosed. Whether that certificate is to be
trusted is not judged here. What cannot be computed (SM2, other extents, no certificate) is told as such.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lantai.kernel.findings import Finding, Severity
from lantai.kernel.packages.eep.document import SIGNED, Node, span, stretch

State = Literal["verified", "differs", "unverifiable"]

BLOCK = "电子签名块"
RULE = "对被签名对象元素在本文件中的原始字节（含起止标签）签名"
"""What 签名规则 says when the extent is the one checked here."""

_HASHES = {"sha1": "SHA1", "sha224": "SHA224", "sha256": "SHA256", "sha384": "SHA384", "sha512": "SHA512"}
_OIDS = {
    "1.2.840.113549.1.1.5": ("rsa", "sha1"),
    "1.2.840.113549.1.1.11": ("rsa", "sha256"),
    "1.2.840.113549.1.1.12": ("rsa", "sha384"),
    "1.2.840.113549.1.1.13": ("rsa", "sha512"),
    "1.2.840.10045.4.1": ("ecdsa", "sha1"),
    "1.2.840.10045.4.3.2": ("ecdsa", "sha256"),
    "1.2.840.10045.4.3.3": ("ecdsa", "sha384"),
    "1.2.840.10045.4.3.4": ("ecdsa", "sha512"),
}
_NAMED = re.compile(
    r"(sha-?(?:1|224|256|384|512))(?:with|and|_|-|/)*(rsa|ecdsa)(?:encryption)?", re.IGNORECASE
)
_TURNED = re.compile(r"(rsa|ecdsa)(?:with|and|_|-|/)*(sha-?(?:1|224|256|384|512))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Signature:
    """One 电子签名 or 锁定签名: who signed when by what rule, and what came of checking it.

    ``reason`` is a code below ``packages.eep.reason.`` where it could not be verified, "" otherwise;
    ``certificate`` is the subject of the certificate that was used.
    """

    identifier: str
    rule: str
    time: str
    signer: str
    algorithm: str
    state: State
    reason: str = ""
    certificate: str = ""

    def finding(self, path: str) -> Finding:
        """Return it as a finding about the file at ``path``."""
        name = self.signer or self.identifier
        if self.state == "verified":
            facts = {"certificate": self.certificate}
            return Finding("packages.eep.signature_verified", path, "", name, Severity.INFO, facts)
        if self.state == "differs":
            severity = Severity.ERROR if self.rule == RULE else Severity.WARNING
            return Finding("packages.eep.signature_differs", path, "", name, severity)
        code = f"packages.eep.reason.{self.reason}"
        told = Finding(code, path, "", self.algorithm)
        facts = {"reason": told.message("zh"), "reason_en": told.message("en")}
        return Finding("packages.eep.signature_unverifiable", path, "", name, Severity.WARNING, facts)


def signature_block(path: Path, wrapper: Node) -> bytes:
    """Return 电子签名块 of a package's (or inner package's) element byte for byte, b"" without one."""
    block = wrapper.child(BLOCK)
    if block is None:
        return b""
    start, end = span(path, block)
    return b"".join(stretch(path, start, end)) if start >= 0 else b""


def check_signatures(path: Path, wrapper: Node) -> list[Signature]:
    """Return the signatures beside the 被签名对象 of ``wrapper``, each with what came of checking it."""
    signed = wrapper.child(SIGNED)
    block = wrapper.child(BLOCK)
    digests: dict[str, bytes] = {}  # of what is signed, by hash: many signatures read a large file once
    checked = [_check(path, node, signed, digests) for node in (block.all("电子签名") if block else ())]
    locks = [_told(node, "unverifiable", "lock") for node in wrapper.all("锁定签名")]
    return checked + locks


def _told(node: Node, state: State, reason: str = "", certificate: str = "") -> Signature:
    identifier = node.told("签名标识符") or node.told("被锁定签名标识符")
    algorithm = node.told("签名算法标识")
    rule, time, signer = node.told("签名规则"), node.told("签名时间"), node.told("签名人")
    return Signature(identifier, rule, time, signer, algorithm, state, reason, certificate)


def scheme(identifier: str) -> tuple[str, str] | None:
    """Return (``rsa`` or ``ecdsa``, hash) that an identifier or name of an algorithm means, or None."""
    told = re.sub(r"\s", "", identifier)
    if told in _OIDS:
        return _OIDS[told]
    if found := _NAMED.fullmatch(told):
        return found[2].lower(), found[1].lower().replace("-", "")
    if found := _TURNED.fullmatch(told):
        return found[1].lower(), found[2].lower().replace("-", "")
    return None


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _check(path: Path, node: Node, signed: Node | None, digests: dict[str, bytes]) -> Signature:
    way = scheme(node.told("签名算法标识"))
    if way is None:
        return _told(node, "unverifiable", "algorithm")
    value = _bytes(node.told("签名结果"))
    certificates = [c for block in node.all("证书块") for c in block.all("证书")]
    if not certificates:
        return _told(node, "unverifiable", "certificate_missing")
    start, end = span(path, signed) if signed else (-1, -1)
    if start < 0:
        return _told(node, "unverifiable", "extent")
    kind, name = way
    if name not in digests:
        hasher = hashlib.new(name)
        for block in stretch(path, start, end):
            hasher.update(block)
        digests[name] = hasher.digest()
    return _verified(node, kind, name, digests[name], value, _bytes(certificates[0].text))


def _verified(node: Node, kind: str, name: str, digest: bytes, value: bytes, der: bytes) -> Signature:
    """Verify ``value`` over ``digest``; the key must be of the kind that the algorithm names."""
    try:
        from cryptography import x509
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
        from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
    except ImportError:  # the portable program runs where nothing is installed
        return _told(node, "unverifiable", "library")
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
        subject = certificate.subject.rfc4514_string()
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):
        return _told(node, "unverifiable", "certificate_unreadable")
    hashed = Prehashed(getattr(hashes, _HASHES[name])())
    try:
        if kind == "rsa" and isinstance(key, rsa.RSAPublicKey):
            key.verify(value, digest, padding.PKCS1v15(), hashed)
        elif kind == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(value, digest, ec.ECDSA(hashed))
        else:
            return _told(node, "unverifiable", "key")
    except InvalidSignature:
        return _told(node, "differs", certificate=subject)
    except UnsupportedAlgorithm:
        return _told(node, "unverifiable", "algorithm")
    except ValueError:  # a key too small for the digest, a curve's point that is none
        return _told(node, "unverifiable", "certificate_unreadable")
    return _told(node, "verified", certificate=subject)
