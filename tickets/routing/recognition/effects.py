"""What a recognition rule may say of a matter, checked before it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Team
from helpdesk.core.errors import Invalid
from tickets.models import Kind, Priority, Tone
from tickets.services.properties import clean_tags

EFFECTS = ("kind", "is_urgent", "priority", "tone", "tags", "team")


def clean_effects(given: Mapping[str, Any]) -> dict[str, Any]:
    """Effects as they are kept: only those that are set. `Invalid` when there are none, or one that cannot be."""
    kept: dict[str, Any] = {}
    for name, choices in (("kind", Kind), ("priority", Priority), ("tone", Tone)):
        value = str(given.get(name) or "")
        if value and value not in choices.values:
            raise Invalid(fields={name: _("Choose one of: %(words)s.") % {"words": ", ".join(choices.values)}})
        if value:
            kept[name] = value
    if given.get("is_urgent"):
        kept["is_urgent"] = True
    tags = given.get("tags") or ()
    tags = clean_tags(tags.split(",") if isinstance(tags, str) else tags)
    if tags:
        kept["tags"] = tags
    if given.get("team"):
        team = Team.objects.filter(pk=int(given["team"]), is_active=True).first()
        if team is None:
            raise Invalid(fields={"team": _("There is no such team.")})
        kept["team"] = team.pk
    if not kept:
        raise Invalid(_("Say what the rule does: a kind, urgency, a priority, a tone, tags or a team."))
    return kept
