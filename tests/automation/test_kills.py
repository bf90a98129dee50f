"""Kill -9 in the midst of actions and of mailing: each task, message, call and notice stands there exactly once."""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from helpdesk.accounts.models import Notification
from helpdesk.core import leasing
from helpdesk.core.actors import SYSTEM
from helpdesk.core.calendars.services import create_calendar
from helpdesk.core.models import Delivery, Job
from tests.automation.conftest import House
from tests.factories import make_ticket
from tickets.automation.models import WebhookCall
from tickets.automation.notices.mailing import GATHER, mail_due, plan_new
from tickets.automation.services.webhooks import create_endpoint
from tickets.models import Ticket
from tickets.sla.services.policies import PolicyDraft, StepDraft, TargetDraft, create_policy
from tickets.sla.sweep import ACT_JOB, sweep_clocks

pytestmark = pytest.mark.django_db(transaction=True)


def killed(work: object, after: float) -> bool:
    """Let a child do it and kill it after so many seconds; whether it was still alive then."""
    connection.close()  # a child must not inherit the socket
    child = os.fork()
    if child == 0:
        try:
            work()  # type: ignore[operator]
        finally:
            os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def work_all() -> None:
    for pk in Job.objects.filter(kind=ACT_JOB).exclude(state="done").order_by("pk").values_list("pk", flat=True):
        leasing.run(Job, pk)


@pytest.mark.req("D5", "each step once")
@pytest.mark.req("D5", "sub-ticket as an action")
def test_actions_of_a_ladder_happen_once_though_their_workers_are_killed(house: House) -> None:
    around = create_calendar(by=SYSTEM, name="Around", timezone="UTC", is_24x7=True)
    endpoint, _secret = create_endpoint(name="ERP", url="https://erp.partner.example/", events=[], by=SYSTEM)
    taken = [
        {"do": "open_sub_ticket", "team": house.logistics.pk, "subject": "Find it"},
        {"do": "message_to_customer", "texts": {"en": "{{ ticket.number }} takes longer."}},
        {"do": "webhook", "endpoint": endpoint.pk},
    ]
    target = TargetDraft("resolution", around.pk, seconds=60, steps=[StepDraft(taken, share=100)])
    create_policy(PolicyDraft("All", [target], conditions={"teams": [house.support.pk]}), by=SYSTEM)
    tickets = [make_ticket(house.support, address=f"c{nth}@customer.example") for nth in range(12)]
    while sweep_clocks(timezone.now() + timedelta(minutes=5), 100):
        pass
    kills = sum(killed(work_all, 0.05 + 0.04 * nth) for nth in range(8))
    assert kills
    for _round in range(3):
        # the lease of who died runs out, and the sweep gives the work to somebody else
        Job.objects.filter(kind=ACT_JOB, state="working").update(
            leased_until=timezone.now() - timedelta(seconds=settings.LEASE_SECONDS)
        )
        leasing.sweep(Job)
        work_all()
    ids = [ticket.pk for ticket in tickets]
    assert set(Job.objects.filter(kind=ACT_JOB).values_list("state", flat=True)) == {"done"}
    assert sorted(Ticket.objects.filter(parent__in=ids).values_list("parent", flat=True)) == sorted(ids)
    for ticket in tickets:
        assert ticket.messages.filter(author_kind="automation").count() == 1
        sent = Delivery.objects.filter(message_delivery__message__ticket=ticket)
        assert sent.filter(message_delivery__message__author_kind="automation").count() == 1
    assert sorted(WebhookCall.objects.values_list("ticket_id", flat=True)) == sorted(ids)


def test_a_notice_is_in_one_mail_though_its_sweepers_are_killed(house: House) -> None:
    people = [house.agent, house.mate, house.lead, house.supervisor, house.admin]
    Notification.objects.bulk_create(
        Notification(staff=people[nth % 5], kind="clock.breached", ticket_id=house.ticket.pk) for nth in range(400)
    )
    moment = timezone.now() + GATHER + timedelta(seconds=5)

    def work() -> None:
        while plan_new(timezone.now(), 20):
            pass
        mail_due(moment, 100)

    assert sum(killed(work, 0.03 + 0.03 * nth) for nth in range(6))
    work()
    assert set(Notification.objects.values_list("mail_state", flat=True)) == {"queued"}
    deliveries = dict(Delivery.objects.filter(purpose="automation.notices").values_list("pk", "subject_id"))
    assert len(deliveries) == 5
    for delivery_id, staff_id in Notification.objects.values_list("delivery_id", "staff_id"):
        assert deliveries[delivery_id] == staff_id
