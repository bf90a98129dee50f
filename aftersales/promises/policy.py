"""The policy that lets promises to customers run is there from the beginning; what the company makes of it stays."""

from __future__ import annotations

from django.db.models import Q

from helpdesk.core.actors import SYSTEM
from tickets.sla.models import Policy
from tickets.sla.services.presets import apply_preset

PRESET = "promises"


def ensure_policy() -> None:
    """Made once; one that is called the same is the company's own."""
    preset = Q(preset=PRESET) | Q(name="Promises to customers")
    if not Policy.objects.filter(preset).exists():
        apply_preset(PRESET, by=SYSTEM)
