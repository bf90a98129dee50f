"""Service levels through the pages: presets, the editor, the order, what is refused in words, versions, a dry run."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from helpdesk.accounts.models import Staff
from helpdesk.core import clock as time
from helpdesk.core.actors import SYSTEM
from helpdesk.core.calendars.rules import Hours
from helpdesk.core.calendars.services import create_calendar
from helpdesk.core.models import BusinessCalendar, Event, Job
from tests.factories import actor, make_staff
from tests.sla.conftest import HOUR, MONDAY, Desk, after, clock_of, everyday
from tickets.models import Ticket
from tickets.services.properties import edit_ticket
from tickets.sla.models import Clock, Policy, PolicyVersion, Target
from tickets.sla.presets import PRESETS
from tickets.sla.services.policies import PolicyDraft, StepDraft, TargetDraft, change_policy, create_policy
from tickets.sla.services.recomputing import recompute_batch, start_recomputing

pytestmark = pytest.mark.django_db
SignIn = Callable[[Staff], Client]
NEW = "/settings/sla/new/"


@pytest.fixture
def boss(desk: Desk, as_staff: SignIn) -> Client:
    return as_staff(desk.admin)


def typed(desk: Desk, **more: Any) -> dict[str, Any]:
    """A policy with one target of four hours and one rung, as the form sends it."""
    return {
        "name": "Mail",
        "name_zh": "邮件",
        "if_channels": ["email"],
        "pauses": ["pending"],
        "target": ["0"],
        "t0-metric": "first_response",
        "t0-amount": "4",
        "t0-unit": "h",
        "t0-calendar": str(desk.around.pk),
        "t0-warnings": "50, 75，90 %",
        "t0-step": ["0"],
        "t0-s0-amount": "80",
        "t0-s0-moment": "share",
        "t0-s0-action": ["0"],
        "t0-s0-a0-do": "notify",
        "t0-s0-a0-to": ["lead", "supervisor"],
        **more,
    }


def text_of(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def values_in(page: str) -> dict[str, list[str]]:
    """What the form would send if it were posted as it stands: fields, ticked boxes, chosen options."""
    form = page.split('id="policy-form"')[1].split("</form>")[0]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, kind = re.search(r'name="([^"]+)"', tag), re.search(r'type="([^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and not (kind and kind[1] == "checkbox" and "checked" not in tag):
            found.setdefault(name[1], []).append(html.unescape(value[1]) if value else "")
    for attributes, options in re.findall(r"<select([^>]*)>(.*?)</select>", form, flags=re.S):
        name = re.search(r'name="([^"]+)"', attributes)
        chosen = re.findall(r'<option value="([^"]*)"[^>]*selected', options)
        if name and (chosen or "multiple" not in attributes):
            found[name[1]] = chosen or re.findall(r'<option value="([^"]*)"', options)[:1]
    found.pop("csrfmiddlewaretoken", None)
    return found


# --- Presets ---------------------------------------------------------------------------------------------------------
@pytest.mark.req("D1", "shipped policies")
@pytest.mark.req("K5", "policies, calendars, routing")
def test_gallery_says_what_each_preset_promises_and_one_click_applies_it(desk: Desk, boss: Client) -> None:
    page = text_of(boss.get("/settings/sla/"))
    for words in (
        "Enterprise",
        "E-commerce fast",
        "Marketplace chat",
        "After-sales promise",
        "Bot",
        "24 h",
        "10 min",
        "10 s",
    ):
        assert words in page
    for preset in PRESETS:
        assert boss.post(f"/settings/sla/presets/{preset.key}/apply/").status_code == 302
    assert set(Policy.objects.values_list("preset", flat=True)) == {preset.key for preset in PRESETS}
    assert "Use this preset" not in text_of(boss.get("/settings/sla/"))
    again = boss.post("/settings/sla/presets/bot/apply/", follow=True)
    assert "This preset is among your policies already" in text_of(again)
    assert boss.post("/settings/sla/presets/nothing/apply/").status_code == 404


@pytest.mark.req("D1", "shipped policies")
def test_shipped_policies_promise_what_the_requirement_says(desk: Desk, boss: Client) -> None:
    for preset in PRESETS:
        boss.post(f"/settings/sla/presets/{preset.key}/apply/")

    def promised(preset: str) -> dict[tuple[str, tuple[str, ...], tuple[str, ...]], int]:
        targets = Target.objects.filter(version__policy__preset=preset)
        return {
            (target.metric, tuple(target.priorities), tuple(target.kinds)): target.seconds or 0 for target in targets
        }

    enterprise = promised("enterprise")
    assert enterprise[("first_response", (), ())] == 24 * HOUR
    assert enterprise[("first_response", ("urgent",), ())] == 2 * HOUR
    assert enterprise[("resolution", ("urgent",), ())] == 4 * HOUR
    assert enterprise[("intervention", (), ("complaint",))] == 12 * HOUR
    shop = promised("ecommerce")
    assert shop[("first_response", ("urgent",), ())] == 10 * 60
    assert shop[("first_response", (), ())] == 30 * 60
    assert shop[("first_response", (), ("enquiry",))] == HOUR
    after_sales = promised("after_sales")
    assert after_sales[("first_response", (), ())] == after_sales[("next_response", (), ())] == 24 * HOUR
    assert promised("bot") == {("bot_response", (), ()): 10}
    chat = Target.objects.get(version__policy__preset="marketplace_chat", metric="first_response")
    assert chat.seconds == 180
    # 100 of 180 seconds
    assert [round(float(share) * 1.8) for share in chat.warnings] == [100]
    assert not Target.objects.filter(calendar__isnull=True).exists()
    assert not Target.objects.filter(metric__in=["speed_of_answer", "handover"]).exists()


# --- The editor ------------------------------------------------------------------------------------------------------
@pytest.mark.req("D2", "conditions in order")
@pytest.mark.req("D5", "escalation chain")
@pytest.mark.req("K5", "policies, calendars, routing")
def test_a_policy_is_written_in_the_form_and_applies_to_the_next_mail(desk: Desk, boss: Client) -> None:
    answer = boss.post(NEW, typed(desk))
    assert answer.status_code == 302, text_of(answer)
    policy = Policy.objects.get()
    version = PolicyVersion.objects.get(policy=policy)
    assert (policy.name, policy.name_zh, version.conditions, version.pauses) == (
        "Mail",
        "邮件",
        {"channels": ["email"]},
        ["pending"],
    )
    target = version.targets.get()
    assert (target.seconds, target.calendar_id, [int(share) for share in target.warnings]) == (
        4 * HOUR,
        desk.around.pk,
        [50, 75, 90],
    )
    step = target.steps.get()
    assert step.share == 80
    assert step.actions == [{"do": "notify", "to": ["lead", "supervisor"], "staff": []}]
    ticket = desk.arrive(MONDAY)
    assert clock_of(ticket, "first_response").due_at == after(4)
    page = text_of(boss.get("/settings/sla/"))
    assert "Channel:" in page
    assert "4 h" in page


def test_the_form_shows_what_is_saved_and_saving_it_unchanged_says_the_same(desk: Desk, boss: Client) -> None:
    ladder = [
        StepDraft([{"do": "notify", "to": ["lead"]}, {"do": "raise_priority", "to": "high"}], share="33.33"),
        StepDraft([{"do": "reassign", "team": desk.other.pk}], after_seconds=90 * 60),
        StepDraft([{"do": "add_watchers", "staff": [desk.lead.pk]}], after_seconds=2 * HOUR),
    ]
    targets = [
        TargetDraft(
            "first_response", desk.around.pk, seconds=100, priorities=("high",), kinds=("repair",), steps=ladder
        ),
        TargetDraft("resolution", desk.office.pk, working_days=3, teams=(desk.team.pk,), warnings=("55.56",)),
    ]
    draft = PolicyDraft(
        "Full", targets, conditions={"levels": ["core"], "teams": [desk.team.pk]}, managers=[desk.admin.pk], pauses=[]
    )
    policy = create_policy(draft, by=SYSTEM)
    path = f"/settings/sla/{policy.pk}/"
    sent = values_in(boss.get(path).content.decode())
    assert boss.post(path, sent).status_code == 302

    def said(number: int) -> Any:
        version = PolicyVersion.objects.get(policy=policy, number=number)
        return (
            version.conditions,
            version.pauses,
            [
                (row.metric, row.seconds, row.working_days, row.priorities, row.kinds, row.teams, row.calendar_id,
                 row.warnings, [(step.share, step.after_seconds, step.actions) for step in row.steps.order_by("pk")])
                for row in version.targets.all()
            ],
        )  # fmt: skip

    assert said(2) == said(1)
    policy.refresh_from_db()
    assert (policy.version, policy.managers) == (2, [desk.admin.pk])


def test_blocks_come_and_go_without_script_and_nothing_typed_is_lost(desk: Desk, boss: Client) -> None:
    half = typed(desk, name="Half", **{"t0-amount": "not a number", "t0-s0-a0-to": ["owner"]})
    page = boss.post(NEW, {**half, "change": "add-target"})
    assert page.status_code == 200
    sent = values_in(page.content.decode())
    assert sent["target"] == ["0", "1"]
    assert (sent["name"], sent["t0-amount"], sent["t0-s0-a0-to"]) == (["Half"], ["not a number"], ["owner"])
    assert "aria-invalid" not in text_of(page)
    page = boss.post(NEW, {**sent, "change": "add-step:1"})
    sent = values_in(page.content.decode())
    page = boss.post(NEW, {**sent, "change": "add-action:1:0", "t1-s0-new": "raise_priority"})
    sent = values_in(page.content.decode())
    assert (sent["t1-step"], sent["t1-s0-a0-do"]) == (["0"], ["raise_priority"])
    page = boss.post(NEW, {**sent, "change": "up-target:1"})
    assert values_in(page.content.decode())["target"] == ["1", "0"]
    page = boss.post(NEW, {**values_in(page.content.decode()), "change": "remove-action:1:0:0"})
    page = boss.post(NEW, {**values_in(page.content.decode()), "change": "remove-step:1:0"})
    page = boss.post(NEW, {**values_in(page.content.decode()), "change": "remove-target:1"})
    sent = values_in(page.content.decode())
    assert (sent["target"], sent["t0-amount"]) == (["0"], ["not a number"])
    for nonsense in ("x", "remove-target:99", "add-step:", "add-action:0:9", "up-target:\x00", "remove-step:0:zz"):
        assert boss.post(NEW, {**sent, "change": nonsense}).status_code == 200
    assert not Policy.objects.exists()
    part = boss.post(NEW, {**sent, "change": "add-target"}, headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith('<form class="form policy-form"')


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"t0-calendar": ""}, "Choose the calendar on which this time is counted."),
        ({"t0-calendar": "99999"}, "is not one of the available choices"),
        ({"t0-amount": "0"}, "Choose a time between one second and a year."),
        ({"t0-amount": "-5"}, "greater than or equal to 0"),
        ({"t0-amount": "9000", "t0-unit": "h"}, "Choose a time between one second and a year."),
        ({"t0-amount": "300", "t0-unit": "days"}, "Choose 0 to 250 working days."),
        ({"t0-warnings": "half"}, "Write shares such as 50, 75, 90."),
        ({"t0-warnings": "120"}, "Choose a share from 1 to 99 per cent."),
        ({"t0-warnings": "NaN"}, "Choose a share from 1 to 99 per cent."),
        ({"t0-s0-amount": ""}, "This field is required."),
        ({"t0-s0-amount": "130"}, "Choose a share from 1 to 100 per cent."),
        ({"t0-s0-action": []}, "This step does nothing. Choose an action."),
        ({"t0-s0-a0-to": []}, "Say who is meant."),
        ({"t0-s0-a0-do": "launch"}, "There is no such action."),
        ({"if_channels": ["pigeon"]}, "is not one of the available choices"),
        ({"t0-metric": "mood"}, "is not one of the available choices"),
        ({"name": "\x00"}, "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_kept_is_refused_beside_its_field(
    desk: Desk, boss: Client, more: dict[str, Any], words: str
) -> None:
    answer = boss.post(NEW, typed(desk, **more))
    assert answer.status_code == 422
    page = text_of(answer)
    assert words in page
    if "name" not in more:
        assert 'value="Mail"' in page
    assert "邮件" in page
    assert not Policy.objects.exists()
    assert not Event.objects.filter(name__startswith="policy.").exists()


@pytest.mark.req("D5", "escalation chain")
def test_ladders_that_run_in_a_circle_are_refused(desk: Desk, boss: Client) -> None:
    back = {
        "t0-step": ["0", "1"],
        "t0-s0-a0-do": "reassign",
        "t0-s0-a0-team": str(desk.other.pk),
        "t0-s1-amount": "90",
        "t0-s1-moment": "share",
        "t0-s1-action": ["0"],
        "t0-s1-a0-do": "reassign",
        "t0-s1-a0-team": str(desk.other.pk),
    }
    page = text_of(boss.post(NEW, typed(desk, **back)))
    assert "This ladder runs in a circle" in page
    to_other = {"if_teams": [str(desk.team.pk)], "t0-s0-a0-do": "reassign", "t0-s0-a0-team": str(desk.other.pk)}
    assert boss.post(NEW, typed(desk, **to_other)).status_code == 302
    to_team = {"if_teams": [str(desk.other.pk)], "t0-s0-a0-do": "reassign", "t0-s0-a0-team": str(desk.team.pk)}
    answer = boss.post(NEW, typed(desk, name="Back", **to_team))
    assert answer.status_code == 422
    assert "The ladders run in a circle: " in text_of(answer)
    assert Policy.objects.count() == 1


@pytest.mark.req("D3", "business hours per team and time zone")
def test_a_calendar_without_a_working_hour_is_refused_with_words(desk: Desk, boss: Client) -> None:
    """The calendar's own page refuses a week without hours; one whose hours lie too far away is refused here."""
    calendar = create_calendar(by=SYSTEM, name="Mondays", timezone="UTC", week=((Hours(540, 541),), *(((),) * 6)))
    answer = boss.post(NEW, typed(desk, **{"t0-calendar": str(calendar.pk), "t0-amount": "8000"}))
    assert answer.status_code == 422
    assert "t0-calendar" in text_of(answer).split("aria-invalid")[0].rsplit("<select", 1)[1]
    assert boss.post("/settings/calendars/new/", {"name": "Nothing", "timezone": "UTC"}).status_code == 422


