"""Every address refuses wrong methods, strangers, other units and people without the permission.

Walks the resolver: an address that stands in no row of the table fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from lantai.base.actors import Actor
from lantai.ledger.queries import published
from lantai.people.services.invitations import token_for
from tests.pages.conftest import SignedIn, Small

ALL = frozenset(
    ("沈文", "他局", "陆安", "何恒", "顾闻", "严慎", "方正", "系统管理员", "安全保密员", "安全审计员")
)
NONE: frozenset[str] = frozenset()
OFFICERS = frozenset(("系统管理员", "安全保密员", "安全审计员"))
ARCHIVISTS = frozenset(("陆安", "何恒", "顾闻", "严慎"))
OF_UNIT = ARCHIVISTS | {"沈文"}
SENDERS = frozenset(("沈文", "他局", "陆安"))
INTAKE = frozenset(("陆安",))
KEEPER = frozenset(("何恒",))
CENTRE = INTAKE | KEEPER
AT_DESK = frozenset(("沈文", "他局", "陆安"))
CLERKS = frozenset(("沈文", "他局"))
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


@dataclass(frozen=True)
class Row:
    """Who of the cast may GET and POST; all others are refused. ``given`` fills the address."""

    get: frozenset[str] = NONE
    post: frozenset[str] = NONE
    given: Mapping[str, Any] = field(default_factory=dict)


def table(small: Small) -> dict[str, Row]:
    """Return the row of every address by its name."""
    waiting, closed = {"number": small.checking}, {"number": small.closed}
    record, brought = {"what": small.ref}, {"number": small.planned}
    account = {"username": "shenwen"}
    nowhere = {"saved": UUID(int=1)}
    ordered = {"number": "E2000-0001"}  # nobody's: what its owner may is told in test_catalogue_orders
    handed = {"number": "H2000-0001"}  # nobody's: its way is walked in test_hand_over
    no_audit = {"audit": UUID(int=1)}  # what is done with one is told in test_vault_audit_pages
    # Nobody's: who may what with one is told in test_registration.
    unstated, no_backup = {"number": "D2000-0001"}, {"number": "B2000-0001"}
    no_target = {"target": UUID(int=1)}  # what is done with one is told in test_vault_copies
    return {
        "bench": Row(ALL),
        "help": Row(ALL),
        "language": Row(post=ALL),
        "uploads": Row(post=SENDERS),
        "upload": Row(given={"id": str(UUID(int=1))}),
        "ledger": Row(frozenset(("安全审计员",))),
        "ledger-csv": Row(frozenset(("安全审计员",))),
        "ledger-checkpoints": Row(frozenset(("安全审计员",))),
        "ledger-checkpoint": Row(frozenset(("安全审计员",)), given={"size": published()}),
        "ledger-stamp": Row(given={"size": 1}),  # nobody stamps here; see test_ledger_proofs
        "ledger-consistency": Row(
            frozenset(("安全审计员",)), given={"first": published(), "second": published()}
        ),
        "ledger-entry-proof": Row(frozenset(("安全审计员",)), given={"index": 0}),
        "ledger-key": Row(ALL),
        "vault": Row(frozenset(("陆安", "何恒"))),
        "vault-targets": Row(frozenset(("陆安", "何恒")), KEEPER),
        "vault-target": Row(given=no_target),
        "vault-target-pause": Row(given=no_target),
        "vault-target-resume": Row(given=no_target),
        "vault-target-try": Row(given=no_target),
        "vault-target-end": Row(given=no_target),
        "vault-copies": Row(frozenset(("陆安", "何恒"))),
        "vault-copies-group": Row(frozenset(("陆安", "何恒")), given={"key": "record.good.0"}),
        "vault-audits": Row(frozenset(("陆安", "何恒")), KEEPER),
        "vault-audit": Row(given=no_audit),
        "vault-audit-stop": Row(given=no_audit),
        "vault-repair": Row(post=KEEPER),
        "vault-stray-adopt": Row(given={"number": 1}),
        "vault-stray-remove": Row(given={"number": 1}),
        "vault-find": Row(),
        "vault-object": Row(given={"object_id": "urn:uuid:none"}),
        "sign-in": Row(ALL, ALL),
        "invitation": Row(ALL, ALL, given={**account, "token": token_for("shenwen")}),
        "sign-out": Row(post=ALL),
        "account-own": Row(ALL, ALL),
        "units": Row(ALL - {"沈文", "他局"}, frozenset(("系统管理员",))),
        "unit": Row(frozenset(("系统管理员",)), frozenset(("系统管理员",)), {"code": "MZJ"}),
        "accounts": Row(OFFICERS, frozenset(("系统管理员",))),
        "account": Row(OFFICERS, given=account),
        "account-state": Row(post=frozenset(("系统管理员",)), given=account),
        "account-password": Row(post=frozenset(("系统管理员",)), given=account),
        "account-grant": Row(post=frozenset(("安全保密员",)), given=account),
        "account-revoke": Row(post=frozenset(("安全保密员",)), given=account),
        "transfers": Row(ARCHIVISTS | {"沈文", "他局"}),
        "transfers-csv": Row(ARCHIVISTS | {"沈文", "他局"}),
        "transfer-new": Row(SENDERS, SENDERS),
        "transfer": Row(OF_UNIT, given=waiting),
        "transfer-progress": Row(OF_UNIT, given=waiting),
        "transfer-records": Row(OF_UNIT, given=closed),
        "transfer-report": Row(OF_UNIT, given=waiting),
        "transfer-sign": Row(post=INTAKE, given=waiting),
        "transfer-sign-all": Row(post=INTAKE, given=waiting),
        "transfer-accept": Row(post=INTAKE, given=waiting),
        "transfer-return": Row(post=INTAKE, given=waiting),
        "transfer-report-pdf": Row(OF_UNIT, given=closed),
        "transfer-register-pdf": Row(OF_UNIT, given=closed),
        "transfer-receipt-pdf": Row(OF_UNIT, given=closed),
        "desk": Row(AT_DESK),
        "desk-arrange": Row(AT_DESK, CLERKS),
        "desk-classes": Row(AT_DESK),
        "desk-scheme": Row(post=CLERKS),
        "desk-class": Row(given={"number": "G2000-0001"}),  # no such: test_desk_arranging tells who may
        "desk-class-list": Row(given={"number": "G2000-0001"}),
        "desk-check": Row(given={"number": "G2000-0001"}),  # who may is told in test_desk_filing_check
        "desk-check-progress": Row(given={"number": "G2000-0001"}),
        "desk-check-file": Row(given={"number": "G2000-0001"}),
        "desk-check-report": Row(given={"number": "G2000-0001"}),
        "desk-filing-register": Row(given={"number": "G2000-0001"}),
        "desk-class-volumes": Row(given={"number": "G2000-0001"}),  # test_desk_volumes tells who may
        "desk-class-prints": Row(given={"number": "G2000-0001"}),
        "desk-class-print": Row(given={"number": "G2000-0001", "form": "cover"}),
        "desk-class-parts": Row(given={"number": "G2000-0001", "form": "cover"}),
        "desk-class-stamps": Row(given={"number": "G2000-0001", "kind": "csv"}),
        "desk-volume": Row(given={"uuid": str(UUID(int=1))}),
        "desk-item-stamped": Row(given={"uuid": str(UUID(int=1))}),
        "desk-item": Row(given={"uuid": str(UUID(int=1))}),
        "desk-item-mend": Row(given={"uuid": str(UUID(int=1))}),
        "desk-schedules": Row(AT_DESK | {"方正"}),
        "desk-schedule-new": Row(CLERKS, CLERKS),
        "desk-schedule": Row(given={"unit": "MZJ", "version": 1}),
        "desk-capture": Row(AT_DESK - {"他局"}, given={"number": small.captured}),
        "desk-bring": Row(CLERKS, CLERKS),
        "desk-arrivals": Row(AT_DESK),
        "desk-telephone": Row(CLERKS, CLERKS),
        "desk-telephone-page": Row(
            given={"id": str(UUID(int=1))}
        ),  # nobody's: test_desk_telephone tells who may
        "desk-telephone-seen": Row(given={"id": str(UUID(int=1))}),
        "desk-telephone-flat": Row(given={"id": str(UUID(int=1))}),
        "desk-describe": Row(post=frozenset(("沈文",)), given={"number": small.captured}),
        "desk-search": Row(AT_DESK),
        "desk-search-list": Row(AT_DESK),
        "desk-lending": Row(AT_DESK),
        "desk-loan-new": Row(CLERKS, CLERKS),
        "desk-loan": Row(given={"number": "J2000-0001"}),  # nobody's: test_desk_own tells who may
        "desk-lending-pdf": Row(AT_DESK),
        "desk-lending-xlsx": Row(AT_DESK),
        "desk-item-read": Row(given={"uuid": str(UUID(int=1))}),
        "desk-item-print": Row(given={"uuid": str(UUID(int=1))}),
        "desk-item-file": Row(given={"uuid": str(UUID(int=1)), "order": 1}),
        "desk-item-page": Row(given={"uuid": str(UUID(int=1)), "order": 1, "page": 1, "width": 240}),
        "desk-read": Row(AT_DESK - {"他局"}, given={"number": small.captured}),
        "desk-page": Row(given={"number": small.captured, "order": 1, "page": 1, "width": 240}),  # a text
        "desk-departments": Row(AT_DESK | {"方正"}, CLERKS),
        "desk-department": Row(given={"code": "YM"}),  # no such: test_desk_year tells who may
        "desk-assign": Row(post=frozenset(("沈文",)), given={"number": small.captured}),
        "desk-year-now": Row(AT_DESK | {"方正"}),
        "desk-year": Row(AT_DESK | {"方正"}, given={"year": 2025}),
        "desk-year-units": Row(frozenset(("陆安", "方正")), given={"year": 2025}),
        "desk-year-items": Row(AT_DESK, given={"year": 2025}),
        "desk-remind": Row(CLERKS, CLERKS, {"year": 2025}),
        "desk-filing-day": Row(post=CLERKS, given={"year": 2025}),
        "desk-reminder": Row(given={"number": "D2000-0001"}),
        "desk-statistics": Row(AT_DESK),
        "desk-statistics-xlsx": Row(AT_DESK),
        "desk-statistics-pdf": Row(AT_DESK),
        "desk-file": Row(AT_DESK - {"他局"}, given={"number": small.captured, "order": 1}),
        "hand-over": Row(AT_DESK | {"方正"}),
        "hand-over-plan": Row(AT_DESK | {"方正"}, AT_DESK),
        "hand-over-answer": Row(given={"line": UUID(int=1)}),
        "hand-over-drop": Row(given={"line": UUID(int=1)}),
        "hand-over-begin": Row(post=AT_DESK),
        "hand-over-one": Row(given=handed),
        "hand-over-progress": Row(given=handed),
        "hand-over-statements": Row(given=handed),
        "hand-over-order": Row(given=handed),
        "hand-over-cancel": Row(given=handed),
        "hand-over-send": Row(given=handed),
        "hand-over-carry": Row(given=handed),
        "hand-over-mend": Row(given=handed),
        "hand-over-tick": Row(given={**handed, "defect": "x"}),
        "hand-over-file": Row(given={**handed, "name": "x"}),
        "hand-over-register": Row(given=handed),
        "hand-over-register-json": Row(given=handed),
        "hand-over-sign": Row(given=handed),
        "hand-over-targets": Row(AT_DESK, AT_DESK),
        "hand-over-target-change": Row(
            given={"target": str(UUID(int=1))}
        ),  # no such: test_desk_sending tells who may
        "hand-over-target-end": Row(given={"target": str(UUID(int=1))}),
        "hand-over-send-away": Row(given=handed),
        "hand-over-pace": Row(given=handed),
        "hand-over-stop": Row(given=handed),
        "hand-over-now": Row(given=handed),
        "hand-over-trust": Row(given=handed),
        "delivery": Row(given={"uuid": str(UUID(int=1))}),
        "delivery-sign": Row(given={"uuid": str(UUID(int=1))}),
        "delivery-trust": Row(given={"uuid": str(UUID(int=1))}),
        "delivery-register": Row(given={"uuid": str(UUID(int=1))}),
        "holdings": Row(ALL),
        "fonds": Row(ALL, given={"number": "Z109"}),
        "fonds-about": Row(ALL, given={"number": "Z109"}),
        "agents": Row(ALL),
        "agent": Row(ALL, given={"urn": small.agent}),
        "fonds-edit": Row(INTAKE, INTAKE, given={"number": "Z109"}),
        "agent-new": Row(INTAKE, INTAKE),
        "agent-edit": Row(INTAKE, INTAKE, given={"urn": small.agent}),
        "fonds-branch": Row(ALL, given={"number": "Z109"}),
        "fonds-csv": Row(ALL, given={"number": "Z109"}),
        "record": Row(OF_UNIT, given=record),
        "record-export": Row(post=OF_UNIT, given=record),
        "record-file": Row(OF_UNIT, given={**record, "order": 1}),
        "record-page": Row(NONE, given={**record, "order": 1, "page": 1, "width": 1000}),
        "search": Row(ALL),
        "search-csv": Row(ALL),
        "search-json": Row(ALL),
        "search-advanced": Row(ALL),
        "search-saved": Row(ALL, ALL),
        "search-saved-one": Row(given=nowhere),
        "search-saved-see": Row(given=nowhere),
        "search-saved-rename": Row(given=nowhere),
        "search-saved-delete": Row(given=nowhere),
        "tokens": Row(OFFICERS, frozenset(("系统管理员",))),
        "token-revoke": Row(post=frozenset(("系统管理员",)), given={"prefix": "abc123"}),
        "catalogue-export": Row(ALL, ALL),
        "catalogue-print": Row(post=ALL),
        "exports": Row(ALL),
        "export-file": Row(given=ordered),
        "export-cancel": Row(given=ordered),
        "export-discard": Row(given=ordered),
        "export-again": Row(given=ordered),
        "catalogue": Row(ARCHIVISTS),
        "imports": Row(ARCHIVISTS),
        "import-new": Row(INTAKE, INTAKE),
        "import": Row(ARCHIVISTS, given=brought),
        "import-progress": Row(ARCHIVISTS, given=brought),
        "import-columns": Row(INTAKE, INTAKE, given=brought),
        "import-problems": Row(ARCHIVISTS, given={**brought, "code": "recordtypes.date.unreadable"}),
        "import-remarks": Row(ARCHIVISTS, given=brought),
        "import-run": Row(post=INTAKE, given=brought),
        "import-cancel": Row(post=INTAKE, given=brought),
        "import-resume": Row(post=INTAKE, given=brought),
        "import-undo": Row(post=INTAKE, given=brought),
        "registration": Row(CLERKS | CENTRE | {"方正"}),
        "registration-begin": Row(post=CLERKS),
        "registration-year": Row(CENTRE | {"方正"}, given={"year": 2025}),
        "registration-remind": Row(post=frozenset(("方正",)), given={"year": 2025}),
        "registration-one": Row(given=unstated),
        "registration-confirm": Row(post=frozenset(("方正",)), given=unstated),
        "registration-return": Row(post=frozenset(("方正",)), given=unstated),
        "registration-form": Row(given=unstated),
        "registration-uses": Row(CLERKS | CENTRE),
        "registration-use-approve": Row(given={"use": "Y2000-0001"}),
        "registration-use-refuse": Row(given={"use": "Y2000-0001"}),
        "registration-use-deliver": Row(given={"use": "Y2000-0001"}),
        "registration-use-proof": Row(given={"use": "Y2000-0001", "kind": "pdf"}),
        "registration-samples": Row(KEEPER),
        "registration-draw": Row(post=KEEPER),
        "registration-coverage": Row(CENTRE | {"方正"}),
        "registration-check": Row(ALL),
        "backups": Row(CLERKS | CENTRE),
        "backup-new": Row(SENDERS, SENDERS),
        "backup": Row(given=no_backup),
        "backup-accept": Row(given=no_backup),
        "backup-return": Row(given=no_backup),
        "backup-certificate": Row(given=no_backup),
        "backup-sheet": Row(given=no_backup),
        "backup-ask": Row(given=no_backup),
        "suggest": Row(ALL),
        "record-new": Row(INTAKE, INTAKE),
        "record-edit": Row(INTAKE, INTAKE, given=record),
        "record-changes": Row(OF_UNIT, given=record),
        "record-relate": Row(post=INTAKE, given=record),
        "entry-changes": Row(given={"uuid": "0" * 32}),
        "entry-undo": Row(given={"uuid": "0" * 32}),
        "bulk": Row(INTAKE, INTAKE),
        "replace": Row(INTAKE, INTAKE),
        "bulk-plan": Row(given={"number": "0" * 32}),
        "bulk-run": Row(given={"number": "0" * 32}),
        "bulk-drop": Row(given={"number": "0" * 32}),
        "arrange-move": Row(INTAKE, INTAKE),
        "arrange-split": Row(INTAKE, INTAKE),
        "arrange-merge": Row(INTAKE, INTAKE),
        "arrange-renumber": Row(INTAKE, INTAKE),
        "arrange-accept": Row(INTAKE, INTAKE),
        "oai": Row(ALL, ALL),
        "robots": Row(ALL),
        "sitemap-index": Row(ALL),
        "sitemap": Row(ALL, given={"number": 1}),
    }


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one)
        else:
            yield one


def every_address(small: Small) -> Iterator[tuple[str, str, Row, dict[str, Any]]]:
    """Yield name, address, row and guard of every address."""
    rows = table(small)
    named = {str(pattern.name): pattern for pattern in patterns(get_resolver())}
    # The endpoints of /api/ are no pages: tests/exchange/test_endpoints.py walks them by their declarations.
    found = {name: pattern for name, pattern in named.items() if not name.startswith("api-")}
    assert set(found) == set(rows), "an address without a row, or a row without an address"
    for name, pattern in found.items():
        guard = getattr(pattern.callback, "guard", {"methods": ("POST",), "public": True})
        assert hasattr(pattern.callback, "guard") or name == "language", f"{name} has no guard"
        yield name, reverse(name, kwargs=dict(rows[name].given)), rows[name], guard


def test_wrong_methods_are_refused(small: Small, signed_in: SignedIn) -> None:
    client = signed_in("陆安")
    for name, address, _row, guard in every_address(small):
        for method in METHODS:
            if method not in guard["methods"]:
                answer = client.generic(method, address)
                assert answer.status_code == 405, (name, method)
                assert set(answer.headers["Allow"].split(", ")) <= {*guard["methods"], "HEAD"}


def test_the_table_names_the_methods_of_the_guards(small: Small) -> None:
    for name, _address, row, guard in every_address(small):
        told = {"GET": row.get, "POST": row.post}
        for method, allowed in told.items():
            assert bool(allowed) <= (method in guard["methods"]), (name, method)


def test_strangers_are_led_to_the_sign_in(small: Small) -> None:
    client = Client()
    for name, address, _row, guard in every_address(small):
        if guard["public"]:
            continue
        for method in guard["methods"]:
            answer = client.generic(method, address)
            assert answer.status_code == 302, (name, method)
            assert answer.headers["Location"].startswith("/sign-in/?next="), (name, method)


def test_public_pages_answer_strangers(small: Small) -> None:
    client = Client()
    for name, address, row, guard in every_address(small):
        if guard["public"] and "GET" in guard["methods"]:
            hidden = bool(row.get) and row.get < ALL  # what is not open to all is as if it did not exist
            assert client.get(address).status_code == (404 if hidden else 200), name


def test_everybody_else_is_refused(small: Small, signed_in: SignedIn, cast: dict[str, Actor]) -> None:
    assert set(cast) == ALL
    for person in sorted(ALL):
        client = signed_in(person)
        for name, address, row, guard in every_address(small):
            for method, allowed in (("GET", row.get), ("POST", row.post)):
                if method in guard["methods"] and person not in allowed:
                    answer = client.generic(method, address)
                    assert answer.status_code in {403, 404}, (name, method, person)


def test_the_allowed_are_answered(small: Small, signed_in: SignedIn) -> None:
    for person in sorted(ALL):
        client = signed_in(person)
        for name, address, row, guard in every_address(small):
            if "GET" in guard["methods"] and person in row.get:
                answer = client.get(address)
                assert answer.status_code in {200, 302}, (name, person)
                if answer.streaming:
                    b"".join(answer.streaming_content)


def test_a_form_without_its_token_is_refused(small: Small, cast: dict[str, Actor]) -> None:
    from lantai.people.models import Account

    client = Client(enforce_csrf_checks=True)
    client.force_login(Account.objects.get(pk=cast["陆安"].account))
    for name, address, _row, guard in every_address(small):
        if "POST" in guard["methods"] and name != "oai":  # harvesters have no token of ours, and only read
            answer = client.post(address)
            assert answer.status_code == 403, name
            assert "base.form.stale" in answer.content.decode(), name
