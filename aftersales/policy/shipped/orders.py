"""About the order rather than the goods: price protection, the address, the invoice."""

from __future__ import annotations

from aftersales.policy.shipped.shape import Shipped, rule, when, within

_THIRTY, _UNTIL_30 = within(30, "order")
_YEAR, _UNTIL_YEAR = within(365, "order")

PRICE_PROTECTION = Shipped(
    "price_protection",
    "Price protection for 30 days",
    "30 天价保",
    (
        rule(
            "became_cheaper",
            ("price_protection",),
            "allowed",
            "It became cheaper within 30 days of your order (until {until}). You get the difference.",
            "下单后 30 天内（{until} 前）商品降价，为您退还差价。",
            _THIRTY,
            when("price_drop", "above", 0),
            until=_UNTIL_30,
            outcomes=("refund", "store_credit"),
        ),
        rule(
            "not_cheaper",
            ("price_protection",),
            "refused",
            "The price has not fallen since your order.",
            "自您下单以来，该商品没有降价。",
            when("price_drop", "at_most", 0),
        ),
        rule(
            "too_late",
            ("price_protection",),
            "refused",
            "Price protection ended on {until}, 30 days after the order.",
            "价保期限（下单后 30 天）已于 {until} 届满。",
            when("days_since_order", "above", 30),
            until=_UNTIL_30,
        ),
    ),
)
ADDRESSES = Shipped(
    "addresses",
    "Address change and intercept",
    "改地址与拦截",
    (
        rule(
            "not_sent",
            ("address_change",),
            "allowed",
            "The order has not been sent yet, so its address can be changed.",
            "订单尚未发货，可修改收货地址。",
            when("order_state", "is", "placed", "paid"),
            outcomes=("redirected",),
        ),
        rule(
            "on_the_way",
            ("address_change",),
            "needs_approval",
            "The parcel is on its way. We ask the carrier whether it can be redirected or stopped; it may not succeed.",
            "包裹已在途，我们将联系承运商改派或拦截，可能不成功。",
            when("order_state", "is", "shipped"),
        ),
        rule(
            "too_late",
            ("address_change",),
            "refused",
            "The order has been delivered or cancelled, so its address cannot be changed any more.",
            "订单已送达或已取消，无法再修改地址。",
            when("order_state", "is", "delivered", "cancelled", "returned"),
        ),
    ),
)
INVOICES = Shipped(
    "invoices",
    "Invoices within a year",
    "一年内开票",
    (
        rule(
            "unpaid",
            ("invoice",),
            "refused",
            "The order is not paid yet, or was cancelled. An invoice needs a paid order.",
            "订单尚未付款或已取消，无法开票。",
            when("order_state", "is", "placed", "cancelled"),
        ),
        rule(
            "within_a_year",
            ("invoice",),
            "allowed",
            "An invoice can be had until {until}.",
            "可在 {until} 前申请开票。",
            _YEAR,
            until=_UNTIL_YEAR,
            outcomes=("document",),
        ),
        rule(
            "too_late",
            ("invoice",),
            "needs_approval",
            "The order is more than a year old ({until}). A person in accounts looks at it.",
            "订单已超过一年（{until}），需财务人工核实。",
            when("days_since_order", "above", 365),
            until=_UNTIL_YEAR,
        ),
    ),
)
