"""What this room does for the kernel's registries."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.claims.querysets import viewers
from aftersales.outlets import selectors
from aftersales.outlets.access import outlet_of
from aftersales.outlets.booked import follow_booking
from aftersales.outlets.models import WorkOrder, WorkState
from aftersales.outlets.services import following, offering, stock
from aftersales.outlets.waiting import ensure_label
from aftersales.visits.hooks import after_booking
from helpdesk.accounts.models import Staff
from helpdesk.accounts.noticing import ByMail, NoticeGroup, notice_groups
from helpdesk.accounts.permissions import AFTERSALES_MANAGE, OUTLET_WORK
from helpdesk.core.describing import title_events, title_work
from helpdesk.core.navigation import Place, places
from helpdesk.core.registries import Panel, due_rows, due_since, first_rows, job_handlers, panels
from tickets.notice_words import WORDS


def _has_part(staff: Staff) -> Q:
    """People of an outlet see the claims whose work it has or has done; not those that were taken back from it."""
    outlet = outlet_of(staff)
    if outlet is None:
        return Q(pk__in=[])
    kept = WorkOrder.objects.filter(outlet=outlet, state__in=[WorkState.ACCEPTED, WorkState.DONE])
    return Q(pk__in=kept.values("claim_id"))


viewers.add("outlets", _has_part)
after_booking.add("outlets", follow_booking)
first_rows.add("outlets.label", ensure_label)
due_rows.add("outlets.offers", offering.lapse_due)
due_since.add("outlets.offers", offering.oldest_due)
job_handlers.add(stock.PARTS_CAME, following.go_on)
job_handlers.add(offering.UNPLACED, following.raise_task)
panels.add(
    "outlets.claim", Panel("outlets.claim", "claim.page", 25, "outlets/panels/claim.html", selectors.work_of_claim)
)
places.add("outlet", Place("outlet", _("Outlet"), "store", "outlets:work", 61, "rail", OUTLET_WORK))
places.add(
    "settings.outlets",
    Place(
        "settings.outlets", _("Outlets and parts"), "store", "settings_outlets", 39, "admin", AFTERSALES_MANAGE, "", "",
        pgettext_lazy("settings", "Service"), _("Who else goes to customers, what was agreed with them, and parts on the shelf."),
    ),
)  # fmt: skip
title_work(
    {
        stock.PARTS_CAME: _("Go on with a claim whose part has come"),
        offering.UNPLACED: _("Raise a task for work that no outlet took"),
    }
)
title_events(
    {
        "work.offered": _("offered work to an outlet"),
        "work.accepted": _("took work for an outlet"),
        "work.declined": _("declined work for an outlet"),
        "work.lapsed": _("let an offer to an outlet lapse"),
        "work.unplaced": _("found no outlet for the work"),
        "work.cancelled": _("cancelled the work of an outlet"),
        "work.done": _("finished the work of an outlet"),
        "claim.parts_awaited": _("waits for a part"),
        "stock.changed": _("moved parts"),
        "stock.priced": _("named another price of a part"),
        "settlement.corrected": _("corrected a settlement"),
        "settlement.agreed": _("agreed a settlement"),
        "settlement.disputed": _("disputed a settlement"),
        "settlement.paid": _("paid a settlement"),
        "settlements.exported": _("exported settlements"),
        "outlets.changed": _("changed outlets"),
    }
)
WORDS[offering.OFFERED] = ("store", _("Work is offered to your outlet"))
notice_groups.add(
    "outlets", NoticeGroup("outlets", _("Work is offered to my outlet"), (offering.OFFERED,), ByMail.NOW, order=83)
)
