"""From a request to an endpoint and back: methods, callers, limits, reading, keys, refusals."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, cast

import orjson
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation

from lantai.exchange.credentials import Caller, admit, caller
from lantai.exchange.endpoints import Answer, Call, Endpoint
from lantai.exchange.keys import answered_lasting, answered_once
from lantai.exchange.problems import problem_answer, wanted_language
from lantai.exchange.rates import spend
from lantai.exchange.received import Received, received, received_parts
from lantai.exchange.shapes import read, read_query
from lantai.kernel.errors import Invalid, LantaiError, NotFound

BODY_LIMIT = 2 << 20
"""Bytes of a JSON body; files have the limit of uploads."""

DEPTH = 24
_KEY = 200
_JSON = "application/json"


def view_of(endpoints: Mapping[str, Endpoint]) -> Callable[..., HttpResponseBase]:
    """Return the view of one path: its endpoints by method."""

    def view(request: HttpRequest, **path: str) -> HttpResponseBase:
        return _spoken(request, lambda: _answer(request, endpoints, path))

    marked = cast(Any, view)
    marked.endpoints = dict(endpoints)
    marked.guard = {"methods": tuple(endpoints), "public": True}
    marked.csrf_exempt = True  # what a session writes is checked in credentials, a token needs no such proof
    return view


def nowhere(request: HttpRequest, rest: str = "") -> HttpResponseBase:
    """The answer to an address below ``/api/`` that leads nowhere."""

    def missing() -> HttpResponseBase:
        raise NotFound("exchange.address.missing", path=request.path[:200])

    return _spoken(request, missing)


cast(Any, nowhere).csrf_exempt = True


def _spoken(request: HttpRequest, make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Return what ``make`` answers, or its refusal, in the caller's language."""
    language = wanted_language(request)
    with translation.override(language):
        request.LANGUAGE_CODE = language
        try:
            answer = make()
        except LantaiError as problem:
            answer = problem_answer(problem)
            if problem.code == "base.method.refused":
                answer.headers["Allow"] = str(problem.facts["allowed"])
    known = "Authorization" in request.headers or cast(Any, request).actor.kind == "person"
    answer.headers["Cache-Control"] = "private, no-store" if known else "no-cache"
    answer.headers["Vary"] = "Accept-Language, Authorization, Cookie"
    return answer


def _answer(
    request: HttpRequest, endpoints: Mapping[str, Endpoint], path: Mapping[str, str]
) -> HttpResponseBase:
    method = "GET" if request.method == "HEAD" else request.method or ""
    endpoint = endpoints.get(method)
    if endpoint is None:
        allowed = ", ".join([*endpoints, *(["HEAD"] if "GET" in endpoints else [])])
        raise Invalid("base.method.refused", method=request.method, allowed=allowed)
    who = caller(request)
    spend(who.token)
    admit(request, endpoint, who)
    if not endpoint.writes:
        return _sent(request, endpoint.run(_call(request, endpoint, who, path, None)))
    if endpoint.body == "parts":
        with received_parts(request) as parts:
            return _sent(request, endpoint.run(_call(request, endpoint, who, path, parts)))
    if endpoint.repeatable:
        return _sent(request, endpoint.run(_call(request, endpoint, who, path, _body(request, endpoint))))
    key = request.headers.get("Idempotency-Key", "")
    if not 1 <= len(key) <= _KEY or not key.isprintable():
        raise Invalid("exchange.key.missing", limit=_KEY)
    if endpoint.body != "file":
        body = _body(request, endpoint)
        return _written(request, endpoint, who, _call(request, endpoint, who, path, body), key)
    with received(request) as file:
        return _written(request, endpoint, who, _call(request, endpoint, who, path, file), key)


def _written(request: HttpRequest, endpoint: Endpoint, who: Caller, call: Call, key: str) -> HttpResponseBase:
    """Return the answer of a write, once for its key."""
    asked = _fingerprint(request, call.body, who)
    once = answered_lasting if endpoint.lasting else answered_once
    return once(call.actor.username, key, asked, lambda: _sent(request, endpoint.run(call)))


def _fingerprint(request: HttpRequest, body: object, who: Caller) -> str:
    """Return the SHA-256 of what a write asks: its method, address, condition and body.

    By which token counts, too: another one of the same account may see less than the first answer tells.
    """
    head = f"{who.token} {request.method} {request.get_full_path()} {request.headers.get('If-Match', '')}\n"
    made = hashlib.sha256(head.encode("utf-8", "surrogateescape"))
    made.update(body.sha256.encode() if isinstance(body, Received) else request.body)
    return made.hexdigest()


def _call(
    request: HttpRequest, endpoint: Endpoint, who: Caller, path: Mapping[str, str], body: object
) -> Call:
    for name, value in path.items():
        if len(value) > 300 or "\0" in value:
            raise NotFound("exchange.address.missing", path=name)
    query = read_query(endpoint.query, request.GET.lists()) if endpoint.query else None
    if endpoint.query is None and request.GET:
        raise Invalid("exchange.field.unknown", field=next(iter(request.GET))[:80], known="")
    match = request.headers.get("If-Match", "")
    if endpoint.match and not match:
        raise Invalid("exchange.match.missing")
    return Call(who.actor, path, query, body, request, match)


def _body(request: HttpRequest, endpoint: Endpoint) -> object:
    if endpoint.body is None or isinstance(endpoint.body, str):
        return None
    length = request.headers.get("Content-Length", "") or "0"
    if not length.isdigit() or int(length) > BODY_LIMIT:
        raise Invalid("exchange.body.too_large", limit=BODY_LIMIT)
    if request.content_type != _JSON:
        raise Invalid("exchange.body.media", expected=_JSON)
    try:
        data = orjson.loads(request.body)
    except orjson.JSONDecodeError as broken:
        raise Invalid("exchange.body.unreadable") from broken
    if _depth(data) > DEPTH:
        raise Invalid("exchange.body.too_deep", limit=DEPTH)
    return read(endpoint.body, data)


def _depth(data: object) -> int:
    """Return how deep arrays and objects lie in one another."""
    depth, level = 0, [data]
    while level and depth <= DEPTH:
        inner: list[object] = []
        for one in level:
            inner += one.values() if isinstance(one, dict) else one if isinstance(one, list) else []
        level, depth = inner, depth + 1
    return depth


def _sent(request: HttpRequest, answer: Answer) -> HttpResponseBase:
    if answer.stream is not None:
        response: HttpResponseBase = StreamingHttpResponse(answer.stream, content_type=answer.media)
    elif answer.etag and _known(request, answer.etag):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(
            orjson.dumps(answer.body, option=orjson.OPT_NON_STR_KEYS) if answer.status != 204 else b"",
            content_type=answer.media,
            status=answer.status,
        )
    if answer.etag:
        response.headers["ETag"] = answer.etag
    for name, value in answer.headers.items():
        response.headers[name] = value
    return response


def _known(request: HttpRequest, etag: str) -> bool:
    told = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    return request.method in {"GET", "HEAD"} and etag in told
