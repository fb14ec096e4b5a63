"""The OpenAPI 3.1 description, made of the same declarations that route, read and validate."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, cast

from lantai.exchange.endpoints import SCOPES, Endpoint
from lantai.exchange.problems import OWN_STATUS
from lantai.exchange.rest import registry
from lantai.exchange.shapes import hints, inner_kinds, limits_of, object_schema, schema
from lantai.kernel.texts import text

PREFIX = "/api/v1/"
_ERRORS = {"400": "Invalid", "401": "Unauthorized", "403": "Forbidden", "404": "NotFound"}
_WRITE_ERRORS = {"409": "Conflict", "413": "TooLarge", "415": "MediaType"}
_MATCH_ERRORS = {"412": "MatchFailed", "428": "MatchMissing"}

ERROR = {
    "type": "object",
    "required": ["error"],
    "additionalProperties": False,
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "facts"],
            "additionalProperties": False,
            "properties": {
                "code": {"type": "string", "description": "room.subject.problem; never changes its meaning."},
                "message": {"type": "string", "description": "A sentence in the caller's language."},
                "facts": {"type": "object"},
                "reasons": {
                    "type": "array",
                    "description": "Where a refusal has many: all of them, each about one field.",
                    "items": {
                        "type": "object",
                        "required": ["field", "code", "message", "expected", "found"],
                        "additionalProperties": False,
                        "properties": {
                            name: {"type": "string"}
                            for name in ("field", "code", "message", "expected", "found")
                        },
                    },
                },
            },
        }
    },
}


@cache
def document() -> dict[str, Any]:
    """Return the whole description."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "兰台 Lantai",
            "version": "1",
            "description": "The catalogue of a district's archives. Reads without a token see opened records.",
        },
        "servers": [{"url": PREFIX.rstrip("/")}],
        "paths": {
            f"/{path}": {method.lower(): _operation(one) for method, one in methods.items()}
            for path, methods in registry().by_path().items()
        },
        "components": {
            "schemas": _schemas(),
            "responses": {
                "Error": {
                    "description": "; ".join(sorted(_told(code) for code in OWN_STATUS)),
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
                }
            },
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": " ".join(SCOPES)},
                "session": {"type": "apiKey", "in": "cookie", "name": "lantai_session"},
            },
        },
    }


def _told(code: str) -> str:
    return f"{OWN_STATUS[code]} {text(code, 'en')}"


def _schemas() -> dict[str, Any]:
    made: dict[str, Any] = {"Error": ERROR}
    named: dict[str, type[Any]] = {}
    for endpoint in registry().all:
        for kind, complete in ((endpoint.answer, True), (endpoint.body, False), (endpoint.document, False)):
            for inner in inner_kinds(kind):
                if named.setdefault(inner.__name__, inner) is not inner:
                    raise TypeError(f"two documents are called {inner.__name__}")
                made[inner.__name__] = object_schema(inner, complete=complete)
    return dict(sorted(made.items()))


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": f"{endpoint.method.lower()}_{endpoint.name}",
        "summary": endpoint.summary,
        "parameters": [*_path_parts(endpoint), *_query(endpoint), *_headers(endpoint)],
        "responses": {str(endpoint.status): _good(endpoint), **_bad(endpoint)},
        "security": [*({"token": [scope]} for scope in (endpoint.scope, *endpoint.also)), {"session": []}],
    }
    if not (endpoint.people or endpoint.writes):
        made["security"].append({})
    if endpoint.body in {"file", "stream"}:
        made["requestBody"] = {"required": True, "content": {"application/octet-stream": {}}}
    elif endpoint.body == "parts":
        made["requestBody"] = {"required": True, "content": {"multipart/form-data": _parts(endpoint)}}
    elif endpoint.body is not None:
        made["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema(endpoint.body)}},
        }
    return made


def _parts(endpoint: Endpoint) -> dict[str, Any]:
    """Return a form of a JSON part and as many files as it names."""
    return {
        "schema": {
            "type": "object",
            "required": ["capture"],
            "properties": {"capture": schema(endpoint.document)},
            "additionalProperties": {"type": "string", "format": "binary"},
        },
        "encoding": {"capture": {"contentType": "application/json"}},
    }


def _path_parts(endpoint: Endpoint) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "maxLength": 300},
            "description": endpoint.parts.get(name, ""),
        }
        for name in re.findall(r"\{(\w+)\}", endpoint.path)
    ]


def _query(endpoint: Endpoint) -> list[dict[str, Any]]:
    if endpoint.query is None:
        return []
    kinds = hints(endpoint.query)
    made = []
    for one in fields(cast(Any, endpoint.query)):
        limits = limits_of(one)
        needed = one.default is MISSING and one.default_factory is MISSING
        told = {"name": one.name, "in": "query", "required": needed, "description": limits.about}
        made.append(
            {
                **told,
                "schema": {k: v for k, v in schema(kinds[one.name], limits).items() if k != "description"},
            }
        )
    return made


def _headers(endpoint: Endpoint) -> list[dict[str, Any]]:
    made = []
    if endpoint.writes and not endpoint.repeatable:
        about = "Chosen by the caller; the same key with the same request gives the same answer for a day."
        made.append(("Idempotency-Key", about))
    if endpoint.match:
        made.append(("If-Match", "The ETag of the record as it was read."))
    if endpoint.body == "stream":
        made.append(("Upload-Offset", "How many bytes of the file have arrived before these."))
    return [
        {"name": name, "in": "header", "required": True, "description": about, "schema": {"type": "string"}}
        for name, about in made
    ]


def _good(endpoint: Endpoint) -> dict[str, Any]:
    if endpoint.status == 204:
        return {"description": "Done."}
    if isinstance(endpoint.answer, str):
        return {"description": endpoint.summary, "content": {endpoint.answer: {}}}
    told = schema(endpoint.answer) if is_dataclass(endpoint.answer) else {"type": "object"}
    return {"description": endpoint.summary, "content": {"application/json": {"schema": told}}}


def _bad(endpoint: Endpoint) -> dict[str, Any]:
    told = {**_ERRORS, "429": "", "503": ""}
    if endpoint.writes:
        told |= _WRITE_ERRORS
    if endpoint.match:
        told |= _MATCH_ERRORS
    return {status: {"$ref": "#/components/responses/Error"} for status in sorted(told)}
