"""Saved searches of the caller, and what came to them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from lantai.exchange.endpoints import Answer, Call, Endpoint
from lantai.exchange.shapes import told
from lantai.kernel.errors import NotFound
from lantai.search import queries as search
from lantai.search import services
from lantai.search.queries import Saved


@dataclass(frozen=True, slots=True)
class SavedDoc:
    """A saved search: ``address`` is what stands after ``?`` on the search page, ``fresh`` of ``total`` are new."""

    uuid: str
    name: str
    address: str
    total: int
    fresh: int


@dataclass(frozen=True, slots=True)
class SavedList:
    """The saved searches of the caller."""

    items: tuple[SavedDoc, ...]
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Save:
    """A search under a name."""

    name: str = told("Name.", most=80)
    address: str = told("What stands after ? on the search page, such as q=水库&year=2011.", most=4_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """Another name."""

    name: str = told("Name.", most=80)


def _uuid(call: Call) -> UUID:
    try:
        return UUID(call.path["uuid"])
    except ValueError as broken:
        raise NotFound("search.saved.missing") from broken


def _doc(one: Saved) -> SavedDoc:
    return SavedDoc(str(one.uuid), one.name, one.address, one.total, one.fresh)


def _list(call: Call) -> Answer:
    return Answer(SavedList(tuple(map(_doc, search.saved(call.actor))), ""))


def _one(call: Call, uuid: UUID, status: int = 200) -> Answer:
    return Answer(_doc(search.saved_one(call.actor, uuid)[0]), status)


def _get(call: Call) -> Answer:
    return _one(call, _uuid(call))


def _save(call: Call) -> Answer:
    asked: Save = call.body
    return _one(call, services.save(call.actor, asked.name, asked.address), 201)


def _rename(call: Call) -> Answer:
    services.rename(call.actor, _uuid(call), call.body.name)
    return _get(call)


def _see(call: Call) -> Answer:
    services.see(call.actor, _uuid(call))
    return _get(call)


def _delete(call: Call) -> Answer:
    services.delete(call.actor, _uuid(call))
    return Answer(status=204)


_UUID = {"uuid": "uuid of the saved search."}
_PATH = "saved-searches/{uuid}"

ENDPOINTS = (
    Endpoint(
        "GET",
        "saved-searches",
        "saved_list",
        "我的检索 · saved searches",
        _list,
        SavedList,
        scope="search",
        people=True,
    ),
    Endpoint(
        "POST",
        "saved-searches",
        "saved_new",
        "保存检索 · save a search",
        _save,
        SavedDoc,
        body=Save,
        scope="search",
        status=201,
    ),
    Endpoint(
        "GET",
        _PATH,
        "saved",
        "一个保存的检索 · one saved search",
        _get,
        SavedDoc,
        scope="search",
        people=True,
        parts=_UUID,
    ),
    Endpoint(
        "PATCH",
        _PATH,
        "saved_rename",
        "改名 · rename it",
        _rename,
        SavedDoc,
        body=Rename,
        scope="search",
        parts=_UUID,
    ),
    Endpoint(
        "POST",
        f"{_PATH}/seen",
        "saved_seen",
        "标为已看 · take it as seen",
        _see,
        SavedDoc,
        scope="search",
        parts=_UUID,
    ),
    Endpoint(
        "DELETE",
        _PATH,
        "saved_delete",
        "删除 · delete it",
        _delete,
        SavedDoc,
        scope="search",
        status=204,
        parts=_UUID,
    ),
)
