"""How the demo company works: hours, deadlines, who can do what, and how tickets find people; safe to run again."""

from __future__ import annotations

from dataclasses import replace

from helpdesk.accounts.models import Skill, SkillLevel, Staff, StaffSkill, Team
from helpdesk.accounts.models.working import Seniority, Shift, WorkProfile
from helpdesk.core.actors import SYSTEM
from helpdesk.core.calendars.filling import fill_this_and_next_year
from helpdesk.core.calendars.rules import Hours
from helpdesk.core.calendars.selectors import default_calendar
from helpdesk.core.calendars.services import create_calendar
from helpdesk.core.models import BusinessCalendar
from helpdesk.customers.models import Customer, CustomerLevel
from tickets.models import Kind
from tickets.routing.models import AccountOwner, QueueSettings, SkillNeed, Strategy
from tickets.sla.models import Policy
from tickets.sla.services.policies import PolicyDraft, StepDraft, TargetDraft, create_policy, order_policies
from tickets.sla.services.presets import apply_preset, draft_of_preset

HOUR = 3600
SHOP_HOURS = "Shop hours"
# what people of the demo can do besides their own language: skill → people with their level
SKILLS: tuple[tuple[str, str, tuple[tuple[str, int], ...]], ...] = (
    ("English", "英语", (("agent", 2), ("maria.k", 3), ("tom.h", 3), ("wu.lin", 1), ("xu.jing", 1))),
    ("Chinese", "中文", (("agent", 3), ("wu.lin", 3), ("zhang.wei", 3), ("li.qiang", 3), ("xu.jing", 3), ("maria.k", 1))),
    ("Appliance faults", "家电故障", (("agent", 2), ("zhang.wei", 3), ("xu.jing", 3), ("maria.k", 2))),
)  # fmt: skip
SENIOR = ("maria.k", "zhang.wei", "wu.lin")
# weekday shifts; the accounts that a visitor signs in with have none, so that they can try it at any hour
SHIFTS = {
    "wu.lin": (8 * 60, 16 * 60),
    "maria.k": (9 * 60, 18 * 60),
    "tom.h": (12 * 60, 21 * 60),
    "zhang.wei": (9 * 60, 18 * 60),
    "xu.jing": (10 * 60, 19 * 60),
    "li.qiang": (8 * 60, 17 * 60),
}
NIGHT_DUTY = {"xu.jing": 4, "tom.h": 5}


def build(teams: dict[str, Team]) -> None:
    """Everything above; nothing that a person of the demo has changed is changed back."""
    _hours(teams)
    _deadlines(teams)
    _abilities()
    _queues(teams)


def _hours(teams: dict[str, Team]) -> None:
    if BusinessCalendar.objects.filter(name=SHOP_HOURS).exists():
        return
    week = ((Hours(9 * 60, 21 * 60),),) * 7
    zone = default_calendar().timezone
    shop = create_calendar(by=SYSTEM, name=SHOP_HOURS, name_zh="网店营业时间", timezone=zone, country="CN", week=week)
    fill_this_and_next_year(shop.pk)
    for slug, calendar in (("online-shop", shop), ("technical", default_calendar())):
        Team.objects.filter(pk=teams[slug].pk, calendar=None).update(calendar=calendar)


def _deadlines(teams: dict[str, Team]) -> None:
    """The shop's promise first, repairs by office hours, then the shipped presets; what is left is an enterprise customer's."""
    if Policy.objects.filter(preset="ecommerce").exists():
        return
    for key in ("marketplace_chat", "bot", "after_sales"):
        apply_preset(key, by=SYSTEM)
    fast = draft_of_preset("ecommerce")
    shop = create_policy(replace(fast, conditions={"teams": [teams["online-shop"].pk]}), by=SYSTEM, preset="ecommerce")
    office = create_policy(_office_hours(teams), by=SYSTEM)
    first = [shop.pk, office.pk]
    rest = Policy.objects.exclude(pk__in=first).order_by("position", "pk").values_list("pk", flat=True)
    order_policies([*first, *rest], by=SYSTEM)


def _office_hours(teams: dict[str, Team]) -> PolicyDraft:
    office = default_calendar().pk
    ladder = (
        StepDraft([{"do": "notify", "to": ["lead"]}], share=75),
        StepDraft([{"do": "notify", "to": ["supervisor"]}, {"do": "raise_priority"}], share=100),
        StepDraft(
            [{"do": "notify", "to": ["manager"]}, {"do": "add_watchers", "to": ["supervisor"]}], after_seconds=HOUR
        ),
    )
    return PolicyDraft(
        name="Technical questions, office hours",
        name_zh="技术咨询（工作时间）",
        conditions={"teams": [teams["technical"].pk]},
        targets=[
            TargetDraft("first_response", office, seconds=4 * HOUR, steps=ladder),
            TargetDraft("next_response", office, seconds=8 * HOUR),
            TargetDraft("resolution", office, working_days=3),
        ],
    )  # fmt: skip


def _abilities() -> None:
    if Skill.objects.exists():
        return
    people = {person.username: person for person in Staff.objects.all()}
    skills = {}
    for name, name_zh, able in SKILLS:
        skills[name] = Skill.objects.create(name=name, name_zh=name_zh)
        StaffSkill.objects.bulk_create(
            StaffSkill(staff=people[who], skill=skills[name], level=level) for who, level in able
        )
    SkillNeed.objects.create(skill=skills["English"], language="en")
    SkillNeed.objects.create(skill=skills["Chinese"], language="zh-hans")
    SkillNeed.objects.create(skill=skills["Appliance faults"], kind=Kind.REPAIR, level=SkillLevel.GOOD)
    for who in SENIOR:
        WorkProfile.objects.update_or_create(staff=people[who], defaults={"seniority": Seniority.SENIOR})
    Shift.objects.bulk_create(
        Shift(staff=people[who], weekday=day, starts=starts, ends=ends)
        for who, (starts, ends) in SHIFTS.items()
        for day in range(5)
    )
    Shift.objects.bulk_create(
        Shift(staff=people[who], weekday=day, kind="duty", starts=21 * 60, ends=8 * 60)
        for who, day in NIGHT_DUTY.items()
    )
    owners = [people["maria.k"], people["wu.lin"]]
    AccountOwner.objects.bulk_create(
        AccountOwner(customer=customer, staff=owners[customer.language.startswith("zh")])
        for customer in Customer.objects.filter(level=CustomerLevel.CORE)
    )


def _queues(teams: dict[str, Team]) -> None:
    """Three ways side by side: whoever has the most room, in turn, and people who take tickets themselves."""
    for slug, strategy in (
        ("support", Strategy.LEAST_LOADED),
        ("after-sales", Strategy.LEAST_LOADED),
        ("online-shop", Strategy.ROUND_ROBIN),
    ):
        QueueSettings.objects.get_or_create(team=teams[slug], defaults={"strategy": strategy})
