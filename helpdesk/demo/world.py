"""Teams, people, products, channel accounts, labels and customers of the demo; safe to run again."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from helpdesk.accounts.demo import DEMO_DOMAIN
from helpdesk.accounts.models import Membership, Staff, Team
from helpdesk.core.models import ChannelAccount, ChannelGrade, ChannelKind
from helpdesk.customers.models import (
    Customer,
    CustomerLevel,
    Identity,
    Order,
    OrderLine,
    OrderState,
    Organisation,
    Product,
)
from helpdesk.demo import operations
from helpdesk.demo.company import (
    ACCESSORIES,
    CITIES,
    CITIES_ZH,
    COMPANY,
    COMPANY_ZH,
    NAMES_EN,
    NAMES_ZH,
    PEOPLE,
    PRODUCTS,
    TEAMS,
)
from tickets.intake.models import SenderRule, SenderVerdict
from tickets.models import CannedReply, CustomField, FieldType, Kind, SavedView, Tag
from tickets.routing.models import AccountTeam

DEMO_CUSTOMER = "customer@demo.example"
ACCOUNTS = (
    (
        "support",
        ChannelKind.EMAIL,
        ChannelGrade.LONG_TAIL,
        "Support mailbox",
        "客服邮箱",
        "support@demo.example",
        "support",
    ),
    (
        "service",
        ChannelKind.EMAIL,
        ChannelGrade.LONG_TAIL,
        "After-sales mailbox",
        "售后邮箱",
        "service@demo.example",
        "after-sales",
    ),
    ("sms", ChannelKind.SMS, ChannelGrade.CORE, "Text messages", "短信", "", "support"),
)


def build() -> None:
    """Everything that stories need; what is there already stays."""
    teams = _teams()
    _people(teams)
    _accounts(teams)
    _products()
    _words(teams)
    _customers()
    operations.build(teams)


def _teams() -> dict[str, Team]:
    signature = f"{COMPANY} · +86 400 000 1234"
    for position, seed in enumerate(TEAMS):
        Team.objects.update_or_create(
            slug=seed.slug,
            defaults={
                "name": seed.name,
                "name_zh": seed.name_zh,
                "position": position,
                "is_default": seed.is_default,
                "signature": f"{seed.name}\n{signature}",
                "signature_zh": f"{seed.name_zh}\n{COMPANY_ZH} · 400 000 1234",
            },
        )
    return {team.slug: team for team in Team.objects.all()}


def _people(teams: dict[str, Team]) -> None:
    password = make_password(settings.DEMO_PASSWORD)  # one hash for all: scrypt is slow on purpose
    for seed in PEOPLE:
        staff, _created = Staff.objects.update_or_create(
            username=seed.username,
            defaults={
                "name": seed.name,
                "email": f"{seed.username}@{DEMO_DOMAIN}",
                "role": seed.role,
                "language": seed.language,
                "password": password,
            },
        )
        for slug in seed.teams:
            Membership.objects.update_or_create(staff=staff, team=teams[slug], defaults={"is_lead": seed.is_lead})


def _accounts(teams: dict[str, Team]) -> None:
    for slug, kind, grade, name, name_zh, address, team in ACCOUNTS:
        account, _created = ChannelAccount.objects.get_or_create(
            slug=slug,
            defaults={
                "kind": kind,
                "grade": grade,
                "name": name,
                "name_zh": name_zh,
                "address": address,
                "brand": COMPANY if kind == ChannelKind.EMAIL else "",
            },
        )
        AccountTeam.objects.get_or_create(account=account, defaults={"team": teams[team]})
    for slug in ("portal", "web-form", "api"):
        account = ChannelAccount.objects.get(slug=slug)
        AccountTeam.objects.get_or_create(account=account, defaults={"team": teams["support"]})


def _products() -> None:
    for seed in (*PRODUCTS, *ACCESSORIES):
        Product.objects.get_or_create(
            sku=seed.sku,
            defaults={
                "name": seed.name,
                "name_zh": seed.name_zh,
                "category": seed.category,
                "model": seed.sku,
                "warranty_months": seed.warranty_months,
                "traits": list(seed.traits),
                "is_serviced_on_site": seed.is_serviced_on_site,
            },
        )


def _words(teams: dict[str, Team]) -> None:
    for name in (
        "fault",
        "visit",
        "refund",
        "exchange",
        "delay",
        "invoice",
        "urgent",
        "故障",
        "上门",
        "退款",
        "换货",
        "发票",
    ):
        Tag.objects.get_or_create(name=name)
    fields = (
        ("order_number", "", FieldType.TEXT, "Order number", "订单号"),
        ("serial_number", Kind.REPAIR, FieldType.TEXT, "Serial number", "机身编号"),
        ("amount", Kind.RETURN, FieldType.NUMBER, "Amount", "金额"),
        ("preferred_date", Kind.REPAIR, FieldType.DATE, "Preferred date", "期望日期"),
    )
    for position, (key, kind, field_type, name, name_zh) in enumerate(fields):
        CustomField.objects.get_or_create(
            key=key,
            defaults={
                "kind": kind,
                "type": field_type,
                "name": name,
                "name_zh": name_zh,
                "is_public": True,
                "position": position,
            },
        )
    replies = (
        (
            "Ask for the serial number",
            "en",
            "Could you send us the serial number? It is on the label at the back or inside the door.",
        ),
        (
            "Refund is on its way",
            "en",
            "Your refund has been started. It is on your account within three working days.",
        ),
        (
            "Thank you and goodbye",
            "en",
            "Thank you, {{ customer.name }}. If anything else comes up, simply answer this message.",
        ),
        ("询问机身编号", "zh", "麻烦您提供机身编号，一般贴在机身背面或门框内侧的标签上。"),
        ("退款已发起", "zh", "退款已经发起，三个工作日内原路退回，请您留意。"),
        ("感谢反馈", "zh", "{{ customer.name }}您好，感谢您的反馈，有任何问题直接回复这条消息即可。"),
    )
    for title, language, body in replies:
        CannedReply.objects.get_or_create(title=title, defaults={"language": language, "body": body})
    SenderRule.objects.get_or_create(
        pattern="@promo.example", defaults={"verdict": SenderVerdict.BLOCK, "note": "Newsletters"}
    )
    SavedView.objects.get_or_create(
        name="Core customers", defaults={"name_zh": "核心客户", "filters": {"level": ["core"]}, "position": 1}
    )
    SavedView.objects.get_or_create(
        name="Refunds",
        defaults={"name_zh": "退款", "team": teams["online-shop"], "filters": {"kind": ["return"]}, "position": 2},
    )


def _customers() -> None:
    """Eighty people with identities and orders; the same at every run."""
    if Customer.objects.exists():
        return
    chance = random.Random(20261121)
    beacon = Organisation.objects.create(name="Beacon Design Studio", domain="beacon.example")
    people = [(name, "zh") for name in NAMES_ZH] + [(name, "en") for name in NAMES_EN]
    for nth, (name, language) in enumerate(people):
        level = (CustomerLevel.CORE, CustomerLevel.IMPORTANT)[nth % 2] if nth % 7 == 0 else CustomerLevel.ORDINARY
        customer = Customer.objects.create(
            name=name,
            language="zh-hans" if language == "zh" else "en",
            level=level,
            region=chance.choice(CITIES_ZH if language == "zh" else CITIES),
            organisation=beacon if nth % 23 == 5 else None,
            created_at=timezone.now() - timedelta(days=chance.randint(60, 2400)),
        )
        _identify(customer, nth)
        for _ in range(chance.choice((1, 1, 2, 2, 3, 5))):
            _order(customer, chance)


def _identify(customer: Customer, nth: int) -> None:
    address = DEMO_CUSTOMER if nth == 0 else f"customer{nth:02d}@mail.demo.example"
    phone = f"+86138{10_000_000 + nth * 7919:08d}"
    Identity.objects.create(customer=customer, kind="email", value=address, is_verified=True, is_primary=True)
    Identity.objects.create(customer=customer, kind="phone", value=phone, is_verified=True)
    if nth % 3 == 0:
        Identity.objects.create(customer=customer, kind="member", value=f"M{100200 + nth}", scope="lantian")


def _order(customer: Customer, chance: random.Random) -> None:
    placed = timezone.now() - timedelta(days=chance.randint(1, 700), minutes=chance.randint(0, 1440))
    age = (timezone.now() - placed).days
    state = OrderState.DELIVERED if age > 6 else chance.choice((OrderState.PAID, OrderState.SHIPPED))
    product = chance.choice(list(Product.objects.filter(sku__in=[seed.sku for seed in PRODUCTS]).order_by("sku")))
    price = next((seed.price for seed in PRODUCTS if seed.sku == product.sku), Decimal("99.00"))
    order = Order.objects.create(
        number=f"LT-{placed:%m%d}-{1000 + Order.objects.count() * 37 % 9000}",
        source="lantian.example",
        customer=customer,
        state=state,
        total=price,
        placed_at=placed,
        delivered_at=placed + timedelta(days=3) if state == OrderState.DELIVERED else None,
        shipping={
            "carrier": chance.choice(("SF", "YTO", "ZTO")),
            "tracking_number": f"SF{chance.randint(10**11, 10**12 - 1)}",
        },
    )
    serial = f"{product.sku}{placed:%y%m}B{chance.randint(10000, 99999)}"
    OrderLine.objects.create(order=order, product=product, quantity=1, unit_price=price, serial=serial)
