"""Routing set up in its own pages: queues, skills, capacity, shifts, account owners, the grade rule, the dry run."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from helpdesk.accounts.models import Shift, Skill, Staff, StaffSkill, WorkProfile
from helpdesk.core.models import Event
from tests.factories import make_customer, make_staff
from tests.routing.conftest import Floor, knows, offered, online, run
from tickets.models import Ticket
from tickets.routing.grading import SHIPPED, current_tables
from tickets.routing.models import AccountOwner, GradeRule, QueueSettings, RoutingBook, SkillNeed

pytestmark = pytest.mark.django_db

AsStaff = Callable[[Staff], Client]
HERE = "/settings/routing/"


@pytest.fixture
def boss(floor: Floor, as_staff: AsStaff) -> Client:
    """The supervisor's browser."""
    return as_staff(floor.sue)


def seen_in(page: Any) -> str:
    found = re.search(r'name="seen"[^>]*value="([0-9a-f]*)"|value="([0-9a-f]*)"[^>]*name="seen"', page.content.decode())
    assert found, page.content.decode()[:2000]
    return found[1] or found[2] or ""


def fields_in(page: Any) -> dict[str, str]:
    """What the browser would send back of a page's form, untouched."""
    text = page.content.decode()
    found = {}
    for tag in re.findall(r"<input[^>]*>", text):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and 'type="checkbox"' not in tag:
            found[name[1]] = value[1] if value else ""
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', text, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', body)
        found[name] = chosen[1] if chosen else ""
    return found


def version() -> Any:
    return RoutingBook.objects.values_list("version", flat=True).filter(pk=1).first()


def queue_data(**changes: Any) -> dict[str, Any]:
    return {"strategy": "least_loaded", "offer_seconds": "45", "chat_grace_seconds": "90", "grace_hours": "", **changes}


class TestQueues:
    @pytest.mark.req("K5", "policies, calendars, routing")
    def test_a_queue_is_switched_to_the_matcher_in_its_page_and_the_matcher_follows(
        self, floor: Floor, boss: Client
    ) -> None:
        online(floor.ann)
        ticket = floor.arrive()
        assert run() == 0
        path = f"{HERE}queues/{floor.team.pk}/"
        before, seen = version(), seen_in(boss.get(path))
        assert boss.post(path, {**queue_data(), "seen": seen}).status_code == 302
        row = QueueSettings.objects.get(team=floor.team)
        assert (row.strategy, row.offer_seconds, row.chat_grace_seconds, row.grace_hours) == (
            "least_loaded",
            45,
            90,
            None,
        )
        assert version() != before
        event = Event.objects.get(name="routing.changed")
        assert (event.subject_kind, event.subject_id, event.actor_id) == ("queue", floor.team.pk, floor.sue.pk)
        assert run() == 1
        assert offered(ticket) == floor.ann
        assert "offered for 45 s" in boss.get(HERE).content.decode()

    @pytest.mark.parametrize(
        "wrong",
        [{"offer_seconds": "5"}, {"offer_seconds": "x"}, {"strategy": "guess"}, {"grace_hours": "-1"},
         {"chat_grace_seconds": "99999999999999"}],
    )  # fmt: skip
    def test_nonsense_is_said_beside_its_field_and_nothing_typed_is_lost(
        self, floor: Floor, boss: Client, wrong: dict[str, str]
    ) -> None:
        answer = boss.post(f"{HERE}queues/{floor.team.pk}/", queue_data(**wrong))
        page = answer.content.decode()
        assert answer.status_code == 422
        assert page.count('aria-invalid="true"') == 1
        assert wrong.get("strategy") or f'value="{next(iter(wrong.values()))}"' in page
        assert not QueueSettings.objects.exists()

    def test_two_people_do_not_overwrite_each_other(self, floor: Floor, boss: Client) -> None:
        path = f"{HERE}queues/{floor.team.pk}/"
        seen = seen_in(boss.get(path))
        assert boss.post(path, {**queue_data(), "seen": seen}).status_code == 302
        answer = boss.post(path, {**queue_data(offer_seconds="77"), "seen": seen})
        assert answer.status_code == 422
        assert "Somebody changed this in the meantime" in answer.content.decode()
        assert 'value="77"' in answer.content.decode()
        assert QueueSettings.objects.get().offer_seconds == 45


