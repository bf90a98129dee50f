"""Signing staff in by the page: the same answer for a wrong name and a wrong password, and limits on guessing."""

import pytest
from django.test import Client

from helpdesk.accounts.models import Staff
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
