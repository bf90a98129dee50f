"""A customer who is signed in to the portal, and what they bought."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from aftersales.parcels.carriers import ensure_carriers
from aftersales.policy.services.shipping import ensure_rule_sets
from helpdesk.customers.models import Customer, OrderLine
from helpdesk.customers.sessions import start_session
from tests.aftersales.factories import make_order
from tests.customers.conftest import house, lin, other  # noqa: F401
from tests.portal.visitor import open_page, visitor  # noqa: F401


def signed_in(customer: Customer) -> Client:
    client = Client()
    identity = customer.identities.order_by("pk").first()
    assert identity
    client.cookies["portal_session"] = start_session(customer, identity)
    return client


def picture(name: str = "photo.jpg", colour: tuple[int, int, int] = (90, 120, 160)) -> SimpleUploadedFile:
    """A photo as a phone sends it."""
    file = BytesIO()
    Image.new("RGB", (60, 40), colour).save(file, "JPEG")
    return SimpleUploadedFile(name, file.getvalue(), "image/jpeg")


@pytest.fixture
def rules(db: None) -> None:
    """The policies and carriers that ship with the product."""
    ensure_rule_sets()
    ensure_carriers()


@pytest.fixture
def line(lin: Customer, rules: None) -> OrderLine:  # noqa: F811
    """A washer that was delivered three days ago."""
    now = timezone.now()
    return make_order(lin, quantity=1, placed_at=now - timedelta(days=5), delivered_at=now - timedelta(days=3))


@pytest.fixture
def client(lin: Customer) -> Client:  # noqa: F811
    return signed_in(lin)
