"""What statistics stand on: outcomes of deadlines, what happened to tickets, and the totals that pages read."""

from analytics.models.happenings import DayCount, Happening, QueueSample, What
from analytics.models.outcomes import Outcome, OutcomeTotal

__all__ = ["DayCount", "Happening", "Outcome", "OutcomeTotal", "QueueSample", "What"]
