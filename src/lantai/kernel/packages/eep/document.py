"""One EEP file (DA/T 48) as a stream: a small tree of its metadata, and the decoded content beside it.

The Base64 of 编码数据 never enters the tree: it is decoded block by block. No DOCTYPE, no entities, bounded
depth, number and text of elements; memory does not grow with the content.
"""

from __future__ import annotations

import binascii
import codecs
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from lantai.kernel.errors import Invalid

NAMESPACE = "http://www.saac.gov.cn/standards/ERM/encapsulation"
ROOT = "电子文件封装包"
SIGNED = "被签名对象"
DATA = "编码数据"
SUFFIX = ".eep"

_BLOCK = 1 << 18
_DEPTH = 100
_NODES = 150_000
_TEXT = 32 << 20
_TOKEN = 4 << 20
_ATTRIBUTE = 100
"""What an attribute costs beside its characters, in characters."""
_DECLARED = re.compile(rb"""^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z][\w.:-]*)["']""")
_EXACT = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})
_CHINESE = frozenset({"gb18030", "gbk", "gb2312"})
_BLANKS = b" \t\r\n"


@dataclass(slots=True)
class Node:
    """An element: local name, text, and its place in the file (``start`` its ``<``, ``end`` that of its end tag).

    Places are byte offsets, -1 where the file is not in UTF-8. ``number`` counts the 编码数据 of a document
    from 1; ``size`` is what they decode to, ``damaged`` whether that is not all of it.
    """

    name: str
    attributes: dict[str, str]
    namespace: str = ""
    start: int = -1
    end: int = -1
    text: str = ""
    children: list[Node] = field(default_factory=list)
    number: int = 0
    size: int = 0
    damaged: bool = False

    def child(self, name: str) -> Node | None:
        """Return the first child of that name."""
        return next((child for child in self.children if child.name == name), None)

    def all(self, name: str) -> list[Node]:
        """Return the children of that name."""
        return [child for child in self.children if child.name == name]

    def told(self, name: str) -> str:
        """Return the text of the first child of that name, "" without one; edge blanks only where they are meant."""
        found = self.child(name)
        if found is None:
            return ""
        return found.text if found.attributes.get("space") == "preserve" else found.text.strip()

    def descendants(self, name: str) -> Iterator[Node]:
        """Yield what is named so below this element, in document order."""
        waiting = deque(self.children)
        while waiting:
            node = waiting.popleft()
            if node.name == name:
                yield node
            waiting.extendleft(reversed(node.children))


@dataclass(frozen=True, slots=True)
class Opened:
    """The content of a 编码数据 begins: ``coding`` is the 编码 around it with what was told of it so far."""

    data: Node
    coding: Node | None


