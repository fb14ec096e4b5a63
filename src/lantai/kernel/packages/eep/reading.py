"""EEP files (DA/T 48) read into the one view of packages; a folder of them is the package.

Before it is opened, :func:`.unfolding.unfold` decodes what the files hold into ``<name>.eep.parts/`` beside each: then
components are files like any other. Opening decodes once more, into nothing, to tell what is damaged.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from lantai.kernel.errors import Invalid
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.packages.columns import Types
from lantai.kernel.packages.contents import Contents, lies_in, made_by_desktop
from lantai.kernel.packages.eep.covered import Covered, covered, told_id
from lantai.kernel.packages.eep.document import (
    DATA,
    NAMESPACE,
    ROOT,
    SIGNED,
    SUFFIX,
    Node,
    Opened,
    Whole,
    read,
)
from lantai.kernel.packages.eep.signatures import check_signatures
from lantai.kernel.packages.eep.unfolding import PARTS, REFERENCE, PartNames, eep_files, told_size
from lantai.kernel.packages.metadata_xml import told_record
from lantai.kernel.packages.model import Component, Package, PackageRecord, Register
from lantai.kernel.packages.papers import DIGESTS, OTHERS, read_digests
from lantai.kernel.packages.telling import finding_of

EARLIER = "修改前"
ROLES = frozenset({"正本", "正文", "定稿", "附件", "公文处理单", "发文稿纸", "收文处理单", "修改稿", "副本"})
"""What 题名 of a 文档 may say to mean its role."""

_ATTACHED = "附属文档"


def is_eep(contents: Contents, base: str) -> bool:
    """Return whether an EEP file lies directly in the folder ``base``."""
    start = f"{base}/" if base else ""
    return any(
        path.lower().endswith(SUFFIX)
        for path in contents.files
        if path.startswith(start) and "/" not in path[len(start) :]
    )


@dataclass(slots=True)
class Layer:
    """One layer of the onion, newest first: the element around 被签名对象, and its 文件实体块 if it has one."""

    wrapper: Node
    block: Node | None


@dataclass(slots=True)
class Eep:
    """What an EEP file says. ``names`` are the decoded contents' names by the number of their 编码数据."""

    root: Node
    layers: list[Layer] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def entity(self) -> Node | None:
        """Return the 文件实体 of the newest layer that has one."""
        blocks = (layer.block for layer in self.layers if layer.block is not None)
        return next((found for block in blocks if (found := block.child("文件实体")) is not None), None)


def read_eep(path: Path, shown: str = "") -> Eep:
    """Return what the file says; ``shown`` is its path in findings. Raises what :func:`.document.read` raises."""
    shown = shown or path.name
    names, told = PartNames(), dict[int, str]()
    root = Node("", {})
    for event in read(path):
        if isinstance(event, Opened) and REFERENCE not in event.data.attributes:
            told[event.data.number] = names.of(event)
        elif isinstance(event, Whole):
            root = event.root
    eep = Eep(root, names=told)
    if root.name != ROOT:
        eep.findings.append(Finding("packages.eep.structure", shown, ROOT, root.name))
        return eep
    if root.namespace != NAMESPACE:
        eep.findings.append(_warning("packages.eep.namespace", shown, NAMESPACE, root.namespace))
    if root.told("版本") != "2009":
        eep.findings.append(_warning("packages.eep.version", shown, "2009", root.told("版本")))
    eep.layers = _layers(eep, shown)
    for layer in eep.layers:
        eep.findings.extend(s.finding(shown) for s in check_signatures(path, layer.wrapper))
    if eep.layers and eep.entity is None:
        eep.findings.append(Finding("packages.eep.structure", shown, "文件实体"))
    return eep


def _warning(code: str, path: str, expected: str, found: str) -> Finding:
    return Finding(code, path, expected, found, Severity.WARNING)


def _layers(eep: Eep, shown: str) -> list[Layer]:
    layers: list[Layer] = []
    wrapper: Node | None = eep.root
    while wrapper is not None:
        signed = wrapper.child(SIGNED)
        if signed is None:
            eep.findings.append(Finding("packages.eep.structure", shown, SIGNED))
            break
        content, changed = signed.child("封装内容"), signed.child("修改封装内容")
        if content is not None:
            layers.append(Layer(wrapper, content.child("文件实体块")))
            break
        if changed is None:
            eep.findings.append(Finding("packages.eep.structure", shown, "封装内容"))
            break
        revision = changed.child("修订内容")
        layers.append(Layer(wrapper, revision.child("文件实体块") if revision else None))
        wrapper = changed.child("原封装包")
        if wrapper is None:
            eep.findings.append(Finding("packages.eep.structure", shown, "原封装包"))
    return layers


def read_eeps(contents: Contents, base: str, types: Types) -> Package:
    """Return the package of all EEP files below ``base``, unfolded before; one record for each."""
    reading = _Reading(contents, base, types)
    return reading.run()


