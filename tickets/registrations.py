"""What the tickets room gives to the kernel's registries."""

from helpdesk.core.registries import delivery_listeners, due_rows, first_rows, housekeeping, renderers
from tickets.counting import fold_counts
from tickets.delivering import on_delivery_status
from tickets.due import close_due, release_due, wake_due
from tickets.labels import ensure_labels
from tickets.rendering import render_message
from tickets.services.files import sweep_uploads
from tickets.services.releasing import PURPOSE

due_rows.add("tickets.releases", release_due)
due_rows.add("tickets.auto_close", close_due)
due_rows.add("tickets.snooze", wake_due)
housekeeping.add("tickets.uploads", sweep_uploads)
housekeeping.add("tickets.counts", fold_counts)
renderers.add(PURPOSE, render_message)
delivery_listeners.add(PURPOSE, on_delivery_status)
first_rows.add("tickets.labels", ensure_labels)
