"""The text of Rich Text Format: control words read in one pass, characters by the code page of their font."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from lantai.kernel.errors import Corrupt

SIZE_LIMIT = 64 << 20
"""Bytes that are read; pictures are written in hexadecimal digits and pass through here too."""

MOST_DEPTH = 1000
MOST_TOKENS = 5_000_000
_TOKEN = re.compile(
    rb"\\bin(\d{1,9}) ?"
    rb"|\\([a-zA-Z]{1,32})(-?\d{1,10})? ?"
    rb"|\\'([0-9a-fA-F]{2})"
    rb"|\\([^a-zA-Z])"
    rb"|([{}])"
    rb"|[\r\n]+"
    rb"|([^\\{}\r\n]+)",
    re.DOTALL,
)
_SILENT = frozenset(
    [
        "colortbl",
        "stylesheet",
        "info",
        "pict",
        "object",
        "objdata",
        "themedata",
        "colorschememapping",
        "datastore",
        "fldinst",
        "listtable",
        "listoverridetable",
        "rsidtbl",
        "generator",
        "xmlnstbl",
        "filetbl",
        "revtbl",
        "latentstyles",
        "mmathPr",
        "bkmkstart",
        "bkmkend",
        "pgptbl",
        "xe",
        "tc",
        "sp",
    ]
)
_BREAKS = {
    **dict.fromkeys(("par", "line", "sect", "page", "row", "nestrow", "column"), "\n"),
    **dict.fromkeys(("tab", "cell", "nestcell"), "\t"),
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
}
_SYMBOLS = {b"~": "\u00a0", b"_": "\u2011", b"\r": "\n", b"\n": "\n", b"\\": "\\", b"{": "{", b"}": "}"}
_CHARSETS = {
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    134: "gb18030",
    136: "big5",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
}
_WIDE = frozenset({"cp932", "cp949", "gb18030", "big5"})
_PAGES = {936: "gb18030", 54936: "gb18030", 950: "big5", 932: "cp932", 949: "cp949", 65001: "utf-8"}
_SETS = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}


@dataclass(frozen=True, slots=True)
class _State:
    """What a group hands to the groups inside it."""

    font: int = 0
    blanks: int = 1
    """How many characters of an old reader follow a \\uN (\\ucN)."""
    silent: bool = False
    fonts: bool = False
    """In the table of fonts."""


@dataclass(slots=True)
class _Reader:
    limit: int
    state: _State = _State()
    above: list[_State] = field(default_factory=list)
    encodings: dict[int, str] = field(default_factory=dict)
    page: str = "cp1252"
    pieces: list[str] = field(default_factory=list)
    raw: bytearray = field(default_factory=bytearray)
    high: int = 0
    """The first half of a character beyond the first plane."""
    skip: int = 0
    size: int = 0
    starred: bool = False

    def say(self, text: str) -> None:
        if not self.state.silent and not self.state.fonts:
            self.flush()
            self.pieces.append(text)
            self.size += len(text)

    def take(self, data: bytes) -> None:
        """Take bytes of the code page, less those that repeat a \\uN."""
        if self.skip:
            passed = min(self.skip, len(data))
            self.skip -= passed
            data = data[passed:]
        if not self.state.silent and not self.state.fonts:
            self.raw += data

    def flush(self) -> None:
        if self.raw:
            text = bytes(self.raw).decode(self._encoding(), "replace")
            self.raw.clear()
            self.pieces.append(text)
            self.size += len(text)

    def _encoding(self) -> str:
        """Return the font's encoding; a two-byte code page of the document serves its western fonts too."""
        return self.encodings.get(self.state.font) or self.page

    def group(self, mark: bytes) -> None:
        self.flush()
        self.skip = 0
        if mark == b"{":
            if len(self.above) < MOST_DEPTH:
                self.above.append(self.state)
                return
            raise ValueError("too deep")
        if self.above:
            self.state = self.above.pop()

    def unit(self, number: int) -> None:
        """Take one unit of UTF-16 given as \\uN."""
        code = number & 0xFFFF
        if 0xD800 <= code < 0xDC00:
            self.high = code
        elif 0xDC00 <= code < 0xE000:
            if self.high:
                self.say(chr(0x10000 + ((self.high - 0xD800) << 10) + code - 0xDC00))
            self.high = 0
        else:
            self.say(chr(code))
        self.skip = self.state.blanks

    def word(self, name: str, number: int | None) -> None:
        """Do what a control word says; unknown ones say nothing, unknown destinations marked \\* are silent."""
        starred, self.starred = self.starred, False
        if name == "u" and number is not None:
            self.unit(number)
            return
        self.skip = 0
        if name in _BREAKS:
            self.say(_BREAKS[name])
        elif name == "uc":
            self.state = replace(self.state, blanks=max(0, min(number or 0, 8)))
        elif name == "f":
            self.flush()
            self.state = replace(self.state, font=number or 0)
        elif name == "fcharset" and self.state.fonts:
            self.encodings[self.state.font] = _CHARSETS.get(number or 0, "")
        elif name in {"ansicpg", *_SETS}:
            self.page = _SETS.get(name) or _page(number or 0)
        elif name == "fonttbl":
            self.state = replace(self.state, fonts=True)
        elif name in _SILENT or (starred and name != "shpinst"):
            self.flush()
            self.state = replace(self.state, silent=True)


def _page(number: int) -> str:
    if number in _PAGES:
        return _PAGES[number]
    name = f"cp{number}"
    try:
        "".encode(name)
    except LookupError:
        return "cp1252"
    return name


def text(path: Path, limit: int) -> str:
    """Return the paragraphs as lines, cells parted by tabs; ``Corrupt`` for what is no RTF."""
    with open(path, "rb") as stream:
        data = stream.read(SIZE_LIMIT)
    if not data.lstrip().startswith(b"{\\rtf"):
        raise Corrupt("formats.text.unreadable", path=path.name, reason="no {\\rtf")
    reader = _Reader(limit)
    try:
        _read(reader, data)
    except ValueError as problem:
        raise Corrupt("formats.text.unreadable", path=path.name, reason=str(problem)) from problem
    reader.flush()
    lines = map(str.rstrip, "".join(reader.pieces).split("\n"))
    return "\n".join(line for line in lines if line)[:limit]


def _read(reader: _Reader, data: bytes) -> None:
    place = count = 0
    while count < MOST_TOKENS and reader.size <= reader.limit and (found := _TOKEN.match(data, place)):
        place = found.end()
        count += 1
        binary, name, number, pair, symbol, mark, plain = found.groups()
        if binary:
            place += int(binary)
        elif name:
            reader.word(name.decode(), int(number) if number else None)
        elif pair:
            reader.take(bytes.fromhex(pair.decode()))
        elif mark:
            reader.group(mark)
        elif plain:
            reader.take(plain)
        elif symbol == b"*":
            reader.starred = True
        elif symbol in _SYMBOLS:
            reader.say(_SYMBOLS[symbol])
