"""XML from outside as a stream of events, read without trust and in flat memory.

The rules are those of :mod:`lantai.kernel.xml` (no entities, no network, bounded depth and text) with one
mercy: a DOCTYPE that only names the public DTD of EAD or EAC, as old finding aids do, is skipped unread;
prefixes that everybody means the same by need no declaration; in small files an attribute given twice counts
once, and attributes may stand without a blank between them. That a document is well-formed to its end is known
before the first event: nothing is half read.
"""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast
from xml.parsers import expat

from lxml import etree

from lantai.kernel import encodings
from lantai.kernel.errors import Fact, Invalid
from lantai.kernel.findings import Finding, Severity

Event = tuple[str, etree._Element]

_HEAD = 1 << 18
_BLOCK = 1 << 16
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*?\?>", re.DOTALL)
_ENCODING = re.compile(r"""encoding\s*=\s*["']([A-Za-z][\w.:-]*)["']""")
_PROLOG = re.compile(r"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_DOCTYPE = re.compile(
    r"""<!DOCTYPE\s+(?:\w+:)?([\w-]+)\s+(?:PUBLIC\s+(?:"[^"]*"|'[^']*')\s*|SYSTEM\s+)(?:"[^"]*"|'[^']*')?\s*>"""
)
_ATTRIBUTE = re.compile(rb"""[A-Za-z_][\w:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*')""")
_INVALID = expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN]
_TWICE = expat.errors.codes[expat.errors.XML_ERROR_DUPLICATE_ATTRIBUTE]
_NESTING = expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]
_UNCLOSED = expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN]
_TOKEN = 8 << 20
"""Bytes of one tag or comment."""
_LEVELS = 1_000
"""Elements inside each other; whoever builds a tree stops long before."""
_GROWTH = 1 << 30
"""Bytes by which this process may grow while a document's tree is taken apart."""
_WATCHED = 4 << 20
_MENDABLE = 16 << 20
_MENDS = 20
_STATUS = Path("/proc/self/statm")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_KNOWN_DOCTYPES = frozenset({"ead", "eac-cpf", "eac"})
_ROOT = re.compile(r"""<[^\s/>!?]+(?:\s+[^\s=/>]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*/?>""")
_PREFIXES = {
    "xlink": "http://www.w3.org/1999/xlink",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "marc": "http://www.loc.gov/MARC21/slim",
    "marcxml": "http://www.loc.gov/MARC21/slim",
    "mods": "http://www.loc.gov/mods/v3",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "oai_dc": "http://www.openarchives.org/OAI/2.0/oai_dc/",
}


