"""`…/recognition/`: what a ticket was recognised as, and a person's correction."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.api.authentication import actor_of
from helpdesk.core.api.schema import operation
from helpdesk.core.errors import NotFound
from tickets.access import parse_number
from tickets.api.views.base import TicketView, read, visible_id
from tickets.models import Ticket
from tickets.routing.recognition.api.serializers import CorrectionSerializer, RecognitionSerializer
from tickets.routing.recognition.models import FactCheck, Recognition, Source
from tickets.routing.recognition.selectors import recognition_of, rule_names
from tickets.routing.recognition.services.recognising import correct_ticket

EXAMPLE = {
    "kind": "repair", "kind_source": "model", "confidence": 0.92, "guesses": [{"kind": "repair", "share": 0.92}],
    "tone": "calm", "tone_source": "nobody", "tone_confidence": None, "is_urgent": False, "is_instant": False,
    "is_high_value": True, "is_high_risk": False, "rules": [], "model": 3, "needs_triage": False,
    "found": ["order_number"], "missing": ["photo"],
}  # fmt: skip


def shown(pk: int) -> dict[str, Any]:
    """The recognition of a ticket; one that nothing has looked at yet has nobody's word."""
    ticket = Ticket.objects.filter(pk=pk).only("kind", "tone").first()
    if ticket is None:
        raise NotFound
    known: Any = recognition_of(pk)
    names = rule_names(known) if known is not None else []
    known = known or Recognition(kind_source=Source.NOBODY, tone_source=Source.NOBODY)
    check = FactCheck.objects.filter(pk=pk).first()
    plain = ("kind_source", "confidence", "tone_source", "tone_confidence", "is_urgent", "is_instant", "is_high_value",
             "is_high_risk", "needs_triage")  # fmt: skip
    return {
        "kind": ticket.kind,
        "tone": ticket.tone,
        **{name: getattr(known, name) for name in plain},
        "guesses": [{"kind": kind, "share": share} for kind, share in known.guesses],
        "rules": names,
        "model": known.model_number,
        "found": list(check.found) if check else [],
        "missing": list(check.missing) if check else [],
    }


class TicketRecognition(TicketView):
    """`…/recognition/`."""

    @operation(
        "Read what a ticket was recognised as",
        answer=RecognitionSerializer,
        scope="tickets:read",
        description="Kind, tone, customer and missing facts, with who said so: a rule, the model, the form or a person.",
        errors=[404],
        returns=EXAMPLE,
    )
    def get(self, request: Request, number: str) -> Response:
        """As the ticket's page shows it."""
        return Response(shown(visible_id(request, number)))

    @operation(
        "Confirm or correct kind and tone",
        request=CorrectionSerializer,
        answer=RecognitionSerializer,
        scope="tickets:write",
        description="A person's word: neither rules nor the model change it afterwards, and it trains the next model.",
        is_write=True,
        errors=[404],
        example={"kind": "return"},
        returns={**EXAMPLE, "kind": "return", "kind_source": "person"},
    )
    def post(self, request: Request, number: str) -> Response:
        """One or both of kind and tone."""
        values = read(CorrectionSerializer, request)
        pk = parse_number(number)
        correct_ticket(pk, by=actor_of(request), **values)
        return Response(shown(pk))
