"""Signing in to the portal: a link in a mail, a code by SMS; nobody learns who is a customer, nothing lies in the clear."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone

from helpdesk.core import leasing
from helpdesk.core.errors import Permanent
from helpdesk.core.models import Delivery, Event, Job, ThrottleCount
from helpdesk.core.outgoing import PlainMessage
from helpdesk.core.registries import renderers
from helpdesk.customers.access import safe_next
from helpdesk.customers.models import Customer, Identity, PortalSession, SignInToken

pytestmark = pytest.mark.django_db
LINK = pytest.mark.req("K2", "link in a mail")
CODE = pytest.mark.req("K2", "code by SMS")


def ask(client: Client, entry: str, **extra: str):
    return client.post("/portal/sign-in/", {"entry": entry, **extra})


def work() -> None:
    """What the worker does: the job that looks the address up."""
    for job in Job.objects.filter(kind="customers.send_sign_in", state="ready"):
        leasing.run(Job, job.pk)


def last_sent() -> PlainMessage:
    """What the outbox would hand to the adapter for the newest delivery."""
    delivery = Delivery.objects.latest("pk")
    return renderers.get(delivery.purpose)(delivery)


def link_in(message: PlainMessage) -> str:
    found = re.search(r"https?://[^/\s]+(/portal/sign-in/link/\S+/)", message.text)
    assert found, message.text
    return found[1]


def get_link(client: Client, entry: str = "lin@customer.example", **extra: str) -> str:
    ask(client, entry, **extra)
    work()
    return link_in(last_sent())


# --- The link --------------------------------------------------------------------------------------------------------
@LINK
def test_link_in_a_mail_signs_in_and_leads_back_to_the_wanted_page(client: Client, lin: Customer) -> None:
    first = client.get("/portal/requests/")
    assert first["Location"] == "/portal/sign-in/?next=%2Fportal%2Frequests%2F"
    link = get_link(client, next="/portal/requests/")
    assert client.get(link).status_code == 200
    answer = client.post(link)
    assert answer["Location"] == "/portal/requests/"
    assert client.get("/portal/requests/").status_code == 200
    assert Event.objects.filter(name="customer.signed_in", customer_id=lin.pk).count() == 1


@LINK
def test_a_scanner_that_opens_the_link_signs_nobody_in(client: Client, lin: Customer) -> None:
    link = get_link(client)
    scanner = Client()
    for _ in range(3):
        page = scanner.get(link)
        assert page.status_code == 200
        assert "l•••@customer.example" in page.content.decode()
        assert "lin@customer.example" not in page.content.decode()
    assert "portal_session" not in scanner.cookies
    assert not PortalSession.objects.exists()
    assert client.post(link).status_code == 302


@LINK
def test_link_works_once(client: Client, lin: Customer) -> None:
    link = get_link(client)
    assert client.post(link).status_code == 302
    assert Client().post(link).status_code == 410
    assert PortalSession.objects.count() == 1


@LINK
def test_old_link_is_refused_and_never_sent_late(client: Client, lin: Customer) -> None:
    link = get_link(client)
    SignInToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(link).status_code == 410
    assert client.post(link).status_code == 410
    with pytest.raises(Permanent):
        last_sent()


@LINK
def test_using_one_link_uses_up_the_others(client: Client, lin: Customer) -> None:
    one, two = get_link(client), get_link(client)
    assert client.post(two).status_code == 302
    assert Client().post(one).status_code == 410


@LINK
def test_made_up_links_are_refused(client: Client, house: None) -> None:
    for text in ("a" * 43, "x", "a" * 500, "..%2F..", "0"):
        assert client.post(f"/portal/sign-in/link/{text}/").status_code in {404, 410}


@LINK
def test_link_survives_a_change_of_the_secret_key(client: Client, lin: Customer, settings) -> None:
    ask(client, "lin@customer.example")
    work()
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key that is long enough to be taken for one"
    link = link_in(last_sent())
    assert client.post(link).status_code == 302


# --- Nobody learns who is a customer ---------------------------------------------------------------------------------
@LINK
def test_answer_is_the_same_for_a_known_and_an_unknown_address(client: Client, lin: Customer) -> None:
    known, unknown = ask(client, "lin@customer.example"), ask(Client(), "lxx@customer.example")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    pages = [Client().get(known["Location"]).content, Client().get(unknown["Location"]).content]
    assert _without_csrf(pages[0]) == _without_csrf(pages[1])


@CODE
def test_answer_is_the_same_for_a_known_and_an_unknown_number(client: Client, lin: Customer) -> None:
    known, unknown = ask(client, "138 0013 8000"), ask(Client(), "138 0013 8001")
    shape = re.compile(r"reference=[^&]+&to=.*")
    assert shape.search(known["Location"])
    assert shape.search(unknown["Location"])
    work()
    first = client.post("/portal/sign-in/code/", _code_form(known["Location"], "000000"))
    second = Client().post("/portal/sign-in/code/", _code_form(unknown["Location"], "000000"))
    assert first.status_code == second.status_code == 422
    assert _neutral(first.content) == _neutral(second.content)


@LINK
def test_asking_costs_the_same_queries_for_both(
    client: Client, lin: Customer, django_assert_num_queries, django_assert_max_num_queries
) -> None:
    ask(Client(), "warm@customer.example")
    with django_assert_max_num_queries(40) as known:
        ask(client, "lin@customer.example")
    with django_assert_num_queries(len(known)):
        ask(Client(), "nobody@customer.example")


@LINK
def test_unknown_address_gets_nothing_and_becomes_no_customer(client: Client, lin: Customer) -> None:
    before = (Customer.objects.count(), Identity.objects.count())
    ask(client, "nobody@customer.example")
    work()
    assert not Delivery.objects.exists()
    assert (Customer.objects.count(), Identity.objects.count()) == before
    assert SignInToken.objects.get().sealed == ""


@LINK
@CODE
def test_secrets_and_addresses_lie_nowhere_in_the_clear(client: Client, lin: Customer, caplog) -> None:
    with caplog.at_level("DEBUG"):
        link = get_link(client)
        ask(client, "13800138000")
        work()
        code = re.search(r"\d{6}", last_sent().text)
        Client().post(link)
        Client().post(link)
    assert code
    secret = link.rstrip("/").rpartition("/")[2]
    rows = json.dumps(
        [
            list(Job.objects.values("args", "result", "reason")),
            list(SignInToken.objects.values("hash", "sealed", "next_path")),
            list(Delivery.objects.values("payload", "dedupe_key", "external_id", "order_key")),
            list(ThrottleCount.objects.values_list("key", flat=True)),
            list(Event.objects.values("data")),
            list(PortalSession.objects.values("hash")),
        ]
    )
    for canary in (secret, code[0], "lin@customer.example", "13800138000"):
        assert canary not in rows
        assert canary not in caplog.text


@LINK
@CODE
@pytest.mark.req("A5", "identities")
def test_a_number_that_somebody_named_beside_a_customers_address_opens_nothing(client: Client, lin: Customer) -> None:
    """A shop's contact form passes on what a visitor typed: Lin's address, and the visitor's own number."""
    from helpdesk.core.actors import SYSTEM
    from helpdesk.customers.identities import Known
    from helpdesk.customers.services.resolving import resolve_customer

    typed = [Known("email", "lin@customer.example"), Known("phone", "+8613911112222")]
    assert resolve_customer(typed, by=SYSTEM) == lin
    location = ask(client, "13911112222")["Location"]
    work()
    assert not Delivery.objects.exists()
    for code in ("000000", "123456"):
        assert client.post("/portal/sign-in/code/", _code_form(location, code)).status_code == 422
    # of somebody who writes for the first time, both may
    fresh = [Known("email", "mei@customer.example"), Known("phone", "+8613933334444")]
    mei = resolve_customer(fresh, by=SYSTEM)
    location, code = _get_code(client, "13933334444")
    assert client.post("/portal/sign-in/code/", _code_form(location, code)).status_code == 302
    assert PortalSession.objects.get().customer == mei


