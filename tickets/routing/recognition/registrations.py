"""What recognition gives to the kernel's registries."""

from django.utils.translation import gettext_lazy as _

from helpdesk.core.describing import title_events
from helpdesk.core.registries import first_rows
from tickets.routing.recognition.presets import ensure_rules

first_rows.add("recognition.rules", ensure_rules)
title_events(
    {
        "recognition_rule.created": _("added a recognition rule"),
        "recognition_rule.changed": _("changed a recognition rule"),
        "recognition_rule.switched": _("switched a recognition rule on or off"),
        "recognition_rule.reordered": _("changed the order of the recognition rules"),
        "recognition_rule.deleted": _("deleted a recognition rule"),
    }
)
