"""Pages for who must convince an outsider: checkpoints, keys, time stamps, and proofs to take away."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path

from lantai.base.guards import ActorRequest, page
from lantai.ledger import queries as ledger
from lantai.ledger import queries_checkpoints as kept
from lantai.people.policies import require

SHOWN = 60


@dataclass(frozen=True, slots=True)
class Chosen:
    """Two checkpoints whose continuity is to be proven, by their numbers of entries, the smaller first."""

    first: int
    second: int


@page("GET")
def checkpoints(request: ActorRequest) -> HttpResponse:
    """The keys, the kept checkpoints with their time stamps, and the proof between any two of them."""
    require(request.actor, "ledger.see")
    found = kept.checkpoints(SHOWN)
    sizes = sorted({each.size for each in found}, reverse=True)
    context = {
        "keys": kept.key_views(),
        "kept": found,
        "newest": sizes[0] if sizes else 0,
        "sizes": sizes,
        "chosen": _chosen(request.GET, sizes),
    }
    return render(request, "site/checkpoints.html", context)


def _chosen(asked: QueryDict, sizes: list[int]) -> Chosen | None:
    told = [asked.get(name, "") for name in ("first", "second")]
    known = {str(size): size for size in sizes}
    if not all(each in known for each in told):
        return None
    first, second = sorted(known[each] for each in told)
    return Chosen(first, second)


@page("GET")
def checkpoint(request: ActorRequest, size: int) -> HttpResponse:
    """One signed checkpoint, for whoever keeps it elsewhere."""
    require(request.actor, "ledger.see")
    return _file(kept.checkpoint_at(size), f"checkpoint-{size}", "text/plain; charset=utf-8")


@page("GET")
def time_stamp(request: ActorRequest, size: int) -> HttpResponse:
    """The time stamp over a kept checkpoint (RFC 3161)."""
    require(request.actor, "ledger.see")
    return _file(kept.stamp_at(size), f"checkpoint-{size}.tsr", "application/timestamp-reply")


@page("GET")
def entry_proof(request: ActorRequest, index: int) -> HttpResponse:
    """The proof that an entry is in the ledger, one file."""
    require(request.actor, "ledger.see")
    return _file(kept.entry_proof(str(index)), f"ledger-entry-{index}.json", "application/json")


@page("GET")
def consistency(request: ActorRequest, first: int, second: int) -> HttpResponse:
    """The proof that one checkpoint continues another, one file."""
    require(request.actor, "ledger.see")
    data = kept.consistency(kept.checkpoint_at(first), kept.checkpoint_at(second))
    return _file(data, f"ledger-{first}-{second}.json", "application/json")


@page("GET", public=True)
def public_key(request: ActorRequest) -> HttpResponse:
    """The public keys by which anybody checks; nothing about them is secret."""
    return _file(f"{ledger.key_text()}\n".encode(), "ledger.pub", "text/plain; charset=utf-8")


def _file(data: bytes, name: str, kind: str) -> HttpResponse:
    answer = HttpResponse(data, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


urlpatterns = [
    path("ledger/checkpoints/", checkpoints, name="ledger-checkpoints"),
    path("ledger/checkpoints/<int:size>/", checkpoint, name="ledger-checkpoint"),
    path("ledger/checkpoints/<int:size>/stamp/", time_stamp, name="ledger-stamp"),
    path("ledger/checkpoints/<int:first>/<int:second>/", consistency, name="ledger-consistency"),
    path("ledger/entries/<int:index>/proof/", entry_proof, name="ledger-entry-proof"),
    path("ledger/ledger.pub", public_key, name="ledger-key"),
]
