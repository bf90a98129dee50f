"""Claims, their lines, their moves, and why things went wrong."""

from aftersales.claims.models.causes import Cause, CauseGroup
from aftersales.claims.models.choices import ABOUT_GOODS, ClaimKind, Condition, FilePurpose, Outcome, Reason, Verdict
from aftersales.claims.models.claims import NUMBER_PREFIX, OPEN, Claim, ClaimLine, ClaimMove, Transition
from aftersales.claims.models.files import ClaimFile

__all__ = [
    "ABOUT_GOODS",
    "NUMBER_PREFIX",
    "OPEN",
    "Cause",
    "CauseGroup",
    "Claim",
    "ClaimFile",
    "ClaimKind",
    "ClaimLine",
    "ClaimMove",
    "Condition",
    "FilePurpose",
    "Outcome",
    "Reason",
    "Transition",
    "Verdict",
]
