"""What administrators name and define: status labels, tags, custom fields, canned replies."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Staff, Team
from tickets.models.choices import Kind, StatusCategory


def in_language(name: str, name_zh: str) -> str:
    """The Chinese name for a Chinese reader when there is one, else the other."""
    return (name_zh or name) if (get_language() or "").startswith("zh") else (name or name_zh)


class StatusLabel(models.Model):
    """A renameable word over a fixed category; one label of each category is its default."""

    category = models.CharField(max_length=7, choices=StatusCategory)
    name = models.CharField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=40, blank=True, default="")
    is_default = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["category"],
                condition=Q(is_default=True),
                name="status_label_one_default",
                violation_error_message=_("This category already has a default label."),
            ),
            models.CheckConstraint(condition=Q(category__in=StatusCategory.values), name="status_label_category_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return in_language(self.name, self.name_zh)


class Tag(models.Model):
    """A word that agents may put on tickets; tickets keep the words themselves."""

    name = models.CharField(max_length=40, unique=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class FieldType(models.TextChoices):
    TEXT = "text", _("text")
    NUMBER = "number", _("number")
    DATE = "date", _("date")
    CHOICE = "choice", _("choice")
    BOOLEAN = "boolean", _("yes or no")


class CustomField(models.Model):
    """A field of tickets of one kind (or of all, when `kind` is empty). `key` is stable and names it in the API.

    `choices` are the values that a ticket keeps, `choices_zh` their Chinese words in the same order.
    """

    key = models.SlugField(max_length=40, unique=True)
    kind = models.CharField(max_length=10, choices=Kind, blank=True, default="")
    type = models.CharField(max_length=7, choices=FieldType, default=FieldType.TEXT)
    name = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80, blank=True, default="")
    choices = models.JSONField(default=list, blank=True)
    choices_zh = models.JSONField(default=list, blank=True)
    is_required = models.BooleanField(default=False)
    is_public = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.key

    @property
    def label(self) -> str:
        return in_language(self.name, self.name_zh)

    @property
    def choice_labels(self) -> list[tuple[str, str]]:
        """Value and word of each choice in the reader's language."""
        chinese = [*self.choices_zh, *[""] * len(self.choices)]
        return [(value, in_language(value, word)) for value, word in zip(self.choices, chinese, strict=False)]

    def shown(self, value: Any) -> Any:
        """A value as people read it."""
        return dict(self.choice_labels).get(value, value) if self.type == FieldType.CHOICE else value


class CannedReply(models.Model):
    """A text that agents insert by `/`; variables such as `{{ customer.name }}` are filled when it is inserted."""

    title = models.CharField(max_length=80)
    body = models.TextField()
    language = models.CharField(max_length=10, default="en")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="canned_replies")
    owner = models.ForeignKey(Staff, on_delete=models.CASCADE, null=True, blank=True, related_name="canned_replies")
    used = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class SavedView(models.Model):
    """A named filter over tickets: a person's own, a team's, or everybody's (both empty)."""

    name = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80, blank=True, default="")
    owner = models.ForeignKey(Staff, on_delete=models.CASCADE, null=True, blank=True, related_name="views")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="views")
    filters: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return in_language(self.name, self.name_zh)


class LabelGeneration(models.Model):
    """One row: a number that a trigger raises when a name changes that list rows show (labels, staff, teams).

    Rows are cached under it, so a rename is seen at the next request and nothing has to be thrown away.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=1)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="label_generation_single")]
