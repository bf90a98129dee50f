"""What the ticket views share."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from helpdesk.accounts.api.authentication import owner_of
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import Scope
from helpdesk.core.api.views import ApiView
from helpdesk.core.errors import Invalid, NotFound
from tickets.access import parse_number
from tickets.api import output
from tickets.errors import TicketChanged
from tickets.models import Ticket


class TicketView(ApiView):
    """Reading needs `tickets:read`, every other method `tickets:write`."""

    required_scopes = {"GET": Scope.TICKETS_READ, "*": Scope.TICKETS_WRITE}

    def handle_exception(self, exc: Exception) -> Response:
        """A lost race over a ticket comes with its current values."""
        if isinstance(exc, TicketChanged) and "number" in self.kwargs:
            exc.data["current"] = written(parse_number(self.kwargs["number"]))
        return super().handle_exception(exc)


def read(serializer: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """The validated body."""
    values: dict[str, Any] = _reader(serializer).run_validation(request.data)
    return values


@cache
def _reader(serializer: type[Serializer[Any]]) -> Serializer[Any]:
    """One serializer of each class for the whole process: validating changes nothing in it, making it costs more."""
    return serializer()


def visible_id(request: Request, number: str) -> int:
    """The id of the ticket with this number; `NotFound` also when the key's owner may not see it."""
    found = Ticket.objects.visible_to(owner_of(request)).filter(pk=parse_number(number)).values_list("pk", flat=True)
    pk = found.first()
    if pk is None:
        raise NotFound
    return int(pk)


def written(pk: int) -> dict[str, Any]:
    """The ticket as it is now, for somebody who has just been allowed to change it."""
    row = output.ticket_rows(Ticket.objects.filter(pk=pk)).first()
    if row is None:
        raise NotFound
    return output.ticket(row)


def person(username: str | None, field: str = "owner") -> Staff | None:
    """The active person with this user name; None for None."""
    if username is None:
        return None
    found = Staff.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise Invalid(fields={field: _("There is no active colleague with this user name.")})
    return found