# --- The code --------------------------------------------------------------------------------------------------------
def _code_form(location: str, code: str) -> dict[str, str]:
    found = re.search(r"reference=([^&]+)", location)
    assert found
    return {"reference": found[1].replace("%3A", ":"), "code": code}


def _get_code(client: Client, number: str = "13800138000") -> tuple[str, str]:
    location = ask(client, number)["Location"]
    work()
    message = last_sent()
    found = re.search(r"\d{6}", message.text)
    assert found
    return location, found[0]


@CODE
def test_code_by_sms_signs_in(client: Client, lin: Customer) -> None:
    location, code = _get_code(client)
    assert client.get(location).status_code == 200
    answer = client.post("/portal/sign-in/code/", _code_form(location, f" {code[:3]} {code[3:]} "))
    assert answer.status_code == 302
    assert client.get("/portal/profile/").status_code == 200
    assert Identity.objects.get(kind="phone").is_verified


@CODE
def test_code_is_refused_after_five_tries_even_when_right(client: Client, lin: Customer) -> None:
    location, code = _get_code(client)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        assert client.post("/portal/sign-in/code/", _code_form(location, wrong)).status_code == 422
    assert client.post("/portal/sign-in/code/", _code_form(location, code)).status_code == 422
    assert not PortalSession.objects.exists()
    assert SignInToken.objects.get().attempts == 5


