"""Plays the stories through the ordinary verbs, each line at its own moment in the past."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from helpdesk.accounts.models import Membership, Staff
from helpdesk.accounts.permissions import Role
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.models import ChannelAccount, Delivery, DeliveryStatus, LeasedState
from helpdesk.customers.identities import Known
from helpdesk.customers.models import Customer, Identity, OrderLine
from helpdesk.demo.company import PRODUCTS
from helpdesk.demo.deadlines import let_deadlines_pass
from helpdesk.demo.scenarios import Scenario, scenarios
from tickets.intake.arrival import Arrival, Thread
from tickets.intake.services import receive
from tickets.models import FINISHED, Message, StatusCategory, Ticket
from tickets.routing.recognition.services.recognising import correct_ticket
from tickets.services.assignment import assign_ticket, transfer_ticket
from tickets.services.files import NewFile
from tickets.services.properties import edit_ticket, mark_read, mark_spam
from tickets.services.replying import Reply, add_note, reply_to_ticket
from tickets.services.status import close_ticket, set_status, snooze_ticket

PICTURES = Path(__file__).parent / "pictures"
CHANNELS = ("support",) * 9 + ("service",) * 3 + ("web-form",) * 4 + ("portal",) * 4 + ("api",)
# How far a story has come, by how many there are: (share of 100, lines told, last state).
ENDINGS = (
    (34, "all", StatusCategory.CLOSED),
    (22, "all", StatusCategory.SOLVED),
    (9, "answered", StatusCategory.PENDING),
    (4, "answered", StatusCategory.ON_HOLD),
    (17, "open", StatusCategory.OPEN),
    (14, "first", StatusCategory.NEW),
)


@dataclass(frozen=True)
class Plan:
    """One story as it will be played."""

    nth: int
    scenario: Scenario
    line: OrderLine
    customer: Customer
    account: ChannelAccount
    begins_at: datetime
    told: str
    ends: str


@lru_cache(maxsize=1)
def _stories() -> list[Scenario]:
    return scenarios()


def plan(nth: int) -> Plan:
    """The nth story; low numbers are the newest, so that a first look finds a living desk."""
    chance = random.Random(nth * 7717)
    scenario = _stories()[nth % len(_stories())]
    told, ends = _ending(nth, chance)
    line = _line_for(scenario, chance, first=nth % 40 in {0, 9})
    hours: tuple[float, float] = {"first": (0.05, 20.0), "open": (0.5, 60), "answered": (6, 140)}.get(told) or (
        (200, 1100) if ends == StatusCategory.CLOSED else (20, 160)
    )
    if _is_quick(scenario) and told in {"first", "open"} and nth % 5:
        hours = (0.02, 0.45)  # most urgent matters that wait have not waited long
    begins_at = timezone.now() - timedelta(hours=chance.uniform(*hours))
    account = ChannelAccount.objects.get(slug=chance.choice(CHANNELS))
    return Plan(nth, scenario, line, line.order.customer, account, begins_at, told, ends)


def _is_quick(scenario: Scenario) -> bool:
    """Promised an answer within minutes: the shop's customers, and people whose account is at stake."""
    return scenario.team == "online-shop" or scenario.kind == "account"


def _ending(nth: int, chance: random.Random) -> tuple[str, str]:
    if nth < 40:  # the quick part of a first start is mostly unfinished work
        return (("first", "new"), ("open", "open"), ("open", "open"), ("answered", "pending"), ("all", "solved"))[
            nth % 5
        ]
    roll = chance.randrange(100)
    for share, told, ends in ENDINGS:
        if roll < share:
            return told, str(ends)
        roll -= share
    return "open", str(StatusCategory.OPEN)


def _line_for(scenario: Scenario, chance: random.Random, *, first: bool) -> OrderLine:
    """An order line whose product fits the story and whose customer speaks its language."""
    fitting = [seed.sku for seed in PRODUCTS if not scenario.categories or seed.category in scenario.categories]
    lines = OrderLine.objects.select_related("order__customer", "product").filter(
        order__customer__language__startswith=scenario.language
    )
    suited = list(lines.filter(product__sku__in=fitting).order_by("pk")) or list(lines.order_by("pk"))
    if first and scenario.language == "zh":
        mine = [
            line
            for line in suited
            if line.order.customer_id == Customer.objects.order_by("pk").values_list("pk", flat=True)[0]
        ]
        suited = mine or suited
    return chance.choice(suited)


