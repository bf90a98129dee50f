"""The composer in a browser: drafts, files, notes, limits, suggestions, sending, and text that is never lost."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import Call, Site

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
SWAP = {
    'data-draft-url=""': 'data-draft-url="/draft"',
    'data-upload-url=""': 'data-upload-url="/upload"',
    'data-canned-url=""': 'data-canned-url="/canned"',
    'data-mentions-url=""': 'data-mentions-url="/mentions"',
    'action="#" hx-post="#"': 'action="#" hx-post="/send"',
}


def composer(open_page: Open, site: Site, **answers: Any) -> Page:
    site.answers |= {
        "/draft": answers.get("draft", lambda call: (200, {"version": 3, "saved_at": datetime.now(UTC).isoformat()})),
        "/upload": answers.get(
            "upload", lambda call: (200, {"id": "77", "name": "label.jpg", "size": 4, "kind": "image"})
        ),
        "/canned": lambda call: (200, {"items": [{"label": "greeting", "hint": "Hello", "text": "Dear customer,"}]}),
        "/mentions": lambda call: (200, {"items": [{"label": "He Min", "hint": "After-sales"}]}),
        "/send": answers.get(
            "send", lambda call: (200, '<article class="msg msg-out"><div class="bubble">sent</div></article>')
        ),
    }
    page = open_page("desk-en-light", swap=SWAP, strict=answers.get("strict", True))
    page.wait_for_function("customElements.get('hd-composer') && document.querySelector('hd-composer').ends")
    return page


def text_of(page: Page) -> Any:
    return page.get_by_role("textbox", name="Text of the answer")


@pytest.mark.req("E5", "drafts that survive")
def test_draft_goes_to_the_server_and_says_so(open_page: Open, site: Site) -> None:
    page = composer(open_page, site)
    with page.expect_response("**/draft"):
        text_of(page).fill("We will come on Thursday")
    expect(page.locator("[data-composer-state]")).to_contain_text("Draft saved")
    assert site.to("/draft")[-1].json()["text"] == "We will come on Thursday"
    assert page.evaluate("localStorage.getItem('draft:20871')") is None


@pytest.mark.req("E5", "drafts that survive")
def test_draft_that_the_server_refused_survives_a_reload(open_page: Open, site: Site) -> None:
    page = composer(open_page, site, draft=lambda call: (503, {}), strict=False)
    text_of(page).fill("Kept here")
    expect(page.locator("[data-composer-state]")).to_have_text("Draft kept in this browser")
    page.reload()
    expect(text_of(page)).to_have_value("Kept here")


@pytest.mark.req("E5", "keyboard shortcuts")
def test_ctrl_enter_sends_with_the_chosen_status(open_page: Open, site: Site) -> None:
    page = composer(open_page, site)
    text_of(page).fill("Thank you")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#thread > .msg").last).to_have_text("sent")
    expect(text_of(page)).to_have_value("")
    body = site.to("/send")[0].body.decode()
    assert 'name="then"\r\n\r\npending' in body or "then=pending" in body
    assert len(site.to("/send")) == 1


def test_failed_send_keeps_the_text_and_says_why(open_page: Open, site: Site) -> None:
    page = composer(open_page, site, send=lambda call: (500, "broken"), strict=False)
    text_of(page).fill("Must not vanish")
    page.get_by_role("button", name="Send, set waiting").click()
    expect(page.locator("[data-composer-error]")).to_contain_text("Nothing is lost")
    expect(text_of(page)).to_have_value("Must not vanish")


def test_empty_answer_is_not_sent(open_page: Open, site: Site) -> None:
    page = composer(open_page, site)
    text_of(page).fill("  ")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-composer-error]")).to_have_text("Write something first.")
    assert site.to("/send") == []


@pytest.mark.req("E5", "internal notes")
def test_n_turns_the_box_into_a_note(open_page: Open, site: Site) -> None:
    page = composer(open_page, site)
    page.locator(".ticket-head h2").click()
    page.keyboard.press("n")
    expect(page.get_by_role("button", name="Add note")).to_be_visible()
    expect(page.get_by_role("button", name="Send, set waiting")).to_be_hidden()
    page.get_by_role("textbox", name="Text of the note").fill("For us alone")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator("#thread > .msg").last).to_have_text("sent")
    body = site.to("/send")[0].body.decode()
    assert "note" in body


@pytest.mark.req("E5", "attachments")
def test_chosen_file_is_uploaded_and_its_id_posted(open_page: Open, site: Site) -> None:
    page = composer(open_page, site)
    page.locator("[data-composer-input]").set_input_files(
        {"name": "label.jpg", "mimeType": "image/jpeg", "buffer": b"\xff\xd8ok"}
    )
    expect(page.locator(".composer .file[data-file='77']")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#thread > .msg").last).to_have_text("sent")
    assert b"77" in site.to("/send")[0].body
    expect(page.locator(".composer .file")).to_have_count(0)


def test_refused_file_says_why(open_page: Open, site: Site) -> None:
    refuse = lambda call: (413, {"detail": "Files may have 20 MB."})  # noqa: E731
    page = composer(open_page, site, upload=refuse, strict=False)
    page.locator("[data-composer-input]").set_input_files(
        {"name": "big.bin", "mimeType": "application/octet-stream", "buffer": b"x"}
    )
    expect(page.locator("[data-composer-error]")).to_have_text("big.bin was not uploaded: Files may have 20 MB.")


@pytest.mark.req("E5", "canned replies")
def test_slash_offers_canned_replies(open_page: Open, site: Site) -> None:
    page = composer(open_page, site)
    text_of(page).fill("")
    text_of(page).press_sequentially("/gre")
    expect(page.get_by_role("option", name="greeting")).to_be_visible()
    page.keyboard.press("Enter")
    expect(text_of(page)).to_have_value("Dear customer,")
    assert site.to("/canned")[-1].query["q"] == ["gre"]


@pytest.mark.req("E5", "mentions")
def test_at_offers_colleagues(open_page: Open, site: Site) -> None:
    page = composer(open_page, site)
    text_of(page).fill("")
    text_of(page).press_sequentially("ask @He")
    expect(page.get_by_role("option", name="He Min")).to_be_visible()
    page.keyboard.press("Tab")
    expect(text_of(page)).to_have_value("ask @He Min ")


@pytest.mark.req("A7", "limits known before sending")
def test_channel_with_a_limit_counts_and_refuses_what_is_too_long(open_page: Open, site: Site) -> None:
    page = composer(open_page, site)
    page.get_by_role("button", name="E-mail").click()
    page.get_by_role("menuitemradio", name="SMS").click()
    text_of(page).fill("x" * 310)
    expect(page.locator("[data-composer-limit]")).to_have_text("10 characters over the limit")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-composer-error]")).to_have_text("10 characters over the limit")
    assert site.to("/send") == []


def test_recipients_open_with_cc_and_bcc(open_page: Open, site: Site) -> None:
    page = composer(open_page, site)
    page.locator("[data-composer-recipients]").click()
    page.get_by_role("textbox", name="Cc", exact=True).fill("boss@example.cn")
    expect(page.get_by_role("textbox", name="Bcc")).to_be_visible()
    page.wait_for_timeout(1000)
    assert site.to("/draft")[-1].json()["cc"] == "boss@example.cn"


def test_draft_changed_elsewhere_is_told(open_page: Open, site: Site) -> None:
    def conflict(call: Call) -> tuple[int, Any]:
        return 409, {"version": 9}

    page = composer(open_page, site, draft=conflict, strict=False)
    text_of(page).fill("mine")
    expect(page.locator("[data-composer-state]")).to_have_text("This draft was changed in another window")
