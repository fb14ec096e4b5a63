"""The e-mail corpus: every message is read, and Python's own parser, as a peer, sees the same parts."""

from __future__ import annotations

import csv
import email
import email.message
import email.policy
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from lantai.kernel.errors import Invalid
from lantai.kernel.mail import Message, Role, copy_original, copy_part, kind_of, read_mail
from tests.corpora import corpus, need

CORPUS = "13-email"
OUTLOOK = {".msg": "msg", ".pst": "pst"}


def cases() -> list[tuple[str, str]]:
    folder = corpus(CORPUS)
    if folder is None:
        return []
    with (folder / "cases.csv").open(encoding="utf-8", newline="") as file:
        return [(row["case"], row["expected"]) for row in csv.DictReader(file)]


CASES = cases()


def codes(message: Message) -> set[str]:
    return {finding.code for finding in message.findings}


@pytest.mark.parametrize(("case", "expected"), CASES)
def test_every_case_has_its_verdict(case: str, expected: str) -> None:
    path = need(CORPUS) / case
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    if path.suffix in OUTLOOK:
        assert kind_of(path) == OUTLOOK[path.suffix]
        with pytest.raises(Invalid) as refusal:
            list(read_mail(path))
        assert refusal.value.code == "mail.file.outlook"
        return
    messages = list(read_mail(path))
    assert messages
    for message in messages:
        assert all(finding.message("zh") and finding.message("en") for finding in message.findings)
        for part in message.parts:
            made = io.BytesIO()
            copy_part(path, part, made)
            assert (len(made.getvalue()), hashlib.sha256(made.getvalue()).hexdigest()) == (
                part.size,
                part.sha256,
            )
        original = io.BytesIO()
        copy_original(path, message, original)
        assert hashlib.sha256(original.getvalue()).hexdigest() == message.sha256
        assert original.getvalue() in path.read_bytes()
    assert hashlib.sha256(path.read_bytes()).hexdigest() == before


def leaves(message: email.message.Message) -> Iterator[email.message.Message]:
    if message.get_content_type() == "message/rfc822" or not message.is_multipart():
        yield message
        return
    payload = message.get_payload()
    assert isinstance(payload, list)
    for part in payload:
        assert isinstance(part, email.message.Message)
        if message.get_content_type().startswith("message/"):
            yield message
            return
        yield from leaves(part)


@pytest.mark.parametrize("case", [case for case, _ in CASES if Path(case).suffix in {".eml", ".mhtml"}])
def test_pythons_own_parser_sees_the_same_parts(case: str) -> None:
    path = need(CORPUS) / case
    data = path.read_bytes()
    if data.startswith(b"From "):
        data = data.split(b"\n", 1)[1]
    message = next(read_mail(path))
    peers = list(leaves(email.message_from_bytes(data, policy=email.policy.compat32)))
    if {"mail.multipart.empty", "mail.multipart.no_boundary"} & codes(message):
        return  # the peer calls a multipart without parts a text
    assert len(peers) == len(message.parts)
    for peer, part in zip(peers, message.parts, strict=True):
        if part.role is Role.MESSAGE or peer.get_content_maintype() == "message":
            continue
        assert peer.get_content_type() == part.mime
        made = io.BytesIO()
        copy_part(path, part, made)
        assert made.getvalue().rstrip(b"\r\n") == (peer.get_payload(decode=True) or b"").rstrip(b"\r\n")


def one(case: str) -> Message:
    return next(read_mail(need(CORPUS) / case))


def test_chinese_box_of_foxmail() -> None:
    messages = list(read_mail(need(CORPUS) / "tika/testFOXMAIL.box"))
    assert [message.subject for message in messages] == [
        "欢迎使用 Foxmail 6.5 ！",
        "Test mail from Foxmail.",
        "Re: A test email from Foxmail",
        "欢迎使用 Foxmail 6.5 ！",
        "中文信息处理",
    ]
    assert str(messages[0].to[0]) == "尊敬的Foxmail用户 <user@foxmail.com>"
    assert "Foxmail" in messages[0].text and "\ufffd" not in messages[0].text
    assert [part.role for part in messages[0].parts] == [Role.TEXT, Role.HTML, Role.INLINE, Role.INLINE]


@pytest.mark.parametrize(
    ("case", "date"),
    [
        ("tika/testRFC822_date_utf8", "2016-05-16T09:30:32+01:00"),
        ("tika/testMHTMLFirefox.mhtml", "2006-03-10T13:40:00+01:00"),
        ("cpython/msg_47.eml", "2001-01-01T00:01:00+00:00"),
    ],
)
def test_odd_dates(case: str, date: str) -> None:
    assert one(case).date == date


def test_headers_of_many_charsets() -> None:
    message = one("tika/testRFC822_i18nheaders")
    assert message.subject == "If you can read this you understand the example."
    assert str(message.senders[0]) == "Keld Jørn Simonsen <keld@dkuug.dk>"
    raw = one("tika/testRFC822-ARC")
    assert raw.subject == "Facture à regler pour le cabinet ABC Avocats - Stage RC des avocats"
    assert "mail.header.raw" in codes(raw)


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("cpython/msg_17.eml", "mail.multipart.empty"),
        ("cpython/msg_33.eml", "mail.multipart.no_boundary"),
        ("cpython/msg_41.eml", "mail.multipart.no_boundary"),
        ("cpython/msg_35.eml", "mail.header.malformed"),
        ("tika/testUserDefinedCharset.mhtml", "mail.multipart.unclosed"),
    ],
)
def test_what_is_broken_is_told(case: str, code: str) -> None:
    assert code in codes(one(case))


def test_messages_inside_are_files_and_messages() -> None:
    message = one("cpython/msg_30.eml")
    assert [(part.role, part.name) for part in message.parts] == [
        (Role.MESSAGE, "ee.eml"),
        (Role.MESSAGE, "ee (2).eml"),
    ]
    assert all(part.message is not None and part.message.subject == "ee" for part in message.parts)
