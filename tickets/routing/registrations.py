"""What routing gives to the kernel's registries."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.accounts.permissions import ROUTING_MANAGE, VIEW_TEAM
from helpdesk.core.describing import title_events, title_work
from helpdesk.core.navigation import Place, places
from helpdesk.core.registries import departures, due_rows, due_since, housekeeping, job_handlers, team_closings
from tickets.routing import describing, history, panels
from tickets.routing.services import checking, leaving, matching, offers
from tickets.routing.services.accounts import move_accounts_of_team

describing.register()
history.register()
panels.register()
team_closings.add("routing.accounts_of_team", move_accounts_of_team)
departures.add("routing.leave", leaving.leave)
# in this order: what is over goes back first, then everything that waits is given
due_rows.add("routing.offers", offers.lapse_due)
due_rows.add("routing.left_behind", offers.take_back)
due_rows.add("routing.matcher", matching.match_batch)
due_since.add("routing.offers", offers.oldest_due)
housekeeping.add("routing.queues", checking.check_hourly)
job_handlers.add(checking.JOB, checking.check_batch)
title_work({checking.JOB: _("Check that every waiting ticket is in its queue")})
title_events(
    {
        "ticket.offered": _("offered a ticket"),
        "ticket.offer_declined": _("declined an offered ticket"),
        "ticket.offer_lapsed": _("let an offer lapse"),
        "ticket.found_unqueued": _("found a waiting ticket without a place in its queue"),
        "presence.changed": _("changed their presence"),
        "routing.changed": _("changed how tickets are routed"),
        "roster.changed": _("changed a roster"),
        "grade_rule.changed": _("changed the grade rule"),
    }
)
places.add("queues", Place("queues", _("Queues"), "list", "routing:queues", 20, "rail", VIEW_TEAM, "u"))
places.add(
    "settings.routing",
    Place(
        "settings.routing", _("Routing"), "assign", "settings_routing", 38, "admin", ROUTING_MANAGE, "", "",
        pgettext_lazy("settings", "Service"), _("Queues, skills, capacity, shifts and the grade rule."),
    ),
)  # fmt: skip
