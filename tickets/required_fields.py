"""Takes part in ticket verbs: what an administrator made required is filled in before a colleague solves the ticket."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from helpdesk.core.errors import Invalid
from tickets.models import CustomField, StatusCategory


class RequiredFields:
    """Customers and the product itself are not held up: only a person of the staff who solves by hand."""

    def check(self, ticket: Any, change: Any) -> None:
        """Refuse with the names of the missing fields."""
        if change.is_new or change.by.staff is None or change.after.get("status_category") != StatusCategory.SOLVED:
            return
        values = change.get("fields")
        required = CustomField.objects.filter(is_active=True, is_required=True, kind__in=["", change.get("kind")])
        missing = [field.label for field in required if values.get(field.key) in (None, "")]
        if missing:
            words = _("Fill in first: %(fields)s.") % {"fields": ", ".join(missing)}
            raise Invalid(words, fields={"status": words})

    def apply(self, ticket: Any, change: Any) -> None:
        """Nothing to write."""
