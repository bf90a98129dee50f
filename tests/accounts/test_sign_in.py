"""Signing staff in by the page: the same answer for a wrong name and a wrong password, and limits on guessing."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from helpdesk.accounts.models import Staff
from helpdesk.core import throttle
from helpdesk.core.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.req("K2", "password")]


@pytest.fixture
def agent() -> Staff:
    return Staff.objects.create_user("ann", password="long enough 1", name="Ann", email="ann@company.example")


def post(client: Client, username: str, password: str, **extra: str):
    return client.post("/sign-in/", {"username": username, "password": password, **extra})


def test_right_password_opens_a_session_and_goes_where_the_person_wanted(agent: Staff, client: Client) -> None:
    answer = post(client, "ann", "long enough 1", next="/tickets/?view=mine")
    assert answer.status_code == 302
    assert answer["Location"] == "/tickets/?view=mine"
    assert client.session["_auth_user_id"] == str(agent.pk)
    assert Event.objects.filter(name="staff.signed_in", subject_id=agent.pk).count() == 1


def test_e_mail_address_signs_in_too(agent: Staff, client: Client) -> None:
    assert post(client, "Ann@company.example", "long enough 1").status_code == 302


def test_an_address_elsewhere_is_not_followed(agent: Staff, client: Client) -> None:
    assert post(client, "ann", "long enough 1", next="https://evil.example/")["Location"] == "/"


def test_wrong_name_and_wrong_password_look_the_same(agent: Staff, client: Client) -> None:
    wrong, unknown = post(client, "ann", "no"), post(Client(), "bob", "no")
    assert wrong.status_code == unknown.status_code == 401
    sentence = b"The user name or the password is not right."
    assert sentence in wrong.content
    assert sentence in unknown.content
    assert "_auth_user_id" not in client.session


def test_guessing_is_stopped_even_with_the_right_password_at_the_end(agent: Staff, client: Client) -> None:
    codes = [post(client, "ann", f"guess {nth}").status_code for nth in range(10)]
    assert codes == [401] * 8 + [429] * 2
    assert post(client, "ann", "long enough 1").status_code == 429


SPELLINGS = [
    "ann",
    " ann ",
    "ann@company.example",
    "Ann@Company.example",
    "ANN@COMPANY.EXAMPLE",
    "ann@company.exampLe ",
]


def test_other_spellings_of_one_account_give_no_further_guesses(agent: Staff) -> None:
    for nth in range(8):
        post(Client(REMOTE_ADDR=f"10.1.0.{nth}"), SPELLINGS[nth % len(SPELLINGS)], f"guess {nth}")
    for nth, spelling in enumerate(SPELLINGS):
        client = Client(REMOTE_ADDR=f"10.2.0.{nth}")
        assert post(client, spelling, "long enough 1").status_code in {401, 429}
        assert "_auth_user_id" not in client.session


def test_a_closed_account_does_not_tell_which_other_names_are_its_own(agent: Staff) -> None:
    for nth in range(9):
        post(Client(REMOTE_ADDR=f"10.1.0.{nth}"), "ann", f"guess {nth}")
    own = post(Client(), "ann@company.example", "long enough 1")
    strange = post(Client(), "bob@company.example", "long enough 1")
    assert own.status_code == strange.status_code == 401
    assert b"is not right" in own.content
    assert b"is not right" in strange.content


def test_case_and_width_of_an_unknown_name_give_no_further_guesses(agent: Staff) -> None:
    names = ["bob", "BOB", "ｂｏｂ", " Bob "]
    codes = [post(Client(REMOTE_ADDR=f"10.1.0.{nth}"), names[nth % 4], "no").status_code for nth in range(10)]
    assert codes == [401] * 8 + [429] * 2


def test_one_ipv6_network_is_one_asker(agent: Staff) -> None:
    codes = [
        post(Client(REMOTE_ADDR=f"2001:db8:0:7::{nth:x}"), f"nobody{nth}", "no").status_code for nth in range(1, 43)
    ]
    assert codes == [401] * 40 + [429] * 2
    assert post(Client(REMOTE_ADDR="2001:db8:0:8::1"), "ann", "long enough 1").status_code == 302


def test_colleagues_who_sign_in_behind_one_address_are_not_held_up(agent: Staff) -> None:
    assert [post(Client(), "ann", "long enough 1").status_code for _ in range(45)] == [302] * 45


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_asker_is_the_address_or_its_ipv6_network(address: str, counted: str) -> None:
    assert throttle.asker(address) == counted


@pytest.mark.django_db(transaction=True)
def test_many_guesses_at_once_are_no_way_around_the_limit(agent: Staff, monkeypatch) -> None:
    """All are on their way before the first password is compared."""
    under_way = threading.Barrier(12)
    compared: list[int] = []

    def slow(self: Staff, password: str) -> bool:
        compared.append(1)
        time.sleep(0.5)
        return False

    def guess(nth: int) -> int:
        under_way.wait(10)
        try:
            return post(Client(), "ann", f"guess {nth}").status_code
        finally:
            connection.close()

    monkeypatch.setattr(Staff, "check_password", slow)
    with ThreadPoolExecutor(12) as pool:
        codes = sorted(pool.map(guess, range(12)))
    assert codes == [401] * 8 + [429] * 4
    assert len(compared) == 8


def test_inactive_person_cannot_sign_in(agent: Staff, client: Client) -> None:
    Staff.objects.filter(pk=agent.pk).update(is_active=False)
    assert post(client, "ann", "long enough 1").status_code == 401


def test_session_id_changes_at_sign_in_and_sign_out_needs_post(agent: Staff, client: Client) -> None:
    client.get("/sign-in/")
    before = client.session.session_key
    post(client, "ann", "long enough 1")
    assert client.session.session_key != before
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert "_auth_user_id" not in client.session


def test_password_change_ends_other_sessions(agent: Staff, client: Client) -> None:
    post(client, "ann", "long enough 1")
    agent.set_password("another long 2")
    agent.save()
    assert client.get("/sign-in/").status_code == 200


def test_chinese_page_for_a_chinese_browser(client: Client) -> None:
    page = client.get("/sign-in/", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert page["Content-Language"] == "zh-hans"