@dataclass(frozen=True, slots=True)
class Piece:
    """Decoded bytes of the content that is open."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Closed:
    """The content that was open is complete."""

    data: Node


@dataclass(frozen=True, slots=True)
class Whole:
    """The document was read to its end."""

    root: Node


Event = Opened | Piece | Closed | Whole


def read(path: Path) -> Iterator[Event]:
    """Yield the document's content as it passes and, last, its tree.

    Raises Invalid: ``packages.eep.doctype``, ``.broken``, ``.encoding``, ``.too_demanding``.
    """
    reader = _Reader(path)
    try:
        for block in reader.blocks():
            reader.feed(block)
            while reader.events:
                yield reader.events.popleft()
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        reason = f"{expat.ErrorString(error.code)}, line {error.lineno}"
        raise Invalid("packages.eep.broken", path=path.name, reason=reason) from error
    except UnicodeDecodeError as error:
        raise Invalid("packages.eep.broken", path=path.name, reason=error.reason) from error
    yield from reader.events
    if reader.root is not None:
        yield Whole(reader.root)


class _Base64:
    """A decoder that is fed text in pieces; damage ends its output and stays noted."""

    def __init__(self) -> None:
        self.rest = b""
        self.ended = False
        self.damaged = False

    def feed(self, text: bytes) -> bytes:
        coded = self.rest + text.replace(b"\n", b"")
        if b"\r" in coded or b" " in coded or b"\t" in coded:
            coded = coded.translate(None, _BLANKS)
        whole = len(coded) & ~3
        self.rest = coded[whole:]
        if not coded or self.damaged:
            return b""
        if self.ended:
            self.damaged = True
            return b""
        try:
            decoded = binascii.a2b_base64(coded[:whole], strict_mode=True) if whole else b""
        except binascii.Error:
            self.damaged = True
            return b""
        self.ended = coded[:whole].endswith(b"=")
        return decoded

    def finish(self) -> bool:
        """Return whether something is wrong with the whole."""
        return self.damaged or bool(self.rest)


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.events: deque[Event] = deque()
        self.root: Node | None = None
        self.open: list[Node] = []
        self.told: list[list[str]] = []
        """The text of each open element, in the pieces in which the parser gave it."""
        self.base64: _Base64 | None = None
        self.nodes = self.texts = self.contents = 0
        self.fed = self.skipped = 0
        """Bytes that the parser saw, and that passed it by."""
        self.last = self.began = -1
        """Where the last ``<`` was that the parser saw, and that of the 编码数据 begun last: if they are one, no
        comment or CDATA section can be open."""
        self.clean = False
        """Whether what the parser saw last is plain text, so that nothing waits in it half read."""
        with open(path, "rb") as file:
            self.encoding = self._encoding(file.read(4096))
        self.parser = expat.ParserCreate("utf-8", " ")
        self.parser.buffer_text = True
        self.parser.buffer_size = _BLOCK
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _encoding(self, head: bytes) -> str:
        """Return the codec to read with, "" for the bytes as they stand."""
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        told = _DECLARED.match(head.removeprefix(codecs.BOM_UTF8))
        name = told[1].decode("ascii").lower() if told else ""
        if name in _EXACT:
            return ""
        if name in _CHINESE:
            return "gb18030"
        raise Invalid("packages.eep.encoding", path=self.path.name, found=name)

    def blocks(self) -> Iterator[bytes]:
        """Yield the document in UTF-8."""
        wide = codecs.getincrementaldecoder(self.encoding)() if self.encoding else None
        with open(self.path, "rb") as file:
            while block := file.read(_BLOCK):
                yield wide.decode(block).encode("utf-8") if wide else block
        if wide:
            yield wide.decode(b"", final=True).encode("utf-8")

    def feed(self, block: bytes) -> None:
        """Parse a block; one that lies wholly inside Base64 goes straight to the decoder, many times faster."""
        if self.base64 is not None and self.last == self.began and self.clean and _is_text(block):
            self.skipped += len(block)
            self._content_of(block)
            return
        if (place := block.rfind(b"<")) >= 0:
            self.last = self.fed + place
        self.fed += len(block)
        self.clean = _is_text(block[block.rfind(b">") + 1 :])
        self.parser.Parse(block, False)
        if self.fed - self.parser.CurrentByteIndex > _TOKEN:
            raise self._demanding()

    def _place(self) -> int:
        """Return where in the file the parser is, -1 if it does not see the file's own bytes."""
        return -1 if self.encoding else self.parser.CurrentByteIndex + self.skipped

    def _demanding(self) -> Invalid:
        return Invalid("packages.eep.too_demanding", path=self.path.name)

    def _doctype(self, *_: object) -> None:
        raise Invalid("packages.eep.doctype", path=self.path.name)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        own = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        self.nodes += 1
        self.texts += len(name) + sum(len(key) + len(value) + _ATTRIBUTE for key, value in own.items())
        if len(self.open) >= _DEPTH or self.nodes > _NODES or self.texts > _TEXT:
            raise self._demanding()
        node = Node(local, own, namespace, self._place())
        above = self.open[-1] if self.open else None
        if above is None:
            self.root = node
        else:
            above.children.append(node)
        self.open.append(node)
        self.told.append([])
        if local == DATA and self.base64 is None:
            self.contents += 1
            self.began = self.parser.CurrentByteIndex
            node.number = self.contents
            self.base64 = _Base64()
            self.events.append(Opened(node, above))

    def _text(self, text: str) -> None:
        if self.base64 is None:
            self.texts += len(text)
            if self.texts > _TEXT:
                raise self._demanding()
            self.told[-1].append(text)
        else:
            self._content_of(text.encode("utf-8"))

    def _content_of(self, text: bytes) -> None:
        decoded = self.base64.feed(text) if self.base64 is not None else b""
        if decoded:
            self._content().size += len(decoded)
            self.events.append(Piece(decoded))

    def _content(self) -> Node:
        """Return the 编码数据 that is open."""
        return next(node for node in reversed(self.open) if node.number)

    def _end(self, name: str) -> None:
        node = self.open.pop()
        node.end = self._place()
        node.text = "".join(self.told.pop())
        if node.number and self.base64 is not None:
            node.damaged = self.base64.finish()
            self.base64 = None
            self.events.append(Closed(node))


def _is_text(block: bytes) -> bool:
    """Return whether there is no markup in it, and no character cut in two."""
    return b"<" not in block and b"&" not in block and block.isascii()


def span(path: Path, node: Node) -> tuple[int, int]:
    """Return the first byte of the element and the one after its end tag; (-1, -1) where places are unknown."""
    if node.start < 0 or node.end < 0:
        return -1, -1
    with open(path, "rb") as file:
        file.seek(node.end)
        closing = file.read(_TOKEN).find(b">")
    return (node.start, node.end + closing + 1) if closing >= 0 else (-1, -1)


def stretch(path: Path, start: int, end: int) -> Iterator[bytes]:
    """Yield the bytes of the file from ``start`` to ``end``, as they stand."""
    with open(path, "rb") as file:
        file.seek(start)
        left = end - start
        while left > 0 and (block := file.read(min(_BLOCK, left))):
            left -= len(block)
            yield block
