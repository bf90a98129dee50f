"""What the tickets room gives to the kernel's registries."""

from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.permissions import VIEW_TEAM
from helpdesk.core.navigation import Place, places
from helpdesk.core.registries import delivery_listeners, due_rows, due_since, first_rows, housekeeping, renderers
from tickets import panels
from tickets.counting import fold_counts
from tickets.delivering import on_delivery_status
from tickets.due import ask_due, close_due, oldest_due, release_due, wake_due
from tickets.labels import ensure_labels
from tickets.rendering import render_message, render_survey
from tickets.services import surveys
from tickets.services.files import sweep_uploads
from tickets.services.releasing import PURPOSE

due_rows.add("tickets.releases", release_due)
due_rows.add("tickets.auto_close", close_due)
due_rows.add("tickets.snooze", wake_due)
due_rows.add("tickets.surveys", ask_due)
due_since.add("tickets", oldest_due)
housekeeping.add("tickets.uploads", sweep_uploads)
housekeeping.add("tickets.counts", fold_counts)
renderers.add(PURPOSE, render_message)
renderers.add(surveys.PURPOSE, render_survey)
delivery_listeners.add(PURPOSE, on_delivery_status)
first_rows.add("tickets.labels", ensure_labels)
panels.register()
places.add("tickets", Place("tickets", _("Tickets"), "inbox", "desk:tickets", 10, "rail", VIEW_TEAM, "t"))
places.add(
    "notifications",
    Place(
        "notifications", _("Notifications"), "bell", "desk:notifications", 10, "foot", VIEW_TEAM, "n", "notifications"
    ),
)
