"""Addresses of working with the catalogue: editing, history, bulk, arranging."""

from __future__ import annotations

from django.urls import path

from lantai.catalogue import (
    views_arrange,
    views_authorities,
    views_bulk,
    views_edit,
    views_history,
    views_new,
)

urlpatterns = [
    path("suggest/", views_edit.suggestions, name="suggest"),
    path("new/", views_new.new, name="record-new"),
    path("fonds/<str:number>/", views_authorities.edit_fonds, name="fonds-edit"),
    path("agents/new/", views_authorities.new_agent, name="agent-new"),
    path("agents/<str:urn>/", views_authorities.edit_agent, name="agent-edit"),
    path("records/<str:what>/edit/", views_edit.edit, name="record-edit"),
    path("records/<str:what>/changes/", views_history.changes, name="record-changes"),
    path("records/<str:what>/relate/", views_history.relate, name="record-relate"),
    path("changes/<str:uuid>/", views_history.entry, name="entry-changes"),
    path("changes/<str:uuid>/undo/", views_history.undo, name="entry-undo"),
    path("bulk/", views_bulk.bulk, name="bulk"),
    path("replace/", views_bulk.replace, name="replace"),
    path("plans/<str:number>/", views_bulk.plan, name="bulk-plan"),
    path("plans/<str:number>/run/", views_bulk.run, name="bulk-run"),
    path("plans/<str:number>/drop/", views_bulk.drop, name="bulk-drop"),
    path("move/", views_arrange.move_records, name="arrange-move"),
    path("split/", views_arrange.split_volume, name="arrange-split"),
    path("merge/", views_arrange.merge_volumes, name="arrange-merge"),
    path("renumber/", views_arrange.renumber_list, name="arrange-renumber"),
    path("accept/", views_arrange.accept_records, name="arrange-accept"),
]