@pytest.mark.req("D3", "business hours per team and time zone")
def test_clocks_in_a_zone_that_changes_rules_keep_the_wall_clock(desk: Desk, boss: Client) -> None:
    """Berlin sets its clocks back on 25 October 2026: 09:00 the next Monday is an hour later in UTC."""
    from datetime import UTC, datetime

    blocks = (Hours(540, 1020),)
    berlin = create_calendar(by=SYSTEM, name="Berlin", timezone="Europe/Berlin", week=(blocks,) * 5 + ((),) * 2)
    assert boss.post(NEW, typed(desk, **{"t0-calendar": str(berlin.pk)})).status_code == 302
    ticket = desk.arrive(datetime(2026, 10, 23, 14, 0, tzinfo=UTC))
    # Friday 16:00–17:00 in summer time, Monday from 09:00 in winter time (08:00 UTC): three more hours
    assert clock_of(ticket, "first_response").due_at == datetime(2026, 10, 26, 11, 0, tzinfo=UTC)
    assert "Mon 26 Oct" in text_of(boss.get(f"/settings/sla/try/?ticket={ticket.number}"))


def test_a_colleagues_change_is_shown_and_overwritten_knowingly_only(desk: Desk, boss: Client, policy: Policy) -> None:
    path, other = f"/settings/sla/{policy.pk}/", make_staff("olga", role="administrator")
    sent = values_in(boss.get(path).content.decode())
    change_policy(policy.pk, everyday(desk, name="Every day", hours=6), by=actor(other))
    mine = {**sent, "name": "Mine", "t0-amount": "3"}
    answer = boss.post(path, mine)
    page = text_of(answer)
    assert answer.status_code == 422
    assert 'value="Mine"' in page
    assert "changed" in page.split('class="form-errors"')[1][:200]
    assert "Name in English is now: Every day" in page
    # the version that a colleague saved, in words, and whose it is
    saved = page.split('class="card"')[1].split("</section>")[0]
    assert "Version 2" in saved
    assert other.name in saved
    assert "6 h" in saved
    policy.refresh_from_db()
    assert (policy.name, policy.version) == ("Every day", 2)

    # a button that adds a block keeps what was typed and what has been seen
    again = values_in(page)
    assert (again["name"], again["t0-amount"]) == (["Mine"], ["3"])
    more = text_of(boss.post(path, {**again, "change": "add-target"}, headers={"HX-Request": "true"}))
    assert values_in(more)["seen"] == again["seen"] != sent["seen"]

    assert boss.post(path, again).status_code == 302
    policy.refresh_from_db()
    assert (policy.name, policy.version) == ("Mine", 3)
    # and from then on it is the other's turn to look
    assert boss.post(path, again).status_code == 422