class TestSkills:
    @pytest.mark.req("C2", "skills, load, level")
    def test_a_skill_is_made_needed_and_given_and_then_decides_who_gets_the_ticket(
        self, floor: Floor, boss: Client
    ) -> None:
        floor.queue()
        online(floor.ann)
        online(floor.bob)
        waiting = floor.arrive("early@customer.example", kind="repair")
        assert boss.post(f"{HERE}skills/new/", {"name": "Washers", "name_zh": "洗衣机"}).status_code == 302
        skill = Skill.objects.get()
        data = {"skill": skill.pk, "level": "2", "kind": "repair"}
        assert boss.post(f"{HERE}needs/new/", data).status_code == 302
        assert "Kind: Repair or fault" in boss.get(f"{HERE}skills/").content.decode()
        late = floor.arrive("late@customer.example", kind="repair")
        assert late.queue_entry.needs == {str(skill.pk): 2}
        matrix = boss.get(f"{HERE}people/")
        sent = {**fields_in(matrix), f"level-{floor.bob.pk}-{skill.pk}": "3"}
        assert boss.post(f"{HERE}people/", sent).status_code == 302
        assert list(StaffSkill.objects.values_list("staff_id", "skill_id", "level")) == [(floor.bob.pk, skill.pk, 3)]
        from tickets.routing.services.checking import mend

        mend([waiting.pk])
        run()
        assert offered(late) == offered(waiting) == floor.bob
        sent = {**fields_in(boss.get(f"{HERE}people/")), f"level-{floor.bob.pk}-{skill.pk}": "0"}
        boss.post(f"{HERE}people/", sent)
        assert not StaffSkill.objects.exists()

    def test_twins_empty_conditions_and_unknown_skills_are_refused_in_words(self, floor: Floor, boss: Client) -> None:
        skill = knows(floor.ann, "Washers")
        SkillNeed.objects.create(skill=skill, kind="repair")
        for data, words in (
            ({"skill": skill.pk, "level": "3", "kind": "repair"}, "The same tickets need this skill already."),
            ({"skill": skill.pk, "level": "3"}, "Name at least one condition"),
            ({"skill": "999", "level": "1", "kind": "repair"}, "Select a valid choice"),
            ({"skill": skill.pk, "level": "9", "tag": "pump"}, "Select a valid choice"),
        ):
            answer = boss.post(f"{HERE}needs/new/", data)
            assert answer.status_code == 422
            assert words in answer.content.decode()
        again = boss.post(f"{HERE}skills/new/", {"name": "Washers"})
        assert again.status_code == 422
        assert "already exists" in again.content.decode()
        assert SkillNeed.objects.count() == Skill.objects.count() == 1

    def test_a_need_is_changed_and_deleted_and_a_skill_goes_with_all_that_names_it(
        self, floor: Floor, boss: Client
    ) -> None:
        skill = knows(floor.ann, "Washers")
        need = SkillNeed.objects.create(skill=skill, kind="repair")
        path = f"{HERE}needs/{need.pk}/"
        sent = {**fields_in(boss.get(path)), "tag": "pump", "level": "3"}
        assert boss.post(path, sent).status_code == 302
        need.refresh_from_db()
        assert (need.tag, need.level, need.kind) == ("pump", 3, "repair")
        assert boss.post(path, {**sent, "tag": "belt"}).status_code == 422
        other = SkillNeed.objects.create(skill=skill, tag="drum")
        assert boss.post(f"{HERE}needs/{other.pk}/delete/").status_code == 302
        assert boss.post(f"{HERE}skills/{skill.pk}/delete/").status_code == 302
        assert not Skill.objects.exists()
        assert not SkillNeed.objects.exists()
        assert boss.post(f"{HERE}skills/{skill.pk}/delete/").status_code == 404

    def test_a_row_of_the_matrix_that_somebody_else_changed_is_not_overwritten(
        self, floor: Floor, boss: Client
    ) -> None:
        skill = knows(floor.ann, "Washers", 1)
        sent = {**fields_in(boss.get(f"{HERE}people/")), f"level-{floor.bob.pk}-{skill.pk}": "2"}
        StaffSkill.objects.update(level=3)
        answer = boss.post(f"{HERE}people/", sent)
        assert answer.status_code == 422
        page = answer.content.decode()
        assert "Somebody else changed this row" in page
        assert fields_in(answer)[f"level-{floor.bob.pk}-{skill.pk}"] == "2"
        assert StaffSkill.objects.get().level == 3
        # told what is saved, the second save goes through
        assert "Saved now: Washers – expert." in page
        assert boss.post(f"{HERE}people/", fields_in(answer)).status_code == 302
        assert set(StaffSkill.objects.values_list("staff", "level")) == {(floor.ann.pk, 1), (floor.bob.pk, 2)}
        wrong = {**fields_in(boss.get(f"{HERE}people/")), f"level-{floor.bob.pk}-{skill.pk}": "7"}
        assert boss.post(f"{HERE}people/", wrong).status_code == 422


