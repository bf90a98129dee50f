"""What the arithmetic of working time refuses."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from helpdesk.core.errors import Invalid, Refused


class NoWorkingHours(Invalid):
    """In such a calendar no time would ever pass, and nothing would ever be due."""

    code = "no_working_hours"
    message = _("This calendar has no working hours in any week. Enter at least one block, or choose around the clock.")


class OutOfReach(Refused):
    """The answer lies further away than a calendar is read."""

    code = "calendar_out_of_reach"


class UnreadableHours(Invalid):
    """Typed hours that are none."""

    code = "unreadable_hours"
    message = _("Write hours as 09:00–12:00, 13:00–18:00.")