class _Reading:
    def __init__(self, contents: Contents, base: str, types: Types) -> None:
        self.contents = contents
        self.base = base
        self.start = f"{base}/" if base else ""
        self.types = types
        self.findings = list(contents.findings)
        self.senders: list[str] = []

    def run(self) -> Package:
        files = eep_files(self.contents, self.base)
        records = [record for order, path in enumerate(files, 1) if (record := self._record(path, order))]
        for ref, count in Counter(record.ref for record in records).items():
            if count > 1:
                self.findings.append(Finding("packages.eep.ref_twice", ref, "1", str(count)))
        self._astray(files)
        sender = self.senders[0] if self.senders else ""
        first = records[0] if records else None
        return Package(
            form="eep",
            root=self.contents.root,
            files=tuple(self.contents.files.values()),
            records=tuple(records),
            register=Register(unit=sender),
            declared={},
            findings=tuple(self.findings),
            fonds=(first.values.get("fonds") or first.ref.partition("-")[0]) if first else "",
            sender=sender,
            description={},
            base=self.base,
            digests=self._digests(),
        )

    def _digests(self) -> dict[str, dict[str, str]]:
        path = f"{self.start}{OTHERS}/{DIGESTS}"
        if path not in self.contents.files:
            return {}
        told, findings = read_digests(self.contents.read(path), path)
        self.findings.extend(findings)
        return {self.start + name: digests for name, digests in told.items()}

    def _astray(self, files: list[str]) -> None:
        known = {f"{self.start}{OTHERS}", *(f"{path}{PARTS}" for path in files)}
        own = set(files)
        for path in self.contents.files:
            if path in own or not path.startswith(self.start) or lies_in(path, known):
                continue
            severity = Severity.WARNING if made_by_desktop(path) else Severity.ERROR
            self.findings.append(Finding("packages.eep.astray", path, severity=severity))

    def _record(self, path: str, order: int) -> PackageRecord | None:
        try:
            eep = read_eep(self.contents.root / path, path)
        except Invalid as error:
            self.findings.append(finding_of(error, path))
            return None
        self.findings.extend(eep.findings)
        entity = eep.entity
        if entity is None:
            return None
        signed = eep.root.child(SIGNED)
        if signed is not None and (sender := signed.told("封装包创建单位")):
            self.senders.append(sender)
        told = told_record(_element(entity), self.types)
        ref = told.ref or path.rpartition("/")[2][: -len(SUFFIX)]
        if not told.ref:
            self.findings.append(Finding("packages.eep.structure", path, "档号"))
        parts = self._components(eep, entity, path)
        return PackageRecord(
            ref, "item", told.type, {**told.values, "ref": ref}, parts, told.parent, path, order
        )

    def _components(self, eep: Eep, entity: Node, path: str) -> tuple[Component, ...]:
        """Return the newest layer's contents in their order, then what only older layers hold."""
        for node in eep.root.descendants(DATA):
            if node.damaged:
                self.findings.append(Finding("packages.eep.data_damaged", path, "", told_id(node)))
        held = covered(eep.root, [layer.wrapper for layer in eep.layers], eep.names, path)
        self.findings.extend(held.findings)
        parts: dict[str, Component] = {}
        for document in entity.descendants("文档"):
            for coding in document.descendants("编码"):
                for data in coding.all("编码数据"):
                    self._component(eep, path, (document, coding, data), held, parts)
        if not parts:
            self.findings.append(Finding("packages.eep.content_missing", path))
        for number, name in eep.names.items():
            inside = f"{path}{PARTS}/{name}"
            if inside not in parts and inside in self.contents.files and number in held.numbers:
                parts[inside] = Component(inside, EARLIER, len(parts) + 1)
        return tuple(parts.values())

    def _component(
        self,
        eep: Eep,
        path: str,
        place: tuple[Node, Node, Node],
        held: Covered,
        parts: dict[str, Component],
    ) -> None:
        document, coding, data = place
        reference = data.attributes.get(REFERENCE, "")
        target = held.by_id.get(reference) if reference else data
        if target is None or target.number not in eep.names:
            self.findings.append(Finding("packages.eep.reference_missing", path, "", reference))
            return
        if target.number not in held.numbers:
            return
        inside = f"{path}{PARTS}/{eep.names[target.number]}"
        if inside not in self.contents.files:
            self.findings.append(Finding("packages.eep.folded", path, "", told_id(target)))
            return
        electronic = coding.child("电子属性") or Node("", {})
        parts.setdefault(
            inside,
            Component(
                inside, _role(document), len(parts) + 1, told_size(coding), electronic.told("格式信息")
            ),
        )


def _role(document: Node) -> str:
    title = document.told("题名")
    if title in ROLES:
        return title
    return "附件" if document.told("文档主从声明") == _ATTACHED else ""


def _element(node: Node) -> etree._Element:
    """Return the element without its contents, for those who read metadata."""
    made = etree.Element(node.name, _writable(node))
    made.text = node.text or None
    waiting = [(made, child) for child in reversed(node.children)]
    while waiting:
        above, child = waiting.pop()
        if child.name == "文件数据":
            continue
        element = etree.SubElement(above, child.name, _writable(child))
        element.text = child.text or None
        waiting.extend((element, inner) for inner in reversed(child.children))
    return made


_XML = "{http://www.w3.org/XML/1998/namespace}"


def _writable(node: Node) -> dict[str, str]:
    return {(_XML + name if name == "space" else name): value for name, value in node.attributes.items()}
