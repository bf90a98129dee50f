"""What belongs to some claims besides their moves: compensation, preventive actions, a grade of the customer."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from aftersales.claims.models import ClaimKind
from aftersales.compensation.models import PayoutState
from aftersales.compensation.services.compensating import Draft, give_compensation
from aftersales.compensation.services.paying import confirm_payout
from aftersales.complaints.services.preventing import add_action, end_action
from helpdesk.core import clock
from helpdesk.core.company import company_day
from helpdesk.demo.aftersales.told import Told, as_person, person
from tickets.models import Satisfaction, SatisfactionAbout
from tickets.services.satisfaction import answer_about

_GRADES = (5, 5, 4, 5, 3, 4, 5, 2, 5, 4, 1, 5)


def live_on(told: Told) -> None:
    """All of it, for the claims that have it."""
    if told.claim.kind == ClaimKind.COMPLAINT and told.claim.state not in {"submitted", "cancelled"}:
        _compensate(told, "coupon", Decimal(20))
        _prevent(told)
    elif told.nth % 9 == 2 and told.claim.state not in {"submitted", "cancelled", "expired"}:
        _compensate(told, ("coupon", "points", "money")[told.nth % 3], Decimal(30))
    elif told.nth % 31 == 7:
        _compensate(told, "money", Decimal(180))  # above the agent's limit: an approver decides
    if told.claim.state == "closed":
        _grade(told)


def _compensate(told: Told, means: str, worth: Decimal) -> None:
    words = told.say("We are sorry for the trouble.", "给您添麻烦了，这是我们的一点心意。")
    agent = as_person(told.agent)
    draft = Draft(means, worth, words, approver_id=person("approver").pk, key="demo")
    with clock.at(told.moment):
        made = give_compensation(told.claim.pk, draft, by=agent)
        for payout in made.payouts.filter(state=PayoutState.ORDERED) if told.nth % 2 else ():
            confirm_payout(payout.pk, reference=f"BOC{told.moment:%y%m%d}C{payout.pk:05d}", by=as_person("finance"))
    told.reload()


def _prevent(told: Told) -> None:
    """Something is changed so that it does not come again; one is done, one is late, the others have time."""
    if told.claim.state in {"confirmed"}:
        return
    handler = as_person(told.agent)
    day = company_day(told.moment)
    actions = (
        ("Every moved appointment is called in first", "改约前必须先电话确认", "lead", 3),
        ("Train the outlet in how to behave on site", "对服务网点进行上门礼仪培训", "supervisor", 14 + told.nth % 20),
    )
    for english, chinese, owner, days in actions:
        with clock.at(told.moment):
            action = add_action(
                told.claim.pk, words=told.say(english, chinese), owner_id=person(owner).pk,
                due_on=day + timedelta(days=days), by=handler,
            )  # fmt: skip
        if days == 3 and told.claim.state in {"closed", "followed_up"}:
            with clock.at(told.moment):
                end_action(
                    action.pk, is_done=True, result="In the checklist since Monday. 已加入检查单。", by=as_person(owner)
                )
    told.reload()


def _grade(told: Told) -> None:
    """Two of three customers say how it was."""
    rows = Satisfaction.objects.filter(ticket_id=told.claim.ticket_id, answered_at=None)
    for row in rows.exclude(subject_kind=SatisfactionAbout.TICKET).order_by("pk") if told.nth % 3 else ():
        score = _GRADES[told.nth % len(_GRADES)]
        told.pass_time(told.chance.uniform(0.2, 20))
        comment = (
            told.say("Quick, thank you.", "处理很快，谢谢。")
            if score > 3
            else told.say("It took too long.", "等得太久了。")
        )
        with clock.at(told.moment):
            answer_about(told.claim.ticket_id, row.pk, score=score, comment=comment, by=told.customer)
