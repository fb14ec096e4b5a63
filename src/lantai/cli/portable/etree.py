"""The part of ``lxml.etree`` that packages need, in pure Python: for clerks' machines, where nothing is installed.

It goes into the portable program under lxml's name. Equal trees give the bytes that lxml gives; a test compares.
No DOCTYPE, no entities, bounded depth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from xml.parsers import expat

_DEPTH = 256
_KNOWN = {
    "http://www.w3.org/XML/1998/namespace": "xml",
    "http://www.w3.org/2001/XMLSchema-instance": "xsi",
    "http://www.w3.org/2001/XMLSchema": "xs",
}
_NAME = re.compile(r"[^\W\d][\w.\-·]*")


class XMLSyntaxError(SyntaxError):
    """The document is not well-formed."""


class XMLParser:
    """Takes lxml's options; this parser has no others than the safe ones."""

    def __init__(self, **options: object) -> None:
        self.options = options


class QName:
    """A name, checked."""

    def __init__(self, text: str) -> None:
        if not _NAME.fullmatch(text.rpartition("}")[2]):
            raise ValueError(f"Invalid tag name {text!r}")
        self.text = text


class _DocInfo:
    internalDTD = None


class _Tree:
    docinfo = _DocInfo()


class _Element:
    """An element; ``nsmap`` are the prefixes declared on it."""

    def __init__(self, tag: str, attrib: Mapping[str, str], nsmap: Mapping[str | None, str]) -> None:
        self.tag = tag
        self.attrib = dict(attrib)
        self.nsmap = dict(nsmap)
        self.text: str | None = None
        self.tail: str | None = None
        self._children: list[_Element] = []
        self._parent: _Element | None = None

    def __len__(self) -> int:
        return len(self._children)

    def __iter__(self) -> Iterator[_Element]:
        return iter(self._children)

    def __getitem__(self, place: int) -> _Element:
        return self._children[place]

    def get(self, name: str, default: str | None = None) -> str | None:
        return self.attrib.get(name, default)

    def set(self, name: str, value: str) -> None:
        self.attrib[name] = value

    def append(self, child: _Element) -> None:
        child._parent = self
        self._children.append(child)

    def getparent(self) -> _Element | None:
        return self._parent

    def getroottree(self) -> _Tree:
        return _Tree()

    def iter(self, wanted: str = "*") -> Iterator[_Element]:
        if _matches(self.tag, wanted):
            yield self
        for child in self._children:
            yield from child.iter(wanted)

    def iterfind(self, wanted: str) -> Iterator[_Element]:
        return (child for child in self._children if _matches(child.tag, wanted))

    def find(self, wanted: str) -> _Element | None:
        return next(self.iterfind(wanted), None)

    def itertext(self) -> Iterator[str]:
        if self.text:
            yield self.text
        for child in self._children:
            yield from child.itertext()
            if child.tail:
                yield child.tail


def _matches(tag: str, wanted: str) -> bool:
    if wanted.startswith("{*}"):
        return wanted == "{*}*" or tag.rpartition("}")[2] == wanted[3:]
    return wanted in ("*", tag)


def Element(
    tag: str,
    attrib: Mapping[str, str] | None = None,
    nsmap: Mapping[str | None, str] | None = None,
) -> _Element:
    """Return a new element."""
    return _Element(tag, attrib or {}, nsmap or {})


def SubElement(
    parent: _Element,
    tag: str,
    attrib: Mapping[str, str] | None = None,
    nsmap: Mapping[str | None, str] | None = None,
) -> _Element:
    """Return a new element that is the last child of ``parent``."""
    made = _Element(tag, attrib or {}, nsmap or {})
    parent.append(made)
    return made


# --- reading