@CODE
def test_code_works_once_and_only_with_its_own_reference(client: Client, lin: Customer) -> None:
    location, code = _get_code(client)
    forged = {"reference": signing.TimestampSigner(salt="other").sign("1"), "code": code}
    assert client.post("/portal/sign-in/code/", forged).status_code == 422
    assert client.post("/portal/sign-in/code/", _code_form(location, code)).status_code == 302
    assert Client().post("/portal/sign-in/code/", _code_form(location, code)).status_code == 422


@CODE
def test_old_code_is_refused(client: Client, lin: Customer) -> None:
    location, code = _get_code(client)
    SignInToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.post("/portal/sign-in/code/", _code_form(location, code)).status_code == 422


@CODE
@pytest.mark.parametrize("code", ["", "abc", "１２３４５６", "9" * 400, "\x00", "٣٤٥٦٧٨"])
def test_odd_codes_get_a_clear_answer(client: Client, lin: Customer, code: str) -> None:
    location, _right = _get_code(client)
    assert client.post("/portal/sign-in/code/", _code_form(location, code)).status_code == 422


@CODE
def test_numbers_are_refused_politely_where_no_sms_account_is_set_up(client: Client, lin: Customer) -> None:
    from helpdesk.core.models import ChannelAccount

    ChannelAccount.objects.filter(kind="sms").update(is_active=False)
    assert ask(client, "13800138000").status_code == 422


# --- Limits ----------------------------------------------------------------------------------------------------------
@LINK
def test_asking_is_limited_per_address_alike_for_known_and_unknown(house: None, lin: Customer) -> None:
    def codes(address: str, net: str) -> list[int]:
        return [
            Client(REMOTE_ADDR=f"10.{net}.0.{nth}").post("/portal/sign-in/", {"entry": address}).status_code
            for nth in range(7)
        ]

    assert codes("lin@customer.example", "1") == codes("none@customer.example", "2") == [302] * 5 + [429] * 2


@LINK
def test_asking_is_limited_per_asker(client: Client, house: None) -> None:
    answers = [ask(client, f"a{nth}@customer.example") for nth in range(12)]
    assert [answer.status_code for answer in answers] == [302] * 10 + [429] * 2
    assert int(answers[-1]["Retry-After"]) > 0
    assert "a11@customer.example" in answers[-1].content.decode()


@CODE
def test_codes_are_limited_per_number_and_day(house: None, lin: Customer) -> None:
    seen = []
    for nth in range(12):
        answer = Client(REMOTE_ADDR=f"10.3.0.{nth}").post("/portal/sign-in/", {"entry": "13800138000"})
        seen.append(answer.status_code)
        # the hour's window is over, the day's is not
        ThrottleCount.objects.filter(key__contains=":3600:").delete()
    assert seen == [302] * 10 + [429] * 2


@CODE
def test_codes_are_limited_for_the_whole_house_per_day(client: Client, lin: Customer, monkeypatch) -> None:
    from helpdesk.customers.services import signing_in

    monkeypatch.setattr(signing_in, "CODES_PER_DAY", 1)
    assert ask(client, "13800138000").status_code == 302
    assert ask(client, "13800138001").status_code == 429


@LINK
@CODE
def test_trying_is_limited_per_asker(client: Client, house: None) -> None:
    answers = [client.post(f"/portal/sign-in/link/{'a' * 40}{nth}/").status_code for nth in range(22)]
    assert answers == [410] * 20 + [429] * 2


