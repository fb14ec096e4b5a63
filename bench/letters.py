"""Invented letters of a district's offices, as office systems send them; the same for the same seed."""

from __future__ import annotations

import hashlib
import json
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

QUESTIONS = ("通知", "水库", "会议纪要", "安全生产")


@dataclass(frozen=True, slots=True)
class Letter:
    """One invented document: its JSON and its files by part."""

    external: str
    told: dict[str, Any]
    files: dict[str, tuple[str, bytes]]


def pdf(chance: random.Random, size: int) -> bytes:
    """Return a PDF of one page and about ``size`` bytes; no two are the same."""
    body = b"%PDF-1.4\n"
    places = []
    noise = chance.randbytes(size)
    for number, inside in enumerate(
        (
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/Resources<<>>/MediaBox[0 0 595 842]>>",
            b"<</Length %d>>\nstream\n%s\nendstream" % (len(noise), noise),
        ),
        1,
    ):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, inside)
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
    body += b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, start)


def letters(unit: str, count: int, seed: int) -> Iterator[Letter]:
    """Yield the documents of a unit's year; the same for the same seed."""
    chance = random.Random(f"{seed} {unit}")
    for number in range(1, count + 1):
        day = f"2026{chance.randint(1, 10):02d}{chance.randint(1, 28):02d}"
        main, slip = pdf(chance, chance.randint(2_000, 120_000)), f"公文处理单 {unit} {number}".encode()
        values = {
            "title": f"关于{chance.choice(QUESTIONS)}的第{number}号通知",
            "date": day,
            "author": f"云岭区{unit}局",
            "doc_number": f"云{unit}〔2026〕{number}号",
            "security": "公开",
        }
        steps = [
            {
                "agent_name": "沈文",
                "business_activity": did,
                "action_time": f"{day[:4]}-{day[4:6]}-{day[6:]}T{at}:00+08:00",
            }
            for did, at in (("拟稿", "09:00"), ("审核", "10:30"), ("签发", "15:00"))
        ]
        components = [
            {"role": "main", "part": "main", "name": "正文.pdf", "sha512": hashlib.sha512(main).hexdigest()},
            {"role": "slip", "part": "slip", "name": "处理单.txt"},
        ]
        external = f"{unit}-2026-{number:05d}"
        told = {"external_id": external, "values": values, "process": steps, "components": components}
        yield Letter(external, told, {"main": ("main.pdf", main), "slip": ("slip.txt", slip)})


def body_of(letter: Letter) -> tuple[bytes, str]:
    """Return the multipart body of a letter and its content type."""
    edge = uuid.uuid4().hex
    made = [(b'name="capture"', json.dumps(letter.told, ensure_ascii=False).encode())]
    made += [
        (f'name="{part}"; filename="{name}"'.encode(), data) for part, (name, data) in letter.files.items()
    ]
    body = b"".join(
        b"--%s\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (edge.encode(), head, data)
        for head, data in made
    )
    return body + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"
