"""What this room gives to the kernel's registries."""

from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.permissions import AUTOMATION_MANAGE, VIEW_TEAM
from helpdesk.core.describing import title_events, title_work
from helpdesk.core.navigation import Place, places
from helpdesk.core.registries import actions, departures, due_rows, housekeeping, leased_workers, renderers
from tickets.automation import history, panels, reasons
from tickets.automation.actions import hooks, labels, tasks, words
from tickets.automation.models import WebhookCall
from tickets.automation.notices import kinds, mailing
from tickets.automation.notices.rendering import render_notices
from tickets.automation.services.webhooks import prune_calls
from tickets.automation.webhooks.calling import work_call
from tickets.services.consulting import leave_with_departure

for _action in (tasks.ACTION, words.ACTION, hooks.ACTION, *labels.ACTIONS):
    actions.add(_action.name, _action)
history.register()
kinds.register()
panels.register()
reasons.register()
due_rows.add("automation.notices_planned", mailing.plan_new)
due_rows.add("automation.notices_mailed", mailing.mail_due)
renderers.add(mailing.PURPOSE, render_notices)
leased_workers.add(WebhookCall.leased_kind(), work_call)
housekeeping.add("automation.webhook_calls", prune_calls)
departures.add("tickets.consultations", lambda staff_id, by: leave_with_departure(staff_id, by=by))
title_work({WebhookCall.leased_kind(): _("Call a webhook"), mailing.PURPOSE: _("Notices by mail")})
title_events(
    {
        "ticket.sub_opened": _("opened a sub-ticket"),
        "ticket.sub_changed": _("moved a sub-ticket on"),
        "ticket.sub_solved": _("solved a sub-ticket"),
        "consultation.opened": _("asked experts"),
        "consultation.invited": _("asked further experts"),
        "consultation.left": _("ended an invitation to a consultation"),
        "consultation.concluded": _("concluded a consultation"),
        "consultation.withdrawn": _("withdrew a consultation"),
        "webhook.created": _("set up a webhook"),
        "webhook.changed": _("changed a webhook"),
        "webhook.switched": _("switched a webhook on or off"),
        "webhook.secret_renewed": _("made a new secret for a webhook"),
        "webhook.called_again": _("called a webhook again"),
        "webhook.deleted": _("deleted a webhook"),
        "sub_tickets.changed": _("changed how sub-tickets are handled"),
    }
)
places.add(
    "consultations",
    Place("consultations", _("Consultations"), "chat", "automation:consultations", 40, "rail", VIEW_TEAM),
)
places.add("notices", Place("notices", _("Notices"), "bell", "automation:notice_settings", 20, "account"))
places.add(
    "settings.notices",
    Place(
        "settings.notices",
        _("Notices"),
        "bell",
        "automation:notice_settings",
        2,
        "admin",
        None,
        "",
        "",
        _("Mine"),
        _("What I am told in the desk and by mail, and when"),
    ),
)
places.add(
    "settings.webhooks",
    Place(
        "settings.webhooks",
        _("Webhooks"),
        "webhook",
        "settings_webhooks",
        44,
        "admin",
        AUTOMATION_MANAGE,
        "",
        "",
        _("Automation"),
        _("Tell other systems of events, signed and with a log"),
    ),
)
places.add(
    "settings.sub_tickets",
    Place(
        "settings.sub_tickets", _("Sub-tickets"), "split", "settings_sub_tickets", 45, "admin", AUTOMATION_MANAGE,
        "", "", _("Automation"), _("What solving does while they are open, and tasks opened often"),
    ),
)  # fmt: skip
