"""A desk with a past: tickets that came, were answered in time or late or never, were solved and rated, through the verbs."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from helpdesk.accounts.models import Membership, Staff, Team
from helpdesk.accounts.services.presence import extend_connections, set_presence
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM
from helpdesk.core.calendars.services import create_calendar
from helpdesk.core.errors import Refused
from tests.factories import actor, make_account, make_arrival, make_staff, make_team
from tickets.due import release_due
from tickets.intake.services import receive
from tickets.labels import ensure_labels
from tickets.models import Ticket
from tickets.services.assignment import assign_ticket
from tickets.services.properties import edit_ticket
from tickets.services.replying import Reply, reply_to_ticket
from tickets.services.satisfaction import answer_satisfaction
from tickets.sla.services.policies import PolicyDraft, TargetDraft, create_policy, order_policies
from tickets.sla.sweep import sweep_clocks

MINUTE, HOUR = 60, 3600
_SUBJECTS = (
    "Washer stops with E21", "Refund has not arrived", "Fridge delivered with a dent", "Wrong filter model sent",
    "洗衣机 E21 积水", "退货退款未到账", "热水器有燃气味", "冰箱磕凹换货", "空调不制冷", "发票开错抬头",
)  # fmt: skip
_NAMES = ("Emma Clarke", "Zhang Wei", "李娜", "陈晨", "刘洋", "Tom Becker", "张伟", "Sara Rossi")
_CHANNELS = (("email", 30), ("form", 14), ("chat", 26), ("phone", 16), ("sms", 6), ("api", 8))


@dataclass
class Volume:
    """People, teams and policies of the desk."""

    teams: list[Team]
    agents: list[Staff]
    lead: Staff
    supervisor: Staff
    tickets: list[int] = field(default_factory=list)


def make_house() -> Volume:
    """Three teams with their people, five channels, and three policies."""
    ensure_labels()
    teams = [
        make_team("After-sales", name_zh="售后", is_default=not Team.objects.filter(is_default=True).exists()),
        make_team("Orders", name_zh="订单"),
        make_team("Technical", name_zh="技术支持"),
    ]
    names = ("Ann Fischer", "Ben Okoro", "王磊", "周敏", "Carla Diaz", "赵倩", "Dan Novak", "孙悦", "Eve Martin")
    agents = [make_staff(f"vol{nth}", name=name, teams=(teams[nth % 3],)) for nth, name in enumerate(names)]
    lead = make_staff("vollead", name="Lena Roth", role="lead")
    Membership.objects.create(staff=lead, team=teams[0], is_lead=True)
    around = create_calendar(by=SYSTEM, name="Volume around the clock", timezone="UTC", is_24x7=True)
    first, following, taken, solved = "first_response", "next_response", "intervention", "resolution"
    key = create_policy(PolicyDraft("Key customers", [
        TargetDraft(first, around.pk, seconds=HOUR, priorities=("urgent", "high")),
        TargetDraft(first, around.pk, seconds=2 * HOUR),
        TargetDraft(following, around.pk, seconds=4 * HOUR),
        TargetDraft(solved, around.pk, seconds=72 * HOUR),
    ], conditions={"levels": ["core", "important"]}), by=SYSTEM)  # fmt: skip
    live = create_policy(PolicyDraft("Live channels", [
        TargetDraft(first, around.pk, seconds=10 * MINUTE, priorities=("urgent", "high")),
        TargetDraft(first, around.pk, seconds=30 * MINUTE),
        TargetDraft(following, around.pk, seconds=HOUR),
    ], conditions={"channels": ["chat", "phone"]}), by=SYSTEM)  # fmt: skip
    all_ = create_policy(PolicyDraft("Service promise", [
        TargetDraft(first, around.pk, seconds=4 * HOUR, kinds=("repair", "complaint")),
        TargetDraft(first, around.pk, seconds=8 * HOUR),
        TargetDraft(taken, around.pk, seconds=12 * HOUR),
        TargetDraft(following, around.pk, seconds=12 * HOUR),
        TargetDraft(solved, around.pk, seconds=96 * HOUR),
    ]), by=SYSTEM)  # fmt: skip
    order_policies([key.pk, live.pk, all_.pk], by=SYSTEM)
    return Volume(teams, agents, lead, make_staff("volsup", name="Mei Zhao", role="supervisor"))


def tell(house: Volume, now: datetime, *, days: int = 28, per_day: int = 30, seed: int = 7) -> None:
    """Let the tickets of so many days up to `now` come and be worked; in the order of time, with the sweep between."""
    rng = random.Random(seed)
    steps: list[tuple[datetime, int, str]] = []
    bad_day = now.date() - timedelta(days=13)
    for back in range(days, -1, -1):
        day = now - timedelta(days=back)
        number = per_day // 3 if day.weekday() >= 5 else round(per_day * rng.uniform(0.8, 1.25))
        for _nth in range(number):
            at = day - timedelta(seconds=rng.randrange(0, 86400))
            nth = len(steps)
            steps.append((at, nth, "arrive"))
            slow = 4.0 if at.date() == bad_day else 1.0
            answered = at + timedelta(seconds=rng.lognormvariate(5.2, 1.0) * slow)
            steps.append((answered, nth, "answer"))
            if rng.random() < 0.75:
                steps.append((answered + timedelta(hours=rng.uniform(1, 60)), nth, "solve"))
    tickets: dict[int, tuple[Ticket, Staff]] = {}
    swept = now - timedelta(days=days + 2)
    for at, nth, what in sorted(steps):
        if at > now:
            continue
        if at - swept > timedelta(minutes=30):
            sweep_clocks(at, 5000)
            swept = at
        with clock.at(at):
            _do(what, nth, tickets, house, rng, at)
    sweep_clocks(now, 5000)
    house.tickets += [ticket.pk for ticket, _agent in tickets.values()]


def _do(
    what: str, nth: int, tickets: dict[int, tuple[Ticket, Staff]], house: Volume, rng: random.Random, at: datetime
) -> None:
    if what == "arrive":
        kinds, weights = zip(*_CHANNELS, strict=True)
        kind = rng.choices(kinds, weights)[0]
        team = rng.choice(house.teams)
        account = make_account(f"vol-{kind}-{team.pk}", kind=kind, team=team)
        name = rng.choice(_NAMES)
        arrival = make_arrival(
            account, name=name, subject=rng.choice(_SUBJECTS), address=f"c{rng.randrange(400)}@volume.example"
        )
        ticket = receive(arrival, by=SYSTEM).ticket
        members = [agent for agent in house.agents if team.pk in agent.team_ids]
        agent = rng.choice(members)
        kind_of = rng.choice(["enquiry", "logistics", "return", "repair", "complaint", "technical", "other"])
        edit_ticket(
            ticket.pk, by=SYSTEM, kind=kind_of, priority=rng.choice(["low", "normal", "normal", "high", "urgent"])
        )
        tickets[nth] = (ticket, agent)
        if rng.random() < 0.9:
            assign_ticket(ticket.pk, to=agent, by=SYSTEM)
        return
    if nth not in tickets or rng.random() < 0.03:
        return
    ticket, agent = tickets[nth]
    try:
        status = "solved" if what == "solve" else rng.choice(["", "pending"])
        reply_to_ticket(ticket.pk, Reply("We look into it.", status=status), by=actor(agent))
        release_due(at + timedelta(seconds=10), 100)
        if what == "solve" and rng.random() < 0.6:
            answer_satisfaction(ticket.pk, score=rng.choice([5, 5, 5, 4, 4, 3, 2]), by=SYSTEM)
    except Refused:
        return


def be_there(house: Volume, now: datetime) -> None:
    """Most of the agents are there, one is away, one is busy, one is gone; half an hour ago the queues were sampled."""
    from analytics.services.sampling import sample_queues

    rng = random.Random(3)
    for nth in range(16):
        with clock.at(now - timedelta(seconds=rng.randrange(40, 2400))):
            kind = rng.choices(*zip(*_CHANNELS, strict=True))[0]
            team = house.teams[nth % 3]
            account = make_account(f"vol-{kind}-{team.pk}", kind=kind, team=team)
            receive(make_arrival(account, name=_NAMES[nth % 8], subject=_SUBJECTS[nth % 10],
                                 address=f"w{nth}@volume.example"), by=SYSTEM)  # fmt: skip
    there = house.agents[:-1]
    extend_connections({person.pk for person in there}, until=now + timedelta(hours=6))
    for nth, person in enumerate(there):
        set_presence(by=actor(person), state=("away" if nth == 2 else "busy" if nth == 5 else "online"))
    sample_queues(now - timedelta(minutes=30))
