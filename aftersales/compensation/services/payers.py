"""Who carries a payout out: finance by hand, or the company's own system (ERP), which is told by a signed webhook.

The order to the other system is a row (`WebhookCall`) in the transaction of the payout: tried again with growing pauses,
parked when it never gets through, and found by the sweep whatever dies. The payout's key goes along, so that an order that
arrives twice is paid once.
"""

from __future__ import annotations

from aftersales.compensation.models import Means, MoneySetting, Payout
from tickets.automation.webhooks.queueing import queue_call

ORDER = "payout.order"
# A gift is packed by people; what stands in the ledger needs nobody.
_BY_SYSTEM = {Means.MONEY, Means.SUBSIDY}


def is_by_hand(payout: Payout, setting: MoneySetting) -> bool:
    """Whether finance pays it."""
    endpoint = setting.endpoint
    return endpoint is None or not endpoint.is_active or payout.means not in _BY_SYSTEM


def tell_payer(payout: Payout, setting: MoneySetting) -> None:
    """Hand the order to the company's system, if one is set up; else it waits on finance's page."""
    if not is_by_hand(payout, setting):
        assert setting.endpoint is not None, "what is not by hand has a system"
        queue_call(setting.endpoint, ORDER, ticket_id=payout.claim.ticket_id, data=payout.as_message())