@dataclass(frozen=True, slots=True)
class Document:
    """A well-formed XML file; ``findings`` doubt the encoding or say what was mended.

    ``head`` are its first bytes in UTF-8, without prolog; the rest is read from byte ``rest`` of the file, or
    there is none (``rest`` -1: all of it is in ``head``).
    """

    path: Path
    encoding: str
    findings: tuple[Finding, ...]
    head: bytes
    rest: int

    def events(self, *names: str) -> Iterator[Event]:
        """Yield (``start`` or ``end``, element) in document order; whoever takes them frees them.

        With ``names`` only elements of these local names are told, which is many times faster. At ``start`` an
        element has its attributes and nothing of its content. Raises Invalid: ``xml.document.broken`` (what
        strictness beyond form refuses: depth, a text of 10 MB), ``.encoding``, ``.too_demanding`` (a single
        element so large that the tree of it takes memory without end).
        """
        parser = etree.XMLPullParser(
            events=("start", "end"),
            tag=[f"{{*}}{name}" for name in names] or None,
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        held, fed = _resident(), 0
        try:
            for block in self.blocks():
                parser.feed(block)
                yield from _elements(parser)
                fed += len(block)
                if fed > _WATCHED:
                    fed = 0
                    if _resident() > held + _GROWTH:
                        raise Invalid("xml.document.too_demanding", path=self.path.name)
            parser.close()
            yield from _elements(parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise Invalid("xml.document.broken", path=self.path.name, reason=str(error)) from error

    def blocks(self) -> Iterator[bytes]:
        """Yield the document as UTF-8, without prolog."""
        yield self.head
        if self.rest < 0:
            return
        wide = None if self.encoding == "utf-8" else codecs.getincrementaldecoder(self.encoding)()
        with open(self.path, "rb") as file:
            file.seek(self.rest)
            while block := file.read(_BLOCK):
                yield wide.decode(block).encode("utf-8") if wide else block
        if wide:
            yield wide.decode(b"", final=True).encode("utf-8")


def _resident() -> int:
    """Return the bytes of memory this process holds, 0 where the system does not say."""
    if not _STATUS.exists():
        return 0
    return int(_STATUS.read_text("ascii").split()[1]) * _PAGE


def _elements(parser: etree.XMLPullParser) -> Iterator[Event]:
    """Yield what was asked for: starts and ends only."""
    return cast("Iterator[Event]", parser.read_events())


def open_document(path: Path) -> Document:
    """Return the XML file, checked to be well-formed to its end.

    Raises Invalid: ``xml.document.broken``, ``.doctype``, ``.encoding``.
    """
    with open(path, "rb") as file:
        data = file.read(_HEAD)
        telling = data
        while telling and telling.isascii() and b"\0" not in telling:
            telling = file.read(_HEAD)
    encoding, findings = _encoding(data, telling or data, path)
    mark = next(
        (m for m in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) if data.startswith(m)), b""
    )
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        text = decoder.decode(data[len(mark) :])
    except UnicodeDecodeError as error:
        raise Invalid("xml.document.encoding", path=path.name, encoding=encoding) from error
    # What the decoder holds back belongs to the part that is streamed.
    rest = len(data) - len(decoder.getstate()[0])
    made = Document(path, encoding, findings, _prolog(text, path).encode("utf-8"), rest)
    try:
        return _checked(made)
    except UnicodeDecodeError as error:
        raise Invalid("xml.document.encoding", path=path.name, encoding=encoding) from error


def _checked(document: Document) -> Document:
    """Return the document, mended where that is allowed, if it is well-formed."""
    fault = _fault(document.blocks())
    if fault is None:
        return document
    small = document.path.stat().st_size <= _MENDABLE
    data = b"".join(document.blocks()) if small else b""
    findings = list(document.findings)
    while fault is not None:
        mended = _mend(data, fault)
        if not mended or len(findings) > _MENDS:
            told = "too many levels" if fault.code == _NESTING else expat.ErrorString(fault.code)
            reason = f"{told}, line {fault.line}"
            raise Invalid("xml.document.broken", path=document.path.name, reason=reason)
        data = mended
        facts: dict[str, Fact] = {"line": fault.line}
        findings.append(
            Finding("xml.document.mended", document.path.name, severity=Severity.WARNING, facts=facts)
        )
        fault = _fault([data])
    return replace(document, head=data, rest=-1, findings=tuple(findings))


@dataclass(frozen=True, slots=True)
class _Fault:
    code: int
    line: int
    place: int


def _fault(blocks: Iterable[bytes]) -> _Fault | None:
    """Return the first fault of form; there is no document type left by which a parser could be attacked."""
    parser = expat.ParserCreate("utf-8")
    depth = _Depth()
    parser.StartElementHandler = depth.down
    parser.EndElementHandler = depth.up
    try:
        fed = 0
        for block in blocks:
            parser.Parse(block, False)
            fed += len(block)
            if fed - parser.CurrentByteIndex > _TOKEN:
                return _Fault(_UNCLOSED, parser.CurrentLineNumber, parser.CurrentByteIndex)
        parser.Parse(b"", True)
    except _TooDeep:
        return _Fault(_NESTING, parser.CurrentLineNumber, parser.CurrentByteIndex)
    except expat.ExpatError as error:
        return _Fault(error.code, error.lineno, parser.ErrorByteIndex)
    return None


class _TooDeep(Exception):
    """More than :data:`_LEVELS` elements are open: each costs memory until it is closed."""


class _Depth:
    """Counts open elements."""

    def __init__(self) -> None:
        self.open = 0

    def down(self, name: str, attributes: dict[str, str]) -> None:
        self.open += 1
        if self.open > _LEVELS:
            raise _TooDeep

    def up(self, name: str) -> None:
        self.open -= 1


def _mend(data: bytes, fault: _Fault) -> bytes:
    """Return ``data`` with a blank put between two attributes or a second value taken out, b"" otherwise."""
    attribute = _ATTRIBUTE.match(data, fault.place)
    if attribute is None:
        return b""
    if fault.code == _INVALID and data[fault.place - 1 : fault.place] in (b'"', b"'"):
        return data[: fault.place] + b" " + data[fault.place :]
    if fault.code == _TWICE:
        return data[: fault.place] + data[attribute.end() :]
    return b""


def _encoding(data: bytes, telling: bytes, path: Path) -> tuple[str, tuple[Finding, ...]]:
    told = _ENCODING.search(data[:200].replace(b"\0", b"").decode("latin-1"))
    declared = told[1] if told else ""
    if declared.lower().startswith(("utf-16", "utf-32")):
        declared = ""
    sample = telling if len(telling) < _HEAD else telling[: telling.rfind(b">") + 1]
    decoded = encodings.decode(sample, path.name, declared)
    if any(finding.code == "encodings.text.damaged" for finding in decoded.findings):
        raise Invalid("xml.document.encoding", path=path.name, encoding=declared or decoded.encoding)
    return decoded.encoding, decoded.findings


def _prolog(text: str, path: Path) -> str:
    """Return ``text`` without declaration and harmless DOCTYPE (their line ends stay), prefixes declared."""
    kept = ""
    position = 0
    if declaration := _DECLARATION.match(text):
        position = declaration.end()
        kept += "\n" * declaration[0].count("\n")
    while position < len(text):
        if step := _PROLOG.match(text, position):
            kept += "\n" * step[0].count("\n")
        elif text.startswith("<!", position):
            step = _DOCTYPE.match(text, position)
            if step is None or step[1].lower() not in _KNOWN_DOCTYPES:
                raise Invalid("xml.document.doctype", path=path.name)
            kept += "\n" * step[0].count("\n")
        else:
            return kept + _declared(text[position:])
        position = step.end()
    raise Invalid("xml.document.broken", path=path.name, reason="no root element")


def _declared(text: str) -> str:
    root = _ROOT.match(text)
    if root is None:
        return text
    tag = root[0]
    missing = [f' xmlns:{p}="{uri}"' for p, uri in _PREFIXES.items() if f"xmlns:{p}=" not in tag]
    name = re.match(r"<[^\s/>]+", tag)
    place = name.end() if name else 0
    return text[:place] + "".join(missing) + text[place:]


def release(element: etree._Element) -> None:
    """Free an element that was read and the siblings before it; its tail goes too."""
    element.clear()
    above = element.getparent()
    if above is not None:
        while element.getprevious() is not None:
            del above[0]
