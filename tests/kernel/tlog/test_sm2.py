"""SM2 by two implementations of ours, the published example, and another hand's."""

from __future__ import annotations

import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.kernel.errors import Invalid
from lantai.kernel.tlog import (
    EMPTY_ROOT,
    Checkpoint,
    Ed25519Signer,
    Sm2Signer,
    generate,
    open_checkpoint,
    parse_signer,
    parse_verifier,
    sign_checkpoint,
    sm2,
)
from lantai.kernel.witness import sm2 as other_sm2
from lantai.kernel.witness.notes import read_head, read_key

# GB/T 32918.5-2017 annex A.2: private key, public key, nonce, digest and signature over "message digest".
SECRET = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
PUBLIC = bytes.fromhex(
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
NONCE = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
DIGEST = bytes.fromhex("f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640")
SIGNATURE = bytes.fromhex(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)
TEXT = b"message digest"

BOTH = pytest.mark.parametrize("holds", [sm2.verify, other_sm2.holds], ids=["writer", "witness"])
Holds = Callable[[bytes, bytes, bytes], bool]


def test_the_published_example_comes_out() -> None:
    assert sm2.public_of(SECRET) == PUBLIC
    assert sm2.digest(PUBLIC, TEXT) == DIGEST
    assert sm2.sign_digest(SECRET, DIGEST, NONCE) == SIGNATURE
    assert sm2.sign(SECRET, TEXT) == sm2.sign(SECRET, TEXT) != SIGNATURE


@BOTH
def test_the_published_example_holds_and_nothing_beside_it(holds: Holds) -> None:
    assert holds(PUBLIC, TEXT, SIGNATURE) and holds(PUBLIC, TEXT, sm2.sign(SECRET, TEXT))
    assert not holds(PUBLIC, b"message digesu", SIGNATURE)
    assert not holds(sm2.public_of(sm2.generate()), TEXT, SIGNATURE)
    r, s = (int.from_bytes(part, "big") for part in (SIGNATURE[:32], SIGNATURE[32:]))
    wrong = [(0, s), (r, 0), (r, sm2.N - r), (r, sm2.N - s), (s, r), (sm2.N - r, s), (r + 1, s), (sm2.N, s)]
    wrong += [(r, sm2.N), (2**256 - 1, s), (r, 2**256 - 1), (0, 0)]
    for numbers in wrong:
        assert not holds(PUBLIC, TEXT, b"".join(each.to_bytes(32, "big") for each in numbers)), numbers
    for signature in (b"", SIGNATURE[:63], SIGNATURE + b"\0", b"\0" + SIGNATURE):
        assert not holds(PUBLIC, TEXT, signature)


@BOTH
def test_what_is_no_point_of_the_curve_is_no_key(holds: Holds) -> None:
    x, y = PUBLIC[:32], int.from_bytes(PUBLIC[32:], "big")
    for key in (bytes(64), PUBLIC[:63], x + (y ^ 1).to_bytes(32, "big"), b"\xff" * 64, b"\x04" + PUBLIC):
        assert not holds(key, TEXT, SIGNATURE)
        assert not sm2.is_public(key) and not other_sm2.is_key(key)
    for secret in (bytes(32), b"\xff" * 32, (sm2.N - 1).to_bytes(32, "big"), b"\x01"):
        with pytest.raises(ValueError, match="no private key"):
            sm2.public_of(secret)


@settings(max_examples=15, deadline=None)
@given(
    st.binary(min_size=32, max_size=32).filter(lambda d: 0 < int.from_bytes(d, "big") < sm2.N - 1), st.data()
)
def test_both_agree_on_every_signature(secret: bytes, draw: st.DataObject) -> None:
    text, public = draw.draw(st.binary(max_size=200)), sm2.public_of(secret)
    signature = bytearray(sm2.sign(secret, text))
    assert other_sm2.holds(public, text, bytes(signature))
    signature[draw.draw(st.integers(0, 63))] ^= draw.draw(st.integers(1, 255))
    assert not sm2.verify(public, text, bytes(signature))
    assert not other_sm2.holds(public, text, bytes(signature))


def test_a_key_is_one_line_of_either_kind_and_read_by_both_sides() -> None:
    for algorithm in ("ed25519", "sm2"):
        signer = generate(algorithm, "lantai.example/台账")
        line = str(signer.verifier)
        assert parse_signer(signer.secret()) == signer and parse_verifier(line) == signer.verifier
        assert signer.verifier.algorithm == algorithm
        key = read_key(line)
        assert (key.fingerprint, int.from_bytes(key.id, "big")) == (
            signer.verifier.fingerprint,
            signer.verifier.key_id,
        )
        assert signer.secret() not in repr(signer)
    with pytest.raises(Invalid, match=r"tlog\.key\.algorithm"):
        generate("rsa", "lantai.example")


def test_a_line_of_another_kind_is_no_key() -> None:
    """Neither a type nobody knows, nor one key's bytes under the other's type."""
    signers = (Sm2Signer("a", SECRET), Ed25519Signer("a", bytes(32)))
    kinds = {signer: signer.verifier.kind for signer in signers}
    for signer in signers:
        verifier = signer.verifier
        for kind in (b"", b"\x02", b"\x04", b"\xff", b"\xff\x06", *(set(kinds.values()) - {kinds[signer]})):
            line = _line("a", kind + verifier.public)
            for read in (parse_verifier, read_key):
                with pytest.raises(Invalid, match=r"tlog\.key\.unreadable"):
                    read(line)


def _line(name: str, typed: bytes) -> str:
    number = sha256(name.encode() + b"\n" + typed).digest()[:4]
    return f"{name}+{number.hex()}+{b64encode(typed).decode()}"


def test_a_checkpoint_may_carry_both_and_each_reader_takes_what_he_knows() -> None:
    one, two = generate("ed25519", "lantai.example/log"), generate("sm2", "lantai.example/log")
    note = sign_checkpoint(Checkpoint("lantai.example/log", 0, EMPTY_ROOT), one, two)
    for signer in (one, two):
        assert open_checkpoint(note, signer.verifier).size == 0
    head, keys = read_head(note), [read_key(str(each.verifier)) for each in (one, two)]
    assert head.signers(keys) == tuple(keys) and head.signers(keys[1:]) == (keys[1],)
    stranger = read_key(str(generate("sm2", "lantai.example/log").verifier))
    assert head.signers([stranger]) == ()


OPENSSL = shutil.which("openssl")


@pytest.mark.skipif(OPENSSL is None, reason="there is no openssl command")
def test_openssl_and_we_check_each_others_signatures(tmp_path: Path) -> None:
    def run(*arguments: str) -> bytes:
        return subprocess.run(
            ["openssl", *arguments], cwd=tmp_path, capture_output=True, check=True, timeout=20
        ).stdout

    (tmp_path / "text").write_bytes(TEXT)
    run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-outform", "DER", "-out", "key")
    der = (tmp_path / "key").read_bytes()
    at = der.index(b"\x02\x01\x01\x04\x20") + 5  # ECPrivateKey (RFC 5915): version 1, then 32 bytes
    secret = der[at : at + 32]
    user = ("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678")
    run("pkeyutl", "-sign", "-inkey", "key", "-keyform", "DER", "-in", "text", "-out", "theirs", *user)
    theirs = _from_der((tmp_path / "theirs").read_bytes())
    public = sm2.public_of(secret)
    assert sm2.verify(public, TEXT, theirs) and other_sm2.holds(public, TEXT, theirs)
    (tmp_path / "ours").write_bytes(_to_der(sm2.sign(secret, TEXT)))
    said = run(
        "pkeyutl", "-verify", "-inkey", "key", "-keyform", "DER", "-in", "text", "-sigfile", "ours", *user
    )
    assert b"Verified Successfully" in said


def _from_der(data: bytes) -> bytes:
    """Return r and s of 32 bytes each from SEQUENCE { INTEGER, INTEGER }."""
    length = data[3]
    r, s = data[4 : 4 + length], data[6 + length :]
    return b"".join(int.from_bytes(each, "big").to_bytes(32, "big") for each in (r, s))


def _to_der(signature: bytes) -> bytes:
    parts = b""
    for number in (signature[:32], signature[32:]):
        value = number.lstrip(b"\0")
        value = b"\0" + value if value[0] & 0x80 else value
        parts += bytes([2, len(value)]) + value
    return bytes([0x30, len(parts)]) + parts
