"""Administrators keep the carriers; what would make an event homeless is refused."""

from __future__ import annotations

import pytest
from django.test import Client

from aftersales.parcels.carriers import carrier_of, ensure_carriers
from aftersales.parcels.models import Carrier
from aftersales.parcels.services.recording import prune_strays
from helpdesk.core.models import Event
from tests.aftersales.parcels.factories import say
from tests.factories import make_staff

pytestmark = pytest.mark.django_db
GIVEN = {"key": "best", "name": "Best Express", "name_zh": "百世快递", "codes": "kuaidi100:baishi\nkdniao:HTKY", "position": "50",
         "page": "https://best.example/{number}", "is_active": "on"}  # fmt: skip


@pytest.fixture
def browser() -> Client:
    ensure_carriers()
    client = Client(raise_request_exception=False)
    client.force_login(make_staff("adm", role="administrator"), backend="helpdesk.accounts.backends.StaffBackend")
    return client


def test_a_carrier_is_added_and_known_by_its_codes(browser: Client) -> None:
    assert browser.post("/settings/carriers/new/", GIVEN).status_code == 302
    added = Carrier.objects.get(key="best")
    assert added.codes == ["kuaidi100:baishi", "kdniao:htky"]
    assert carrier_of("HTKY", source="kdniao") == added
    assert carrier_of("BEST") == added
    assert carrier_of("nobody", source="kdniao").key == "other"
    assert Event.objects.filter(name="carrier.changed", subject_id=added.pk).count() == 1
    assert "Best Express" in browser.get("/settings/carriers/").content.decode()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"key": "sf"}, "already exists"),
        ({"codes": "shunfeng"}, "Write each code as"),
        ({"codes": "kuaidi100:shunfeng"}, "has one of these codes"),
        ({"codes": "\n".join(f"x:{nth}" for nth in range(30))}, "At most 20 entries"),
        ({"page": "javascript:alert(1){number}"}, "begins with https"),
        ({"page": "https://best.example/"}, "Write {number} where"),
        ({"name": ""}, "This field is required."),
        ({"position": "-1"}, "greater than or equal to 0"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_typed_is_lost(
    browser: Client, changed: dict[str, str], words: str
) -> None:
    answer = browser.post("/settings/carriers/new/", {**GIVEN, **changed})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert "百世快递" in page
    assert not Carrier.objects.filter(key="best").exists()


def test_nobody_overwrites_a_colleagues_change(browser: Client) -> None:
    carrier = Carrier.objects.get(key="sf")
    address = f"/settings/carriers/{carrier.pk}/"
    page = browser.get(address).content.decode()
    seen = page.split('name="seen" value="')[1].split('"')[0]
    Carrier.objects.filter(pk=carrier.pk).update(name="SF")
    answer = browser.post(address, {**GIVEN, "codes": "", "seen": seen})
    assert answer.status_code == 422
    assert Carrier.objects.get(pk=carrier.pk).name == "SF"


def test_the_carrier_of_what_nobody_can_name_stays(browser: Client) -> None:
    other = Carrier.objects.get(key="other")
    answer = browser.post(f"/settings/carriers/{other.pk}/", {**GIVEN, "is_active": "", "codes": "", "page": ""})
    assert "This one stays in use." in answer.content.decode()
    assert browser.get("/settings/carriers/999999/").status_code == 404


def test_a_carrier_out_of_use_cannot_be_chosen_and_its_events_still_count(browser: Client) -> None:
    from aftersales.parcels.selectors import carrier_choices

    Carrier.objects.filter(key="sf").update(is_active=False)
    assert "sf" not in dict(carrier_choices())
    assert say().fresh == 1


def test_what_was_said_of_unknown_numbers_is_forgotten_in_time() -> None:
    from datetime import timedelta

    from django.utils import timezone

    from helpdesk.core import clock

    say()
    assert prune_strays() == 0
    with clock.at(timezone.now() + timedelta(days=91)):
        assert prune_strays() == 1
