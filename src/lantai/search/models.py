"""Tables of search: text taken out of preserved files, and the searches that people keep."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from lantai.people.models import Account


class ExtractedText(models.Model):
    """What was taken out of one preserved file. Derived: it can be dropped and taken out again.

    ``whole`` is False where the file had more text than is kept; ``characters`` is how much is.
    """

    object_id = models.CharField(max_length=80)
    path = models.TextField()
    characters = models.PositiveIntegerField()
    whole = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["object_id", "path"], name="search_text_once")]

    def __str__(self) -> str:
        return f"{self.object_id} {self.path}"


class TextPage(models.Model):
    """One page of an extracted text, counted from 1; empty pages have no row."""

    text = models.ForeignKey(ExtractedText, models.CASCADE, related_name="pages", db_index=False)
    number = models.PositiveIntegerField()
    content = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["text", "number"], name="search_page_once")]

    def __str__(self) -> str:
        return f"{self.text_id} {self.number}"


class SavedSearch(models.Model):
    """A search that somebody keeps under a name.

    ``address`` is the search as it stands in an address. ``seen`` is the index of the first entry of the
    ledger of which its owner has not yet seen what it brought.
    """

    uuid = models.UUIDField(unique=True)
    owner = models.ForeignKey(Account, models.CASCADE, related_name="saved_searches", db_index=False)
    name = models.CharField("名称", max_length=80)
    address = models.TextField("条件")
    seen = models.BigIntegerField()
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="search_saved_once")]

    def __str__(self) -> str:
        return self.name