@transaction.atomic
def play(nth: int) -> bool:
    """Tell the nth story; False when it was told already."""
    if Message.objects.filter(external_id=f"demo-{nth}-0").exists():
        return False
    story = plan(nth)
    chance = random.Random(nth)
    moment = story.begins_at
    ticket: Ticket | None = None
    agent = _agent_for(story)
    for step, (speaker, text) in enumerate(_lines(story)):
        moment = min(
            moment + (_pause(story, speaker, chance) if step else timedelta()), timezone.now() - timedelta(seconds=20)
        )
        if ticket is not None:
            let_deadlines_pass(ticket.pk, moment)
        with clock.at(moment):
            if speaker == "c":
                ticket = _customer_says(story, step, text, ticket, chance)
            elif ticket is not None:
                _staff_says(story, speaker, text, ticket, agent, chance)
    if ticket is not None:
        ends = min(moment + timedelta(minutes=chance.uniform(2, 14)), timezone.now())
        let_deadlines_pass(ticket.pk, ends)
        _finish(story, ticket, agent, ends, chance)
        let_deadlines_pass(ticket.pk, timezone.now())
    return True


def _pause(story: Plan, speaker: str, chance: random.Random) -> timedelta:
    """How long the next line takes: customers come back within hours, the shop answers within minutes, the others within
    the hour or two; a few answers are late, as in life."""
    if speaker == "c":
        return timedelta(minutes=chance.uniform(5, 300) if story.told == "all" else chance.uniform(2, 12))
    usual, late = ((2, 9), (35, 240)) if _is_quick(story.scenario) else ((6, 110), (150, 1700))
    return timedelta(minutes=chance.uniform(*(late if chance.random() < 0.06 else usual)))


def _is_unsaid(story: Plan) -> bool:
    """Nobody says in a mail what it is about; in the demo every other mail leaves it to rules, model and people."""
    return story.account.kind == "email" and story.nth % 2 == 1


def _lines(story: Plan) -> list[tuple[str, str]]:
    lines = list(story.scenario.lines)
    if story.told == "first":
        return lines[:1]
    if story.told == "all":
        return lines
    spoken = [
        nth for nth, (speaker, _text) in enumerate(lines) if speaker == ("a" if story.told == "answered" else "c")
    ]
    return lines[: spoken[min(1, len(spoken) - 1)] + 1]


def _fill(story: Plan, text: str) -> str:
    values = {
        "product": story.line.product.name_zh if story.scenario.language == "zh" else story.line.product.name,
        "order": story.line.order.number,
        "serial": story.line.serial,
        "name": story.customer.name,
    }
    for key, value in values.items():
        text = text.replace("{" + key + "}", value)
    return text


def _customer_says(story: Plan, step: int, text: str, ticket: Ticket | None, chance: random.Random) -> Ticket:
    identity = Identity.objects.filter(customer=story.customer, kind="email").order_by("pk")[0]
    known = Known(identity.kind, identity.value, identity.scope)
    is_first = ticket is None
    received = receive(
        Arrival(
            account=story.account,
            known=[known],
            name=story.customer.name,
            subject=_fill(story, story.scenario.subject) if is_first else "",
            text=_fill(story, text),
            language=story.scenario.language,
            author_address=identity.value,
            external_id=f"demo-{story.nth}-{step}",
            rfc_message_id=f"demo-{story.nth}-{step}@mail.demo.example" if story.account.kind == "email" else "",
            may_be_answered=False,
            thread=Thread(ticket_ids=[ticket.pk] if ticket else []),
            files=_pictures(story) if is_first else (),
            kind=story.scenario.kind if is_first and not _is_unsaid(story) else "",
            tags=story.scenario.tags if is_first else (),
            fields={"order_number": story.line.order.number} if is_first else {},
        ),
        by=SYSTEM,
    )
    if is_first and story.nth % 61 == 17:
        mark_spam(received.ticket.pk, is_spam=True, by=SYSTEM, reason="header")
    return received.ticket


