"""What the clocks give to the kernel's registries."""

from collections.abc import Iterable, Mapping

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.accounts.permissions import ASSIGN, SLA_MANAGE
from helpdesk.core.describing import Subject, subject_names, title_events, title_work
from helpdesk.core.navigation import Place, places
from helpdesk.core.registries import due_rows, due_since, first_rows, housekeeping, job_handlers
from tickets.sla import actions, history, panel, sweep
from tickets.sla.models import Policy
from tickets.sla.services import missing, recomputing
from tickets.sla.services.presets import ensure_policies

actions.register()
history.register()
panel.register()
places.add(
    "settings.sla",
    Place(
        "settings.sla",
        _("Service levels"),
        "clock",
        "settings_sla",
        37,
        "admin",
        SLA_MANAGE,
        "",
        "",
        pgettext_lazy("settings", "Service"),
        _("What you promise, to whom, and what happens when it gets late."),
    ),
)
places.add(
    "breaches",
    # behind what people open every hour: a phone shows the first four
    Place("breaches", _("Breaches"), "breached", "sla:breaches", 70, "rail", ASSIGN),
)
due_rows.add("sla.clocks", sweep.sweep_clocks)
due_since.add("sla.clocks", sweep.oldest_due)
housekeeping.add("sla.missing", missing.check_hourly)
# calendars come first: kernel rooms register before this one
first_rows.add("sla.policies", ensure_policies)
job_handlers.add(sweep.ASIDE_JOB, sweep.work_aside)
job_handlers.add(sweep.ACT_JOB, sweep.act)
job_handlers.add(recomputing.JOB, recomputing.recompute_batch)
job_handlers.add(missing.JOB, missing.check_batch)


def policy_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    rows = Policy.objects.filter(pk__in=set(ids))
    return {row.pk: Subject(row.label, reverse("settings_sla_edit", args=[row.pk])) for row in rows}


subject_names.add("policy", policy_names)
title_work(
    {
        sweep.ASIDE_JOB: _("Act on a clock that could not be worked"),
        sweep.ACT_JOB: _("Escalation step"),
        recomputing.JOB: _("Compute deadlines anew"),
        missing.JOB: _("Check that no clock is missing"),
    }
)
title_events(
    {
        "policy.created": _("created a service-level policy"),
        "policy.changed": _("changed a service-level policy"),
        "policy.switched": _("switched a service-level policy on or off"),
        "policy.reordered": _("changed the order of the service-level policies"),
        "clock.warned": _("warned of a deadline"),
        "clock.breached": _("noted a missed deadline"),
        "clock.escalated": _("raised a matter to the next step"),
        "clock.met": _("met a deadline"),
        "clock.breach_withdrawn": _("withdrew a missed deadline"),
        "clock.recomputed": _("computed the deadlines of open tickets anew"),
        "clock.breach_explained": _("said why a deadline was missed"),
        "clock.found_missing": _("found a clock missing"),
        "clock.found_stale": _("found a clock out of date"),
    }
)
