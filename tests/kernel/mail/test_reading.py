"""Messages as Chinese offices write them, and as the standards allow; invented ones."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantai.kernel.mail import MailLimits, Message, Role, copy_part, read_mail, read_message
from lantai.kernel.mail.dates import normalised
from lantai.kernel.mail.names import Taken, safe

HEAD = b"From: a@example.cn\nDate: Mon, 6 May 2024 09:30:00 +0800\n"


def read(tmp_path: Path, data: bytes, limits: MailLimits | None = None) -> Message:
    path = tmp_path / "one.eml"
    path.write_bytes(data)
    return read_message(path, limits) if limits else read_message(path)


def codes(message: Message) -> set[str]:
    return {finding.code for finding in message.findings}


def multipart(*parts: bytes, kind: bytes = b"mixed", bound: bytes = b"b1") -> bytes:
    head = b'Content-Type: multipart/%s; boundary="%s"\n\n' % (kind, bound)
    return head + b"".join(b"--%s\n%s\n" % (bound, part) for part in parts) + b"--%s--\n" % bound


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (b"=?GB2312?B?" + base64.b64encode("关于朱镕基的通知".encode("gb18030")) + b"?=", "关于朱镕基的通知"),
        (b"=?utf-8?Q?=E5=85=B3=E4=BA=8E?=\n =?utf-8?B?6YCa55+l?=", "关于通知"),
        (b"=?gb2312?B?" + base64.b64encode("关于做好防汛工作".encode()) + b"?=", "关于做好防汛工作"),
        (b"=?iso-8859-1?B?" + base64.b64encode("关于做好全区防汛抗旱工作的通知".encode("gb18030")) + b"?=",
         "关于做好全区防汛抗旱工作的通知"),
        ("关于做好防汛工作的通知".encode(), "关于做好防汛工作的通知"),
        ("关于做好全区防汛抗旱工作的通知".encode("gb18030"), "关于做好全区防汛抗旱工作的通知"),
        (b"=?x-nothing?B?" + base64.b64encode("区教育局会议通知".encode()) + b"?=", "区教育局会议通知"),
        (b"=?utf-8?B?5YWz5LqO?= and =?us-ascii?Q?plain_words?=", "关于 and plain words"),
        (b"=?hex?B?MDA=?= =?rot13?Q?abc?= =?undefined?Q?x?=", "00 abc x"),
        (b"=?utf-8?Q?unfinished", "=?utf-8?Q?unfinished"),
    ],
)  # fmt: skip
def test_subjects(tmp_path: Path, written: bytes, told: str) -> None:
    message = read(tmp_path, HEAD + b"Subject: " + written + b"\n\nx")
    assert message.subject.replace("  ", " ") == told or message.subject.replace(" ", "") == told.replace(
        " ", ""
    )


def test_characters_cut_between_encoded_words(tmp_path: Path) -> None:
    data = "关于做好防汛工作".encode("gb18030")
    first, second = data[:5], data[5:]
    value = b"=?gb2312?B?%s?=\r\n =?GB2312?B?%s?=" % (base64.b64encode(first), base64.b64encode(second))
    assert read(tmp_path, HEAD + b"Subject: " + value + b"\n\nx").subject == "关于做好防汛工作"


def test_body_under_a_wrong_label(tmp_path: Path) -> None:
    body = "各有关单位：请于五月底前报送。".encode()
    message = read(tmp_path, HEAD + b"Content-Type: text/plain; charset=gb2312\n\n" + body)
    assert message.text == "各有关单位：请于五月底前报送。"
    assert "encodings.text.contradicts" in codes(message)


@pytest.mark.parametrize(
    "disposition",
    [
        b"attachment; filename*=utf-8''%E9%80%9A%E7%9F%A5.pdf",
        b"attachment; filename*0*=GBK''%CD%A8; filename*1*=%D6%AA; filename*2=.pdf",
        b'attachment; filename="=?GB2312?B?zajWqi5wZGY=?="',
        b'attachment; filename="' + "通知.pdf".encode("gb18030") + b'"',
        b"attachment; filename=" + "通知.pdf".encode(),
        b'attachment; filename="C:\\Users\\li\\' + "通知.pdf".encode() + b'"',
        b'attachment; filename="../../etc/' + "通知.pdf".encode() + b'"; size=3',
    ],
)
def test_names_of_attachments(tmp_path: Path, disposition: bytes) -> None:
    part = b"Content-Type: application/pdf\nContent-Disposition: " + disposition + b"\n\n%PDF"
    message = read(tmp_path, HEAD + multipart(part))
    assert [(p.role, p.name) for p in message.components()] == [(Role.ATTACHMENT, "通知.pdf")]


def test_names_that_are_none(tmp_path: Path) -> None:
    wrong = (b"..", b"/", b"CON.txt", b"a\x01b.txt", b"A.TXT", b"a.txt", b"")
    parts = [b'Content-Type: image/png; name="%s"\n\nx' % name for name in wrong]
    names = [part.name for part in read(tmp_path, HEAD + multipart(*parts)).components()]
    assert names == ["附件1.png", "附件2.png", "_CON.txt", "ab.txt", "A.TXT", "a (2).txt", "附件7.png"]


def test_parts_of_a_letter(tmp_path: Path) -> None:
    alternative = multipart(
        b"Content-Type: text/plain; charset=utf-8\n\n" + "正文".encode(),
        b"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<p>=E6=AD=A3=E6=96=87</p>",
        kind=b"alternative",
        bound=b"b2",
    )
    picture = (
        b"Content-Type: image/png\nContent-ID: <p1@x>\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo="
    )
    tnef = b'Content-Type: application/ms-tnef; name="winmail.dat"\n\nx'
    inner = (
        b"Content-Type: message/rfc822\n\nFrom: b@example.cn\nSubject: =?utf-8?B?6L2s5Y+R?=\n"
        + multipart(b"\ninside", b"Content-Disposition: attachment; filename=x.txt\n\ndata", bound=b"b3")
    )
    message = read(tmp_path, HEAD + multipart(alternative, picture, tnef, inner))
    assert (message.text, message.html) == ("正文", "<p>正文</p>")
    assert [(p.number, p.role.value, p.name) for p in message.components()] == [
        ("2", "inline", "附件2.png"),
        ("3", "tnef", "winmail.dat"),
        ("4", "message", "转发.eml"),
    ]
    assert message.parts[2].content_id == "p1@x"
    assert "mail.part.tnef" in codes(message)
    nested = message.parts[-1].message
    assert nested is not None and nested.text == "inside"
    assert [part.name for part in nested.components()] == ["x.txt"]
    out = io.BytesIO()
    copy_part(tmp_path / "one.eml", message.parts[2], out)
    assert out.getvalue() == b"\x89PNG\r\n\x1a\n"


def test_addresses(tmp_path: Path) -> None:
    to = '"Li, Ming" <li@example.cn>, =?utf-8?B?546L6Iqz?= <wang@example.cn>; plain@example.cn (Zhao), '
    group = "区级单位: a@example.cn, b@example.cn;"
    message = read(tmp_path, HEAD + f"To: {to}\n {group}\nCc: 办公室\n\nx".encode())
    assert [str(one) for one in message.to] == [
        "Li, Ming <li@example.cn>",
        "王芳 <wang@example.cn>",
        "Zhao <plain@example.cn>",
        "a@example.cn",
        "b@example.cn",
    ]
    assert [one.name for one in message.cc] == ["办公室"]


def test_an_mbox_is_read_message_by_message(tmp_path: Path) -> None:
    box = tmp_path / "box"
    mark = b"From clerk@example.cn Mon May  6 09:30:00 2024\n"
    first = HEAD + b"Subject: one\n\nhello\n>From the village\nFrom here on words\n"
    second = HEAD + b"Subject: two\n\nFrom start Mon May\n"
    box.write_bytes(mark + first + b"\n" + mark + second + b"\n" + mark + first)
    messages = list(read_mail(box))
    assert [message.subject for message in messages] == ["one", "two", "one"]
    assert messages[0].text == "hello\nFrom the village\nFrom here on words\n"
    data = box.read_bytes()
    assert data[messages[0].span.start : messages[0].span.end] == first
    assert messages[0].sha256 == messages[2].sha256


@pytest.mark.parametrize(
    ("stated", "told", "zoned"),
    [
        ("Mon, 6 May 2024 09:30:00 +0800", "2024-05-06T09:30:00+08:00", True),
        ("6 May 99 09:30 GMT", "1999-05-06T09:30:00+00:00", True),
        ("Mon May  6 09:30:00 2024", "2024-05-06T09:30:00", False),
        ("2024-05-06 09:30:00 +0800", "2024-05-06T09:30:00+08:00", True),
        ("2024年5月6日 星期一 9:30", "2024-05-06T09:30:00", False),
        ("星期一, 6 May 2024 09:30:00 +0800 (CST)", "2024-05-06T09:30:00+08:00", True),
        ("31 Feb 2024 09:30:00 +0800", "", False),
        ("yesterday", "", False),
    ],
)
def test_dates(stated: str, told: str, zoned: bool) -> None:
    assert normalised(stated) == (told, zoned)


@given(st.text(max_size=60), st.integers(30, 200))
def test_a_safe_name_is_one_name(told: str, limit: int) -> None:
    name = safe(told, limit)
    assert len(name.encode()) <= limit
    assert not set(name) & set('/\\\0\n\r:<>"|?*') and name not in {".", ".."}


@given(st.lists(st.sampled_from(["a.txt", "A.TXT", "b", "a (2).txt"]), max_size=12))
def test_no_name_hides_another(told: list[str]) -> None:
    taken = Taken()
    made = [taken.own(name).casefold() for name in told]
    assert len(set(made)) == len(made)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"base64", b"quoted-printable", b"7bit"]))
def test_what_is_encoded_is_decoded(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, encoding: bytes
) -> None:
    import quopri

    coded = {
        b"base64": base64.encodebytes(data),
        b"quoted-printable": quopri.encodestring(data, quotetabs=True),
        b"7bit": data,
    }[encoding]
    if encoding == b"7bit" and b"--b1" in data:
        return
    path = tmp_path_factory.mktemp("mail") / "one.eml"
    part = b"Content-Type: application/x-data\nContent-Transfer-Encoding: " + encoding + b"\n\n" + coded
    path.write_bytes(HEAD + multipart(part))
    message = read_message(path)
    out = io.BytesIO()
    copy_part(path, message.parts[0], out)
    if encoding == b"quoted-printable":  # the line end before a boundary belongs to the boundary
        assert out.getvalue().rstrip(b"\r\n") == data.rstrip(b"\r\n")
    else:
        assert out.getvalue() == data


PIECES = st.sampled_from(
    [
        *(
            b"Content-Type: multipart/mixed; boundary=b1\n",
            b"Content-Type: message/rfc822\n",
            b"\n",
            b"\r\n",
            b"\0",
        ),
        *(b"--b1\n", b"--b1--\n", b"Content-Transfer-Encoding: base64\n", b"AAAA=A==\n", b"Date: 99 May\n"),
        *(b"Subject: =?gb2312?B?zajW?=\n", b"=?\xff\n", b'To: (((<<"\\\n'),
        b"Content-Disposition: attachment; filename*0*=x'';filename*1=\"\n",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=20)), max_size=40))
def test_nothing_that_is_sent_breaks_the_reader(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("mail") / "one.eml"
    path.write_bytes(HEAD + b"".join(pieces))
    message = read_message(path)
    assert message.senders[0].address == "a@example.cn"
    assert all(finding.message("en") for finding in message.findings)