class TestCapacity:
    @pytest.mark.req("C2", "skills, load, level")
    def test_what_roles_and_people_take_is_set_in_pages_and_holds_for_the_matcher(
        self, floor: Floor, boss: Client
    ) -> None:
        floor.queue(is_direct=True)
        sent = {**fields_in(boss.get(f"{HERE}capacities/")), "agent_mails": "1"}
        assert boss.post(f"{HERE}capacities/", sent).status_code == 302
        path = f"{HERE}people/{floor.bob.pk}/"
        assert "Empty: 1, as the role." in boss.get(path).content.decode()
        assert boss.post(path, {**fields_in(boss.get(path)), "seniority": "3", "mails": "2"}).status_code == 302
        assert WorkProfile.objects.get(staff=floor.bob).mails == 2
        for person in (floor.ann, floor.bob):
            online(person)
        for nth in range(5):
            floor.arrive(f"c{nth}@customer.example")
        run()
        assert Ticket.objects.filter(owner=floor.ann).count() == 1
        assert Ticket.objects.filter(owner=floor.bob).count() == 2
        page = boss.get(f"{HERE}capacities/").content.decode()
        assert "<b>2</b>" in page

    @pytest.mark.parametrize("mails", ["-1", "201", "many", "1e3"])
    def test_figures_that_are_none_are_refused(self, floor: Floor, boss: Client, mails: str) -> None:
        assert boss.post(f"{HERE}people/{floor.bob.pk}/", {"seniority": "2", "mails": mails}).status_code == 422
        sent = {**fields_in(boss.get(f"{HERE}capacities/")), "agent_mails": mails}
        answer = boss.post(f"{HERE}capacities/", sent)
        assert answer.status_code == 422
        assert f'value="{mails}"' in answer.content.decode()
        assert not WorkProfile.objects.exists()

    def test_people_who_answer_nobody_have_no_capacity(self, floor: Floor, boss: Client) -> None:
        eve = make_staff("eve", role="engineer")
        assert boss.get(f"{HERE}people/{eve.pk}/").status_code == 404
        assert boss.get(f"{HERE}shifts/{eve.pk}/").status_code == 404


class TestOwners:
    @pytest.mark.req("C2", "skills, load, level")
    def test_the_account_owner_gets_their_customers_ticket(self, floor: Floor, boss: Client) -> None:
        floor.queue()
        customer = make_customer("VIP", "vip@customer.example")
        form = {"customer": "VIP@customer.example ", "staff": floor.bob.pk}
        assert boss.post(f"{HERE}owners/", form).status_code == 302
        online(floor.ann)
        online(floor.bob)
        ticket = floor.arrive("vip@customer.example")
        run()
        assert offered(ticket) == floor.bob
        assert "VIP" in boss.get(f"{HERE}owners/").content.decode()
        assert boss.post(f"{HERE}owners/", {"customer": str(customer.pk), "staff": floor.ann.pk}).status_code == 302
        assert AccountOwner.objects.get().staff == floor.ann
        assert boss.post(f"{HERE}owners/{customer.pk}/delete/").status_code == 302
        assert not AccountOwner.objects.exists()

    @pytest.mark.parametrize("words", ["nobody@customer.example", "999999", "+86 138", "", "\x00", "9" * 300])
    def test_an_unknown_customer_is_said_beside_the_field(self, floor: Floor, boss: Client, words: str) -> None:
        answer = boss.post(f"{HERE}owners/", {"customer": words, "staff": floor.bob.pk})
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.content.decode()


