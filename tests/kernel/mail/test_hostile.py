"""Messages that want to hurt: bounded time and memory, a finding each, the original whole."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from lantai.kernel.errors import Invalid
from lantai.kernel.mail import MailLimits, Message, headers, kind_of, read_mail, read_message

HEAD = b"From: a@example.cn\nDate: Mon, 6 May 2024 09:30:00 +0800\n"
MEASURE = """
import sys
from pathlib import Path
from lantai.kernel.mail import read_mail
from tests.memory import peak_bytes
before = peak_bytes()
count = sum(len(message.parts) for message in read_mail(Path(sys.argv[1])))
print(count, peak_bytes() - before)
"""


def read(tmp_path: Path, data: bytes, limits: MailLimits | None = None) -> Message:
    path = tmp_path / "one.eml"
    path.write_bytes(data)
    return read_message(path, limits or MailLimits())


def codes(message: Message) -> set[str]:
    return {finding.code for finding in message.findings}


def test_nesting_without_end(tmp_path: Path) -> None:
    data = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(5000))
    message = read(tmp_path, HEAD + data + b"\nx")
    assert "mail.part.too_deep" in codes(message)
    assert len(message.parts) <= 2


def test_messages_inside_each_other(tmp_path: Path) -> None:
    message = read(tmp_path, HEAD + b"Content-Type: message/rfc822\n\n" * 5000 + b"x")
    assert "mail.part.too_deep" in codes(message)


def test_thousands_of_parts(tmp_path: Path) -> None:
    parts = b"--b\nContent-Type: image/png\n\nx\n" * 50_000
    start = time.process_time()
    message = read(tmp_path, HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n" + parts + b"--b--\n")
    assert time.process_time() - start < 20
    assert len(message.parts) < 2_001
    assert "mail.part.too_many" in codes(message)


def test_lines_of_hyphens(tmp_path: Path) -> None:
    data = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + b"--\n--c\n" * 200_000 + b"--b--\n"
    start = time.process_time()
    message = read(tmp_path, HEAD + data)
    assert time.process_time() - start < 10
    assert message.parts[0].size == 7 * 200_000 - 1


def test_brackets_behind_a_parameter(tmp_path: Path) -> None:
    wide = b"Content-Type: text/plain; charset=utf-8; name=a" + b"(" * 250_000 + b"\n\nx"
    start = time.process_time()
    assert read(tmp_path, HEAD + wide).text == "x"
    assert time.process_time() - start < 5
    told = headers.parameters(b"text/plain; charset=utf-8 (Plain (text) ; name=a (b) (c); x=(;y=)")[1]
    assert told == {"charset": b"utf-8", "name": b"a (b)", "x": b"(", "y": b")"}


def test_lines_that_are_nearly_postmarks(tmp_path: Path) -> None:
    path = tmp_path / "one.mbox"
    path.write_bytes(
        b"From a@example.cn Mon May  6 09:30:00 2024\nSubject: a\n\n"
        + (b"\nFrom x" + b" " * 60_000 + b"\n") * 20
    )
    start = time.process_time()
    assert len(list(read_mail(path))) == 1
    assert time.process_time() - start < 2


def test_huge_headers(tmp_path: Path) -> None:
    data = (
        HEAD
        + b"Subject: "
        + b"=?a?b?" * 500_000
        + b"\nX: 1" * 100_000
        + b"\nTo: "
        + b"(" * 200_000
        + b"\n\nx"
    )
    start = time.process_time()
    message = read(tmp_path, data)
    assert time.process_time() - start < 20
    assert "mail.header.too_large" in codes(message)
    assert message.text == "x"


@pytest.mark.parametrize(
    "value",
    [b"To: " + b"<" * 200_000, b"To: " + b"a," * 100_000, b'To: "' + b"\\" * 200_000, b"To: " + b"(" * 200_000,
     b"Content-Type: text/plain; " + b'a="' * 60_000, b"Content-Type: text/plain; " + b"a=b;" * 50_000,
     b"Subject: " + b"=?u?q?" * 40_000, b"Subject: " + b"=?utf-8?q?a?=" * 15_000, b"Date: " + b"1 " * 100_000,
     b"Message-ID: " + b"<" * 200_000, b"Content-Disposition: x; filename" + b"*0*=''" * 30_000],
)  # fmt: skip
def test_headers_that_make_readers_slow(tmp_path: Path, value: bytes) -> None:
    start = time.process_time()
    message = read(tmp_path, HEAD + value + b"\n\nx")
    assert time.process_time() - start < 5
    assert message.text == "x"


@pytest.mark.parametrize(
    ("coded", "code"),
    [
        (b"QUJD!!RA==", "mail.part.base64"),
        (b"QUJDR", "mail.part.base64"),
        (b"QUI=\nQUJD", "mail.part.behind"),
    ],
)
def test_bad_base64(tmp_path: Path, coded: bytes, code: str) -> None:
    head = b"Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n"
    message = read(tmp_path, HEAD + head + coded)
    assert code in codes(message)
    assert message.parts[0].size >= 2


def test_other_faults_have_codes(tmp_path: Path) -> None:
    odd = read(tmp_path, HEAD + b"Content-Transfer-Encoding: quoted-printable\n\na=ZZb")
    assert (odd.text, codes(odd)) == ("a=ZZb", {"mail.part.quoted"})
    strange = read(tmp_path, HEAD + b"Content-Transfer-Encoding: x-uuencode\n\nabc")
    assert codes(strange) == {"mail.part.encoding"}
    sealed = read(tmp_path, HEAD + b"Content-Type: application/pkcs7-mime; name=smime.p7m\n\nx")
    assert codes(sealed) == {"mail.part.encrypted"}
    away = read(tmp_path, HEAD + b"Content-Type: message/external-body; access-type=URL\n\nx")
    assert "mail.part.elsewhere" in codes(away)
    none = read(tmp_path, b"Subject: x\nDate: soon\n\nx")
    assert codes(none) == {"mail.date.unreadable", "mail.sender.missing"}
    unzoned = read(tmp_path, b"From: a@example.cn\nDate: Mon, 6 May 2024 09:30:00\n\nx")
    assert codes(unzoned) == {"mail.date.no_zone"}
    renamed = read(tmp_path, HEAD + b'Content-Type: image/png; name="../a.png"\n\nx')
    assert codes(renamed) == {"mail.part.renamed"}
    long = read(tmp_path, HEAD + b"\n" + b"word " * 1_000, MailLimits(text=100))
    assert codes(long) == {"mail.text.cut"} and len(long.text) == 100


def test_what_is_no_mail_is_refused(tmp_path: Path) -> None:
    for data in (b"", b"\x89PNG", b"just words\nand more", b"a: b\n\nx"):
        path = tmp_path / "x.eml"
        path.write_bytes(data)
        with pytest.raises(Invalid) as refusal:
            list(read_mail(path))
        assert refusal.value.code == "mail.file.none"
    path.write_bytes(HEAD + b"\nx" * 100)
    with pytest.raises(Invalid, match=r"mail\.file\.too_large"):
        read_message(path, MailLimits(message=50))
    assert kind_of(path) == "eml"


@pytest.mark.parametrize("kind", ["attachment", "one line", "box"])
def test_memory_is_flat(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "big"
    head = HEAD + b"Content-Type: application/zip\nContent-Transfer-Encoding: base64\n\n"
    line = b"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5eg==\n".replace(b"=", b"A")
    with path.open("wb") as file:
        for _ in range(20 if kind == "box" else 1):
            file.write(b"From x Mon May  6 09:30:00 2024\n" if kind == "box" else b"")
            file.write(head)
            piece = line * 14_000 if kind != "one line" else b"QUJD" * 250_000
            for _ in range(3 if kind == "box" else 60):
                file.write(piece)
            file.write(b"\n\n")
    told = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True
    )
    count, grown = told.stdout.split()
    assert int(count) == (20 if kind == "box" else 1)
    assert int(grown) < 16 << 20
