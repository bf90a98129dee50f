"""The main job by mail, through the real doors: SMTP in, the open queues of two agents, SMTP out, and back again."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.demo import Demo, text_of

pytestmark = pytest.mark.browser
Open = Callable[..., Page]


def row(page: Page, subject: str) -> Locator:
    return page.locator("#ticket-list .row", has_text=subject)


def number_of(page: Page) -> str:
    """The number of the ticket that is open."""
    found = re.search(r"HD-\d+", page.url)
    assert found, page.url
    return found[0]


@pytest.mark.req("A1", "e-mail")
@pytest.mark.req("E5", "attachments")
@pytest.mark.req("A6", "history over channels")
def test_a_mail_is_answered_with_a_file_and_a_copy_and_the_customers_answer_comes_back(
    demo: Demo, open_as: Open, someone: str, tmp_path: Path
) -> None:
    subject = f"Washer leaks {someone[4:12]}"
    agent = open_as("agent")
    asked = demo.mail(someone, subject, "It leaks at the door.\n\nMia", name="Mia Berg")
    row(agent, subject).locator(".row-subject").click(timeout=15_000)
    expect(agent.locator("#thread")).to_contain_text("It leaks at the door.")
    number = number_of(agent)

    guide = tmp_path / "guide.txt"
    guide.write_text("Turn off the tap first.")
    agent.keyboard.press("r")
    agent.keyboard.type("Dear Mia, please read the guide.")
    agent.locator("[data-composer-input]").set_input_files(guide)
    expect(agent.locator("[data-composer-files] .file-name")).to_have_text("guide.txt")
    agent.locator("[data-composer-recipients]").click()
    agent.fill("#composer-cc", "landlord@house.example")
    agent.locator("hd-composer textarea").focus()
    agent.keyboard.press("Control+Enter")
    expect(agent.locator("#thread")).to_contain_text("please read the guide")

    answer = demo.wait_for(someone, "please read the guide")
    _is_a_proper_answer(answer, asked, subject)
    assert [part.get_filename() for part in answer.iter_attachments()] == ["guide.txt"]
    assert "landlord@house.example" in str(answer["Cc"])
    assert demo.wait_for("landlord@house.example", "please read the guide")["Message-ID"] == answer["Message-ID"]
    expect(agent.locator("#ticket-head")).to_contain_text("Waiting for customer", timeout=15_000)

    demo.mail(someone, f"Re: {subject}", "That helped, but it drips still.", name="Mia Berg", answers=answer)
    expect(agent.locator("#thread")).to_contain_text("it drips still", timeout=15_000)
    expect(agent.locator("#ticket-head .status")).to_contain_text("Open")
    found = demo.rows("SELECT id FROM tickets_ticket WHERE subject LIKE %s", f"%{subject}%")
    assert [f"HD-{key}" for (key,) in found] == [number]


def _is_a_proper_answer(answer: EmailMessage, asked: str, subject: str) -> None:
    assert subject in str(answer["Subject"])
    assert str(answer["Subject"]).startswith("Re: ")
    assert answer["In-Reply-To"] == asked
    assert asked in str(answer["References"])
    assert "support" in str(answer["From"])
    assert "demo.example" in str(answer["From"])
    html = answer.get_body(("html",))
    assert html is not None
    assert "please read the guide" in html.get_content()
    assert "Customer service" in text_of(answer)  # the team's signature


@pytest.mark.req("A1", "e-mail")
@pytest.mark.req("K8", "live push")
@pytest.mark.req("K2", "permissions per team")
def test_a_mail_slides_into_two_agents_open_queues_and_not_into_an_outsiders(
    demo: Demo, open_as: Open, someone: str
) -> None:
    mine, hers, outside = open_as("agent"), open_as("lead"), open_as("engineer")
    subject = f"Kettle hums {someone[4:12]}"
    demo.mail(someone, subject, "It hums.")
    row(mine, subject).wait_for(timeout=15_000)
    row(hers, subject).wait_for(timeout=15_000)
    outside.wait_for_timeout(1000)
    expect(row(outside, someone[4:12])).to_have_count(0)
