"""Fixed words of visits."""

from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy


class VisitState(models.TextChoices):
    """Asked for, then with a time and somebody who goes; there; at its end with a result, or never made."""

    ASKED = "asked", pgettext_lazy("visit", "To be arranged")
    BOOKED = "booked", pgettext_lazy("visit", "Arranged")
    CHECKED_IN = "checked_in", pgettext_lazy("visit", "On site")
    FINISHED = "finished", pgettext_lazy("visit", "Finished")
    CANCELLED = "cancelled", pgettext_lazy("visit", "Cancelled")


OPEN_STATES = (VisitState.ASKED, VisitState.BOOKED, VisitState.CHECKED_IN)


class VisitResult(models.TextChoices):
    """What came of it. Only `done` ends the work; after the others somebody comes again."""

    DONE = "done", pgettext_lazy("visit result", "Done")
    NEEDS_PART = "needs_part", pgettext_lazy("visit result", "A part is needed")
    NOBODY_HOME = "nobody_home", pgettext_lazy("visit result", "Nobody was there")
    NOT_POSSIBLE = "not_possible", pgettext_lazy("visit result", "Could not be done")


class AbsenceKind(models.TextChoices):
    ILL = "ill", pgettext_lazy("absence", "Ill")
    LEAVE = "leave", pgettext_lazy("absence", "On leave")
    OTHER = "other", pgettext_lazy("absence", "Elsewhere")


class PlanState(models.TextChoices):
    """A day plan is worked out in a worker."""

    WAITING = "waiting", pgettext_lazy("day plan", "Waiting")
    DONE = "done", pgettext_lazy("day plan", "Done")


class PlanEngine(models.TextChoices):
    """What worked the routes out."""

    ORTOOLS = "ortools", "OR-Tools"
    GREEDY = "greedy", pgettext_lazy("day plan", "Nearest first")
