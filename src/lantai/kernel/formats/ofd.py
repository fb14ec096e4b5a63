"""Reading OFD (GB/T 33190-2016): documents, pages, text, attachments, seals and the digests they protect.

A file is hostile until read: members are named without regard to case or slash, no member unpacks to more
than a fixed size, the whole not to more than a budget, entities are never expanded. Seals are listed and
the digests of what they protect are recomputed (clause 18); the seal value itself is not verified here.
"""

from __future__ import annotations

import base64
import binascii
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from lxml import etree

from lantai.kernel import digests
from lantai.kernel.errors import Corrupt
from lantai.kernel.formats import markup

MEMBERS_LIMIT = 100_000
MEMBER_LIMIT = 256 << 20
TOTAL_LIMIT = 1 << 30

METHODS = {
    "": "md5",  # clause 18.2.1: MD5 when the attribute is absent
    "md5": "md5",
    "1.2.840.113549.2.5": "md5",
    "sha1": "sha1",
    "sha-1": "sha1",
    "1.3.14.3.2.26": "sha1",
    "sha256": "sha256",
    "sha-256": "sha256",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "sm3": "sm3",
    "1.2.156.10197.1.401": "sm3",
}

BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attached file: its name, its place in the package ("" when it is not there), its size in bytes."""

    name: str
    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Signature:
    """One seal or digital signature and the state of what it protects.

    ``altered`` and ``missing`` name protected members whose digest differs or which are gone; ``unknown`` is
    the digest method's name when it is not one we compute. The signed value is at ``value_path``.
    """

    kind: str
    provider: str
    method: str
    time: str
    check_method: str
    references: int
    altered: tuple[str, ...]
    missing: tuple[str, ...]
    unknown: str
    value_path: str


@dataclass(frozen=True, slots=True)
class Document:
    """One document body: its information by element name, its root and the paths of its pages.

    ``templates`` are (identifier, path), ``annotations`` (path of the page, path of its annotations).
    """

    info: dict[str, str]
    root: str
    pages: tuple[str, ...]
    templates: tuple[tuple[str, str], ...]
    attachments: tuple[Attachment, ...]
    annotations: tuple[tuple[str, str], ...]
    signatures_path: str


class Ofd:
    """An open OFD file. Raises ``Corrupt`` with a code below ``formats.ofd`` for what cannot be read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._left = TOTAL_LIMIT
        try:
            self._zip = zipfile.ZipFile(path)
        except BROKEN as problem:
            raise Corrupt("formats.ofd.damaged", reason=str(problem)) from problem
        entries = self._zip.infolist()
        if len(entries) > MEMBERS_LIMIT:
            self._zip.close()
            raise Corrupt("formats.ofd.too_large", reason=f"{len(entries)} members")
        self._members = {_key(entry.filename): entry for entry in entries}

    def __enter__(self) -> Ofd:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    @property
    def names(self) -> list[str]:
        """The members as they are named in the file."""
        return [entry.filename for entry in self._members.values()]

    @property
    def encrypted(self) -> bool:
        """Whether members are locked by ZIP or by GM/T 0099 (``Encryptions.xml``)."""
        locked = any(entry.flag_bits & 1 for entry in self._members.values())
        return locked or any(name.rpartition("/")[2] == "encryptions.xml" for name in self._members)

    def has(self, name: str) -> bool:
        """Say whether a member of this name (in any case, with any slash) is there."""
        return _key(name) in self._members

    def read(self, name: str) -> bytes:
        """Return the bytes of a member within the limits."""
        entry = self._members.get(_key(name))
        if entry is None:
            raise Corrupt("formats.ofd.member_missing", member=name)
        allowed = min(MEMBER_LIMIT, self._left)
        try:
            with self._zip.open(entry) as stream:
                data = stream.read(allowed + 1)
        except BROKEN as problem:
            raise Corrupt("formats.ofd.damaged", reason=f"{name}: {problem}") from problem
        if len(data) > allowed:
            raise Corrupt("formats.ofd.too_large", reason=name)
        self._left -= len(data)
        return data

    def xml(self, name: str) -> etree._Element:
        """Return the root of an XML member."""
        try:
            root = markup.parse(self.read(name))
        except (etree.XMLSyntaxError, ValueError) as problem:
            raise Corrupt("formats.ofd.damaged", reason=f"{name}: {problem}") from problem
        if root is None:
            raise Corrupt("formats.ofd.damaged", reason=f"{name}: no root element")
        return root

    @property
    def declared(self) -> str:
        """What the file says it is: ``OFD``, ``OFD-A``."""
        return str(self.xml("OFD.xml").get("DocType") or "")

    def documents(self) -> list[Document]:
        """Return all document bodies in order."""
        found = [self._document(body) for body in self.xml("OFD.xml").iter("{*}DocBody")]
        if not found:
            raise Corrupt("formats.ofd.damaged", reason="OFD.xml: no DocBody")
        return found

    def _document(self, body: etree._Element) -> Document:
        told = [node for node in body.iterfind("{*}DocInfo/*") if isinstance(node.tag, str)]
        info = {etree.QName(node).localname: (node.text or "").strip() for node in told}
        root = join("", _child(body, "DocRoot"))
        tree = self.xml(root)
        pages = tuple(join(root, node.get("BaseLoc")) for node in tree.iterfind("{*}Pages/{*}Page"))
        templates = tuple(
            (str(node.get("ID") or ""), join(root, node.get("BaseLoc")))
            for node in tree.iter("{*}TemplatePage")
        )
        lists = [join(root, node.text) for node in tree.iter("{*}Attachments") if (node.text or "").strip()]
        attached = tuple(attachment for place in lists for attachment in self._attachments(place))
        notes = tuple(self._annotations(root, tree))
        return Document(info, root, pages, templates, attached, notes, join("", _child(body, "Signatures")))

    def _annotations(self, root: str, tree: etree._Element) -> Iterator[tuple[str, str]]:
        """Yield the page and the place of each list of annotations (clause 15)."""
        by_id = {
            node.get("ID"): join(root, node.get("BaseLoc")) for node in tree.iterfind("{*}Pages/{*}Page")
        }
        place = join(root, _child(tree, "Annotations"))
        if not place or not self.has(place):
            return
        for node in self.xml(place).iterfind("{*}Page"):
            listed = join(place, _child(node, "FileLoc"))
            if node.get("PageID") in by_id and self.has(listed):
                yield by_id[node.get("PageID")], listed

    def _attachments(self, place: str) -> Iterator[Attachment]:
        if not self.has(place):
            return
        for node in self.xml(place).iter("{*}Attachment"):
            path = join(place, _child(node, "FileLoc"))
            entry = self._members.get(_key(path))
            yield Attachment(
                str(node.get("Name") or ""), path if entry else "", entry.file_size if entry else 0
            )

    def page_text(self, document: Document, page: str) -> str:
        """Return the text of a page: templates, its own, annotations; one text object per line."""
        tree = self.xml(page)
        wanted = {str(node.get("TemplateID") or "") for node in tree.iterfind("{*}Template")}
        places = [place for key, place in document.templates if key in wanted and self.has(place)]
        lines = [line for place in places for line in _lines(self.xml(place))]
        notes = [place for owner, place in document.annotations if owner == page]
        lines += _lines(tree)
        return "\n".join([*lines, *(line for place in notes for line in _lines(self.xml(place)))])

    def signatures(self, document: Document) -> list[Signature]:
        """Return the seals of a document with the state of every member they protect."""
        place = document.signatures_path
        if not place or not self.has(place):
            return []
        known: dict[tuple[str, str], str] = {}
        return [
            self._signature(join(place, node.get("BaseLoc")), str(node.get("Type") or ""), known)
            for node in self.xml(place).iter("{*}Signature")
        ]

    def _signature(self, place: str, kind: str, known: dict[tuple[str, str], str]) -> Signature:
        tree = self.xml(place)
        references = next(tree.iter("{*}References"), None)
        told = str(references.get("CheckMethod") or "") if references is not None else ""
        method = METHODS.get(told.strip().lower(), "")
        altered, missing, count = list[str](), list[str](), 0
        for node in tree.iter("{*}Reference"):
            count += 1
            member = join(place, node.get("FileRef"))
            if not self.has(member):
                missing.append(member)
            elif method and self._digest(member, method, known) != _hex(_child(node, "CheckValue")):
                altered.append(member)
        provider = next(tree.iter("{*}Provider"), None)
        return Signature(
            kind,
            str(provider.get("ProviderName") or "") if provider is not None else "",
            _first(tree, "SignatureMethod"),
            _first(tree, "SignatureDateTime"),
            method or told,
            count,
            tuple(altered),
            tuple(missing),
            "" if method else told,
            join(place, _first(tree, "SignedValue")) if _first(tree, "SignedValue") else "",
        )

    def _digest(self, member: str, method: str, known: dict[tuple[str, str], str]) -> str:
        key = (_key(member), method)
        if key not in known:
            known[key] = digests.digest_bytes(self.read(member), (method,)).digests[method]
        return known[key]


def join(base: str, location: str | None) -> str:
    """Return the member that ``location`` (ST_Loc, clause 7.3) names, seen from the member ``base``."""
    told = (location or "").strip().replace("\\", "/")
    if not told:
        return ""
    if told.startswith("/"):
        return told.lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), told))


def _key(name: str) -> str:
    return posixpath.normpath(name.replace("\\", "/").lstrip("/")).lower()


def _child(node: etree._Element, name: str) -> str:
    found = node.find("{*}" + name)
    return (found.text or "").strip() if found is not None else ""


def _first(node: etree._Element, name: str) -> str:
    found = next(node.iter("{*}" + name), None)
    return (found.text or "").strip() if found is not None else ""


def _hex(told: str) -> str:
    """Return a check value (Base64) as lower-case hexadecimal, "" when it is not Base64."""
    try:
        return base64.b64decode(told, validate=False).hex()
    except (binascii.Error, ValueError):
        return ""


def _lines(tree: etree._Element) -> Iterator[str]:
    """Yield the text of each text object; its pieces are parts of one line."""
    for node in tree.iter("{*}TextObject"):
        line = "".join(code.text or "" for code in node.iter("{*}TextCode"))
        if line:
            yield line