class TestRoster:
    @pytest.mark.req("C3", "shifts and re-offer")
    def test_a_week_and_single_dates_are_entered_and_decide_who_is_given_tickets(
        self, floor: Floor, boss: Client
    ) -> None:
        floor.queue()
        online(floor.ann)
        path = f"{HERE}shifts/{floor.ann.pk}/"
        sent = {**fields_in(boss.get(path)), "day_0": "09:00-12:00, 13:00~18:00", "night_4": "22:00–06:00"}
        assert boss.post(path, sent).status_code == 302
        rows = set(Shift.objects.filter(staff=floor.ann).values_list("weekday", "kind", "starts", "ends"))
        assert rows == {(0, "work", 540, 720), (0, "work", 780, 1080), (4, "duty", 1320, 360)}
        assert Event.objects.get(name="roster.changed").data == {"weekdays": [0, 4]}
        today = timezone.now().date()
        for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
            assert boss.post(path, {"dates": "1", "d-on": day.isoformat()}).status_code == 302
        assert Shift.objects.filter(staff=floor.ann, kind="off").count() == 3
        ticket = floor.arrive()
        run()
        assert offered(ticket) is None
        for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
            boss.post(path, {"dates": "1", "d-on": day.isoformat(), "d-work": "00:00–12:00, 12:00–24:00"})
        run()
        assert offered(ticket) == floor.ann
        assert "this date only" in boss.get(f"{HERE}shifts/").content.decode()
        assert boss.post(f"{path}delete/", {"on": today.isoformat()}).status_code == 302
        assert not Shift.objects.filter(staff=floor.ann, on=today).exists()
        assert boss.post(f"{path}delete/", {"on": "nonsense"}).status_code == 404

    @pytest.mark.parametrize(
        ("field", "text"),
        [("day_0", "9 to noon"), ("day_1", "09:00-09:00"), ("day_2", "25:00-26:00"), ("night_3", "09:00–12:00, 11:00–13:00"),
         ("day_5", "09:60-10:00"), ("day_6", "1-2,3-4,5-6,7-8,9-10,11-12,13-14")],
    )  # fmt: skip
    def test_times_that_are_none_are_refused_in_words_and_kept_in_the_form(
        self, floor: Floor, boss: Client, field: str, text: str
    ) -> None:
        path = f"{HERE}shifts/{floor.ann.pk}/"
        answer = boss.post(path, {**fields_in(boss.get(path)), field: text})
        assert answer.status_code == 422
        assert f'value="{text}"' in answer.content.decode()
        assert 'class="error-text"' in answer.content.decode()
        assert not Shift.objects.exists()

    def test_dates_are_checked(self, floor: Floor, boss: Client) -> None:
        path = f"{HERE}shifts/{floor.ann.pk}/"
        for data in (
            {"d-on": "2026-13-01"},
            {"d-on": "2026-05-02", "d-until": "2026-05-01"},
            {"d-on": "2026-01-01", "d-until": "2027-01-01"},
            {"d-on": "2026-05-02", "d-work": "x"},
        ):
            answer = boss.post(path, {"dates": "1", **data})
            assert answer.status_code == 422, data
            assert 'class="error-text"' in answer.content.decode()
        assert not Shift.objects.exists()

    @pytest.mark.req("C3", "shifts and re-offer")
    def test_hours_that_nobody_covers_are_reported_for_queues_around_the_clock(
        self, floor: Floor, boss: Client
    ) -> None:
        floor.queue(is_round_the_clock=True)
        for person, kind, starts, ends in ((floor.ann, "work", 480, 1200), (floor.bob, "duty", 1200, 420)):
            Staff.objects.filter(pk=person.pk).update(timezone="UTC")
            Shift.objects.bulk_create(
                Shift(staff=person, weekday=day, kind=kind, starts=starts, ends=ends) for day in range(7)
            )
        Staff.objects.filter(pk=floor.sue.pk).update(timezone="UTC")
        page = boss.get(f"{HERE}shifts/?week=2026-03-04").content.decode()
        assert "Support: hours that nobody covers" in page
        gaps = page[page.index("gap-list") : page.index("</ul>", page.index("gap-list"))]
        assert gaps.count("<li>") == gaps.count("07:00") == gaps.count("08:00") == 7
        Shift.objects.filter(staff=floor.ann).update(starts=420)
        assert "covered around the clock" in boss.get(f"{HERE}shifts/?week=2026-03-04").content.decode()

    def test_a_night_on_which_clocks_are_set_back_is_covered_whole(self, floor: Floor, boss: Client) -> None:
        from zoneinfo import ZoneInfo

        from tickets.routing.selectors.rosters import gaps_of_week

        floor.queue(is_round_the_clock=True)
        Staff.objects.filter(pk__in=[floor.ann.pk, floor.bob.pk]).update(timezone="Europe/Berlin")
        rows = [(floor.ann, 360, 1320), (floor.bob, 1320, 360)]
        Shift.objects.bulk_create(
            Shift(staff=person, weekday=day, starts=starts, ends=ends)
            for person, starts, ends in rows
            for day in range(7)
        )
        for monday in (date(2026, 10, 19), date(2026, 3, 23)):
            (gap,) = gaps_of_week(monday, ZoneInfo("Europe/Berlin"))
            assert gap.gaps == []

    def test_a_nonsense_week_shows_this_one(self, floor: Floor, boss: Client) -> None:
        for week in ("x", "9999-99-99", "0001-01-01", "9999-12-31", "%00"):
            assert boss.get(f"{HERE}shifts/?week={week}&team=99999999999999999999&after=x").status_code == 200


