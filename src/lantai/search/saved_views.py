"""Pages of saved searches."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from lantai.base.guards import ActorRequest, page
from lantai.search import queries, services


@page("GET", "POST")
def saved(request: ActorRequest) -> HttpResponse:
    """The reader's saved searches, with the counts of what is new; POST saves one more."""
    if request.method == "POST":
        services.save(request.actor, request.POST.get("name", ""), request.POST.get("address", ""))
        messages.success(request, _("已保存。有新的结果时，工作台会告诉您。"))
        return HttpResponseRedirect(reverse("search-saved"))
    return render(request, "search/saved.html", {"saved": queries.saved(request.actor)})


@page("GET")
def saved_one(request: ActorRequest, saved: uuid.UUID) -> HttpResponse:
    """What came to one saved search since its owner last looked."""
    one, fresh = queries.saved_one(request.actor, saved)
    context = {"one": one, "answer": queries.search(request.actor, fresh)}
    return render(request, "search/saved_one.html", context)


@page("POST")
def saved_see(request: ActorRequest, saved: uuid.UUID) -> HttpResponse:
    """Take what is new as seen."""
    services.see(request.actor, saved)
    return HttpResponseRedirect(reverse("search-saved"))


@page("POST")
def saved_rename(request: ActorRequest, saved: uuid.UUID) -> HttpResponse:
    """Give another name."""
    services.rename(request.actor, saved, request.POST.get("name", ""))
    messages.success(request, _("已改名。"))
    return HttpResponseRedirect(reverse("search-saved-one", args=[saved]))


@page("POST")
def saved_delete(request: ActorRequest, saved: uuid.UUID) -> HttpResponse:
    """Delete."""
    services.delete(request.actor, saved)
    messages.success(request, _("已删除。"))
    return HttpResponseRedirect(reverse("search-saved"))
