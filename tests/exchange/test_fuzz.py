"""Whatever is asked or sent, the faces refuse in their own shape: never with a failure of ours."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lantai.exchange.openapi import document
from lantai.exchange.rest import registry
from lantai.exchange.shapes import hints
from tests.exchange.conftest import API, Desk
from tests.exchange.protocol import check
from tests.exchange.shapes import faults

ERROR = {"$ref": "#/components/schemas/Error"}
READS = [one for one in registry().all if not one.writes]
WRITES = [one for one in registry().all if one.writes and isinstance(one.body, type)]
TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            *("", "0", "-1", "1", "2011", "99999999999999999999", "NaN", "Z109", "WS", "true", "null", "%00"),
            *("WyJhIiwgMV0", "W10", "WzFd", "WyIyMDI2LTAxLTAxIiwgMV0", "2026-01-01T00:00:00Z", "urn:uuid:x"),
            *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "Z109-001-001", "水库", '"', "档号:"),
        ]
    ),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)
QUICK = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
)


def _sound(answer: Any, address: str) -> None:
    assert answer.status_code < 500, (address, answer.status_code)
    if answer.status_code >= 400:
        assert not faults(document(), ERROR, answer.json()), address


def _path(draw: Any, declared: str) -> str:
    for name in ("number", "what", "code", "plan", "uuid"):
        if f"{{{name}}}" in declared:
            part = draw(TEXTS).replace("/", "") or "x"
            part = "x" if part in {".", ".."} else part
            declared = declared.replace(f"{{{name}}}", quote(part.encode("utf-8", "replace"), safe=""))
    return declared


@QUICK
@given(data=st.data())
def _read_anything(desk: Desk, data: st.DataObject) -> None:
    endpoint = data.draw(st.sampled_from(READS))
    names = [*hints(endpoint.query)] if endpoint.query else []
    some = st.lists(st.tuples(st.sampled_from([*names, "x"]), TEXTS), max_size=4)
    pairs = [(name, value.encode("utf-8", "replace")) for name, value in data.draw(some)]
    address = f"{_path(data.draw, endpoint.path)}?{urlencode(pairs)}"
    machine = desk.machines[data.draw(st.sampled_from(["公众", "陆安", "沈文"]))]
    _sound(machine.ask("GET", address), address)


@QUICK
@given(data=st.data())
def _write_anything(desk: Desk, data: st.DataObject) -> None:
    endpoint = data.draw(st.sampled_from(WRITES))
    assert isinstance(endpoint.body, type)
    known = st.sampled_from(list(hints(endpoint.body)))
    fields = st.dictionaries(known, VALUES, max_size=5) | st.dictionaries(TEXTS, VALUES, max_size=3)
    try:
        body = orjson.dumps(data.draw(fields))
    except TypeError:
        return  # no JSON can say this: lone surrogates, whole numbers beyond 64 bits
    machine, address = desk.machines["陆安"], _path(data.draw, endpoint.path)
    head = {
        "Authorization": f"Bearer {machine.secret}",
        "Idempotency-Key": str(uuid.uuid4()),
        "If-Match": '"x"',
    }
    answer = machine.client.generic(endpoint.method, API + address, body, "application/json", headers=head)
    _sound(answer, address)


@QUICK
@given(
    pairs=st.lists(
        st.tuples(
            st.sampled_from(
                ["verb", "from", "until", "set", "metadataPrefix", "resumptionToken", "identifier"]
            ),
            TEXTS | st.sampled_from(["ListRecords", "ListIdentifiers", "GetRecord", "oai_dc", "fonds:Z109"]),
        ),
        max_size=5,
    )
)
def _harvest_anything(desk: Desk, pairs: list[tuple[str, str]]) -> None:
    plain = [(name, value.encode("utf-8", "replace")) for name, value in pairs]
    answer = Client().get(f"/oai?{urlencode(plain)}")
    assert answer.status_code == 200, pairs
    asked = {name: value.decode() for name, value in plain}
    check(answer.content, asked)


def test_any_read_is_answered_or_refused(desk: Desk) -> None:
    _read_anything(desk)


def test_any_write_is_answered_or_refused(desk: Desk) -> None:
    _write_anything(desk)


def test_any_request_of_a_harvester_is_answered_by_the_protocol(desk: Desk) -> None:
    _harvest_anything(desk)
