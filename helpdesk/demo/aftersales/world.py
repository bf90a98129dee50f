"""What claims of the demo stand on: causes, covers, service areas, engineers, outlets, parts; safe to run again."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from aftersales.claims.models import Cause, CauseGroup, ClaimKind
from aftersales.claims.services.causes import save_cause
from aftersales.outlets.models import OutletMember, Rate, Terms
from aftersales.outlets.services.stock import receive_parts
from aftersales.visits.models import Engineer, Outlet, ServiceArea, VisitNeed
from aftersales.visits.registrations import ensure_windows
from helpdesk.accounts.models import Shift, Skill, Staff, StaffSkill
from helpdesk.core.actors import SYSTEM
from helpdesk.customers.models import CoverPlan, Product
from helpdesk.demo.company import ACCESSORIES

# group, English, Chinese
CAUSES = (
    (CauseGroup.QUALITY, "Fault of a part", "零部件故障"),
    (CauseGroup.QUALITY, "Damaged on the way", "运输破损"),
    (CauseGroup.QUALITY, "Packed wrongly or incompletely", "错发漏发"),
    (CauseGroup.QUALITY, "Installed badly", "安装不规范"),
    (CauseGroup.PROCESS, "Came too late", "配送延误"),
    (CauseGroup.PROCESS, "Nobody called back", "未按约回电"),
    (CauseGroup.ATTITUDE, "Unfriendly on site", "上门态度差"),
    (CauseGroup.INFORMATION, "Page said something else", "页面描述不符"),
    (CauseGroup.INFORMATION, "Needed a paper", "需要凭证"),
    (CauseGroup.EXPECTATION, "Changed their mind", "不想要了"),
    (CauseGroup.EXPECTATION, "Became cheaper", "购买后降价"),
)
# English, Chinese, cities, beginnings of postal codes, the middle
AREAS = (
    ("Shanghai, west of the river", "上海浦西", ("上海", "Shanghai"), ("2000", "2002", "2003"), 31.22, 121.44),
    ("Shanghai Pudong", "上海浦东", (), ("2001", "2012"), 31.22, 121.55),
    ("Hangzhou", "杭州", ("杭州", "Hangzhou"), ("310",), 30.27, 120.15),
    ("Suzhou and Nanjing", "苏州与南京", ("苏州", "Suzhou", "南京", "Nanjing"), ("215", "210"), 31.30, 120.58),
    ("Beijing", "北京", ("北京", "Beijing"), ("100",), 39.90, 116.40),
    ("Shenzhen and Guangzhou", "深圳与广州", ("深圳", "Shenzhen", "广州", "Guangzhou"), ("518", "510"), 22.54, 114.06),
    ("The west", "西部", ("成都", "Chengdu", "西安", "Xi'an", "武汉", "Wuhan"), ("610", "710", "430"), 30.66, 104.06),
)  # fmt: skip
# user name → areas, where the day begins
ENGINEERS = {
    "engineer": (("Shanghai, west of the river", "Shanghai Pudong"), 31.23, 121.47),
    "ma.tao": (("Hangzhou",), 30.25, 120.17),
    "ren.jie": (("Suzhou and Nanjing", "Shanghai, west of the river"), 31.31, 120.62),
    "paul.w": (("Beijing",), 39.93, 116.45),
}
# English, Chinese, areas, rank, who answers for it, who goes
OUTLETS = (
    (
        "Blue Harbour Service",
        "蓝港维修服务部",
        ("Shenzhen and Guangzhou", "The west", "Shanghai, west of the river"),
        10,
        "outlet",
        "shi.lei",
    ),
    (
        "Honest Hands Repairs",
        "诚修家电维修站",
        ("Shenzhen and Guangzhou", "The west", "Beijing"),
        20,
        "bai.yu",
        "bai.yu",
    ),
)
RATES = {
    ClaimKind.REPAIR: ("90.00", "30.00"),
    ClaimKind.INSTALLATION: ("80.00", "20.00"),
    ClaimKind.DELIVERY_INSTALLATION: ("80.00", "20.00"),
}
SKILL = "Appliance faults"
AWAITED = "PT-BOARD"
EARLY, LATE = 8 * 60, 20 * 60


@transaction.atomic
def build() -> None:
    """Everything above; what people of the demo have changed stays."""
    _causes()
    _covers()
    _areas_and_engineers()
    _outlets()
    _parts()


def _causes() -> None:
    if not Cause.objects.exists():
        for group, name, name_zh in CAUSES:
            save_cause(None, name=name, name_zh=name_zh, group=group, by=SYSTEM)


def cause_named(name: str) -> str:
    """The key of one of the causes, by its English name."""
    return Cause.objects.values_list("key", flat=True).get(name=name)


def _covers() -> None:
    base, _made = CoverPlan.objects.get_or_create(
        key="lantian-36", defaults={"name": "Lantian warranty, 3 years", "name_zh": "蓝天整机保修三年", "months": 36}
    )
    base.products.set(Product.objects.filter(warranty_months=36))
    care, _made = CoverPlan.objects.get_or_create(
        key="care-24",
        defaults={
            "name": "Two years more, accidents included",
            "name_zh": "延保两年（含意外）",
            "months": 24,
            "is_extension": True,
            "covers_accidents": True,
        },
    )
    care.products.set(Product.objects.filter(is_serviced_on_site=True))


def _areas_and_engineers() -> None:
    ensure_windows()
    for name, name_zh, cities, postcodes, latitude, longitude in AREAS:
        ServiceArea.objects.get_or_create(
            name=name,
            defaults={
                "name_zh": name_zh, "cities": list(cities), "postcodes": list(postcodes),
                "latitude": latitude, "longitude": longitude,
            },
        )  # fmt: skip
    skill = Skill.objects.get(name=SKILL)
    for kind, minutes in ((ClaimKind.REPAIR, 60), (ClaimKind.INSTALLATION, 90), (ClaimKind.DELIVERY_INSTALLATION, 90)):
        VisitNeed.objects.get_or_create(kind=kind, category="", defaults={"skill": skill, "minutes": minutes})
    for nth, (username, (areas, latitude, longitude)) in enumerate(ENGINEERS.items()):
        engineer = _engineer(username, nth, skill)
        if engineer is not None:
            engineer.latitude, engineer.longitude = latitude, longitude
            engineer.save(update_fields=["latitude", "longitude"])
            engineer.areas.set(ServiceArea.objects.filter(name__in=areas))


def _engineer(username: str, nth: int, skill: Skill, outlet: Outlet | None = None) -> Engineer | None:
    """The person as an engineer who works every day from eight to eight; nothing when they are one already."""
    staff = Staff.objects.get(username=username)
    if Engineer.objects.filter(staff=staff).exists():
        return None
    StaffSkill.objects.get_or_create(staff=staff, skill=skill, defaults={"level": 3})
    Shift.objects.bulk_create(Shift(staff=staff, weekday=day, starts=EARLY, ends=LATE) for day in range(7))
    return Engineer.objects.create(staff=staff, outlet=outlet, phone=f"1390000{1000 + nth * 37}", most_a_day=8)


def _outlets() -> None:
    skill = Skill.objects.get(name=SKILL)
    for nth, (name, name_zh, areas, rank, keeper, goes) in enumerate(OUTLETS):
        outlet, made = Outlet.objects.get_or_create(
            name=name, defaults={"name_zh": name_zh, "rank": rank, "phone": f"0755-8800{1200 + nth}"}
        )
        if not made:
            continue
        outlet.areas.set(ServiceArea.objects.filter(name__in=areas))
        outlet.skills.set([skill])
        OutletMember.objects.create(outlet=outlet, staff=Staff.objects.get(username=keeper))
        _engineer(goes, 10 + nth, skill, outlet)
        Terms.objects.create(outlet=outlet, payee=name_zh, most_open=20)
        Rate.objects.bulk_create(
            Rate(outlet=outlet, kind=kind, labour=Decimal(labour), travel=Decimal(travel))
            for kind, (labour, travel) in RATES.items()
        )


def _parts() -> None:
    # the board is what claims wait for
    stocked = [seed.sku for seed in ACCESSORIES if seed.category == "part" and seed.sku != AWAITED]
    parts = Product.objects.filter(sku__in=stocked)
    prices = {seed.sku: seed.price for seed in ACCESSORIES}
    for outlet in (None, *Outlet.objects.order_by("rank")):
        for nth, product in enumerate(parts.order_by("sku")):
            receive_parts(
                outlet, product, 12 - 2 * nth, key=f"demo:{outlet.pk if outlet else 0}:{product.sku}", by=SYSTEM,
                note="Opening stock", unit_price=prices[product.sku] / 2,
            )  # fmt: skip