# --- Order and state -------------------------------------------------------------------------------------------------
@pytest.mark.req("D2", "conditions in order")
def test_policies_are_put_in_order_by_dragging_and_by_buttons(desk: Desk, boss: Client) -> None:
    first, second, third = (create_policy(everyday(desk, name=name), by=SYSTEM) for name in ("A", "B", "C"))

    def order() -> list[str]:
        return list(Policy.objects.values_list("name", flat=True))

    assert boss.post("/settings/sla/order/", {"id": [third.pk, first.pk, second.pk]}).json() == {}
    assert order() == ["C", "A", "B"]
    boss.post(f"/settings/sla/{second.pk}/move/", {"to": "up"})
    assert order() == ["C", "B", "A"]
    boss.post(f"/settings/sla/{third.pk}/move/", {"to": "down"})
    assert order() == ["B", "C", "A"]
    boss.post(f"/settings/sla/{second.pk}/move/", {"to": "up"})
    assert order() == ["B", "C", "A"]
    assert boss.post("/settings/sla/order/", {"id": ["99999", "x"]}).status_code == 404
    assert order() == ["B", "C", "A"]
    ticket = desk.arrive(MONDAY)
    assert clock_of(ticket, "first_response").policy_version.policy == second
    boss.post(f"/settings/sla/{second.pk}/switch/", {"on": "0"})
    assert clock_of(desk.arrive(MONDAY), "first_response").policy_version.policy == third
    page = text_of(boss.get("/settings/sla/"))
    assert "Switch on" in page
    boss.post(f"/settings/sla/{second.pk}/switch/", {"on": "1"})
    assert Policy.objects.get(pk=second.pk).is_active


