"""The addresses at which browsers hand in a large file piece by piece.

``POST uploads/`` with ``name`` and ``size`` begins; ``GET uploads/<id>/`` tells how far it is; ``POST uploads/<id>/``
with the bytes as body and ``Upload-Offset`` goes on; the form that needs the file then names the id.
"""

from __future__ import annotations

from django.http import JsonResponse, UnreadablePostError

from lantai.base import resumable
from lantai.base.guards import ActorRequest, page
from lantai.base.resumable import Upload
from lantai.kernel.errors import Invalid, Unavailable


@page("POST")
def uploads(request: ActorRequest) -> JsonResponse:
    """Begin an upload."""
    size = _number(request.POST.get("size", ""))
    name, group = request.POST.get("name", ""), request.POST.get("group", "")
    return _answer(resumable.begin(request.actor, name, size or 0, group), 201)


@page("GET", "POST")
def upload(request: ActorRequest, id: str) -> JsonResponse:
    """Tell how far an upload is, or take the next piece."""
    if request.method != "POST":
        return _answer(resumable.upload(request.actor, id))
    offset = _number(request.headers.get("Upload-Offset", ""))
    resumable.upload(request.actor, id)  # whose it is comes before what is wrong with it
    if offset is None:
        raise Invalid("base.upload.offset_missing")
    try:
        return _answer(resumable.append(request.actor, id, offset, request))
    except UnreadablePostError as broken:
        raise Unavailable("base.upload.broken") from broken


def _number(text: str) -> int | None:
    """Return a count of bytes, None for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _answer(found: Upload, status: int = 200) -> JsonResponse:
    answer = JsonResponse({"id": found.id, "offset": found.offset, "size": found.size}, status=status)
    answer.headers["Cache-Control"] = "no-store"
    return answer
