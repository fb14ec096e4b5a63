"""Every address of the site, gathered from the rooms."""

from __future__ import annotations

from django.urls import include, path

from lantai.base.views import set_language
from lantai.base.views_uploads import upload, uploads

urlpatterns = [
    path("", include("lantai.site.pages")),
    path("", include("lantai.site.proof_pages")),
    path("", include("lantai.people.urls")),
    path("transfers/", include("lantai.ingest.urls")),
    path("holdings/", include("lantai.holdings.urls")),
    path("agents/", include("lantai.holdings.urls_agents")),
    path("records/", include("lantai.access.urls")),
    path("search/", include("lantai.search.urls")),
    path("desk/", include("lantai.desk.urls")),
    path("vault/", include("lantai.vault.urls")),
    path("registration/", include("lantai.registration.urls")),
    path("catalogue/", include("lantai.catalogue.urls")),
    path("", include("lantai.exchange.urls")),
    path("uploads/", uploads, name="uploads"),
    path("uploads/<str:id>/", upload, name="upload"),
    path("language/", set_language, name="language"),
]

handler400 = "lantai.base.views.bad_request"
handler404 = "lantai.base.views.missing"
handler500 = "lantai.base.views.failed"
