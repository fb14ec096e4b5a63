"""Letters as OFD (GB/T 33190-2016): positioned text and rules, fonts by name, one document, no signatures.

Measures are millimetres. The fonts are the usual ones of official letters; readers have them or replace them.
"""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from lantai.sample.letters import Letter, plain_date

WIDTH, HEIGHT = 210.0, 297.0
LEFT, RIGHT, TOP, BOTTOM = 28.0, 26.0, 37.0, 35.0
BODY = WIDTH - LEFT - RIGHT
RED, BLACK = "208 31 26", "0 0 0"
FONTS = {"song": (2, "宋体"), "hei": (3, "黑体"), "fang": (4, "仿宋")}
_NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_NO_LINE_START = set("，。；：、）》”！？")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text: left edge and base line, size, font, colour."""

    x: float
    y: float
    size: float
    font: str
    text: str
    colour: str = BLACK


@dataclass(slots=True)
class Sheet:
    """One page under construction; ``rules`` are (y, width of the stroke, colour) across the type area."""

    lines: list[Line] = field(default_factory=list)
    rules: list[tuple[float, float, str]] = field(default_factory=list)


def advance(letter: str, size: float) -> float:
    """Return how far ``letter`` moves the pen: half a square for ASCII, a square for others."""
    return size / 2 if letter.isascii() else size


def measure(text: str, size: float) -> float:
    """Return the width of ``text``."""
    return sum(advance(letter, size) for letter in text)


def wrap(text: str, size: float, width: float, indent: float = 0.0) -> list[str]:
    """Return ``text`` in lines no wider than ``width``; closing marks never begin a line."""
    lines, current, used = [], "", indent
    for letter in text:
        step = advance(letter, size)
        if used + step > width and letter not in _NO_LINE_START:
            lines.append(current)
            current, used = "", 0.0
        current += letter
        used += step
    return [*lines, current]


def layout(letter: Letter) -> list[Sheet]:
    """Return the pages of ``letter`` in the look of GB/T 9704."""
    sheets = [Sheet()]
    y = _head(sheets[0], letter)
    size, pitch = 5.6, 9.8
    paragraphs = [(f"{letter.to}：", 0.0)] if letter.to else []
    paragraphs += [(said, 2 * size) for said in letter.paragraphs]
    for said, indent in paragraphs:
        font = "hei" if re.match("^[一二三四五六七八九十]+、", said) else "fang"
        for number, text in enumerate(wrap(said, size, BODY, indent)):
            if y > HEIGHT - BOTTOM:
                sheets.append(Sheet())
                y = TOP + pitch
            sheets[-1].lines.append(Line(LEFT + (0.0 if number else indent), y, size, font, text))
            y += pitch
    if y > HEIGHT - BOTTOM - 4 * pitch:
        sheets.append(Sheet())
        y = TOP
    for text in (letter.issuer, plain_date(letter.signed)):
        y += pitch
        x = WIDTH - RIGHT - 4 * size - measure(letter.issuer, size) / 2 - measure(text, size) / 2
        sheets[-1].lines.append(Line(x, y, size, "fang", text))
    _imprint(sheets[-1], letter)
    for number, sheet in enumerate(sheets, 1):
        text = f"- {number} -"
        sheet.lines.append(Line((WIDTH - measure(text, 4.9)) / 2, HEIGHT - 24, 4.9, "song", text))
    return sheets


def _head(sheet: Sheet, letter: Letter) -> float:
    """Put red head, number, rule and title on the first page; return the base line of what follows."""
    mark = f"{letter.issuer}文件"
    size = min(14.0, BODY / measure(mark, 1.0))
    sheet.lines.append(Line((WIDTH - measure(mark, size)) / 2, 62.0, size, "song", mark, RED))
    sheet.lines.append(Line((WIDTH - measure(letter.number, 5.6)) / 2, 82.0, 5.6, "fang", letter.number))
    sheet.rules.append((86.0, 0.7, RED))
    y = 104.0
    for text in wrap(letter.title, 7.8, BODY - 16):
        sheet.lines.append(Line((WIDTH - measure(text, 7.8)) / 2, y, 7.8, "song", text))
        y += 12.4
    return y + 6.0


def _imprint(sheet: Sheet, letter: Letter) -> None:
    copies = wrap(f"抄送：{letter.copies_to}", 4.9, BODY - 10)
    y = HEIGHT - BOTTOM - 6.5 * (len(copies) + 1)
    if sheet.lines and sheet.lines[-1].y > y - 8:
        return
    sheet.rules.append((y - 5.5, 0.35, BLACK))
    for text in copies:
        sheet.lines.append(Line(LEFT + 5, y, 4.9, "fang", text))
        y += 6.5
    sheet.rules.append((y - 5.2, 0.25, BLACK))
    printed = f"{plain_date(letter.signed)}印发"
    sheet.lines.append(Line(LEFT + 5, y, 4.9, "fang", letter.issuer))
    sheet.lines.append(Line(WIDTH - RIGHT - 5 - measure(printed, 4.9), y, 4.9, "fang", printed))
    sheet.rules.append((y + 2.2, 0.35, BLACK))


def write(letter: Letter) -> tuple[bytes, int]:
    """Return the OFD file of ``letter`` and its number of pages; the same letter gives the same bytes."""
    sheets = layout(letter)
    identifier = hashlib.sha256(f"{letter.number}{letter.title}".encode()).hexdigest()[:32]
    parts = {"OFD.xml": _entry(letter, identifier), "Doc_0/PublicRes.xml": _resources()}
    last = 10 + len(sheets)
    for number, sheet in enumerate(sheets):
        body, last = _content(sheet, last)
        parts[f"Doc_0/Pages/Page_{number}/Content.xml"] = body
    parts["Doc_0/Document.xml"] = _document(len(sheets), last)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            member = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}')
    return buffer.getvalue(), len(sheets)


def _entry(letter: Letter, identifier: str) -> str:
    return (
        f'<ofd:OFD {_NAMESPACE} DocType="OFD" Version="1.0"><ofd:DocBody><ofd:DocInfo>'
        f"<ofd:DocID>{identifier}</ofd:DocID><ofd:Title>{escape(letter.title)}</ofd:Title>"
        f"<ofd:Author>{escape(letter.issuer)}</ofd:Author>"
        f"<ofd:CreationDate>{letter.signed.isoformat()}</ofd:CreationDate><ofd:DocUsage>Normal</ofd:DocUsage>"
        "</ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    )


def _document(pages: int, last: int) -> str:
    listed = "".join(
        f'<ofd:Page ID="{11 + number}" BaseLoc="Pages/Page_{number}/Content.xml"/>' for number in range(pages)
    )
    return (
        f"<ofd:Document {_NAMESPACE}><ofd:CommonData><ofd:MaxUnitID>{last}</ofd:MaxUnitID><ofd:PageArea>"
        f"<ofd:PhysicalBox>0 0 {WIDTH:g} {HEIGHT:g}</ofd:PhysicalBox></ofd:PageArea>"
        "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData>"
        f"<ofd:Pages>{listed}</ofd:Pages></ofd:Document>"
    )


def _resources() -> str:
    listed = "".join(
        f"<ofd:Font ID={quoteattr(str(number))} FontName={quoteattr(name)} FamilyName={quoteattr(name)}/>"
        for number, name in FONTS.values()
    )
    return f'<ofd:Res {_NAMESPACE} BaseLoc="Res"><ofd:Fonts>{listed}</ofd:Fonts></ofd:Res>'


def _content(sheet: Sheet, last: int) -> tuple[str, int]:
    """Return Content.xml of one page and the last object number used."""
    last += 1
    objects = [f'<ofd:Layer Type="Body" ID="{last}">']
    for line in sheet.lines:
        last += 1
        objects.append(_text_object(line, last))
    for y, stroke, colour in sheet.rules:
        last += 1
        objects.append(
            f'<ofd:PathObject ID="{last}" Boundary="{LEFT:g} {y:g} {BODY:g} 1" LineWidth="{stroke:g}">'
            f'<ofd:StrokeColor Value="{colour}"/>'
            f"<ofd:AbbreviatedData>M 0 0.5 L {BODY:g} 0.5</ofd:AbbreviatedData></ofd:PathObject>"
        )
    objects.append("</ofd:Layer>")
    box = f"<ofd:Area><ofd:PhysicalBox>0 0 {WIDTH:g} {HEIGHT:g}</ofd:PhysicalBox></ofd:Area>"
    body = "".join(objects)
    return f"<ofd:Page {_NAMESPACE}>{box}<ofd:Content>{body}</ofd:Content></ofd:Page>", last


def _text_object(line: Line, number: int) -> str:
    """Return a TextObject whose boundary holds the whole line; the base line lies inside it."""
    steps = " ".join(f"{advance(letter, line.size):g}" for letter in line.text[:-1])
    spacing = f" DeltaX={quoteattr(steps)}" if steps else ""
    left, top = round(line.x, 3), round(line.y - line.size, 3)
    width, height = round(measure(line.text, line.size), 3), round(line.size * 1.3, 3)
    return (
        f'<ofd:TextObject ID="{number}" Boundary="{left:g} {top:g} {width:g} {height:g}"'
        f' Font="{FONTS[line.font][0]}" Size="{line.size:g}"><ofd:FillColor Value="{line.colour}"/>'
        f'<ofd:TextCode X="0" Y="{line.size:g}"{spacing}>{escape(line.text)}</ofd:TextCode></ofd:TextObject>'
    )
