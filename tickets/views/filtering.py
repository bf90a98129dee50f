"""The choices of the filter form, each with what is chosen."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from helpdesk.accounts.models import Staff
from helpdesk.core.models import ChannelAccount
from helpdesk.core.templatetags.ui import CHANNEL_NAMES, LEVEL_NAMES
from tickets.models import Kind, Priority, StatusLabel, Tag, Tone
from tickets.selectors.filters import Filters
from tickets.selectors.people import assignable
from tickets.selectors.views import teams_of


def filter_fields(filters: Filters, staff: Staff) -> list[dict[str, Any]]:
    """Fields of the form: name, label, choices as (value, label, is chosen)."""
    statuses = [(str(label.pk), label.label) for label in StatusLabel.objects.filter(is_active=True)]
    people = [("me", _("Me")), ("none", _("Nobody"))]
    people += [(str(person.pk), person.name) for person in assignable(staff) if person.pk != staff.pk]
    kinds = ChannelAccount.objects.filter(is_active=True).order_by("kind").values_list("kind", flat=True).distinct()
    every: list[tuple[str, str, list[tuple[Any, Any]]]] = [
        ("status", _("Status"), statuses),
        ("priority", _("Priority"), list(Priority.choices)),
        ("owner", _("Owner"), people),
        ("team", _("Team"), [(str(team.pk), team.label) for team in teams_of(staff)]),
        ("kind", _("Kind"), list(Kind.choices)),
        ("tone", _("Tone"), [(value, word.capitalize()) for value, word in Tone.choices]),
        ("channel", _("Channel"), [(kind, CHANNEL_NAMES.get(kind, kind)) for kind in kinds]),
        ("level", _("Customer level"), [(value, name) for value, name in LEVEL_NAMES.items()]),
        ("due", _("Deadline"), [("overdue", _("Overdue")), ("soon", _("Due soon")), ("none", _("None"))]),
        ("tag", _("Tag"), [(name, name) for name in Tag.objects.filter(is_active=True).values_list("name", flat=True)]),
    ]
    return [
        {
            "name": name,
            "label": label,
            "choices": [
                {"value": value, "label": text, "is_chosen": str(value) in getattr(filters, name)}
                for value, text in choices
            ],
        }
        for name, label, choices in every
        if choices
    ]
