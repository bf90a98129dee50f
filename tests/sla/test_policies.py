"""Policies: versions, order, the shipped presets, and what is refused in words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from helpdesk.core.actors import SYSTEM
from helpdesk.core.calendars.services import create_calendar, set_day
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.models import Event
from helpdesk.core.registries import actions, first_rows
from tests.factories import actor, make_account, make_staff, make_team
from tests.sla.conftest import HOUR, MONDAY, Desk, after, clock_of, everyday
from tickets.models import Ticket
from tickets.sla.book import open_book
from tickets.sla.explaining import why_this_policy
from tickets.sla.facts import facts_of
from tickets.sla.models import Clock, Policy, PolicyVersion, Target
from tickets.sla.presets import PRESETS
from tickets.sla.services.policies import (
    PolicyDraft,
    StepDraft,
    TargetDraft,
    change_policy,
    create_policy,
    order_policies,
    switch_policy,
)
from tickets.sla.services.presets import apply_preset

pytestmark = pytest.mark.django_db


def refused(desk: Desk, **target: Any) -> str:
    """The words in which a policy with this one target is refused; nothing of it is kept."""
    values = {"metric": "first_response", "calendar": desk.around.pk, "seconds": HOUR, **target}
    before = (Policy.objects.count(), PolicyVersion.objects.count(), Event.objects.count())
    with pytest.raises(Invalid) as refusal:
        create_policy(PolicyDraft("Strange", [TargetDraft(**values)]), by=SYSTEM)
    assert (Policy.objects.count(), PolicyVersion.objects.count(), Event.objects.count()) == before
    return str(next(iter(refusal.value.fields.values())))


@pytest.mark.req("D1", "shipped policies")
def test_every_shipped_preset_becomes_a_policy_and_each_target_names_its_calendar(desk: Desk) -> None:
    for preset in PRESETS:
        apply_preset(preset.key, by=actor(desk.admin))
    assert [policy.preset for policy in Policy.objects.all()] == [
        "authorities",
        "bot",
        "after_sales",
        "marketplace_chat",
        "promises",
        "ecommerce",
        "enterprise",
    ]
    assert all(policy.name_zh for policy in Policy.objects.all())
    assert not Target.objects.filter(calendar__isnull=True).exists()
    with pytest.raises(Invalid):
        apply_preset("bot", by=SYSTEM)


@pytest.mark.req("D1", "shipped policies")
@pytest.mark.parametrize(
    ("key", "fields", "metric", "due"),
    [
        ("enterprise", {}, "first_response", 24),
        ("enterprise", {"kind": "account"}, "first_response", 2),
        ("enterprise", {"kind": "account"}, "resolution", 4),
        ("enterprise", {"kind": "complaint"}, "intervention", 12),
        ("ecommerce", {"kind": "account"}, "first_response", 1 / 6),
        ("ecommerce", {}, "first_response", 0.5),
        ("ecommerce", {"kind": "enquiry"}, "first_response", 1),
        ("after_sales", {"kind": "repair"}, "first_response", 24),
    ],
)
def test_shipped_promises_are_kept_to_the_minute(
    desk: Desk, key: str, fields: dict[str, Any], metric: str, due: float
) -> None:
    apply_preset(key, by=SYSTEM)
    assert clock_of(desk.arrive(MONDAY, **fields), metric).due_at == after(due)


@pytest.mark.req("D1", "shipped policies")
def test_marketplace_chat_warns_after_100_seconds_of_three_minutes(desk: Desk) -> None:
    apply_preset("marketplace_chat", by=SYSTEM)
    chat = make_account("shop-chat", kind="chat", team=desk.team)
    clock = clock_of(desk.arrive(MONDAY, account=chat), "first_response")
    assert clock.due_at == after(0.05)
    assert clock.next_fire_at == after(100 / 3600)
    assert not Clock.objects.filter(ticket=desk.arrive(MONDAY)).exists()


def test_a_new_installation_starts_with_the_enterprise_preset_and_keeps_what_people_made(desk: Desk) -> None:
    first_rows.get("sla.policies")()
    first_rows.get("sla.policies")()
    assert [policy.preset for policy in Policy.objects.all()] == ["enterprise"]


@pytest.mark.req("D2", "conditions in order")
@pytest.mark.parametrize(
    ("conditions", "fits"),
    [
        ({"channels": ["email"]}, True),
        ({"channels": ["chat"]}, False),
        ({"account_grades": ["long_tail"]}, True),
        ({"kinds": ["repair", "other"]}, True),
        ({"kinds": ["repair"]}, False),
        ({"grades": ["regular"], "priorities": ["normal"]}, True),
        ({"grades": ["regular"], "priorities": ["high"]}, False),
        ({"levels": ["core"]}, False),
        ({"levels": []}, True),
    ],
)
def test_a_policy_applies_when_all_its_conditions_hold(desk: Desk, conditions: dict[str, Any], fits: bool) -> None:
    create_policy(everyday(desk, conditions=conditions), by=SYSTEM)
    ticket = desk.arrive(MONDAY)
    assert Clock.objects.filter(ticket=ticket).exists() == fits


@pytest.mark.req("D2", "conditions in order")
def test_the_first_policy_in_order_applies_and_the_others_say_why_not(desk: Desk) -> None:
    vip = create_policy(everyday(desk, name="VIP", conditions={"levels": ["core"]}), by=SYSTEM)
    rest = create_policy(everyday(desk, name="Rest"), by=SYSTEM)
    ticket = desk.arrive(MONDAY)
    assert clock_of(ticket, "first_response").policy_version.policy_id == rest.pk
    told = why_this_policy(facts_of([ticket.pk])[ticket.pk], open_book().policies)
    assert told == [("VIP", ["levels"]), ("Rest", [])]
    order_policies([rest.pk], by=SYSTEM)
    assert [policy.pk for policy in Policy.objects.all()] == [rest.pk, vip.pk]
    switch_policy(rest.pk, is_active=False, by=SYSTEM)
    assert not Clock.objects.filter(ticket=desk.arrive(MONDAY)).exists()


def test_every_change_makes_a_version_that_nobody_can_change(desk: Desk, policy: Policy) -> None:
    change_policy(policy.pk, everyday(desk, hours=8), by=SYSTEM)
    assert list(policy.versions.order_by("number").values_list("number", flat=True)) == [1, 2]
    for rows in (PolicyVersion.objects.filter(policy=policy), Target.objects.all()):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(id=0)
    assert list(Event.objects.filter(name__startswith="policy.").values_list("name", flat=True)) == [
        "policy.created",
        "policy.changed",
    ]


def test_only_who_may_set_up_service_levels_changes_policies(desk: Desk, policy: Policy) -> None:
    for staff in (desk.agent, desk.lead, desk.supervisor):
        with pytest.raises(Forbidden):
            change_policy(policy.pk, everyday(desk), by=actor(staff))
    assert change_policy(policy.pk, everyday(desk), by=actor(desk.admin)).version == 2


# --- What is refused -------------------------------------------------------------------------------------------------
def test_targets_that_cannot_be_are_refused_in_words(desk: Desk) -> None:
    assert "calendar" in refused(desk, calendar=0)
    assert "not both" in refused(desk, working_days=3)
    assert "not both" in refused(desk, seconds=None)
    assert "a year" in refused(desk, seconds=0)
    assert "from the list" in refused(desk, metric="speed_of_light")
    assert "from the list" in refused(desk, priorities=["terrible"])
    assert "per cent" in refused(desk, warnings=[120])
    assert "per cent" in refused(desk, warnings=["NaN"])


def test_ladders_that_cannot_be_climbed_are_refused_in_words(desk: Desk) -> None:
    tell = [{"do": "notify", "to": ["lead"]}]
    assert "does nothing" in refused(desk, steps=[StepDraft([], share=50)])
    assert "share of the time, or" in refused(desk, steps=[StepDraft(tell)])
    assert "same moment" in refused(desk, steps=[StepDraft(tell, share=80), StepDraft(tell, share=Decimal("80.00"))])
    assert "no such action" in refused(desk, steps=[StepDraft([{"do": "explode"}], share=80)])
    assert "nobody who can be told" in refused(desk, steps=[StepDraft([{"do": "notify", "to": ["king"]}], share=80)])
    assert "Say who" in refused(desk, steps=[StepDraft([{"do": "notify"}], share=80)])
    raise_it = StepDraft([{"do": "raise_priority"}], share=80)
    assert "no higher priority" in refused(desk, priorities=["urgent"], steps=[raise_it])
    rungs = [
        StepDraft([{"do": "reassign", "team": team.pk}], share=share)
        for team, share in ((desk.team, 50), (desk.other, 60), (desk.team, 70))
    ]
    assert "circle" in refused(desk, steps=rungs)


def test_policies_that_hand_a_ticket_round_in_a_circle_are_refused(desk: Desk) -> None:
    def handing(name: str, team: Any, to: Any) -> PolicyDraft:
        step = StepDraft([{"do": "reassign", "team": to.pk}], share=100)
        target = TargetDraft("first_response", desk.around.pk, seconds=HOUR, steps=[step])
        return PolicyDraft(name, [target], conditions={"teams": [team.pk]})

    create_policy(handing("There", desk.team, desk.other), by=SYSTEM)
    with pytest.raises(Invalid) as refusal, transaction.atomic():
        create_policy(handing("And back", desk.other, desk.team), by=SYSTEM)
    assert "Support → Finance → Support" in str(refusal.value) or "Finance → Support → Finance" in str(refusal.value)
    assert Policy.objects.count() == 1


def moving(desk: Desk, metric: str, action: dict[str, Any], **fields: Any) -> TargetDraft:
    """A target at whose breach the ticket is moved."""
    return TargetDraft(metric, desk.around.pk, seconds=HOUR, steps=[StepDraft([action], share=100)], **fields)


def test_kinds_that_ladders_turn_into_each_other_are_a_circle_as_well(desk: Desk) -> None:
    def turning(name: str, kind: str, to: str) -> PolicyDraft:
        target = moving(desk, "first_response", {"do": "set_kind", "kind": to})
        return PolicyDraft(name, [target], conditions={"kinds": [kind]})

    create_policy(turning("Repairs", "repair", "complaint"), by=SYSTEM)
    with pytest.raises(Invalid) as refusal, transaction.atomic():
        create_policy(turning("Complaints", "complaint", "repair"), by=SYSTEM)
    assert "Complaint or suggestion → Repair or fault → Complaint or suggestion" in str(refusal.value)


def test_targets_for_teams_that_give_to_each_other_are_a_circle(desk: Desk) -> None:
    there = moving(desk, "first_response", {"do": "reassign", "team": desk.other.pk}, teams=[desk.team.pk])
    back = moving(desk, "first_response", {"do": "reassign", "team": desk.team.pk}, teams=[desk.other.pk])
    create_policy(PolicyDraft("There", [there]), by=SYSTEM)
    with pytest.raises(Invalid), transaction.atomic():
        create_policy(PolicyDraft("Both", [there, back]), by=SYSTEM)


def test_two_promises_of_one_policy_may_give_to_different_teams(desk: Desk) -> None:
    first, second = make_team("Night"), make_team("Experts")
    to_first = {"do": "reassign", "team": first.pk}
    to_second = {"do": "reassign", "team": second.pk}
    once = [
        moving(desk, "first_response", to_first, priorities=["urgent"]),
        moving(desk, "first_response", to_second),
        moving(desk, "resolution", to_second),
    ]
    create_policy(PolicyDraft("Once each", once), by=SYSTEM)
    # promises that are made again and again would send it to and fro
    again = [moving(desk, "next_response", to_first), moving(desk, "periodic_update", to_second)]
    with pytest.raises(Invalid), transaction.atomic():
        create_policy(PolicyDraft("To and fro", again), by=SYSTEM)


def test_a_calendar_on_which_the_time_never_comes_is_refused(desk: Desk) -> None:
    from helpdesk.core.calendars.rules import Hours

    rare = create_calendar(by=SYSTEM, name="Rare", timezone="UTC", week=((Hours(0, 1),), *((),) * 6))
    assert refused(desk, calendar=rare.pk, seconds=100 * HOUR)


def test_a_mail_is_never_refused_because_the_year_was_declared_closed(desk: Desk, policy: Policy) -> None:
    from helpdesk.core.calendars.rules import Hours
    from helpdesk.core.calendars.services import change_calendar

    change_calendar(desk.office.pk, by=SYSTEM, week=((Hours(0, 1),), *((),) * 6))
    assert clock_of(desk.arrive(MONDAY), "resolution").due_at is not None
    set_day(desk.office.pk, MONDAY.date(), kind="company", by=SYSTEM)
    assert clock_of(desk.arrive(MONDAY), "resolution").due_at is not None


def test_each_action_says_what_it_would_do_before_it_does_it(desk: Desk, policy: Policy) -> None:
    ticket = desk.arrive(MONDAY)
    colleague = make_staff("bob", teams=(desk.team,), name="Bob")
    said = {
        "notify": actions.get("notify").dry_run(ticket.pk, {"to": ["lead"]}),
        "raise_priority": actions.get("raise_priority").dry_run(ticket.pk, {}),
        "reassign": actions.get("reassign").dry_run(ticket.pk, {"staff": colleague.pk}),
        "add_watchers": actions.get("add_watchers").dry_run(ticket.pk, {"to": ["supervisor"]}),
    }
    assert said == {
        "notify": "Tell Lena.",
        "raise_priority": "Raise the priority to High.",
        "reassign": "Give it to Bob.",
        "add_watchers": "Add as watchers: Sue.",
    }
    for name, arguments in (
        ("notify", {"to": ["lead"]}),
        ("raise_priority", {}),
        ("reassign", {"staff": colleague.pk}),
        ("add_watchers", {"to": ["supervisor"]}),
    ):
        actions.get(name).run(ticket.pk, arguments, by=SYSTEM)
    changed = Ticket.objects.get(pk=ticket.pk)
    assert (changed.priority, changed.owner_id) == ("high", colleague.pk)
    assert list(changed.watchers.values_list("staff__username", flat=True)) == ["sue"]
