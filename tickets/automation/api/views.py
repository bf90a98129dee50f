"""Sub-tickets and consultations of a ticket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.api.authentication import actor_of, owner_of
from helpdesk.accounts.models import Staff, Team
from helpdesk.core.api.schema import listed, operation
from helpdesk.core.errors import Invalid, NotFound
from tickets.api import output as tickets
from tickets.api.examples import TICKET
from tickets.api.serializers import TicketSerializer
from tickets.api.views.base import TicketView, person, read, visible_id, written
from tickets.automation.api import output
from tickets.automation.api.serializers import (
    ConclusionSerializer,
    ConsultationInputSerializer,
    ConsultationNoteSerializer,
    ConsultationSerializer,
    SubTicketInputSerializer,
)
from tickets.automation.selectors import consultations_of
from tickets.models import Consultation, Ticket
from tickets.services import consulting
from tickets.services.sub_tickets import open_sub_ticket

MAX_ID = 2**63 - 1
_ANN, _TOM = {"username": "ann", "name": "Ann Lee"}, {"username": "tom", "name": "Tom Harris"}
_CONSULTATION = {
    "id": 7,
    "question": "Is E21 covered by the warranty?",
    "state": "open",
    "opened_by": _ANN,
    "opened_at": "2026-09-18T02:00:00.000Z",
    "conclusion": "",
    "ended_by": None,
    "ended_at": None,
    "invited": [
        {**_TOM, "team": None, "invited_at": "2026-09-18T02:00:00.000Z", "answered_at": None, "ended_at": None}
    ],
}
_SUB = {**TICKET, "number": "HD-124", "url": "/api/v1/tickets/HD-124/", "parent": "HD-123"}


def _consultation_verb(summary: str, request: Any = None, example: Any = None, *, status: int = 200) -> Any:
    return operation(
        summary,
        request=request,
        answer=ConsultationSerializer,
        status=status,
        scope="tickets:write",
        is_write=True,
        errors=[403, 404],
        example=example,
        returns=_CONSULTATION,
    )


class SubTickets(TicketView):
    """`…/sub-tickets/`."""

    @operation(
        "List a ticket's sub-tickets",
        answer=listed(TicketSerializer),
        scope="tickets:read",
        description="Those that the key's owner may see, oldest first; at most 100.",
        errors=[404],
        returns={"results": [_SUB], "next": None},
    )
    def get(self, request: Request, number: str) -> Response:
        """The tasks that belong to this ticket."""
        pk = visible_id(request, number)
        rows = Ticket.objects.visible_to(owner_of(request)).filter(parent_id=pk).order_by("pk")
        return Response({"results": [tickets.ticket(row) for row in tickets.ticket_rows(rows)[:100]], "next": None})

    @operation(
        "Open a sub-ticket",
        request=SubTicketInputSerializer,
        answer=TicketSerializer,
        status=201,
        scope="tickets:write",
        description="A task for another team. The customer never sees it, and nothing of it is sent to them.",
        is_write=True,
        errors=[404],
        example={"team": "repairs", "subject": "Find the parcel", "text": "No scan since Monday."},
        returns=_SUB,
    )
    def post(self, request: Request, number: str) -> Response:
        """Open one; answers with it."""
        values = read(SubTicketInputSerializer, request)
        pk = visible_id(request, number)
        team = Team.objects.filter(slug=values["team"]).first()
        if team is None:
            raise Invalid(fields={"team": _("There is no such team.")})
        sub = open_sub_ticket(
            pk,
            team=team,
            subject=values["subject"],
            text=values.get("text", ""),
            priority=values.get("priority", ""),
            owner=person(values.get("owner")),
            by=actor_of(request),
        )
        return Response(written(sub.pk), status=201)


class Consultations(TicketView):
    """`…/consultations/`."""

    @operation(
        "List a ticket's consultations",
        answer=listed(ConsultationSerializer),
        scope="tickets:read",
        description="Newest first.",
        errors=[404],
        returns={"results": [_CONSULTATION], "next": None},
    )
    def get(self, request: Request, number: str) -> Response:
        """What experts were asked about this ticket, and what came of it."""
        pk = visible_id(request, number)
        return Response({"results": [output.consultation(row) for row in consultations_of(pk)], "next": None})

    @_consultation_verb(
        "Ask experts",
        ConsultationInputSerializer,
        {"question": "Is E21 covered by the warranty?", "staff": ["tom"]},
        status=201,
    )
    def post(self, request: Request, number: str) -> Response:
        """Ask people, and everybody of teams; they see this one ticket until the consultation ends."""
        values = read(ConsultationInputSerializer, request)
        pk = visible_id(request, number)
        row = consulting.open_consultation(
            pk,
            question=values["question"],
            staff=_people(values.get("staff", [])),
            teams=_teams(values.get("teams", [])),
            by=actor_of(request),
        )
        return Response(output.one_consultation(pk, row.pk), status=201)


def _people(usernames: list[str]) -> list[int]:
    found = dict(Staff.objects.filter(username__in=usernames, is_active=True).values_list("username", "pk"))
    if set(usernames) - set(found):
        raise Invalid(fields={"staff": _("There is no active colleague with this user name.")})
    return list(found.values())


def _teams(slugs: list[str]) -> list[int]:
    found = dict(Team.objects.filter(slug__in=slugs, is_active=True).values_list("slug", "pk"))
    if set(slugs) - set(found):
        raise Invalid(fields={"teams": _("There is no such team.")})
    return list(found.values())


class _ConsultationView(TicketView):
    def carried_out(self, request: Request, number: str, consultation: int, call: Callable[[], Any]) -> Response:
        """Do something to a consultation of this ticket, and answer with it."""
        pk = visible_id(request, number)
        if consultation > MAX_ID or not Consultation.objects.filter(pk=consultation, ticket_id=pk).exists():
            raise NotFound
        call()
        return Response(output.one_consultation(pk, consultation))


class ConsultationNotes(_ConsultationView):
    """`…/consultations/7/notes/`."""

    @_consultation_verb("Write in a consultation", ConsultationNoteSerializer, {"text": "Yes, for two years."})
    def post(self, request: Request, number: str, consultation: int) -> Response:
        """An internal note of its thread; of the invited, their answer."""
        values = read(ConsultationNoteSerializer, request)
        return self.carried_out(
            request,
            number,
            consultation,
            lambda: consulting.write_in_consultation(consultation, values["text"], by=actor_of(request)),
        )


class ConcludeConsultation(_ConsultationView):
    """`…/consultations/7/conclude/`."""

    @_consultation_verb("Conclude a consultation", ConclusionSerializer, {"conclusion": "Covered: repair it."})
    def post(self, request: Request, number: str, consultation: int) -> Response:
        """Keep what came of it; the experts see the ticket no longer."""
        values = read(ConclusionSerializer, request)
        return self.carried_out(
            request,
            number,
            consultation,
            lambda: consulting.conclude_consultation(
                consultation, conclusion=values["conclusion"], by=actor_of(request)
            ),
        )


class WithdrawConsultation(_ConsultationView):
    """`…/consultations/7/withdraw/`."""

    @_consultation_verb("Withdraw a consultation")
    def post(self, request: Request, number: str, consultation: int) -> Response:
        """It is no longer needed; nothing is concluded."""
        return self.carried_out(
            request, number, consultation, lambda: consulting.withdraw_consultation(consultation, by=actor_of(request))
        )
