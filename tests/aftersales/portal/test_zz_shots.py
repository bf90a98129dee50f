import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from aftersales.claims.models import Claim
from aftersales.claims.services.moving import move_claim
from aftersales.warranty.labels import label_code
from aftersales.warranty.services.registering import add_labelled
from helpdesk.core.actors import SYSTEM
from helpdesk.customers.models import Product
from tests.aftersales.factories import make_order
from tests.aftersales.portal.test_portal_in_browser import apply_for_exchange, photos, bought  # noqa

pytestmark = pytest.mark.browser
OUT = Path("/tmp/portal_shots")
OUT.mkdir(exist_ok=True)


def test_shots(open_page, visitor, bought, photos):
    now = timezone.now()
    Product.objects.filter(pk=bought.product_id).update(name_zh="滚筒洗衣机 W10 Pro")
    old = make_order(
        visitor.customer,
        quantity=2,
        number="LT-0712-" + visitor.number[-4:],
        placed_at=now - timedelta(days=60),
        delivered_at=now - timedelta(days=55),
    )
    Product.objects.filter(pk=old.product_id).update(name="Kettle K3", name_zh="电热水壶 K3")
    variants = [
        ("en", "light", (390, 844), "en"),
        ("zh", "dark", (390, 844), "zh"),
        ("en", "light", (1280, 900), "wide"),
    ]
    page = open_page("/portal/", signed_in=True, touch=True)
    apply_for_exchange(page, photos)
    page.get_by_role("heading", name="We have your application").wait_for()
    claim = Claim.objects.get(customer=visitor.customer)
    move_claim(claim.pk, "approve", by=SYSTEM)
    fresh = make_order(
        visitor.customer,
        quantity=1,
        number="LT-1118-" + visitor.number[-4:],
        placed_at=now - timedelta(days=3),
        delivered_at=now - timedelta(days=1),
    )
    Product.objects.filter(pk=fresh.product_id).update(name="Cooker hood filter", name_zh="油烟机滤网（2 片装）")
    reg = add_labelled(fresh.product_id, serial="K3-"+visitor.number[-6:], by=SYSTEM)
    paths = {"scan":f"/portal/scan/{label_code(reg)}/",
        "home": "/portal/",
        "step1": "/portal/apply/",
        "step2": f"/portal/apply/line-{fresh.pk}/",
        "step2old": f"/portal/apply/line-{old.pk}/",
        "step3": f"/portal/apply/line-{fresh.pk}/return/",
        "refused": f"/portal/apply/line-{old.pk}/return/",
        "invoice": f"/portal/apply/line-{fresh.pk}/invoice/",
        "claims": "/portal/claims/",
        "claim": f"/portal/claims/{claim.number}/",
        "products": "/portal/products/",
        "register": "/portal/products/register/",
        "product": f"/portal/products/line-{fresh.pk}/",
    }
    only = os.environ.get("ONLY")
    for lang, theme, size, tag in variants:
        page = open_page("/portal/", signed_in=True, size=size, language=lang, theme=theme)
        for name, path in paths.items():
            if only and name not in only.split(","):
                continue
            page.goto(visitor.url + path)
            page.wait_for_timeout(300)
            page.screenshot(path=OUT / f"{name}-{tag}.png", full_page=True)
        page.close()

    # SIMPLE
    page = open_page("/portal/", signed_in=True, size=(390,844), language="zh", theme="light")
    page.context.add_cookies([{"name": "portal_simple", "value": "1", "url": visitor.url}])
    for name in ("home", "step2", "step3", "claim"):
        page.goto(visitor.url + paths[name]); page.wait_for_timeout(300)
        page.screenshot(path=OUT/f"simple-{name}.png", full_page=True)
    page.close()
    stranger = open_page(paths["scan"], size=(390,844), language="zh")
    stranger.screenshot(path=OUT/"scan-stranger.png", full_page=True)
