"""Proofs that came alone, as one file: an entry is in the ledger; one checkpoint continues another; a record's."""

from __future__ import annotations

from collections.abc import Sequence

from lantai.kernel.errors import Fact, LantaiError
from lantai.kernel.findings import Finding, Severity
from lantai.kernel.witness import proof as proofs
from lantai.kernel.witness.answers import Item, Kind, answer, finding_from
from lantai.kernel.witness.hashing import continues, includes, leaf
from lantai.kernel.witness.ledger import read_entry
from lantai.kernel.witness.notes import Head, Key, read_head
from lantai.kernel.witness.proof import Inclusion, Proof, Told

KINDS = {
    proofs.CONSISTENCY: Kind.CONSISTENCY,
    proofs.INCLUSION: Kind.INCLUSION,
    proofs.SCHEMA: Kind.PROOF,
}


def check_document(path: str, data: bytes, keys: Sequence[Key]) -> Item:
    """Return the answer about a proof in one file, of one of the schemas :data:`KINDS`.

    Without keys no signature is checked and the answer is unknown unless something is wrong anyway.
    """
    findings: list[Finding] = []
    facts: dict[str, Fact] = {}
    kind = KINDS[proofs.schema_of(data)]
    try:
        if kind is Kind.CONSISTENCY:
            _consistency(data, keys, findings, facts)
        elif kind is Kind.INCLUSION:
            told = proofs.read_inclusion(data)
            entry = read_entry(told.text.encode())
            facts.update(
                entry=told.index,
                act=str(entry.get("act")),
                at=str(entry.get("at")),
                by=str(entry.get("actor")),
            )
            check_inclusion(path, told, keys, findings, facts)
        else:
            proof = proofs.read_proof(data)
            facts.update(urn=proof.urn, ref=proof.ref, title=proof.title)
            check_chain(path, proof, keys, findings, facts)
            findings.append(Finding("verify.proof.alone", path, severity=Severity.WARNING))
    except LantaiError as error:
        findings.append(finding_from(error, path))
    if not keys:
        findings.append(Finding("verify.key.absent", severity=Severity.WARNING))
    return answer(path, kind, findings, facts, told=bool(keys))


def check_chain(
    path: str, proof: Proof, keys: Sequence[Key], findings: list[Finding], facts: dict[str, Fact]
) -> None:
    """Follow a record's proof from the digest of its inventory to the signature."""
    held = {"inventory_sha512": proof.inventory_sha512, "object": proof.object, "version": proof.version}
    if proof.leaf.encode() != proofs.canonical(held):
        findings.append(Finding("verify.deposit.leaf", path))
    told = _deposit(path, proof, findings)
    check_inclusion(path, proof.entry, keys, findings, facts)
    if told is not None:
        facts.update(received_at=told.at, received_by=told.actor, entry=proof.entry.index)


def _deposit(path: str, proof: Proof, findings: list[Finding]) -> Told | None:
    try:
        told = proofs.read_deposit(proof.entry.text)
    except LantaiError as error:
        findings.append(finding_from(error, path))
        return None
    hashed = leaf(proof.leaf.encode())
    listed = includes(hashed, proof.leaf_index, proof.list_size, proof.leaf_path, told.list_root)
    if told.act != proofs.DEPOSIT or told.list_size != proof.list_size or not listed:
        findings.append(Finding("verify.deposit.path", path))
    return told


def check_inclusion(
    path: str, told: Inclusion, keys: Sequence[Key], findings: list[Finding], facts: dict[str, Fact]
) -> None:
    """Follow the proof of an entry to the signed checkpoint; without keys the signature is left."""
    head = _head(path, told.checkpoint, keys, findings, facts)
    if head is None:
        return
    if not includes(leaf(told.text.encode()), told.index, head.size, told.path, head.root):
        findings.append(Finding("verify.entry.path", path))
    facts.update(size=head.size, origin=head.origin)


def _consistency(data: bytes, keys: Sequence[Key], findings: list[Finding], facts: dict[str, Fact]) -> None:
    told = proofs.read_consistency(data)
    old = _head("first", told.first, keys, findings, facts)
    new = _head("second", told.second, keys, findings, facts)
    if old is None or new is None:
        return
    if old.origin != new.origin:
        findings.append(Finding("tlog.checkpoint.origin", "first", old.origin, new.origin))
    if not continues(old.size, old.root, new.size, new.root, told.path):
        facts_of: dict[str, Fact] = {"size": old.size}
        findings.append(Finding("verify.consistency.path", "path", facts=facts_of))
    facts.update(since=old.size, size=new.size, origin=new.origin)


def _head(
    path: str, note: str, keys: Sequence[Key], findings: list[Finding], facts: dict[str, Fact]
) -> Head | None:
    try:
        head = read_head(note.encode())
        if keys:
            facts["fingerprint"] = " ".join(key.fingerprint for key in head.required(keys))
    except LantaiError as error:
        findings.append(finding_from(error, path))
        return None
    return head
