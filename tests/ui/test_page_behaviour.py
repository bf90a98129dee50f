"""Menus, dialogs, toasts, palette, shortcuts, columns, themes, times and pictures in a browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import Site

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


def test_menu_opens_beside_its_button_and_obeys_the_arrows(open_page: Open) -> None:
    page = open_page("index-en-light")
    opener = page.locator("[popovertarget='guide-split']")
    opener.click()
    menu = page.locator("#guide-split")
    expect(menu).to_be_visible()
    assert opener.get_attribute("aria-expanded") == "true"
    box, button = menu.bounding_box(), opener.bounding_box()
    assert box is not None
    assert button is not None
    assert abs(box["x"] + box["width"] - button["x"] - button["width"]) < 2
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitem", name="Approve", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(opener).to_be_focused()


def test_menu_filters_while_typing_and_says_why_an_entry_is_closed(open_page: Open) -> None:
    page = open_page("index-en-light")
    page.locator("[popovertarget='guide-menu']").click()
    page.keyboard.type("clo")
    expect(page.get_by_role("menuitemradio", name="Open")).to_be_hidden()
    expect(page.locator("#guide-menu [aria-disabled='true']")).to_contain_text("A visit is still open")


def test_dialog_traps_focus_and_closes_by_escape(open_page: Open) -> None:
    page = open_page("index-en-light")
    opener = page.get_by_role("button", name="Open dialog")
    opener.click()
    expect(page.get_by_role("dialog", name="Delete this view?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(opener).to_be_focused()


@pytest.mark.req("E5", "undo send")
def test_toast_counts_its_seconds_and_undoes(open_page: Open) -> None:
    page = open_page("index-en-light")
    page.get_by_role("button", name="Show a toast").click()
    toast = page.locator("[data-toasts] .toast")
    expect(toast).to_contain_text("5 s")
    expect(toast).to_contain_text("4 s", timeout=3000)
    toast.get_by_role("button", name="Undo").click()
    expect(toast).to_have_count(0)


@pytest.mark.req("E5", "command palette")
def test_palette_finds_by_keyboard_and_opens(open_page: Open, site: Site) -> None:
    site.answers["/palette/"] = lambda call: (200, {"groups": [{"label": "Tickets", "items": [
        {"label": "HD-1 Leak", "icon": "inbox", "url": "/desk-en-light.html?first"},
        {"label": f"HD-2 {call.query.get('q', [''])[0]}", "icon": "inbox", "url": "/desk-en-light.html?second"}]}]})  # fmt: skip
    page = open_page("index-en-light")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search tickets, customers and commands")
    field.fill("washer")
    expect(page.get_by_role("option", name="HD-2 washer")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk-en-light.html?second")


def test_palette_that_gets_no_answer_says_so(open_page: Open, site: Site) -> None:
    site.answers["/palette/"] = lambda call: (500, {})
    page = open_page("index-en-light", strict=False)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option", name="Search does not answer")).to_be_visible()


@pytest.mark.req("E5", "keyboard shortcuts")
def test_question_mark_lists_the_shortcuts_and_typing_fires_none(open_page: Open) -> None:
    page = open_page("desk-en-light")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_contain_text("Next ticket")
    expect(sheet).to_contain_text("New ticket")
    page.keyboard.press("Escape")
    page.locator(".composer-text").focus()
    page.keyboard.type("?jn")
    expect(sheet).to_be_hidden()
    expect(page.locator("hd-composer")).to_have_attribute("data-mode", "reply")


def test_column_width_is_dragged_and_remembered(open_page: Open) -> None:
    page = open_page("desk-en-light")
    bar = page.get_by_role("separator", name="Width of the list")
    bar.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert page.locator(".col-list").bounding_box()["width"] == 428  # type: ignore[index]
    page.reload()
    page.wait_for_function("document.querySelector('.desk').style.getPropertyValue('--col-list') === '428px'")


@pytest.mark.req("K1", "works on a phone")
def test_phone_shows_one_column_and_walks_between_them(open_page: Open) -> None:
    page = open_page("ticket-en-light", width=390, height=844)
    expect(page.locator("#col-main")).to_be_visible()
    expect(page.locator("#col-list")).to_be_hidden()
    page.get_by_role("button", name="Context").click()
    expect(page.locator("#col-context")).to_be_visible()
    expect(page.locator("#col-main")).to_be_hidden()


def test_theme_changes_at_once_and_is_kept_in_a_cookie(open_page: Open) -> None:
    page = open_page("index-en-light")
    page.get_by_role("button", name="Dark").first.click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 15, 19)"
    assert "theme=dark" in page.evaluate("document.cookie")
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="As the device").first.click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(243, 242, 239)"
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 15, 19)"


@pytest.mark.req("K1", "times in the user's zone")
def test_times_follow_zone_and_language_with_the_exact_time_on_hover(open_page: Open) -> None:
    page = open_page("desk-zh-light")
    show = """([when, style]) => {
        const t = document.createElement('time');
        t.dateTime = when;
        t.dataset.time = style;
        document.body.append(t);
        return new Promise(done => setTimeout(() => done([t.textContent, t.title]), 50));
    }"""
    text, title = page.evaluate(show, ["2020-03-01T23:30:00+00:00", "clock"])
    assert "2020年3月2日" in text.replace(" ", "")
    assert "07:30" in text
    assert "星期一" in title
    assert page.locator(".row-time time").first.inner_text() == "2小时"


def test_clock_chip_changes_its_look_with_time(open_page: Open) -> None:
    page = open_page("index-en-light")
    looks = page.locator(".card [data-clock]").evaluate_all("chips => chips.slice(0, 6).map(c => c.dataset.look)")
    assert looks == ["calm", "risk", "warn", "over", "paused", "met"]
    words = page.locator(".card [data-clock] b").evaluate_all("all => all.slice(0, 6).map(b => b.textContent)")
    assert [word.split()[-1] for word in words] == ["left", "left", "left", "over", "paused", "8m"]


def test_pictures_open_in_a_viewer_that_walks(open_page: Open) -> None:
    page = open_page("desk-en-light")
    page.locator("[data-viewer='message-1']").first.click()
    viewer = page.get_by_role("dialog", name="Picture")
    expect(viewer).to_contain_text("1 of 2")
    page.keyboard.press("ArrowRight")
    expect(viewer).to_contain_text("2 of 2")
    page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
