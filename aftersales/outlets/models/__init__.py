"""What outlets are made of; import from here."""

from aftersales.outlets.models.people import OutletMember, Rate, Terms
from aftersales.outlets.models.settlements import LineKind, Settlement, SettlementLine, SettlementState
from aftersales.outlets.models.stock import PartStock, PartWait, StockMove, StockMoveKind
from aftersales.outlets.models.work import OPEN_WORK, OfferState, WorkOffer, WorkOrder, WorkState

__all__ = [
    "OPEN_WORK",
    "LineKind",
    "OfferState",
    "OutletMember",
    "PartStock",
    "PartWait",
    "Rate",
    "Settlement",
    "SettlementLine",
    "SettlementState",
    "StockMove",
    "StockMoveKind",
    "Terms",
    "WorkOffer",
    "WorkOrder",
    "WorkState",
]