class TestGrades:
    @pytest.mark.req("C1", "rule editable")
    def test_the_rule_is_shown_edited_and_used_for_what_arrives_from_then_on(self, floor: Floor, boss: Client) -> None:
        page = boss.get(f"{HERE}grades/")
        assert "as shipped" in page.content.decode()
        before = floor.arrive("a@customer.example", kind="logistics")
        assert (before.grade, before.priority) == ("regular", "normal")
        sent = {**fields_in(page), "urgency_logistics": "3"}
        preview = boss.post(f"{HERE}grades/", {**sent, "preview": "1"})
        assert preview.status_code == 200
        assert preview.content.decode().count('class="differs"') == 3
        assert not GradeRule.objects.exists()
        assert boss.post(f"{HERE}grades/", sent).status_code == 302
        rule = GradeRule.objects.get()
        assert (rule.version, rule.urgency["logistics"], rule.made_by) == (1, 3, floor.sue)
        assert current_tables().version == 1
        after = floor.arrive("b@customer.example", kind="logistics")
        assert (after.grade, after.priority) == ("urgent", "urgent")
        before.refresh_from_db()
        assert before.grade == "regular"
        event = Event.objects.get(name="grade_rule.changed")
        assert event.data == {"version": 1, "fields": ["urgency.logistics"]}
        shown = boss.get(f"{HERE}grades/").content.decode()
        assert "Urgency of Order and logistics: 2 → 3" in shown
        assert floor.sue.name in shown

    @pytest.mark.req("C1", "rule editable")
    def test_the_preview_says_what_each_kind_and_level_gives(self, floor: Floor, boss: Client) -> None:
        page = boss.get(f"{HERE}grades/").content.decode()
        row = re.search(r"<td>Account security</td>(.*?)</tr>", page[page.index('id="preview"') :], re.S)
        assert row
        assert row[1].count("Urgent") >= 3
        assert "3 × 1 × 2" in row[1]

    def test_nonsense_is_refused_and_versions_do_not_collide(self, floor: Floor, boss: Client) -> None:
        sent = fields_in(boss.get(f"{HERE}grades/"))
        for wrong in ({"urgency_repair": "4"}, {"value_core": ""}, {"complex_from": "99"}, {"complexity_other": "x"}):
            assert boss.post(f"{HERE}grades/", {**sent, **wrong}).status_code == 422
        assert boss.post(f"{HERE}grades/", {**sent, "complex_from": "4"}).status_code == 302
        late = boss.post(f"{HERE}grades/", {**sent, "complex_from": "5"})
        assert late.status_code == 422
        assert "Somebody changed this in the meantime" in late.content.decode()
        assert GradeRule.objects.count() == 1
        # having seen that, the second save goes through
        assert boss.post(f"{HERE}grades/", fields_in(late)).status_code == 302
        assert GradeRule.objects.latest("version").complex_from == 5
        assert GradeRule.objects.count() == 2
        same = fields_in(boss.get(f"{HERE}grades/"))
        assert boss.post(f"{HERE}grades/", same).status_code == 302
        assert GradeRule.objects.count() == 2

    def test_a_version_that_knows_nothing_of_a_later_kind_takes_the_shipped_figure(self, floor: Floor) -> None:
        GradeRule.objects.create(version=1, urgency={"repair": 3}, complexity={}, value={})
        from tickets.routing.services.grades import latest_tables

        tables = latest_tables()
        assert tables.urgency["repair"] == 3
        assert tables.complexity == SHIPPED.complexity


