"""Pages of what stands above the records: how a fonds is described, and name records (机构人员)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from lantai.base.errors import reader_language
from lantai.base.guards import ActorRequest, page
from lantai.holdings import authorities, queries
from lantai.kernel.errors import NotFound
from lantai.kernel.recordtypes import RecordType, pieces
from lantai.people.policies import may

KINDS = ("body", "person", "family")


@dataclass(frozen=True, slots=True)
class Group:
    """Elements that belong together, each as (label, values)."""

    label: str
    facts: tuple[tuple[str, tuple[str, ...]], ...]


def groups(kind: RecordType, level: str, values: Mapping[str, str], without: frozenset[str]) -> list[Group]:
    """Return what is described, in the groups and the order of the form; what no element knows comes last."""
    language = reader_language()
    made = []
    known = [e for e in kind.of_scope() if level in e.levels and values.get(e.key) and e.key not in without]
    for key, label in kind.groups.items():
        facts = [(e.label[language], _said(kind, e.key, values[e.key])) for e in known if e.group == key]
        if facts:
            made.append(Group(label[language], tuple(facts)))
    rest = [
        (e.label[language], _said(kind, e.key, values[e.key])) for e in known if e.group not in kind.groups
    ]
    here = {e.key for e in known} | without
    rest += [(key, (text,)) for key, text in values.items() if text and key not in here]
    return [*made, Group("", tuple(rest))] if rest else made


def _said(kind: RecordType, key: str, value: str) -> tuple[str, ...]:
    element = kind.by_key[key]
    vocabulary = kind.vocabulary(element)
    told = pieces(element, value)
    if vocabulary is None:
        return tuple(told)
    terms = [vocabulary.term(one) for one in told]
    return tuple(t.label[reader_language()] if t else one for t, one in zip(terms, told, strict=True))


@page("GET", public=True)
def fonds_about(request: ActorRequest, number: str) -> HttpResponse:
    """How a fonds is described; to who has no office there only what is public. Its history to its keepers."""
    there = authorities.fonds_described(request.actor, number)
    kind = authorities.fonds_type()
    subject = f"urn:lantai:fonds:{there.number}"
    past = authorities.history(request.actor, subject, kind, reader_language()) if there.inner else []
    context = {
        "there": there,
        "fonds": queries.fonds(request.actor, number),
        "groups": groups(kind, "fonds", there.values, authorities.FONDS_FIXED | {authorities.NAME}),
        "past": past,
        "may_revise": may(request.actor, "holdings.revise"),
    }
    return render(request, "holdings/fonds_about.html", context)


@page("GET", public=True)
def agents(request: ActorRequest) -> HttpResponse:
    """Name records by name; outside the archives only bodies."""
    query, kind = _asked(request, "q"), _asked(request, "kind")
    if kind and kind not in KINDS:
        raise NotFound("base.page.missing")
    found = authorities.agents(request.actor, query, kind, request.GET.get("after", ""))
    told = {name: value for name, value in (("q", query), ("kind", kind)) if value}
    context = {
        "agents": found.items,
        "q": query,
        "kind": kind,
        "kinds": _kinds(),
        "inner": may(request.actor, "holdings.see"),
        "may_describe": may(request.actor, "holdings.describe"),
        "first": f"?{urlencode(told)}" if request.GET.get("after") else "",
        "next": f"?{urlencode({**told, 'after': found.after})}" if found.after else "",
    }
    return render(request, "holdings/agents.html", context)


@page("GET", public=True)
def agent(request: ActorRequest, urn: str) -> HttpResponse:
    """One name record, its history to the archives only."""
    there = authorities.agent(request.actor, urn)
    kind = authorities.agent_type()
    past = authorities.history(request.actor, urn, kind, reader_language()) if there.inner else []
    context = {
        "there": there,
        "kind": dict(_kinds())[there.kind],
        "groups": groups(kind, "item", there.values, frozenset({"title", "agent_kind"})),
        "past": past,
        "may_revise": may(request.actor, "holdings.revise"),
    }
    return render(request, "holdings/agent.html", context)


def _asked(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").strip()[:200]


def _kinds() -> list[tuple[str, str]]:
    terms = authorities.agent_type().vocabularies["agent_kind"].terms
    return [(term.value, term.label[reader_language()]) for term in terms]
