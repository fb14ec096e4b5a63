"""A small catalogue for the pages of reading: two units, every open status, files of every look."""

from __future__ import annotations

import io
import random
import uuid
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

import pyvips
import typst

from lantai.base.actors import SYSTEM
from lantai.catalogue.services import register_catalogue, urn_of
from lantai.holdings.services import Description, Part, describe
from lantai.ingest import aips
from lantai.site.work import settle
from lantai.vault.services import deposit

__all__ = ["Description", "quote", "urn_of"]

STATUSES = ("开放", "控制", "未审核", "延期开放")
UNITS = {"Z109": "MZJ", "Z110": "JYJ"}
HOSTILE = "<script>alert(1)</script>"


@dataclass(frozen=True)
class Entry:
    """A record of the test catalogue; ``word`` stands in its title and nowhere else."""

    ref: str
    fonds: str
    status: str
    word: str
    year: int

    def seen_by(self, unit: str) -> bool:
        """Return whether a clerk of ``unit`` sees it."""
        return self.status == "开放" or UNITS[self.fonds] == unit


def values(ref: str, title: str, **more: str) -> dict[str, str]:
    """Return element values of a WS record."""
    return {
        **{"ref": ref, "title": title, "author": "云岭区某局", "date": "20110304", "year": "2011"},
        **{"retention": "永久", "security": "公开", "fonds": ref.split("-")[0], **more},
    }


def word(number: int) -> str:
    """Return a rare word of two characters, another for every number."""
    return chr(0x4E00 + 137 * number % 20_000) + chr(0x4E00 + (271 * number + 91) % 20_000)


def catalogue(seed: int = 7, count: int = 24) -> list[Entry]:
    """Describe ``count`` catalogue entries of random unit, status and year, and return them."""
    chance = random.Random(seed)
    entries = []
    for number in range(1, count + 1):
        fonds, status = chance.choice(list(UNITS)), chance.choice(STATUSES)
        year = chance.choice((1998, 2003, 2011))
        entries.append(Entry(f"{fonds}-WS·{year}·Y-{number:04d}", fonds, status, word(number), year))
    add(
        [
            Description(
                urn=urn_of(one.ref),
                ref=one.ref,
                level="item",
                type="WS",
                fonds=one.fonds,
                values=values(
                    one.ref,
                    f"关于{one.word}的通知",
                    open_status=one.status,
                    year=str(one.year),
                    persons="李某某",
                ),
            )
            for one in entries
        ]
    )
    return entries


def add(descriptions: list[Description]) -> None:
    """Describe catalogue-only records and let them be indexed."""
    register_catalogue(SYSTEM, descriptions, source="测试目录")
    settle()


def many(count: int, level: str = "item") -> None:
    """Describe ``count`` open records of one series with the titles 题名 1, 题名 2, …"""
    refs = [f"Z109-WS·2011·Y-{number:04d}" for number in range(1, count + 1)]
    add(
        [
            Description(urn_of(ref), ref, level, "WS", "Z109", values(ref, f"题名 {n}", open_status="开放"))
            for n, ref in enumerate(refs, 1)
        ]
    )


def file_of_items(ref: str = "Z109-001-001", count: int = 3, status: str = "开放") -> list[str]:
    """Describe a file (案卷) with items in it; return the 档号 of the items."""
    items = [f"{ref}-{number:03d}" for number in range(1, count + 1)]
    told = [Description(urn_of(ref), ref, "file", "WS", "Z109", values(ref, "民政案卷", open_status=status))]
    told += [
        Description(
            urn_of(item),
            item,
            "item",
            "WS",
            "Z109",
            values(item, f"卷内第{n}件", open_status=status),
            parent=ref,
        )
        for n, item in enumerate(items, 1)
    ]
    add(told)
    return items


def pdf(pages: int = 2) -> bytes:
    """Return a PDF of some pages; 水库 stands on the second."""
    inner = "#pagebreak()\n".join(
        f"= Page {n}\n" + ("Reservoir\n" if n == 2 else "") for n in range(1, pages + 1)
    )
    return bytes(typst.compile(inner.encode(), format="pdf"))


def jpeg() -> bytes:
    """Return a picture."""
    return bytes((pyvips.Image.black(900, 1200) + 200).cast("uchar").jpegsave_buffer())


def wav(seconds: int = 1) -> bytes:
    """Return silence."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(bytes(16_000 * seconds))
    return out.getvalue()


FILES: dict[str, tuple[bytes, str, str]] = {
    "正文.txt": ("关于水库移民安置的请示。\n\n水库坝高三十米。".encode(), "text/plain", "正本"),
    "扫描.jpg": (jpeg(), "image/jpeg", "正本"),
    '附件 一;"é.pdf': (pdf(), "application/pdf", "附件"),
    "录音.wav": (wav(), "audio/x-wav", "附件"),
    "网页.html": (f"<html>{HOSTILE}</html>".encode(), "text/html", "附件"),
    "图.svg": (f"<svg xmlns='http://www.w3.org/2000/svg'>{HOSTILE}</svg>".encode(), "image/svg+xml", "附件"),
    "数据.bin": (bytes(range(256)) * 40, "application/octet-stream", "附件"),
    "元数据.xml": (f"<a>{HOSTILE}密语</a>".replace("script", "b").encode(), "application/xml", "元数据"),
}
"""Name → bytes, media type, role: one file of every look."""


def preserved(
    ref: str,
    *,
    status: str = "开放",
    title: str = "关于水库移民安置的请示",
    files: Mapping[str, tuple[bytes, str, str]] = FILES,
    **more: str,
) -> str:
    """Preserve and describe a record with files; return its urn."""
    urn = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, ref)}"
    held = {f"files/{name}": data for name, (data, _, _) in files.items()}
    line = {"urn": urn, "record": None, "files": []}
    about = {"schema": "lantai.record/1", "urn": urn, "ref": ref, "values": {"title": title}}
    made = aips.aip(line, aips.NOWHERE, {}, {**held, "record.json": aips.document(about)})
    deposit(SYSTEM, f"test:{urn}", [made], message="测试", created=datetime.now(UTC))
    parts = tuple(
        Part(f"files/{name}", len(data), role, "", mime, mime) for name, (data, mime, role) in files.items()
    )
    told = values(ref, title, open_status=status, persons="王某某", **more)
    describe(
        SYSTEM,
        uuid.uuid4(),
        [Description(urn, ref, "item", "WS", ref.split("-")[0], told, parts, object_id=urn)],
    )
    settle()
    return urn
