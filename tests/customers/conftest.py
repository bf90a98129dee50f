"""What the portal stands on: labels, a default team, the accounts, a customer with a mail address and a number."""

from __future__ import annotations

import pytest

from helpdesk.core.models import ChannelKind
from helpdesk.customers.models import Customer, Identity
from tests.factories import make_account, make_customer, make_team
from tickets.labels import ensure_labels


@pytest.fixture
def house(db: None) -> None:
    """Labels, a default team, a mailbox, the portal, a form and an SMS account."""
    ensure_labels()
    make_team("Support", is_default=True)
    make_account("support")
    make_account("portal", kind=ChannelKind.PORTAL)
    make_account("web-form", kind=ChannelKind.FORM)
    make_account("sms", kind=ChannelKind.SMS, config={"gateway": "console"})


@pytest.fixture
def lin(house: None) -> Customer:
    """Lin, known by a mail address and a mobile number."""
    customer = make_customer("Lin", "lin@customer.example", language="en")
    Identity.objects.create(customer=customer, kind="phone", value="+8613800138000")
    return customer


@pytest.fixture
def other(house: None) -> Customer:
    return make_customer("Zhao", "zhao@customer.example")