def _pictures(story: Plan) -> list[NewFile]:
    wanted = {
        "fault": ("display.png", "floor.png"),
        "故障": ("display.png", "label.png"),
        "damage": ("dent.png",),
        "破损": ("dent.png",),
    }
    names = [name for tag in story.scenario.tags for name in wanted.get(tag, ())]
    return [NewFile(name, "image/png", (PICTURES / name).read_bytes()) for name in dict.fromkeys(names)]


def _agent_for(story: Plan) -> Staff:
    slug = story.scenario.team
    people = Staff.objects.filter(memberships__team__slug=slug, role__in=[Role.AGENT, Role.LEAD]).order_by("pk")
    found = list(people) or list(Staff.objects.filter(username="agent"))
    return found[story.nth % len(found)]


def _staff_says(story: Plan, speaker: str, text: str, ticket: Ticket, agent: Staff, chance: random.Random) -> None:
    ticket.refresh_from_db()
    by = Actor.of_staff(agent)
    if ticket.team_id not in agent.team_ids:
        team = Membership.objects.filter(staff=agent, team__slug=story.scenario.team).select_related("team").first()
        if team is not None:
            transfer_ticket(ticket.pk, team=team.team, by=SYSTEM)
            ticket.refresh_from_db()
    if ticket.owner_id is None:
        assign_ticket(ticket.pk, to=agent, by=by if ticket.team_id in agent.team_ids else SYSTEM)
    if speaker == "n":
        colleague = (
            Staff.objects.filter(memberships__team_id=ticket.team_id).exclude(pk=agent.pk).order_by("pk").first()
            or agent
        )
        add_note(ticket.pk, _fill(story, text), by=Actor.of_staff(colleague))
        return
    if ticket.is_unread:
        mark_read(ticket.pk, by=by)
    if _is_unsaid(story) and ticket.first_replied_at is None and (story.ends in FINISHED or story.nth % 4 == 3):
        # what the agent says trains the next model
        correct_ticket(ticket.pk, kind=story.scenario.kind, by=by)
    message = reply_to_ticket(ticket.pk, Reply(_fill(story, text)), by=by)
    _delivered(message, clock.now(), chance)


def _delivered(message: Message, moment: datetime, chance: random.Random) -> None:
    """History was delivered when it happened; the outbox has nothing to do with it."""
    status = chance.choice(
        (DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.DELIVERED, DeliveryStatus.READ)
    )
    Delivery.objects.filter(message_delivery__message=message).update(
        state=LeasedState.DONE, status=status, sent_at=moment, finished_at=moment, attempts=1, created_at=moment
    )


def _finish(story: Plan, ticket: Ticket, agent: Staff, moment: datetime, chance: random.Random) -> None:
    ticket.refresh_from_db()
    by = SYSTEM
    with clock.at(moment):
        if story.nth % 17 == 3 and ticket.status_category not in FINISHED:
            edit_ticket(ticket.pk, by=by, priority=chance.choice(("high", "urgent")))
        if story.ends in {StatusCategory.SOLVED, StatusCategory.CLOSED}:
            set_status(ticket.pk, "solved", by=by, solution=_solution(story))
        elif story.ends in {StatusCategory.PENDING, StatusCategory.ON_HOLD}:
            set_status(ticket.pk, story.ends, by=by)
    if story.ends == StatusCategory.CLOSED:
        with clock.at(min(moment + timedelta(days=7), timezone.now())):
            close_ticket(ticket.pk, by=by)
    elif story.ends == StatusCategory.OPEN and story.nth % 29 == 11:
        snooze_ticket(ticket.pk, until=timezone.now() + timedelta(hours=chance.uniform(3, 40)), by=by)


def _solution(story: Plan) -> str:
    words = {
        "zh": {
            "repair": "更换排水泵，试机正常",
            "return": "已换货或退款",
            "logistics": "已改派送达",
            "complaint": "致歉并补偿，客户认可",
        },
        "en": {
            "repair": "Pump replaced, tested",
            "return": "Exchanged or refunded",
            "logistics": "Delivered after a new label",
            "complaint": "Apology and credit, customer content",
        },
    }
    return words[story.scenario.language].get(
        story.scenario.kind, "已答复" if story.scenario.language == "zh" else "Answered"
    )
