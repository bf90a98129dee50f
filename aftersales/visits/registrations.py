"""What this room does for the kernel's registries."""

from __future__ import annotations

from django.db.models import Q

from aftersales.claims.querysets import viewers
from aftersales.visits.models import Visit, VisitWindow
from helpdesk.core.registries import first_rows

_HOURS = ((9, 11), (11, 13), (13, 15), (15, 17), (17, 19))


def ensure_windows() -> None:
    """Two hours each, from nine to seven."""
    if not VisitWindow.objects.exists():
        VisitWindow.objects.bulk_create(VisitWindow(starts=start * 60, ends=end * 60) for start, end in _HOURS)


first_rows.add("visits.windows", ensure_windows)
viewers.add("visits", lambda staff: Q(pk__in=Visit.objects.filter(engineer__staff_id=staff.pk).values("claim_id")))
