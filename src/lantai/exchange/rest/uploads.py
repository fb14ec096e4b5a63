"""Large files piece by piece: begun, gone on with where they broke off, then named by what takes them."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import UnreadablePostError

from lantai.base import resumable
from lantai.base.resumable import Upload
from lantai.exchange.endpoints import Answer, Call, Endpoint
from lantai.exchange.shapes import told
from lantai.kernel.errors import Invalid, Unavailable

_DIGITS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A file that will come."""

    name: str = told("What the file is called.", most=255)
    size: int = told("Its bytes.", least=1)
    days: int = told("Days it is kept while nothing of it comes.", default=1, least=1, bound=30)


@dataclass(frozen=True, slots=True)
class UploadDoc:
    """A file on its way: ``offset`` of ``size`` bytes have arrived."""

    id: str
    name: str
    size: int
    offset: int


def _answer(found: Upload, status: int = 200) -> Answer:
    return Answer(UploadDoc(found.id, found.name, found.size, found.offset), status)


def _begin(call: Call) -> Answer:
    asked: Begun = call.body
    return _answer(resumable.begin(call.actor, asked.name, asked.size, days=asked.days, machine=True), 201)


def _upload(call: Call) -> Answer:
    return _answer(resumable.upload(call.actor, call.path["uuid"]))


def _append(call: Call) -> Answer:
    resumable.upload(call.actor, call.path["uuid"])  # whose it is comes before what is wrong with it
    offset = call.request.headers.get("Upload-Offset", "")
    if not (offset.isascii() and offset.isdigit() and len(offset) <= _DIGITS):
        raise Invalid("base.upload.offset_missing")
    try:
        return _answer(resumable.append(call.actor, call.path["uuid"], int(offset), call.request))
    except UnreadablePostError as broken:
        raise Unavailable("base.upload.broken") from broken


def _forget(call: Call) -> Answer:
    resumable.forget(call.actor, call.path["uuid"])
    return Answer(status=204)


_PARTS = {"uuid": "The id with which the upload began."}

ENDPOINTS = (
    Endpoint(
        "POST",
        "uploads",
        "upload_begin",
        "Begin a file that comes piece by piece.",
        _begin,
        UploadDoc,
        body=Begun,
        scope="capture",
        also=("desk",),
        status=201,
        machines=True,
        repeatable=True,
    ),
    Endpoint(
        "GET",
        "uploads/{uuid}",
        "upload",
        "How far a file is.",
        _upload,
        UploadDoc,
        scope="capture",
        also=("desk",),
        people=True,
        machines=True,
        parts=_PARTS,
    ),
    Endpoint(
        "PATCH",
        "uploads/{uuid}",
        "upload_append",
        "Take the next bytes of a file; what arrives before a connection breaks counts.",
        _append,
        UploadDoc,
        body="stream",
        scope="capture",
        also=("desk",),
        machines=True,
        repeatable=True,
        parts=_PARTS,
    ),
    Endpoint(
        "DELETE",
        "uploads/{uuid}",
        "upload_forget",
        "Give a file up: what arrived of it is removed; what was filed stays filed.",
        _forget,
        UploadDoc,
        scope="capture",
        also=("desk",),
        status=204,
        machines=True,
        repeatable=True,
        parts=_PARTS,
    ),
)
