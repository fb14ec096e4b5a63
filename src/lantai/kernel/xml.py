"""XML from outside, read without trust: no DOCTYPE, no entities, no network, bounded size and depth.

Text that XML cannot carry (control characters, edge blanks) is written so that :func:`value` gives it back.
"""

from __future__ import annotations

import re
import urllib.parse
from dataclasses import dataclass

from lxml import etree

from lantai.kernel.encodings import decode
from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding

MAX_BYTES = 64 << 20
_DECLARATION = re.compile(r"<\?xml\s[^>]*?\?>", re.DOTALL)
_ENCODING = re.compile(r"""encoding\s*=\s*["']([A-Za-z][\w.:-]*)["']""")
_PROLOG = re.compile(r"\s+|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_ESCAPED = "转义"
_UNWRITABLE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The root element, the encoding the document was read as, and doubts about that encoding."""

    root: etree._Element
    encoding: str
    findings: tuple[Finding, ...] = ()


def parse(data: bytes, path: str = "", limit: int = MAX_BYTES) -> Parsed:
    """Return the document in ``data`` (UTF-8, UTF-16, GB18030, GBK, GB2312 or another declared encoding).

    Raises Invalid: ``xml.document.too_large`` (over ``limit`` bytes), ``.doctype`` (any document type
    declaration, and so any entity), ``.encoding`` (bytes that no encoding explains), ``.broken``.
    """
    if len(data) > limit:
        raise Invalid("xml.document.too_large", path=path, size=len(data), limit=limit)
    told = _ENCODING.search(data[:200].replace(b"\0", b"").decode("latin-1"))
    declared = told[1] if told else ""
    decoded = decode(data, path, "" if declared.lower().startswith(("utf-16", "utf-32")) else declared)
    if any(finding.code == "encodings.text.damaged" for finding in decoded.findings):
        raise Invalid("xml.document.encoding", path=path, encoding=declared or decoded.encoding)
    text = decoded.text
    if declaration := _DECLARATION.match(text):
        text = text[declaration.end() :]
    _refuse_doctype(text, path)
    return Parsed(_root(text, path), decoded.encoding, decoded.findings)


def _refuse_doctype(text: str, path: str) -> None:
    position = 0
    while step := _PROLOG.match(text, position):
        position = step.end()
    if text.startswith("<!", position):
        raise Invalid("xml.document.doctype", path=path)


def _root(text: str, path: str) -> etree._Element:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, UnicodeEncodeError, ValueError) as error:
        raise Invalid("xml.document.broken", path=path, reason=str(error)) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Invalid("xml.document.doctype", path=path)
    return root


def name(element: etree._Element) -> str:
    """Return the element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def value(element: etree._Element) -> str:
    """Return the text an element carries: blanks at its edges are dropped unless it says ``xml:space``."""
    text = "".join(str(part) for part in element.itertext()) if len(element) else element.text or ""
    if element.get(_ESCAPED) == "%":
        return urllib.parse.unquote(text, errors="surrogatepass")
    return text if element.get(_SPACE) == "preserve" else text.strip()


def add(parent: etree._Element, name: str, text: str = "", /, **attributes: str) -> etree._Element:
    """Append ``<name>text</name>`` so that :func:`value` returns ``text`` exactly; return the element.

    Characters that XML has no place for are percent-escaped and the element says so (``转义="%"``).
    """
    element = etree.SubElement(parent, name, attributes)
    if _UNWRITABLE.search(text):
        element.set(_ESCAPED, "%")
        element.text = _UNWRITABLE.sub(_percent, text.replace("%", "%25"))
        return element
    if text != text.strip():
        element.set(_SPACE, "preserve")
    element.text = text or None
    return element


def _percent(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "surrogatepass"))


def writable_name(text: str) -> bool:
    """Return whether ``text`` can be an element's name."""
    try:
        etree.QName(text)
    except ValueError:
        return False
    return ":" not in text and not text.startswith("{")


def serialize(root: etree._Element) -> bytes:
    """Return the document in UTF-8, indented, ending in a line break; equal trees give equal bytes."""
    etree.indent(root, "  ")
    body: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return body + b"\n"
