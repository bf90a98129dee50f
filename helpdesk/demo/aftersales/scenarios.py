"""What customers of the demo apply for, in their own words: reason, words, cause that was found, categories that fit."""

from __future__ import annotations

from dataclasses import dataclass

from aftersales.claims.models import ClaimKind, Reason


@dataclass(frozen=True)
class Matter:
    """One kind of trouble: its words in both languages, and what the review found (the English name of a cause)."""

    kind: str
    reason: str
    english: str
    chinese: str
    cause: str
    categories: tuple[str, ...] = ()
    has_photos: bool = False
    # how many days after the delivery (or the order, while nothing has been delivered) the customer applies
    days: tuple[int, int] = (1, 5)


MATTERS: tuple[Matter, ...] = (
    Matter(
        ClaimKind.RETURN,
        Reason.CHANGED_MIND,
        "It is louder than I thought and does not fit into the niche. Unused, everything is in the box.",
        "声音比想象的大，也放不进预留位置。未使用，配件齐全。",
        "Changed their mind",
        ("kettle", "cooker", "purifier", "vacuum"),
    ),
    Matter(
        ClaimKind.RETURN,
        Reason.NOT_AS_DESCRIBED,
        "The page says 1.7 litres, the label says 1.5.",
        "页面写 1.7 升，机身标签是 1.5 升，与描述不符。",
        "Page said something else",
        ("kettle", "cooker"),
        True,
    ),
    Matter(
        ClaimKind.RETURN,
        Reason.DEFECT,
        "It switched itself off twice on the first evening and smells burnt.",
        "第一天晚上就自动断电两次，还有焦味。",
        "Fault of a part",
        ("purifier", "vacuum", "cooker"),
    ),
    Matter(
        ClaimKind.EXCHANGE,
        Reason.DAMAGED,
        "There is a dent in the door, see the photos. I would like another one.",
        "箱门有凹陷，见照片，希望换一台。",
        "Damaged on the way",
        ("fridge", "dishwasher", "television"),
        True,
    ),
    Matter(
        ClaimKind.EXCHANGE,
        Reason.WRONG_ITEM,
        "I ordered the white one, this one is grey.",
        "我买的是白色，收到的是灰色。",
        "Packed wrongly or incompletely",
        ("purifier", "vacuum", "kettle", "cooker"),
        True,
    ),
    Matter(
        ClaimKind.REPAIR,
        Reason.DEFECT,
        "It stops halfway with E21 and does not drain.",
        "洗到一半停机报 E21，不排水。",
        "Fault of a part",
        ("washer", "dishwasher", "dryer"),
        days=(40, 500),
    ),
    Matter(
        ClaimKind.REPAIR,
        Reason.DEFECT,
        "It does not get cold any more, and hums all night.",
        "不制冷了，整夜嗡嗡响。",
        "Fault of a part",
        ("fridge", "air conditioner"),
        days=(30, 600),
    ),
    Matter(
        ClaimKind.REFUND_ONLY,
        Reason.DAMAGED,
        "The lid is cracked, but I can use it. I would keep it for a part of the price.",
        "盖子有裂纹，但还能用，希望退部分货款。",
        "Damaged on the way",
        ("kettle", "cooker"),
        True,
    ),
    Matter(
        ClaimKind.REFUND_ONLY,
        Reason.LATE,
        "It should have come last week. Please cancel it and give me my money back.",
        "说好上周到，一直没发货，请取消并退款。",
        "Came too late",
        ("kettle", "cooker", "vacuum"),
        days=(6, 9),
    ),
    Matter(
        ClaimKind.MISSING_PARTS,
        Reason.MISSING,
        "The hose is not in the box.",
        "箱内没有进水管。",
        "Packed wrongly or incompletely",
        ("washer", "dishwasher", "purifier"),
        True,
    ),
    Matter(
        ClaimKind.INSTALLATION,
        Reason.OTHER,
        "Delivered yesterday, please install it.",
        "昨天到货，请安排安装。",
        "Installed badly",
        ("air conditioner", "water heater", "hood", "dishwasher", "television"),
    ),
    Matter(
        ClaimKind.DELIVERY_INSTALLATION,
        Reason.OTHER,
        "Please bring it and install it on the same day.",
        "希望送货当天一并安装。",
        "Installed badly",
        ("washer", "fridge", "television"),
        days=(0, 1),
    ),
    Matter(
        ClaimKind.PRICE_PROTECTION,
        Reason.PRICE_DROPPED,
        "Three days after I bought it, it became 120 yuan cheaper.",
        "买完三天就降了 120 元。",
        "Became cheaper",
        ("washer", "fridge", "vacuum", "television"),
        days=(2, 9),
    ),
    Matter(
        ClaimKind.INVOICE,
        Reason.OTHER,
        "I need an invoice in my company's name.",
        "需要开公司抬头的发票。",
        "Needed a paper",
        (),
        days=(2, 60),
    ),
    Matter(
        ClaimKind.ADDRESS_CHANGE,
        Reason.OTHER,
        "I have moved; please bring it to the new address.",
        "搬家了，请改送到新地址。",
        "Packed wrongly or incompletely",
        ("washer", "fridge", "kettle"),
        days=(0, 2),
    ),
    Matter(
        ClaimKind.COMPLAINT,
        Reason.SERVICE,
        "Two appointments, nobody came, nobody called. I took two days off for nothing.",
        "约了两次都没人来，也没人打电话，白请了两天假。",
        "Nobody called back",
        ("washer", "air conditioner", "water heater"),
        days=(20, 90),
    ),
    Matter(
        ClaimKind.COMPLAINT,
        Reason.SERVICE,
        "The engineer shouted at my mother and left the kitchen dirty.",
        "师傅对我母亲大声嚷嚷，厨房弄得一团糟就走了。",
        "Unfriendly on site",
        ("hood", "dishwasher", "fridge"),
        days=(20, 90),
    ),
    Matter(
        ClaimKind.CASE,
        Reason.OTHER,
        "The consumer demands a refund and compensation: repaired twice, still faulty.",
        "消费者反映两次维修仍有故障，要求退货并赔偿。",
        "Fault of a part",
        ("washer", "fridge"),
        days=(60, 200),
    ),
)


def matters_of(kind: str) -> tuple[Matter, ...]:
    """The matters of one kind of claim."""
    return tuple(matter for matter in MATTERS if matter.kind == kind)