# --- Recomputing, versions, the dry run ------------------------------------------------------------------------------
@pytest.mark.req("D4", "recomputed")
def test_the_page_shows_how_far_a_recomputation_has_come(
    desk: Desk, boss: Client, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tickets.sla.services import recomputing

    tickets = [desk.arrive(MONDAY) for _nth in range(3)]
    assert "computed anew" not in text_of(boss.get("/settings/sla/progress/"))
    path = f"/settings/sla/{policy.pk}/"
    sent = values_in(boss.get(path).content.decode())
    with time.at(after(1)):
        assert boss.post(path, {**sent, "t1-amount": "6"}).status_code == 302
    monkeypatch.setattr(recomputing, "BATCH", 2)
    job = start_recomputing("policy", None)
    assert job is not None
    assert "about to be computed anew" in text_of(boss.get("/settings/sla/"))
    with time.at(after(1)):
        Job.objects.filter(pk=job.pk).update(result=recompute_batch(job), state="done")
        assert "computed anew: 2 of 3" in text_of(boss.get("/settings/sla/progress/"))
        following = Job.objects.get(kind="sla.recompute", state="ready")
        Job.objects.filter(pk=following.pk).update(
            result=recompute_batch(following), state="done", finished_at=timezone.now()
        )
    assert "3 open tickets were computed anew" in text_of(boss.get("/settings/sla/progress/"))
    assert {Ticket.objects.get(pk=ticket.pk).due_at for ticket in tickets} == {after(6)}
    Job.objects.filter(pk=following.pk).update(state="parked")
    assert "did not go on" in text_of(boss.get("/settings/sla/progress/"))


@pytest.mark.req("D4", "what happened before stays on record")
def test_earlier_versions_can_be_read_with_who_made_them(desk: Desk, boss: Client, policy: Policy) -> None:
    change_policy(policy.pk, everyday(desk, hours=6, conditions={"levels": ["core"]}), by=actor(desk.admin))
    page = text_of(boss.get(f"/settings/sla/{policy.pk}/versions/"))
    assert "Version 2" in page
    assert "Version 1" in page
    assert desk.admin.name in page
    assert "6 h" in page
    assert "4 h" in page
    assert "Customer level:" in page
    assert "1 h after the breach: Tell people: the managers of the policy" in page
    assert boss.get("/settings/sla/99999/versions/").status_code == 404


@pytest.mark.req("D2", "conditions in order")
@pytest.mark.req("D2", "targets by metric")
def test_dry_run_explains_which_policy_applies_why_not_and_when_it_is_due(
    desk: Desk, boss: Client, policy: Policy
) -> None:
    first = create_policy(
        everyday(desk, name="Core only", conditions={"levels": ["core"], "kinds": ["repair"]}), by=SYSTEM
    )
    boss.post("/settings/sla/order/", {"id": [first.pk, policy.pk]})
    ticket = desk.arrive(MONDAY)
    clocks = Clock.objects.count()
    with time.at(after(1)):
        page = text_of(boss.get(f"/settings/sla/try/?ticket={ticket.number}"))
    assert "Customer level is Ordinary; it wants Core." in page
    assert "Kind is" in page
    assert "Everyday" in page
    assert "applies" in page
    assert "Mon 2 Mar 06:00" in page  # 14:00 in Shanghai, by the target's calendar in UTC
    assert "at 80 % of the time" in page
    assert f"Tell {desk.lead.name}." in page
    assert "Raise the priority to High." in page
    assert "The owner is warned." in page
    assert "Nothing of the kind is owed now." in page
    assert "09:00–12:00" in page  # the resolution's days
    assert Clock.objects.count() == clocks
    # what would be, when no clock runs by the policy yet
    change_policy(policy.pk, everyday(desk, hours=8), by=SYSTEM)
    with time.at(after(1)):
        assert "Mon 2 Mar 10:00" in text_of(boss.get(f"/settings/sla/try/?ticket={ticket.pk}"))
        edit_ticket(ticket.pk, by=SYSTEM, priority="urgent")
        assert "1 h · Around" in text_of(boss.get(f"/settings/sla/try/?ticket=hd-{ticket.pk}"))


@pytest.mark.parametrize("given", ["HD-99999", "x", "\x00", "9" * 40, "<script>"])
def test_dry_run_of_no_ticket_says_so(desk: Desk, boss: Client, policy: Policy, given: str) -> None:
    answer = boss.get("/settings/sla/try/", {"ticket": given})
    assert answer.status_code == (200 if given == "\x00" else 404)
    assert "<script>alert" not in answer.content.decode()


def test_dry_run_without_any_policy_that_fits(desk: Desk, boss: Client) -> None:
    create_policy(everyday(desk, conditions={"levels": ["core"]}), by=SYSTEM)
    page = text_of(boss.get(f"/settings/sla/try/?ticket={desk.arrive(MONDAY).number}"))
    assert "No policy applies: this ticket has no deadline." in page


def test_dry_run_of_a_clock_that_stands_still_and_one_in_working_days(desk: Desk, boss: Client) -> None:
    targets = [TargetDraft("resolution", desk.office.pk, working_days=2, steps=[
        StepDraft([{"do": "add_watchers", "to": ["supervisor"]}], after_seconds=HOUR)
    ])]  # fmt: skip
    create_policy(PolicyDraft("Days", targets), by=SYSTEM)
    ticket = desk.arrive(MONDAY)
    page = text_of(boss.get(f"/settings/sla/try/?ticket={ticket.pk}"))
    assert "by closing time of working day 2" in page
    assert "Wed 4 Mar 18:00" in page
    from tickets.services.status import set_status

    with time.at(MONDAY + timedelta(hours=1)):
        set_status(ticket.pk, category="pending", by=SYSTEM)
    assert "It stands still with" in text_of(boss.get(f"/settings/sla/try/?ticket={ticket.pk}"))


def test_pages_hold_when_there_is_no_calendar(desk: Desk, boss: Client) -> None:
    BusinessCalendar.objects.all().delete()
    assert "There is no calendar yet on which time could be counted." in text_of(boss.get(NEW))