class _Building:
    def __init__(self) -> None:
        self.root: _Element | None = None
        self.open: list[_Element] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) >= _DEPTH:
            raise XMLSyntaxError("Excessive depth in document")
        element = _Element(_clark(name), {_clark(key): text for key, text in attributes.items()}, {})
        if self.open:
            self.open[-1].append(element)
        else:
            self.root = element
        self.open.append(element)

    def end(self, name: str) -> None:
        self.open.pop()

    def data(self, text: str) -> None:
        element = self.open[-1]
        if len(element):
            last = element[len(element) - 1]
            last.tail = (last.tail or "") + text
        else:
            element.text = (element.text or "") + text

    def doctype(self, *_: object) -> None:
        raise XMLSyntaxError("a document type is not read")


def _clark(name: str) -> str:
    space, mark, local = name.rpartition(" ")
    return f"{{{space}}}{local}" if mark else local


def fromstring(data: bytes, parser: XMLParser | None = None) -> _Element:
    """Return the root of the document, which is UTF-8; XMLSyntaxError when it is not well-formed."""
    building = _Building()
    reader = expat.ParserCreate("utf-8", " ")
    reader.buffer_text = True
    reader.StartDoctypeDeclHandler = building.doctype
    reader.StartElementHandler = building.start
    reader.EndElementHandler = building.end
    reader.CharacterDataHandler = building.data
    try:
        reader.Parse(data, True)
    except expat.ExpatError as error:
        raise XMLSyntaxError(str(error)) from error
    if building.root is None:
        raise XMLSyntaxError("no root element")
    return building.root


# --- writing


def indent(tree: _Element, space: str = "  ", *, level: int = 0) -> None:
    """Put children on lines of their own, where there is nothing but blanks between them."""
    if not len(tree):
        return
    inner = "\n" + (level + 1) * space
    if not tree.text or not tree.text.strip():
        tree.text = inner
    for place, child in enumerate(tree, 1):
        indent(child, space, level=level + 1)
        if not child.tail or not child.tail.strip():
            child.tail = inner if place < len(tree) else "\n" + level * space


def tostring(root: _Element, encoding: str = "UTF-8", xml_declaration: bool = True) -> bytes:
    """Return the document in UTF-8."""
    head = "<?xml version='1.0' encoding='UTF-8'?>\n" if xml_declaration else ""
    return (head + "".join(_written(root, {}))).encode(encoding)


def _written(element: _Element, scope: Mapping[str, str | None]) -> Iterator[str]:
    """Yield the element's text; ``scope`` are the prefixes by namespace."""
    known = dict(scope)
    declared: list[tuple[str | None, str]] = []
    for prefix, space in element.nsmap.items():
        known[space] = prefix
        declared.append((prefix, space))
    name = _prefixed(element.tag, known, declared)
    attributes = [(_prefixed(key, known, declared), text) for key, text in element.attrib.items()]
    head = "".join(f' xmlns{":" + p if p else ""}="{_attribute(s)}"' for p, s in declared)
    head += "".join(f' {key}="{_attribute(text)}"' for key, text in attributes)
    if element.text is None and not len(element):
        yield f"<{name}{head}/>"
    else:
        yield f"<{name}{head}>{_text(element.text or '')}"
        for child in element:
            yield from _written(child, known)
        yield f"</{name}>"
    if element.tail and element.getparent() is not None:
        yield _text(element.tail)


def _prefixed(tag: str, known: dict[str, str | None], declared: list[tuple[str | None, str]]) -> str:
    if not tag.startswith("{"):
        return tag
    space, _, local = tag[1:].partition("}")
    if space not in known:
        prefix = _KNOWN.get(space) or f"ns{sum(str(p).startswith('ns') for p in known.values())}"
        known[space] = prefix
        if prefix != "xml":
            declared.append((prefix, space))
    prefix_of = known[space]
    return f"{prefix_of}:{local}" if prefix_of else local


def _text(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("\r", "&#13;")


def _attribute(text: str) -> str:
    escaped = _text(text).replace('"', "&quot;")
    return escaped.replace("\n", "&#10;").replace("\t", "&#9;")
