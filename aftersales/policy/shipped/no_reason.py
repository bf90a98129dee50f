"""The no-reason return within seven days (七日无理由退货).

Source: Law of the PRC on the Protection of Consumer Rights and Interests, article 25, and the interim measures for the
no-reason return of goods bought online within seven days (SAIC order 90, as amended in 2020), articles 6 to 9 and 18: the
days count from the day after the receipt; what is excluded by law, and what may be excluded when the buyer agreed to it;
opening the package to look at the thing does not spoil it; the way back is at the buyer's cost unless agreed otherwise.
"""

from __future__ import annotations

from aftersales.policy.shipped.shape import Shipped, rule, when, within

_SEVEN, _UNTIL = within(7)
_MIND = when("reason", "is", "changed_mind", "other")
_BACK = ("return", "exchange")

NO_REASON = Shipped(
    "no_reason_return",
    "No-reason return within 7 days",
    "七日无理由退货",
    (
        rule(
            "not_delivered",
            ("return", "refund_only"),
            "allowed",
            "The order has not been sent yet, so it can be cancelled with a full refund.",
            "订单尚未发货，可取消并全额退款。",
            _MIND,
            when("order_state", "is", "placed", "paid"),
            outcomes=("refund",),
        ),
        rule(
            "excluded_by_law",
            _BACK,
            "refused",
            "Things made to measure, fresh goods, digital content and newspapers cannot be returned without a reason.",
            "定作、鲜活易腐、数字化商品以及交付的报刊，不适用七日无理由退货。",
            _MIND,
            when("traits", "has", "custom_made", "perishable", "digital", "press"),
        ),
        rule(
            "opened_media",
            _BACK,
            "refused",
            "Media and software cannot be returned without a reason once they are opened.",
            "已拆封的音像制品、计算机软件，不适用七日无理由退货。",
            _MIND,
            when("traits", "has", "media"),
            when("is_opened", "is", True),
        ),
        rule(
            "opened_hygiene",
            _BACK,
            "refused",
            "For reasons of hygiene this cannot be returned without a reason once it is opened; you agreed to that when you "
            "bought it.",
            "该商品拆封后影响人身安全或健康，购买时已经您确认，不适用七日无理由退货。",
            _MIND,
            when("traits", "has", "hygiene"),
            when("is_opened", "is", True),
        ),
        rule(
            "activated",
            _BACK,
            "needs_approval",
            "Once activated or tried out this loses much of its value. A person looks at it.",
            "该商品激活或试用后价值贬损较大，需人工核实。",
            _MIND,
            when("traits", "has", "activated"),
            when("is_used", "is", True),
            _SEVEN,
            until=_UNTIL,
            freight="customer",
        ),
        rule(
            "clearance",
            _BACK,
            "refused",
            "It was sold as near its expiry date or with a named flaw, and cannot be returned without a reason.",
            "销售时已明示的临近保质期或有瑕疵的商品，不适用七日无理由退货。",
            _MIND,
            when("traits", "has", "clearance"),
        ),
        rule(
            "used",
            _BACK,
            "needs_approval",
            "It has been used, or something that came with it is missing. A person looks at it.",
            "商品已使用或配件不齐，是否完好需人工核实。",
            _MIND,
            _SEVEN,
            when("is_complete", "is", False),
            until=_UNTIL,
            freight="customer",
        ),
        rule(
            "within_seven_days",
            _BACK,
            "allowed",
            "It can be returned without a reason until {until}, 7 days after delivery. Opening the package to look at it is "
            "fine; the way back is at your cost.",
            "签收次日起 7 日内（{until} 前）可无理由退货。为查验而拆封不影响退货；退回运费由您承担。",
            _MIND,
            _SEVEN,
            until=_UNTIL,
            freight="customer",
            outcomes=("refund", "exchange", "store_credit"),
        ),
        rule(
            "too_late",
            _BACK,
            "refused",
            "The 7 days for a return without a reason ended on {until}.",
            "七日无理由退货期限已于 {until} 届满。",
            _MIND,
            when("days_since_delivery", "above", 7),
            until=_UNTIL,
        ),
    ),
)
