"""The small pieces of HTML that rows and pages are made of."""

from datetime import UTC, datetime

import pytest
from django.forms import BooleanField, CharField, ChoiceField, Form, Textarea
from django.template.loader import render_to_string
from django.utils import translation

from helpdesk.core.templatetags import ui


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Li Na", "LN"),
        ("李娜", "娜"),
        ("Wang Fang 王芳", "芳"),
        ("@kitchen_lin", "KL"),
        ("li.na@example.cn", "LC"),
        ("Ann", "AN"),
        ("", "?"),
    ],
)
def test_initials_are_two_letters_or_the_last_chinese_character(name: str, expected: str) -> None:
    assert ui.initials(name) == expected


def test_tone_depends_on_the_person_only_and_stays_in_range() -> None:
    assert ui.tone(42) == ui.tone("42")
    assert {ui.tone(n) for n in range(200)} == {1, 2, 3, 4, 5, 6}


def row(**more: object) -> dict[str, object]:
    return {
        "id": 7, "number": "HD-7", "subject": "<b>Leak</b>", "customer_name": "O'Neil & co", "customer_level": "core",
        "customer_lang": "en", "preview": "<script>", "channel_kind": "email", "priority": "urgent", "status_category": "pending",
        "status_label": "On customer", "tags": ["a<b", "two", "three"], "owner_id": None, "owner_name": "", "is_unread": True,
        "last_activity_at": datetime(2026, 11, 21, 9, 0, tzinfo=UTC), "has_attachments": True,
        "clocks": [], "url": "/tickets/7/", "version": 3,
    } | more  # fmt: skip


def test_row_escapes_what_customers_wrote() -> None:
    html = render_to_string("components/ticket_row.html", {"row": row()})
    assert "<b>Leak" not in html
    assert "&lt;b&gt;Leak" in html
    assert "<script>" not in html
    assert "a&lt;b" in html


def test_row_is_the_same_for_every_viewer_and_carries_instants() -> None:
    html = render_to_string("components/ticket_row.html", {"row": row()})
    assert 'datetime="2026-11-21T09:00:00+00:00"' in html
    assert 'data-row="7"' in html
    assert 'data-version="3"' in html
    assert "Unassigned" in html


@pytest.mark.req("K1", "Chinese and English")
def test_marks_speak_the_readers_language() -> None:
    with translation.override("zh-hans"):
        html = render_to_string("components/ticket_row.html", {"row": row()})
    assert "核心" in html
    assert "优先级：紧急" in html
    assert "邮件" in html


def test_clock_carries_its_instants_and_escapes_its_label() -> None:
    due = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    html = ui.clock({"label": "<i>", "state": "running", "due_at": due, "is_at_risk": True})
    assert 'data-due="2026-11-21T10:00:00+00:00"' in html
    assert "data-risk" in html
    assert "<i>" not in html


def test_words_for_scripts_cannot_end_their_block() -> None:
    assert "</script" not in ui.ui_texts().removesuffix("</script>")


class SampleForm(Form):
    name = CharField(help_text="As on the invoice")
    story = CharField(widget=Textarea, required=False)
    reason = ChoiceField(choices=[("a", "A")])
    notify = BooleanField(required=False)


def test_form_field_ties_its_error_to_the_control() -> None:
    html = render_to_string("components/form.html", {"form": SampleForm({"reason": "x"}), "action": "/"})
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="help_id_name"' in html
    assert 'id="help_id_name"' in html
    assert 'class="textarea"' in html
    assert 'class="select"' in html
    assert 'class="check"' in html


@pytest.mark.parametrize("code", ["400", "403", "404", "429", "500", "503"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_error_pages_need_no_context(code: str, language: str) -> None:
    with translation.override(language):
        html = render_to_string(f"errors/{code}.html")
    assert code in html
    assert "<h1>" in html
    assert ("首页" in html) is (language == "zh-hans")
