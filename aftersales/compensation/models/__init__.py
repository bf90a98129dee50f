"""Payouts, receipts, compensation, and the settings that bound them."""

from aftersales.compensation.models.compensations import Compensation, CompensationState
from aftersales.compensation.models.payouts import Means, Payout, PayoutState, Purpose, Receipt, ReceiptMeans
from aftersales.compensation.models.setting import Basis, Limit, MoneySetting, ProposalRule

__all__ = [
    "Basis",
    "Compensation",
    "CompensationState",
    "Limit",
    "Means",
    "MoneySetting",
    "Payout",
    "PayoutState",
    "ProposalRule",
    "Purpose",
    "Receipt",
    "ReceiptMeans",
]
