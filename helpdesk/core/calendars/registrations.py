"""What the calendars give to the kernel's registries."""

from helpdesk.core.calendars.filling import ensure_calendars, fill_daily
from helpdesk.core.calendars.zones import follow_zones
from helpdesk.core.registries import first_rows, housekeeping

first_rows.add("core.calendars", ensure_calendars)
first_rows.add("core.zones", follow_zones)
housekeeping.add("core.calendars", fill_daily)
