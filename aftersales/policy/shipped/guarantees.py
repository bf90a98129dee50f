"""China's three guarantees (三包), and repairs outside of a warranty.

Source: Provisions on the responsibility for repair, replacement and return of certain goods (1995), articles 9 to 12: return,
replacement or repair within 7 days of the sale for a fault of performance, replacement or repair within 15 days, and
replacement when two repairs within the term of the guarantee did not help.
"""

from __future__ import annotations

from aftersales.policy.shipped.shape import Shipped, rule, when, within

_SEVEN, _UNTIL_7 = within(7)
_FIFTEEN, _UNTIL_15 = within(15)
_FAULT = when("reason", "is", "defect")
_COVERED = when("is_in_warranty", "is", True)
_UNTIL_WARRANTY = {"days": 0, "from": "warranty"}

THREE_GUARANTEES = Shipped(
    "three_guarantees",
    "Three guarantees",
    "三包",
    (
        rule(
            "return_7",
            ("return", "exchange", "repair"),
            "allowed",
            "A fault within 7 days of delivery: until {until} you may choose a refund, an exchange or a repair, free of charge.",
            "签收后 7 日内出现性能故障：{until} 前可选择退货、换货或修理，费用由我们承担。",
            _FAULT,
            _SEVEN,
            until=_UNTIL_7,
            freight="company",
            outcomes=("refund", "exchange", "repair"),
        ),
        rule(
            "exchange_15",
            ("exchange", "repair"),
            "allowed",
            "A fault within 15 days of delivery: until {until} you may choose an exchange or a repair, free of charge.",
            "签收后 15 日内出现性能故障：{until} 前可选择换货或修理，费用由我们承担。",
            _FAULT,
            _FIFTEEN,
            until=_UNTIL_15,
            freight="company",
            outcomes=("exchange", "repair"),
        ),
        rule(
            "two_repairs",
            ("exchange",),
            "allowed",
            "It was repaired {repairs} times within its warranty and still has a fault, so it is exchanged free of charge.",
            "保修期内已修理 {repairs} 次仍不能正常使用，可凭修理记录免费换货。",
            _FAULT,
            _COVERED,
            when("repairs", "at_least", 2),
            until=_UNTIL_WARRANTY,
            freight="company",
            outcomes=("exchange",),
        ),
        rule(
            "two_repairs_return",
            ("return",),
            "needs_approval",
            "It was repaired {repairs} times within its warranty. It is exchanged; a refund, less the use that was had of it, is "
            "for a person to decide.",
            "保修期内已修理 {repairs} 次，应予换货；如无同型号可换，可退货并按日折旧，由人工确认。",
            _FAULT,
            _COVERED,
            when("repairs", "at_least", 2),
            until=_UNTIL_WARRANTY,
            freight="company",
            depreciation_percent="0.25",
        ),
        rule(
            "repair_in_warranty",
            ("repair",),
            "allowed",
            "It is in warranty until {warranty}, so it is repaired free of charge.",
            "商品在保修期内（至 {warranty}），免费修理。",
            _FAULT,
            _COVERED,
            until=_UNTIL_WARRANTY,
            freight="company",
            outcomes=("repair",),
        ),
        rule(
            "return_too_late",
            ("return",),
            "refused",
            "The 7 days for a return have passed. Until the 15th day after delivery ({until}) you may choose an exchange or a "
            "repair, free of charge.",
            "退货期限（7 日）已过。签收后 15 日内（{until} 前）可申请免费换货或修理。",
            _FAULT,
            _FIFTEEN,
            until=_UNTIL_15,
        ),
        rule(
            "exchange_too_late",
            ("return", "exchange"),
            "refused",
            "The time for a return (7 days) or an exchange (15 days) has passed. It is in warranty until {warranty}: please "
            "apply for a repair, which is free of charge.",
            "退货（7 日）与换货（15 日）期限已过。商品在保修期内（至 {warranty}），请申请免费修理。",
            _FAULT,
            _COVERED,
            when("days_since_delivery", "above", 15),
            until=_UNTIL_15,
        ),
    ),
)
OUT_OF_WARRANTY = Shipped(
    "out_of_warranty",
    "Repair out of warranty",
    "保外维修",
    (
        rule(
            "repair_with_quote",
            ("repair",),
            "allowed",
            "The warranty has ended ({warranty}). We look at it and send you a quote; nothing is done, and nothing charged, "
            "before you have accepted it.",
            "保修期已满（{warranty}）。我们检测后向您报价；未经您同意，不维修、不收费。",
            when("is_in_warranty", "is", False),
            is_free=False,
            needs_quote=True,
            freight="customer",
            outcomes=("repair",),
        ),
        rule(
            "too_old",
            ("return", "exchange"),
            "refused",
            "The warranty has ended ({warranty}), so it cannot be returned or exchanged. Please apply for a repair; you get a "
            "quote first.",
            "保修期已满（{warranty}），不能退换。请申请维修，我们会先向您报价。",
            when("reason", "is", "defect"),
            when("is_in_warranty", "is", False),
        ),
    ),
)
