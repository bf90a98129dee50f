"""Incidents in the words of the audit log and of a ticket's history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from aftersales.claims.models import NUMBER_PREFIX as CLAIM_PREFIX
from aftersales.incidents.models import NUMBER_PREFIX
from helpdesk.core.describing import Subject, subject_names
from helpdesk.core.models import Event
from tickets.history import SENTENCES, Names


def _subjects(ids: Iterable[int]) -> Mapping[int, Subject]:
    return {pk: Subject(f"{NUMBER_PREFIX}{pk}", f"/incidents/{pk}/") for pk in ids}


def _tied(event: Event, names: Names) -> str:
    return _("%(claim)s belongs to incident %(incident)s") % {
        "claim": f"{CLAIM_PREFIX}{event.data.get('claim')}",
        "incident": f"{NUMBER_PREFIX}{event.data.get('incident')}",
    }


def register() -> None:
    """Fill the registries."""
    subject_names.add("incident", _subjects)
    SENTENCES["incident.claim_tied"] = ("alert", "", _tied)