class TestDryRun:
    @pytest.mark.req("C2", "skills, load, level")
    def test_a_ticket_is_tried_and_the_page_says_who_would_get_it_and_why_the_others_not(
        self, floor: Floor, boss: Client
    ) -> None:
        skill = knows(floor.ann, "Washers", 3)
        SkillNeed.objects.create(skill=skill, level=2, kind="repair")
        from tickets.routing.book import turn_page

        turn_page()
        online(floor.ann)
        online(floor.bob)
        ticket = floor.arrive(kind="repair")
        before = Event.objects.count()
        page = boss.get(f"{HERE}try/?ticket={ticket.number}").content.decode()
        assert "Ann would get it." in page
        assert "Has the skill: Washers (expert)" in page
        assert "Lacks a skill: Washers" in page
        assert "Not here" in page
        assert Event.objects.count() == before
        StaffSkill.objects.all().delete()
        assert "Nobody would get it now." in boss.get(f"{HERE}try/?ticket={ticket.pk}").content.decode()

    @pytest.mark.parametrize("number", ["HD-999999", "nonsense", "%00", "9" * 60])
    def test_an_unknown_number_is_said(self, floor: Floor, boss: Client, number: str) -> None:
        answer = boss.get(f"{HERE}try/?ticket={number}")
        assert answer.status_code in {200, 404}
        assert answer.status_code == 404 or number == "%00"


def test_pages_cost_the_same_however_many_people_and_skills_there_are(floor: Floor, boss: Client) -> None:
    ticket = floor.arrive()
    floor.queue(is_round_the_clock=True)
    paths = ["", "skills/", "people/", "capacities/", "shifts/", "owners/", "grades/", f"try/?ticket={ticket.pk}"]

    def costs() -> dict[str, int]:
        found = {}
        for path in paths:
            with CaptureQueriesContext(connection) as queries:
                assert boss.get(HERE + path).status_code == 200
            found[path] = len(queries)
        return found

    def people(start: int, number: int) -> None:
        for nth in range(start, start + number):
            person = make_staff(f"p{nth}", teams=(floor.team,))
            knows(person, f"Skill {nth}")
            SkillNeed.objects.create(skill=Skill.objects.get(name=f"Skill {nth}"), tag=f"t{nth}")
            WorkProfile.objects.create(staff=person, mails=3)
            Shift.objects.create(staff=person, weekday=nth % 7)
            AccountOwner.objects.create(customer=make_customer(f"C{nth}", f"c{nth}@customer.example"), staff=person)
            GradeRule.objects.create(version=nth + 1, urgency={}, complexity={}, value={}, made_by=person)

    people(0, 2)
    costs()
    few = costs()
    people(2, 20)
    assert costs() == few
    assert max(few.values()) <= 14


def test_long_lists_go_on_over_pages(floor: Floor, boss: Client) -> None:
    knows(floor.ann, "Washers")
    for nth in range(45):
        make_staff(f"person{nth:02}", teams=(floor.other,))
    first = boss.get(f"{HERE}people/").content.decode()
    following = re.search(r'href="\?([^"]*after=\d+)"', first)
    assert following
    second = boss.get(f"{HERE}people/?{following[1].replace('&amp;', '&')}").content.decode()
    assert "Person44" in second
    assert "Person44" not in first
    only = boss.get(f"{HERE}people/?team={floor.team.pk}&q=an").content.decode()
    assert "Ann" in only
    assert "Person" not in only


def test_what_was_changed_is_named_in_the_audit_log(floor: Floor, boss: Client, as_staff: AsStaff) -> None:
    boss.post(f"{HERE}queues/{floor.team.pk}/", queue_data())
    boss.post(f"{HERE}skills/new/", {"name": "Washers"})
    boss.post(f"{HERE}grades/", {**fields_in(boss.get(f"{HERE}grades/")), "complex_from": "4"})
    page = as_staff(make_staff("ada", role="administrator")).get("/settings/audit/").content.decode()
    assert "changed how tickets are routed" in page
    assert "changed the grade rule" in page
    assert "Washers" in page


def test_a_team_lead_may_not_set_up_routing(floor: Floor, as_staff: AsStaff) -> None:
    assert as_staff(floor.lena).get(HERE).status_code == 403
    assert as_staff(floor.lena).post(f"{HERE}grades/", {}).status_code == 403