# --- Sessions --------------------------------------------------------------------------------------------------------
@LINK
def test_session_cookie_is_the_portals_own_and_safe(client: Client, lin: Customer, settings) -> None:
    link = get_link(client)
    settings.HTTPS = True
    cookie = client.post(link).cookies["portal_session"]
    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    assert cookie.value not in json.dumps(list(PortalSession.objects.values_list("hash", flat=True)))


@LINK
def test_every_sign_in_has_a_session_of_its_own(lin: Customer) -> None:
    one, two = Client(), Client()
    first = one.post(get_link(one)).cookies["portal_session"].value
    second = two.post(get_link(two)).cookies["portal_session"].value
    assert first != second


@LINK
def test_signing_out_ends_this_browser_and_everywhere_ends_all(lin: Customer) -> None:
    one, two, three = Client(), Client(), Client()
    for browser in (one, two, three):
        browser.post(get_link(browser))
    stolen = one.cookies["portal_session"].value
    assert one.get("/portal/sign-out/").status_code == 405
    one.post("/portal/sign-out/")
    assert two.get("/portal/profile/").status_code == 200
    one.cookies["portal_session"] = stolen
    assert one.get("/portal/profile/").status_code == 302
    two.post("/portal/sign-out/", {"everywhere": "1"})
    assert three.get("/portal/profile/").status_code == 302


@LINK
def test_session_slides_but_not_for_ever(client: Client, lin: Customer) -> None:
    client.post(get_link(client))
    PortalSession.objects.update(last_seen_at=timezone.now() - timedelta(days=2))
    assert client.get("/portal/profile/").cookies["portal_session"]["max-age"] > 29 * 86400
    PortalSession.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get("/portal/profile/").status_code == 302


@LINK
def test_a_staff_session_is_no_portal_session(client: Client, lin: Customer) -> None:
    from tests.factories import make_staff

    client.force_login(make_staff("ann"))
    assert client.get("/portal/profile/").status_code == 302


@LINK
def test_signing_in_needs_a_csrf_token(lin: Customer) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/portal/sign-in/", {"entry": "lin@customer.example"}).status_code == 403
    assert strict.post("/portal/sign-out/").status_code == 403
    assert not SignInToken.objects.exists()


@LINK
def test_private_pages_are_not_cached(client: Client, lin: Customer) -> None:
    client.post(get_link(client))
    assert "no-store" in client.get("/portal/profile/")["Cache-Control"]


@pytest.mark.req("A5", "one customer, one profile")
def test_a_merged_profile_signs_in_as_the_one_that_stayed(client: Client, lin: Customer, other: Customer) -> None:
    Customer.objects.filter(pk=other.pk).update(merged_into=lin)
    client.post(get_link(client, "zhao@customer.example"))
    page = client.get("/portal/profile/").content.decode()
    assert "lin@customer.example" in page


@LINK
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("/portal/requests/HD-1/", "/portal/requests/HD-1/"),
        ("https://evil.example/portal/", ""),
        ("//evil.example/portal/", ""),
        ("/portal/\\evil.example", ""),
        ("/tickets/", ""),
        ("/portal/sign-out/", ""),
        ("javascript:alert(1)", ""),
        ("/portal/\r\nSet-Cookie: a=b", ""),
        ("/portal/" + "a" * 400, ""),
        (None, ""),
    ],
)
def test_only_portal_pages_are_returned_to(given: str | None, kept: str) -> None:
    assert safe_next(given) == kept


@LINK
@pytest.mark.parametrize(
    "entry", ["", "   ", "nobody", "a@", "@b", "12", "\x00@x.y", "a" * 300, "🙂", "a@b c", "+00000000000"]
)
def test_what_is_no_address_gets_a_clear_error(client: Client, house: None, entry: str) -> None:
    answer = ask(client, entry)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not SignInToken.objects.exists()


@pytest.mark.req("K1", "Chinese and English")
def test_mail_speaks_the_language_in_which_they_asked(lin: Customer) -> None:
    get_link(Client(HTTP_ACCEPT_LANGUAGE="zh-CN"))
    assert last_sent().language == "zh-hans"
    assert "登录" in last_sent().text
    assert last_sent().is_auto


def _without_csrf(page: bytes) -> bytes:
    return re.sub(rb'csrfmiddlewaretoken" value="[^"]+"|X-CSRFToken": "[^"]+"', b"", page)


def _neutral(page: bytes) -> bytes:
    return re.sub(rb'name="reference" value="[^"]+"', b"", _without_csrf(page))
