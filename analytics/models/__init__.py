"""What statistics stand on: outcomes of deadlines, what happened to tickets and claims, and the totals that pages read."""

from analytics.models.claims import ClaimFact, ClaimTotal, OpenClaims
from analytics.models.happenings import DayCount, Happening, QueueSample, What
from analytics.models.outcomes import Outcome, OutcomeTotal
from analytics.models.predictions import PredictionModel, Risk
from analytics.models.what_ifs import WhatIf, WhatIfState, WhatIfTicket

__all__ = [
    "ClaimFact",
    "ClaimTotal",
    "DayCount",
    "Happening",
    "OpenClaims",
    "Outcome",
    "OutcomeTotal",
    "PredictionModel",
    "QueueSample",
    "Risk",
    "What",
    "WhatIf",
    "WhatIfState",
    "WhatIfTicket",
]
