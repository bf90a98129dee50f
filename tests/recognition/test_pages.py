"""The pages of recognition: triage, the ticket's panel, filters, and what a supervisor sets up."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from helpdesk.core.models import Event, Job
from tests.factories import actor, make_ticket
from tests.recognition.conftest import House, SignIn
from tickets.models import Kind, Message, Ticket
from tickets.routing.recognition.model import Head, Model, dump
from tickets.routing.recognition.models import Recognition, RecognitionRule, TrainedModel
from tickets.routing.recognition.services.facts import ensure_facts
from tickets.routing.recognition.services.models import settings_row
from tickets.services.replying import Reply, reply_to_ticket

pytestmark = pytest.mark.django_db


def unsure(house: House, number: int = 1) -> list[Ticket]:
    """Tickets that wait in the triage view."""
    found = []
    for nth in range(number):
        ticket = make_ticket(
            account=house.support, subject=f"Question {nth}", text="hm", address=f"c{nth}@customer.example"
        )
        Recognition.objects.filter(ticket=ticket).update(
            needs_triage=True,
            guesses=[["repair", 0.41], ["return", 0.3], ["enquiry", 0.1]],
            confidence=0.41,
            message_id=1,
        )
        found.append(ticket)
    return found


def metrics() -> dict[str, Any]:
    head = {
        "texts": 20, "accuracy": 0.9, "macro_f1": 0.89, "calibration_error": 0.02, "confusion": [[9, 1], [1, 9]],
        "classes": [{"name": "repair", "f1": 0.9, "texts": 10}, {"name": "return", "f1": 0.88, "texts": 10}],
        "curve": [{"threshold": round(step * 0.05, 2), "coverage": 1 - step / 40, "accuracy": 0.9} for step in range(20)],
    }  # fmt: skip
    return {"kind": head}


def some_model(number: int = 1) -> TrainedModel:
    heads = {"kind": Head(("repair", "return"), np.zeros((2, 0), np.float32), np.zeros(2, np.float32))}
    data, digest = dump(Model(np.zeros(0, np.int32), np.zeros(0, np.float32), heads))
    return TrainedModel.objects.create(number=number, weights=data, sha256=digest, metrics=metrics())


class TestTriage:
    @pytest.mark.req("B2", "triage")
    def test_unsure_tickets_wait_with_their_guesses_and_one_click_sorts_them(
        self, house: House, as_staff: SignIn
    ) -> None:
        first, second = unsure(house, 2)
        browser = as_staff(house.agent)
        page = browser.get("/triage/").content.decode()
        assert page.index(first.number) < page.index(second.number)
        assert "41" in page
        assert 'data-shortcut="1"' in page
        assert page.count('data-shortcut="7"') == 1
        answer = browser.post(f"/triage/{first.number}/", {"kind": "return"}, headers={"HX-Request": "true"})
        assert answer.status_code == 200
        assert first.number not in answer.content.decode()
        assert second.number in answer.content.decode()
        assert Ticket.objects.get(pk=first.pk).kind == Kind.RETURN
        assert Event.objects.filter(name="ticket.kind_corrected", ticket_id=first.pk).count() == 1
        assert browser.post(f"/triage/{second.number}/", {"kind": "repair"}).status_code == 302
        assert "Nothing to sort" in browser.get("/triage/").content.decode()

    def test_what_the_customer_wrote_first_is_shown_not_the_latest_answer(self, house: House, as_staff: SignIn) -> None:
        (ticket,) = unsure(house)
        Message.objects.filter(ticket=ticket).update(text="The opening words of the customer")
        reply_to_ticket(ticket.pk, Reply("Thank you, we are looking."), by=actor(house.agent))
        Ticket.objects.filter(pk=ticket.pk).update(preview="Thank you, we are looking.")
        page = as_staff(house.agent).get("/triage/").content.decode()
        assert "The opening words of the customer" in page
        assert "we are looking" not in page

    @pytest.mark.req("B2", "triage")
    def test_everybody_sees_only_tickets_of_their_own_queues(self, house: House, as_staff: SignIn) -> None:
        (ticket,) = unsure(house)
        assert ticket.number not in as_staff(house.outsider).get("/triage/").content.decode()
        assert as_staff(house.outsider).post(f"/triage/{ticket.number}/", {"kind": "repair"}).status_code == 404
        assert ticket.number in as_staff(house.supervisor).get("/triage/").content.decode()

    def test_nonsense_is_refused_with_words(self, house: House, as_staff: SignIn) -> None:
        (ticket,) = unsure(house)
        for kind in ("", "nonsense", "\x00"):
            answer = as_staff(house.agent).post(f"/triage/{ticket.number}/", {"kind": kind})
            assert answer.status_code == 400
        assert as_staff(house.agent).get("/triage/?cursor=x").status_code == 400

    def test_the_page_costs_the_same_whatever_its_length(self, house: House, as_staff: SignIn) -> None:
        browser = as_staff(house.agent)
        unsure(house, 1)
        browser.get("/triage/")

        def cost() -> int:
            with CaptureQueriesContext(connection) as queries:
                assert browser.get("/triage/").status_code == 200
            return len(queries)

        few = cost()
        unsure(house, 40)
        assert cost() == few <= 8

    def test_the_next_page_begins_behind_the_last_row(self, house: House, as_staff: SignIn) -> None:
        tickets = unsure(house, 35)
        page = as_staff(house.agent).get("/triage/").content.decode()
        assert tickets[29].number + "/" in page
        assert f"/{tickets[30].number}/" not in page
        cursor = page.split('rel="next"')[0].rsplit("cursor=", 1)[1].split('"')[0]
        assert f"/{tickets[30].number}/" in as_staff(house.agent).get(f"/triage/?cursor={cursor}").content.decode()


class TestTicket:
    @pytest.mark.req("B1", "three-way recognition")
    def test_the_context_column_says_what_it_was_recognised_as_and_why(self, house: House, as_staff: SignIn) -> None:
        ticket = make_ticket(
            account=house.support, text="my account has been hacked, I will sue you in court: take you to court"
        )
        column = as_staff(house.agent).get(f"/tickets/{ticket.number}/context/").content.decode()
        assert "Account security" in column
        assert "by the rule “Account stolen or paid by a stranger”" in column
        Recognition.objects.filter(ticket=ticket).update(
            kind_source="model", confidence=0.923, is_high_value=True, reasons={"value": [["orders", 6]], "risk": []}
        )
        column = as_staff(house.agent).get(f"/tickets/{ticket.number}/context/").content.decode()
        assert "by the trained model, 92 %" in column
        assert "6 orders in a year" in column

    @pytest.mark.req("B3", "tone")
    def test_tone_stands_in_the_row_in_the_filters_and_may_be_corrected(self, house: House, as_staff: SignIn) -> None:
        angry = make_ticket(account=house.support, text="I will report this to trading standards")
        calm = make_ticket(account=house.support, text="hello", address="other@customer.example")
        browser = as_staff(house.agent)
        rows = browser.get("/tickets/?view=open").content.decode()
        assert "threatens to complain" in rows
        filtered = browser.get("/tickets/?view=open&tone=threat").content.decode()
        assert angry.number in filtered
        assert f"/tickets/{calm.number}/" not in filtered
        assert 'name="tone"' in browser.get("/tickets/filters/?view=open").content.decode()
        before = Ticket.objects.get(pk=angry.pk).row_version
        assert browser.post(f"/tickets/{angry.number}/recognition/", {"tone": "calm"}).status_code == 302
        assert "threatens to complain" not in browser.get("/tickets/?view=open").content.decode()
        assert Ticket.objects.get(pk=angry.pk).row_version > before

    def test_correcting_from_the_page_needs_the_right_to_edit(self, house: House, as_staff: SignIn) -> None:
        ticket = make_ticket(account=house.support, text="hello")
        for person, status in ((house.outsider, 404), (house.agent, 302)):
            answer = as_staff(person).post(f"/tickets/{ticket.number}/recognition/", {"kind": "repair"})
            assert answer.status_code == status
        assert as_staff(house.agent).post(f"/tickets/{ticket.number}/recognition/", {}).status_code == 400

    def test_the_history_says_it_in_words(self, house: House, as_staff: SignIn) -> None:
        (ticket,) = unsure(house)
        as_staff(house.agent).post(f"/triage/{ticket.number}/", {"kind": "return"})
        history = as_staff(house.agent).get(f"/tickets/{ticket.number}/history/").content.decode()
        assert "Sorted as Return or exchange" in history


def rule_data(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Invoices", "name_zh": "发票", "match": "all", "kind": "enquiry", "tags": "invoice, money",
        "c-TOTAL_FORMS": "2", "c-INITIAL_FORMS": "0", "c-0-field": "anywhere", "c-0-op": "contains",
        "c-0-values": "invoice\n发票", "c-1-field": "anywhere", "c-1-op": "contains", "c-1-values": "", **changes,
    }  # fmt: skip


class TestSettings:
    @pytest.mark.req("B2", "rules")
    def test_a_rule_is_added_changed_moved_tried_and_deleted_in_the_pages(self, house: House, as_staff: SignIn) -> None:
        browser = as_staff(house.supervisor)
        assert browser.post("/settings/recognition/new/", rule_data()).status_code == 302
        rule = RecognitionRule.objects.get(name="Invoices")
        assert rule.conditions == [{"field": "anywhere", "op": "contains", "values": ["invoice", "发票"]}]
        assert rule.effects == {"kind": "enquiry", "tags": ["invoice", "money"]}
        assert "Invoices" in browser.get("/settings/recognition/").content.decode()
        form = browser.get(f"/settings/recognition/{rule.pk}/")
        assert "发票" in form.content.decode()
        seen = form.context["form"]["seen"].value()
        changed = rule_data(name="Bills", seen=seen)
        assert browser.post(f"/settings/recognition/{rule.pk}/", changed).status_code == 302
        stale = browser.post(f"/settings/recognition/{rule.pk}/", rule_data(name="Late", seen=seen))
        assert stale.status_code == 422
        browser.post(f"/settings/recognition/{rule.pk}/move/", {"to": "up"})
        names = list(RecognitionRule.objects.values_list("name", flat=True))
        assert names.index("Bills") == len(names) - 2
        tried = browser.post("/settings/recognition/try/", {"text": "补开发票"}).content.decode()
        assert "Bills" in tried
        assert "Pre-sales enquiry" in tried
        browser.post(f"/settings/recognition/{rule.pk}/switch/", {"on": "0"})
        assert "Bills" not in browser.post("/settings/recognition/try/", {"text": "补开发票"}).content.decode()
        assert browser.post(f"/settings/recognition/{rule.pk}/delete/").status_code == 302
        assert Ticket.objects.count() == 0

    def test_a_bad_expression_comes_back_with_words_and_nothing_typed_is_lost(
        self, house: House, as_staff: SignIn
    ) -> None:
        data = rule_data(**{"c-0-op": "matches", "c-0-values": "(unclosed\ngood"})
        answer = as_staff(house.supervisor).post("/settings/recognition/new/", data)
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "is no expression that can run safely" in page
        assert "(unclosed" in page
        assert "invoice, money" in page

    def test_another_condition_is_a_line_more_and_keeps_what_was_typed(self, house: House, as_staff: SignIn) -> None:
        page = as_staff(house.supervisor).post("/settings/recognition/new/", rule_data(more="1")).content.decode()
        assert 'name="c-2-values"' in page
        assert "发票" in page
        for wrong in ("x", "-1", "999999999999"):
            answer = as_staff(house.supervisor).post(
                "/settings/recognition/new/", rule_data(more="1", **{"c-TOTAL_FORMS": wrong})
            )
            assert answer.status_code == 200

    def test_trying_a_ticket_needs_to_see_it(self, house: House, as_staff: SignIn) -> None:
        ticket = make_ticket(account=house.support, text="my account has been hacked")
        browser = as_staff(house.supervisor)
        assert (
            "Account security" in browser.post("/settings/recognition/try/", {"number": ticket.number}).content.decode()
        )
        for number in ("HD-999999", "x", "HD-"):
            assert browser.post("/settings/recognition/try/", {"number": number}).status_code == 422
        assert browser.post("/settings/recognition/try/", {"text": "  "}).status_code == 422

    @pytest.mark.req("B2", "classifier")
    def test_the_model_page_shows_figures_confusion_versions_and_the_effect_of_the_threshold(
        self, house: House, as_staff: SignIn
    ) -> None:
        browser = as_staff(house.supervisor)
        assert "no model in use" in browser.get("/settings/recognition/model/").content.decode()
        setting = settings_row()
        setting.active = some_model()
        setting.save()
        some_model(2)
        page = browser.get("/settings/recognition/model/").content.decode()
        assert "90.0 %" in page
        assert "0.89" in page
        assert 'class="table confusion"' in page
        values = {"threshold": "0.7", "tone_threshold": "0.65", "trains_weekly": "on"}
        assert browser.post("/settings/recognition/model/", values).status_code == 302
        assert browser.post("/settings/recognition/model/", {**values, "threshold": "7"}).status_code == 422
        assert browser.post("/settings/recognition/model/2/activate/").status_code == 302
        assert settings_row().active.number == 2  # type: ignore[union-attr]
        assert browser.post("/settings/recognition/model/99/activate/").status_code == 404

    def test_train_now_runs_in_the_background_and_shows_how_far_it_is(self, house: House, as_staff: SignIn) -> None:
        browser = as_staff(house.supervisor)
        assert browser.post("/settings/recognition/model/train/").status_code == 302
        assert Job.objects.filter(kind="recognition.train").count() == 1
        page = browser.get("/settings/recognition/model/").content.decode()
        assert 'id="training-bar"' in page
        browser.post("/settings/recognition/model/train/")
        assert Job.objects.filter(kind="recognition.train").count() == 1
        part = browser.get("/settings/recognition/model/progress/", headers={"HX-Request": "true"})
        assert "HX-Refresh" not in part
        Job.objects.update(state="done")
        done = browser.get("/settings/recognition/model/progress/", headers={"HX-Request": "true"})
        assert done["HX-Refresh"] == "true"

    @pytest.mark.req("B4", "missing facts asked")
    def test_what_each_kind_needs_is_set_in_the_pages(self, house: House, as_staff: SignIn) -> None:
        ensure_facts()
        browser = as_staff(house.supervisor)
        page = browser.get("/settings/recognition/facts/?kind=technical").content.decode()
        assert "Serial number" in page
        data = {"facts": ["serial_number"], "policy": "automatic", "text": "", "text_zh": ""}
        assert browser.post("/settings/recognition/facts/?kind=technical", data).status_code == 302
        assert browser.post("/settings/recognition/facts/?kind=technical", {**data, "text": "hi"}).status_code == 422
        assert browser.post("/settings/recognition/facts/", {"patterns": "WM-900 = [0-9]{5}"}).status_code == 302
        assert browser.post("/settings/recognition/facts/", {"patterns": "WM-900 = ("}).status_code == 422

    def test_settings_pages_cost_the_same_whatever_their_length(self, house: House, as_staff: SignIn) -> None:
        browser = as_staff(house.supervisor)
        pages = ["/settings/recognition/", "/settings/recognition/model/", "/settings/recognition/facts/"]

        def costs() -> list[int]:
            found = []
            for page in pages:
                with CaptureQueriesContext(connection) as queries:
                    assert browser.get(page).status_code == 200
                found.append(len(queries))
            return found

        costs()
        few = costs()
        for nth in range(15):
            RecognitionRule.objects.create(name=f"r{nth}", effects={"tags": ["a"]})
            some_model(nth + 10)
        assert costs() == few
        assert max(few) <= 12


def test_stored_weights_are_arrays_without_pickle() -> None:
    row = some_model(50)
    with np.load(io.BytesIO(row.weights), allow_pickle=False) as arrays:
        assert "about" in arrays.files
