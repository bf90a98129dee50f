"""Work between departments in the demo: tasks for others with their templates, a question to experts, an outgoing webhook.

Run again, it adds nothing. The webhook is switched off: a demo calls nobody.
"""

from __future__ import annotations

from django.db import transaction

from helpdesk.accounts.models import Staff, Team
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.demo.world import DEMO_CUSTOMER
from tickets.automation.models import SubTicketTemplate, WebhookEndpoint
from tickets.automation.services.webhooks import create_endpoint, switch_endpoint
from tickets.automation.services.webhooks import test_endpoint as ping
from tickets.models import Consultation, Ticket
from tickets.services import consulting
from tickets.services.assignment import assign_ticket
from tickets.services.replying import add_note
from tickets.services.sub_tickets import open_sub_ticket

TEMPLATES = (
    ("Trace a parcel", "查找包裹", "logistics", "logistics", "Trace the parcel", "Carrier, last scan, new date."),
    (
        "Collect a return",
        "上门取件",
        "return",
        "logistics",
        "Collect the return",
        "Address and time are on the ticket.",
    ),
    ("Find the fault", "排查故障", "repair", "technical", "Find the fault behind the error code", ""),
)


@transaction.atomic
def work_together() -> None:
    """Templates, tasks on three open tickets, one consultation that waits and one that is concluded, a webhook."""
    teams = {team.slug: team for team in Team.objects.all()}
    people = {person.username: person for person in Staff.objects.filter(is_active=True)}
    for position, (name, name_zh, kind, team, subject, text) in enumerate(TEMPLATES):
        SubTicketTemplate.objects.get_or_create(
            name=name,
            defaults={
                "name_zh": name_zh, "kind": kind, "team": teams[team], "subject": subject,
                "text": text, "position": position,
            },
        )  # fmt: skip
    if not WebhookEndpoint.objects.exists():
        endpoint, _secret = create_endpoint(
            name="ERP", url="https://erp.demo.example/helpdesk", events=["ticket.created", "clock.breached"], by=SYSTEM
        )
        ping(endpoint.pk, by=SYSTEM)
        switch_endpoint(endpoint.pk, is_active=False, by=SYSTEM)
    if Ticket.objects.filter(parent__isnull=False).exists() or Consultation.objects.exists():
        return
    mine = Ticket.objects.on_desk().filter(parent__isnull=True, team__slug__in=["support", "after-sales"])
    found = list(mine.exclude(customer__identities__value=DEMO_CUSTOMER).order_by("pk")[:4])
    if len(found) == 4:
        _tasks(found, teams, people)
        _questions(found, people)


def _tasks(tickets: list[Ticket], teams: dict[str, Team], people: dict[str, Staff]) -> None:
    agent = Actor.of_staff(people["agent"])
    first = open_sub_ticket(
        tickets[0].pk, team=teams["logistics"], subject="Trace the parcel", text="No scan since Monday. 客户很着急。",
        by=agent,
    )  # fmt: skip
    warehouse = people["warehouse"]
    assign_ticket(first.pk, to=warehouse, by=Actor.of_staff(warehouse))
    add_note(first.pk, "It lies in depot 4. I ask the carrier for a new date.", by=Actor.of_staff(warehouse))
    open_sub_ticket(tickets[0].pk, team=teams["technical"], subject="查明 E21 故障原因", by=agent)
    open_sub_ticket(tickets[1].pk, team=teams["logistics"], subject="Collect the return", by=agent)


def _questions(tickets: list[Ticket], people: dict[str, Staff]) -> None:
    lead, engineer, approver = (Actor.of_staff(people[name]) for name in ("lead", "engineer", "approver"))
    waiting = consulting.open_consultation(
        tickets[2].pk, question="Is a repair still worth it here, or do we replace the machine? 还值得维修吗？",
        by=lead, staff=[people["engineer"].pk, people["approver"].pk],
    )  # fmt: skip
    consulting.write_in_consultation(
        waiting.pk, "The drum bearing is gone; a repair costs half a new one.", by=engineer
    )
    done = consulting.open_consultation(
        tickets[3].pk, question="May we refund the delivery charge?", by=lead, staff=[people["approver"].pk]
    )
    consulting.write_in_consultation(done.pk, "Yes, up to 60 yuan.", by=approver)
    consulting.conclude_consultation(done.pk, conclusion="Refund the delivery charge, at most 60 yuan.", by=lead)
