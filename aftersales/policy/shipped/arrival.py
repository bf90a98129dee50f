"""What came wrong: damaged on arrival, the wrong thing, something missing, not as described, never."""

from __future__ import annotations

from aftersales.policy.shipped.shape import Shipped, rule, when, within

_FIFTEEN, _UNTIL = within(15)
_WRONG = when("reason", "is", "damaged", "wrong_item", "missing", "not_as_described")
_ALL = ("return", "exchange", "refund_only", "missing_parts")

ARRIVAL = Shipped(
    "arrival",
    "Damaged, wrong, missing or late",
    "破损、错发、漏发与迟到",
    (
        rule(
            "small_kept",
            ("return", "refund_only"),
            "allowed",
            "We are sorry. You get your money back and may keep what came.",
            "很抱歉。我们为您退款，商品无需寄回。",
            _WRONG,
            when("has_photos", "is", True),
            when("amount", "at_most", 50),
            _FIFTEEN,
            until=_UNTIL,
            freight="company",
            keep_below="50",
            outcomes=("keep_item",),
        ),
        rule(
            "with_photos",
            _ALL,
            "allowed",
            "We are sorry. It is put right at our cost; until {until} you may choose how.",
            "很抱歉。{until} 前您可选择处理方式，费用由我们承担。",
            _WRONG,
            when("has_photos", "is", True),
            _FIFTEEN,
            until=_UNTIL,
            freight="company",
            outcomes=("refund", "exchange", "replacement_part", "store_credit"),
        ),
        rule(
            "without_photos",
            _ALL,
            "needs_approval",
            "Please add photos of what came: with them this is decided at once. Without them a person looks at it.",
            "请补充到货照片，有照片可即时处理；没有照片则由人工核实。",
            _WRONG,
            _FIFTEEN,
            until=_UNTIL,
            freight="company",
        ),
        rule(
            "late_report",
            _ALL,
            "needs_approval",
            "It was reported more than 15 days after delivery ({until}). A person looks at it.",
            "反馈时间已超过签收后 15 日（{until}），需人工核实。",
            _WRONG,
            when("days_since_delivery", "above", 15),
            until=_UNTIL,
            freight="company",
        ),
        rule(
            "never_came",
            ("refund_only", "return"),
            "allowed",
            "The order has not come. You get your money back.",
            "订单未送达，为您全额退款。",
            when("reason", "is", "late"),
            when("order_state", "is", "placed", "paid"),
            outcomes=("refund",),
        ),
        rule(
            "on_the_way",
            ("refund_only", "return"),
            "needs_approval",
            "The parcel is on its way. A person asks the carrier first.",
            "包裹在途，需先向承运商核实。",
            when("reason", "is", "late"),
            when("order_state", "is", "shipped"),
        ),
    ),
)
