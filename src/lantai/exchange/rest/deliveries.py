"""Hand-over from a unit's own site: a package that was uploaded becomes a transfer, and what becomes of it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from lantai.base import resumable
from lantai.base.errors import reader_language
from lantai.desk import queries_deliveries as queries
from lantai.desk.queries_faces import RegisterView
from lantai.desk.queries_seals import KEY_MOST, KEYS_MOST, NOTE_MOST, PATH_MOST, TEXT_MOST
from lantai.desk.services import deliveries as taking
from lantai.desk.services.deliveries import Coming, Countersign
from lantai.exchange.endpoints import Answer, Call, Endpoint
from lantai.exchange.shapes import told
from lantai.kernel.digests import FileDigests
from lantai.kernel.errors import Invalid, NotFound
from lantai.kernel.texts import catalogue, text
from lantai.ledger import queries as ledger
from lantai.ledger.queries_seals import own_keys
from lantai.people import queries as people
from lantai.people.policies import may_somewhere, units_of
from lantai.people.policies import require as needs

_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class UnitDoc:
    """A unit by its code."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class TermsDoc:
    """Who takes packages here, for which units this token may bring them, and how large and how long they may be."""

    archives: str
    units: tuple[UnitDoc, ...]
    size_most: int
    days_most: int
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageSums:
    """The package as the unit built it."""

    name: str = told("What it is called.", most=255)
    bytes: int = told("Its bytes.", least=1)
    sm3: str = told("Its SM3 in hexadecimal.", most=64)
    sha512: str = told("Its SHA-512 in hexadecimal.", most=128)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSide:
    """Who handed over, and how the unit's own check came out in one sentence per property."""

    name: str = told("The unit's name.", most=200)
    accuracy: str = told("真实性.", most=500)
    integrity: str = told("完整性.", most=500)
    usability: str = told("可用性.", most=500)
    security: str = told("安全性.", most=500)
    filled_by: str = told("Who sent it.", most=80)
    filled_on: str = told("When: an RFC 3339 moment.", most=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class SideDoc:
    """The unit's side of the 移交接收登记表, as both sides will sign it."""

    hand_over: str = told("Number of the hand-over at the unit's site.", most=40)
    mends: str = told("Number of the one that it corrects, or nothing.", most=40)
    title: str = told("What it is called.", most=300)
    description: str = told("内容描述.", most=2_000)
    fonds: str = told("全宗号.", most=60)
    first_ref: str = told("First 档号.", most=300)
    last_ref: str = told("Last 档号.", most=300)
    records: int = told("Records.", least=1)
    files: int = told("Files.", least=0)
    bytes: int = told("Their bytes.", least=0)
    package: PackageSums = told("The package.")
    carrier: str = told("Number of the carrier, or nothing.", most=100)
    unit: UnitSide = told("The unit.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryIn:
    """A package that has been uploaded whole; its digests are compared before it becomes a transfer."""

    unit: str = told("Code of the unit here.", most=40)
    upload: UUID = told("Id of the upload.")
    name: str = told("What the package is called.", most=255)
    origin: str = told("What the unit's site calls itself.", most=200)
    size: int = told("Its bytes.", least=1)
    sm3: str = told("Its SM3 in hexadecimal.", most=64)
    sha512: str = told("Its SHA-512 in hexadecimal.", most=128)
    side: SideDoc = told("The unit's side of the register.")
    key: str = told("Public key of the ledger of the unit's site.", most=KEY_MOST, default="")


@dataclass(frozen=True, slots=True)
class RefusalDoc:
    """Why it was not taken: code and facts, and the sentence in the caller's language."""

    code: str
    facts: Mapping[str, Any]
    message: str


@dataclass(frozen=True, slots=True)
class DeliveryDoc:
    """A delivery: ``arrived`` (its digests are compared), ``taken`` (it is the ``transfer``), ``wrong`` (send it anew),
    ``refused`` or ``given_up``. ``outcome`` tells where the transfer is; with ``returned`` come reason and report.
    """

    uuid: UUID
    unit: str
    state: str
    since: datetime
    hand_over: str
    name: str
    size: int
    sm3: str
    sha512: str
    problem: RefusalDoc | None
    transfer: str
    outcome: str
    outcome_since: datetime | None
    reason: str
    refusal: RefusalDoc | None
    report: Mapping[str, Any] | None
    answers: tuple[Mapping[str, Any], ...]
    register: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofDoc:
    """What shows a seal: the entry's text, its path in the tree that ends with it, the signed checkpoint, its keys."""

    text: str = told("The entry as it stands in the signer's ledger.", most=TEXT_MOST)
    path: tuple[str, ...] = told("The audit path: hashes in hexadecimal.", most=PATH_MOST)
    note: str = told("The signed checkpoint.", most=NOTE_MOST)
    keys: tuple[str, ...] = told("The public keys that signed it, the ledger's own first.", most=KEYS_MOST)


@dataclass(frozen=True, slots=True)
class SignedDoc:
    """A side's signature: its act in the signer's ledger, and the seal of the checkpoint that ends with it.

    ``verdict`` is how the site that answers finds the other's seal: holds, unproved, wrong, other_key; "" for its own.
    """

    side: str
    name: str
    at: datetime
    sm3: str
    entry: str
    index: int | None
    origin: str
    seal: str
    proof: ProofDoc | None
    verdict: str


@dataclass(frozen=True, slots=True)
class RegisterDoc:
    """The register as both sides sign it, its digests, and who has signed."""

    document: Mapping[str, Any]
    sm3: str
    sha512: str
    signatures: tuple[SignedDoc, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureIn:
    """The unit's signature, made and sealed at its own site."""

    name: str = told("Who signed.", most=80)
    at: datetime = told("When.")
    sm3: str = told("SM3 of the register.", most=64)
    sha512: str = told("SHA-512 of the register.", most=128)
    entry: UUID = told("uuid of the act in the unit's ledger.")
    index: int = told("Its place there.", least=0)
    origin: str = told("The name of that ledger.", most=200)
    seal: str = told("The Ed25519 signature of the checkpoint that ends with it.", most=500)
    proof: ProofDoc | None = told("What shows it.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfUnit:
    """Whose delivery it is."""

    unit: str = told("Code of the unit.", most=40)


def _terms(call: Call) -> Answer:
    if not may_somewhere(call.actor, "transfer.submit"):
        needs(call.actor, "transfer.submit")
    mine = units_of(call.actor, "transfer.submit")
    units = [one for one in people.units() if one.is_open and (mine is None or one.id in mine)]
    listed = tuple(UnitDoc(one.code, one.name) for one in units)
    return Answer(TermsDoc(ledger.site_name(), listed, resumable.LIMIT, resumable.DAYS_MOST, own_keys()[0]))


def _name_of(call: Call) -> UUID:
    try:
        return UUID(call.path["uuid"])
    except ValueError as odd:
        raise NotFound("desk.delivery.missing") from odd


def _digest(value: str, field: str, length: int) -> str:
    plain = value.lower()
    if len(plain) != length or not set(plain) <= _HEX:
        raise Invalid("exchange.field.wrong", field=field, expected=f"{length} hexadecimal digits")
    return plain


def _deliver(call: Call) -> Answer:
    asked: DeliveryIn = call.body
    sums = FileDigests(
        asked.size, {"sm3": _digest(asked.sm3, "sm3", 64), "sha512": _digest(asked.sha512, "sha512", 128)}
    )
    package = asked.side.package
    if (package.sm3, package.sha512, package.bytes) != (sums.sm3, sums.sha512, sums.size):
        raise Invalid("exchange.field.wrong", field="side.package", expected="sm3, sha512, size")
    coming = Coming(asked.unit, asked.name, sums, asked.origin, asdict(asked.side), asked.key)
    name = _name_of(call)
    fresh = taking.deliver(call.actor, name, coming, str(asked.upload))
    return _delivery(call, 201 if fresh else 200)


def _delivery(call: Call, status: int = 200) -> Answer:
    one = queries.came(call.actor, call.path["uuid"])
    return Answer(
        DeliveryDoc(
            uuid=one.uuid,
            unit=one.unit,
            state=one.state,
            since=one.since,
            hand_over=one.hand_over,
            name=one.name,
            size=one.size,
            sm3=one.sm3,
            sha512=one.sha512,
            problem=problem_doc(one.problem),
            transfer=one.transfer,
            outcome=one.outcome,
            outcome_since=one.outcome_since,
            reason=one.reason,
            refusal=problem_doc(one.refusal),
            report=one.report,
            answers=one.answers,
            register=one.register,
        ),
        status,
    )


def problem_doc(told: Mapping[str, Any] | None) -> RefusalDoc | None:
    """Return why something stands still or was refused, in the caller's language."""
    if told is None:
        return None
    code, facts = str(told["code"]), dict(told["facts"])
    said = text(code, reader_language(), **facts) if code in catalogue() else code
    return RefusalDoc(code, facts, said)


def _give_up(call: Call) -> Answer:
    asked: OfUnit = call.query
    taking.give_up(call.actor, _name_of(call), asked.unit)
    return Answer(None, 204)


def register_doc(one: RegisterView) -> RegisterDoc:
    """Return a register with its signatures as it is answered."""
    signed = tuple(
        SignedDoc(
            *(s.side, s.name, s.at, s.sm3, s.entry, s.index, s.origin, s.seal),
            ProofDoc(text=s.proof.text, path=s.proof.path, note=s.proof.note, keys=s.proof.keys)
            if s.proof
            else None,
            s.verdict.state if s.verdict else "",
        )
        for s in one.signatures
    )
    return RegisterDoc(one.document, one.sm3, one.sha512, signed)


def _register(call: Call) -> Answer:
    return Answer(register_doc(queries.register(call.actor, call.path["uuid"])))


def _countersign(call: Call) -> Answer:
    asked: SignatureIn = call.body
    taking.hear_signature(call.actor, call.path["uuid"], Countersign(**asdict(asked)))
    return _register(call)


_PARTS = {"uuid": "A UUID of the sender's choice: the same one again does nothing twice."}

ENDPOINTS = (
    Endpoint(
        "GET",
        "deliveries/terms",
        "delivery_terms",
        "Who takes packages here, and for which units this token may bring them.",
        _terms,
        TermsDoc,
        scope="desk",
        people=True,
    ),
    Endpoint(
        "PUT",
        "deliveries/{uuid}",
        "deliver",
        "Make a transfer of an uploaded package; repeated, it stays the same one.",
        _deliver,
        DeliveryDoc,
        body=DeliveryIn,
        scope="desk",
        status=201,
        machines=True,
        repeatable=True,
        parts=_PARTS,
    ),
    Endpoint(
        "GET",
        "deliveries/{uuid}",
        "delivery",
        "What became of a package: its transfer, its outcome, reason and report of a returned one.",
        _delivery,
        DeliveryDoc,
        scope="desk",
        people=True,
        parts=_PARTS,
    ),
    Endpoint(
        "DELETE",
        "deliveries/{uuid}",
        "delivery_give_up",
        "Give a package up that is no transfer yet; nothing is taken under this name any more.",
        _give_up,
        "application/json",
        query=OfUnit,
        scope="desk",
        status=204,
        machines=True,
        repeatable=True,
        parts=_PARTS,
    ),
    Endpoint(
        "GET",
        "deliveries/{uuid}/register",
        "delivery_register",
        "The 移交接收登记表 of an accepted package, with the signatures there are.",
        _register,
        RegisterDoc,
        scope="desk",
        people=True,
        parts=_PARTS,
    ),
    Endpoint(
        "PUT",
        "deliveries/{uuid}/register/signature",
        "delivery_sign",
        "Bring the unit's signature under the register.",
        _countersign,
        RegisterDoc,
        body=SignatureIn,
        scope="desk",
        machines=True,
        repeatable=True,
        parts=_PARTS,
    ),
)
