"""What this room does for the kernel's registries."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.claims.querysets import viewers
from aftersales.visits import describing
from aftersales.visits.consuming import GIVEN, MOVED, TAKEN
from aftersales.visits.models import Visit, VisitWindow
from aftersales.visits.panels import claim_visits
from aftersales.visits.portal import visit_panel
from aftersales.visits.services import absences, planning
from helpdesk.accounts.noticing import ByMail, NoticeGroup, notice_groups
from helpdesk.accounts.permissions import AFTERSALES_MANAGE, VISITS_PLAN
from helpdesk.core.describing import title_events, title_work
from helpdesk.core.navigation import Place, places
from helpdesk.core.registries import Panel, departures, first_rows, housekeeping, panels
from tickets.notice_words import WORDS

_HOURS = ((9, 11), (11, 13), (13, 15), (15, 17), (17, 19))


def ensure_windows() -> None:
    """Two hours each, from nine to seven."""
    if not VisitWindow.objects.exists():
        VisitWindow.objects.bulk_create(VisitWindow(starts=start * 60, ends=end * 60) for start, end in _HOURS)


describing.register()
first_rows.add("visits.windows", ensure_windows)
viewers.add("visits", lambda staff: Q(pk__in=Visit.objects.filter(engineer__staff_id=staff.pk).values("claim_id")))
panels.add("visits.portal", Panel("visits.portal", "portal.claim", 10, "visits/panels/portal_claim.html", visit_panel))
panels.add("visits.claim", Panel("visits.claim", "claim.page", 11, "visits/panels/claim.html", claim_visits))
places.add("visits", Place("visits", _("Visits"), "calendar", "visits:day", 58, "rail", VISITS_PLAN, "v"))
places.add(
    "settings.visits",
    Place(
        "settings.visits", _("Visits"), "visit", "settings_visits", 39, "admin", AFTERSALES_MANAGE, "", "",
        pgettext_lazy("settings", "Service"), _("Engineers, their areas, what visits need, times that are offered."),
    ),
)  # fmt: skip
WORDS[GIVEN] = ("visit", _("You were given a visit"))
WORDS[TAKEN] = ("visit", _("A visit was taken from you"))
WORDS[MOVED] = ("visit", _("One of your visits has another time"))
notice_groups.add(
    "visits", NoticeGroup("visits", _("My visits change"), (GIVEN, TAKEN, MOVED), ByMail.NOW, is_urgent=True, order=27)
)
departures.add("visits.leave", absences.leave)
housekeeping.add("visits.plan_tomorrow", planning.plan_tomorrow)
title_work(
    {
        "visits.replace": _("Find somebody else for a visit"),
        "visits.plan_day": _("Plan the routes of a day"),
    }
)
title_events(
    {
        "visit.asked": _("asked for a visit"),
        "visit.booked": _("arranged a visit"),
        "visit.addressed": _("said where a visit goes"),
        "visit.rebooked": _("moved a visit to another time"),
        "visit.assigned": _("gave a visit to another engineer"),
        "visit.freed": _("asked for another time for a visit"),
        "visit.checked_in": _("checked in at a customer's"),
        "visit.finished": _("finished a visit"),
        "visit.cancelled": _("cancelled a visit"),
        "engineer.absent": _("reported an engineer's absence"),
        "engineer.back": _("took an engineer's absence back"),
        "visits.changed": _("changed how visits are planned"),
    }
)
