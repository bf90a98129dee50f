"""What the tickets room gives to the administration pages: steps when people leave, names for the audit log, places."""

from __future__ import annotations

from helpdesk.core.registries import departures, job_handlers, team_closings, workloads
from tickets.services.handing_back import (
    MOVE_JOB,
    RELEASE_JOB,
    move_batch,
    move_tickets_of_team,
    release_batch,
    release_tickets_of,
    unfinished_work,
)

departures.add("tickets.owned", release_tickets_of)
team_closings.add("tickets.of_team", move_tickets_of_team)
workloads.add("tickets.unfinished", unfinished_work)
job_handlers.add(RELEASE_JOB, release_batch)
job_handlers.add(MOVE_JOB, move_batch)
