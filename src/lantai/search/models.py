"""Tables of search: text taken out of preserved files, so that a rebuild need not open them again."""

from __future__ import annotations

from django.db import models


class ExtractedText(models.Model):
    """The text of one preserved file, page by page. Derived: it can be dropped and taken out again."""

    object_id = models.CharField(max_length=80)
    path = models.TextField()
    pages = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["object_id", "path"], name="search_text_once")]

    def __str__(self) -> str:
        return f"{self.object_id} {self.path}"
