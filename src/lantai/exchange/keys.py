"""Idempotency keys: who repeats a write gets the first answer, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone

from lantai.exchange.models import IdempotencyKey
from lantai.kernel.errors import Conflict

KEPT = timedelta(hours=24)
_HEADERS = ("Content-Type", "ETag", "Location")


def answered_once(
    username: str, key: str, request: str, make: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """Return what ``make`` answers, or what it answered when ``username`` sent the same ``key`` and ``request``.

    The change and its answer are kept in one transaction: a refused or broken write leaves neither. The same
    key with another request is ``Conflict("exchange.key.used")``. Streamed answers are made again.
    """
    try:
        with transaction.atomic():
            known = IdempotencyKey.objects.select_for_update().filter(actor=username, key=key).first()
            if known and known.at > timezone.now() - KEPT:
                return _again(known, request, make)
            if known:
                known.delete()
            row = IdempotencyKey.objects.create(actor=username, key=key, request=request, at=timezone.now())
            answer = make()
            if not answer.streaming:
                _keep(row, answer)
            IdempotencyKey.objects.filter(at__lt=timezone.now() - 2 * KEPT).delete()
            return answer
    except IntegrityError:
        # The same key came twice at the same moment and the other one was first: its answer is there now.
        known = IdempotencyKey.objects.filter(actor=username, key=key).first()
        if known is None:
            raise
        return _again(known, request, make)


def answered_lasting(
    username: str, key: str, request: str, make: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """As :func:`answered_once`, for what takes long: the key is kept when ``make`` has answered, nothing is locked.

    Who repeats a request whose answer was lost on the way may find it done twice: for what can be, like an export.
    """
    known = IdempotencyKey.objects.filter(actor=username, key=key, at__gt=timezone.now() - KEPT).first()
    if known:
        return _again(known, request, make)
    answer = make()
    row, _ = IdempotencyKey.objects.update_or_create(
        actor=username, key=key, defaults={"request": request, "at": timezone.now()}
    )
    if not answer.streaming:
        _keep(row, answer)
    return answer


def _keep(row: IdempotencyKey, answer: HttpResponseBase) -> None:
    row.status = answer.status_code
    row.headers = {name: answer.headers[name] for name in _HEADERS if name in answer.headers}
    row.body = getattr(answer, "content", b"")
    row.save()


def _again(known: IdempotencyKey, request: str, make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    if known.request != request:
        raise Conflict("exchange.key.used", key=known.key)
    if not known.status:
        return make()
    answer = HttpResponse(bytes(known.body), status=known.status)
    for name, value in known.headers.items():
        answer.headers[name] = value
    answer.headers["Idempotency-Replayed"] = "true"
    return answer
