"""The steps that the database allows, written from the machines."""

from __future__ import annotations

from django.db import transaction

from aftersales.claims.machines import MACHINES
from aftersales.claims.models import Transition


@transaction.atomic
def write_transitions() -> None:
    """Make the table say what the machines say; runs after each migration, and changes nothing when they agree.

    A step that a new version no longer has goes too: claims that wait in such a state need a migration of their own.
    """
    wanted = {(kind, *step) for kind, machine in MACHINES.items() for step in machine.transitions}
    present = {(row.kind, row.from_state, row.to_state): row.pk for row in Transition.objects.all()}
    Transition.objects.filter(pk__in=[pk for step, pk in present.items() if step not in wanted]).delete()
    Transition.objects.bulk_create(
        [Transition(kind=kind, from_state=start, to_state=end) for kind, start, end in sorted(wanted - present.keys())],
        ignore_conflicts=True,
    )
