"""Messages that Python's own ``email`` wrote come back as they were put in."""

from __future__ import annotations

import email.policy
import io
import random
from email.message import EmailMessage
from pathlib import Path

from lantai.kernel.mail import Role, copy_part, read_message

NAMES = (
    "通知.pdf",
    "关于做好2024年全区城乡低保资金发放工作的通知（征求意见稿）最终版修改后再次修改.docx",
    "a b.txt",
    "x'y\".zip",
    "报表;1.xlsx",
    "𠮷田.txt",
)


def written(rng: random.Random) -> tuple[EmailMessage, list[tuple[str, bytes]]]:
    message = EmailMessage(policy=rng.choice([email.policy.SMTP, email.policy.default]))
    message["From"] = "沈文 <s@example.cn>"
    message["To"] = '何恒 <h@example.cn>, "Li, M" <l@example.cn>'
    message["Date"] = "Mon, 06 May 2024 09:30:00 +0800"
    message["Subject"] = rng.choice(NAMES) * rng.randint(1, 3)
    message.set_content("正文\n第二行 " * rng.randint(0, 20), charset=rng.choice(["utf-8", "gb18030"]))
    if rng.random() < 0.5:
        message.add_alternative("<p>正文</p>", subtype="html")
    attached = [(rng.choice(NAMES), rng.randbytes(rng.randint(0, 3000))) for _ in range(rng.randint(0, 4))]
    for name, data in attached:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    if rng.random() < 0.2:
        inner = EmailMessage()
        inner["Subject"] = "里面的"
        inner.set_content("in")
        message.add_attachment(inner)
    return message, attached


def test_what_a_peer_wrote(tmp_path: Path) -> None:
    rng = random.Random(3)
    path = tmp_path / "one.eml"
    for _ in range(200):
        message, attached = written(rng)
        path.write_bytes(message.as_bytes())
        read = read_message(path)
        found = []
        for part in read.components():
            if part.role is not Role.MESSAGE:
                out = io.BytesIO()
                copy_part(path, part, out)
                found.append((part.told_name, out.getvalue()))
        assert found == attached
        assert read.subject == message["Subject"]
        assert [one.name for one in (*read.senders, *read.to)] == ["沈文", "何恒", "Li, M"]
        assert read.date == "2024-05-06T09:30:00+08:00"
        assert {finding.code for finding in read.findings} <= {"mail.part.renamed"}
