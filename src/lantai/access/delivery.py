"""Answers that carry bytes: originals with ranges, pictures of pages, exports that leave nothing behind."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from lantai.access.ranges import UNSATISFIABLE, Bytes, Span, wanted

_SHOWN_BY_BROWSERS = (
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "application/pdf",
    "audio/",
    "video/",
)
_HANDED_OVER = (
    *_SHOWN_BY_BROWSERS,
    "image/tiff",
    "image/jp2",
    "application/msword",
    "application/vnd.",
    "application/zip",
)
_SAID_OTHERWISE = {"application/mp4": "video/mp4", "audio/x-wav": "audio/wav", "audio/vnd.wave": "audio/wav"}
_NEVER = ("svg", "html", "xml")
_CLOSED = "default-src 'none'; media-src 'self'; frame-ancestors 'none'; sandbox"
_PDF = "default-src 'self'; object-src 'self'; style-src 'unsafe-inline'; script-src 'none'; frame-ancestors 'none'"


def safe_type(mime: str) -> str:
    """Return the media type under which an original may leave: never one that a browser would run."""
    mime = _SAID_OTHERWISE.get(mime, mime)
    office = mime.startswith("application/vnd.openxmlformats-officedocument.")
    if not office and any(part in mime for part in _NEVER):
        return "application/octet-stream"
    return mime if mime.startswith(_HANDED_OVER) else "application/octet-stream"


def disposition(name: str, *, inline: bool) -> str:
    """Return the header for ``name``: a plain fallback and the true name by RFC 5987."""
    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._- ") else "_" for sign in name)
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name.encode('utf-8', 'replace'), safe='')}"


def _cached(response: HttpResponseBase, tag: str) -> None:
    response.headers["Cache-Control"] = "private, max-age=3600"
    if tag:
        response.headers["ETag"] = tag
    patch_vary_headers(response, ["Cookie"])


def entity_tag(*parts: object) -> str:
    """Return a strong validator of ``parts``, "" when the first is not known."""
    return f'"{"-".join(str(part)[:40] for part in parts)}"' if parts[0] else ""


def not_changed(request: HttpRequest, tag: str) -> HttpResponse | None:
    """Return the answer 304 when the reader has the entity of ``tag`` already."""
    known = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    if not tag or (tag not in known and known != ["*"]):
        return None
    response = HttpResponse(status=304)
    _cached(response, tag)
    return response


def original(request: HttpRequest, path: Path, name: str, mime: str, digest: str) -> HttpResponseBase:
    """Return the bytes of an original, whole or the part that is asked for."""
    tag = entity_tag(digest)
    if same := not_changed(request, tag):
        return same
    size = path.stat().st_size
    held = request.headers.get("If-Range", "")
    part = wanted(request.headers.get("Range", ""), size) if not held or held == tag else None
    response = _part(request, path, size, part)
    kind = safe_type(mime)
    inline = "inline" in request.GET and kind.startswith(_SHOWN_BY_BROWSERS)
    response.headers["Content-Type"] = kind
    response.headers["Content-Disposition"] = disposition(name, inline=inline)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Security-Policy"] = _PDF if kind == "application/pdf" else _CLOSED
    _cached(response, tag)
    return response


def _part(request: HttpRequest, path: Path, size: int, part: Span | None) -> HttpResponseBase:
    if part is UNSATISFIABLE:
        refused = HttpResponse(status=416)
        refused.headers["Content-Range"] = f"bytes */{size}"
        return refused
    span = part or Span(0, size)
    status = 206 if part else 200
    whole = request.method == "HEAD"
    response: HttpResponseBase = (
        HttpResponse(status=status) if whole else StreamingHttpResponse(Bytes(path, span), status=status)
    )
    response.headers["Content-Length"] = str(span.length)
    if part:
        response.headers["Content-Range"] = f"bytes {span.start}-{span.start + span.length - 1}/{size}"
    return response


def picture(data: bytes, mime: str, tag: str) -> HttpResponse:
    """Return the picture of a page; readers may keep it, caches between must not."""
    response = HttpResponse(data, content_type=mime)
    _cached(response, tag)
    return response


def parting(path: Path, name: str) -> StreamingHttpResponse:
    """Send a file whose name is taken away first, so that nothing stays behind however the sending ends."""
    size = path.stat().st_size
    stream = Bytes(path, Span(0, size))
    path.unlink()
    response = StreamingHttpResponse(stream, content_type="application/zip")
    response.headers["Content-Length"] = str(size)
    response.headers["Content-Disposition"] = disposition(name, inline=False)
    response.headers["Cache-Control"] = "no-store"
    return response
