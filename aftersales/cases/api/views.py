"""Cases by API: list, take in, read, other deadlines."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from aftersales.cases.api.serializers import CaseDeadlinesSerializer, CaseSerializer, NewCaseSerializer
from aftersales.cases.models import CaseFile
from aftersales.cases.selectors import case_page, cases_for
from aftersales.cases.services.opening import CaseDraft, open_case
from aftersales.cases.services.terms import change_deadlines
from aftersales.claims.access import parse_number
from helpdesk.accounts.api.authentication import actor_of, owner_of
from helpdesk.accounts.permissions import Scope
from helpdesk.core.api.paging import envelope, moment
from helpdesk.core.api.schema import PAGED, listed, operation, query
from helpdesk.core.api.views import ApiView
from helpdesk.core.errors import Invalid, NotFound
from tickets.api.views.base import read

_NEW: dict[str, Any] = {
    "authority": "12315",
    "number": "2026-4711",
    "demand": "The washer leaks. The consumer demands the price back.",
    "body": "Pudong market regulator",
    "about": "AS-41",
    "received_at": "2026-05-10T02:00:00.000Z",
}
_CASE: dict[str, Any] = {
    "claim": "AS-57",
    "ticket": "HD-140",
    "authority": "12315",
    "body": "Pudong market regulator",
    "number": "2026-4711",
    "demand": "The washer leaks. The consumer demands the price back.",
    "link": "",
    "state": "submitted",
    "about": "AS-41",
    "handler": None,
    "amount": None,
    "received_at": "2026-05-10T02:00:00.000Z",
    "accept_due_at": "2026-05-13T10:00:00.000Z",
    "answer_due_at": "2026-05-22T10:00:00.000Z",
}


def case_output(case: CaseFile) -> dict[str, Any]:
    """One case; its claim is loaded."""
    claim = case.claim
    return {
        "claim": claim.number,
        "ticket": f"HD-{claim.ticket_id}",
        "authority": case.authority,
        "body": case.body,
        "number": claim.external_number,
        "demand": case.demand,
        "link": case.link,
        "state": claim.state,
        "about": f"AS-{case.about_id}" if case.about_id else None,
        "handler": claim.handler_id,
        "amount": str(claim.asked_amount) if claim.asked_amount is not None else None,
        "received_at": moment(case.received_at),
        "accept_due_at": moment(case.accept_due_at),
        "answer_due_at": moment(case.answer_due_at),
    }


class CaseView(ApiView):
    """Reading needs `claims:read`, every other method `claims:write`; the owner's role counts as well."""

    required_scopes = {"GET": Scope.CLAIMS_READ, "*": Scope.CLAIMS_WRITE}


def _visible(request: Request, claim: str) -> CaseFile:
    found = cases_for(owner_of(request)).filter(pk=parse_number(claim)).first()
    if found is None:
        raise NotFound
    return found


class Cases(CaseView):
    """`/cases/`."""

    @operation(
        "List cases of regulators and platforms",
        answer=listed(CaseSerializer),
        scope="claims:read",
        description="Open ones by the deadline of their answer; with `scope=done` those that were answered, the latest first.",
        errors=[400],
        parameters=[query("scope", "Which cases.", words=["open", "done"]), *PAGED],
        returns={"results": [_CASE], "next": None},
    )
    def get(self, request: Request) -> Response:
        """One page of the cases that the key's owner may see."""
        scope = "done" if request.query_params.get("scope") == "done" else "open"
        page = case_page(owner_of(request), scope, request.query_params.get("cursor"))
        return envelope(request, [case_output(row) for row in page.rows], page.next)

    @operation(
        "Take in a case",
        request=NewCaseSerializer,
        answer=CaseSerializer,
        status=201,
        more={200: CaseSerializer},
        scope="claims:write",
        description=(
            "Opens a ticket on the channel of authorities and a claim of the kind `case`, whose legal deadlines run as "
            "clocks. 200 with the same case when the authority's number is known."
        ),
        is_write=True,
        example=_NEW,
        returns=_CASE,
    )
    def post(self, request: Request) -> Response:
        """Take it in, or give the one that is there."""
        values = read(NewCaseSerializer, request)
        about = values.pop("about")
        draft = CaseDraft(handler_id=values.pop("handler", None), about_id=_about(about), **values)
        opened = open_case(draft, by=actor_of(request))
        case = CaseFile.objects.select_related("claim").get(pk=opened.claim.pk)
        return Response(case_output(case), status=201 if opened.is_new else 200)


def _about(text: str) -> int | None:
    if not text:
        return None
    try:
        return parse_number(text)
    except NotFound:
        raise Invalid(fields={"about": _("There is no such claim.")}) from None


class OneCase(CaseView):
    """`/cases/{claim}/`."""

    @operation("Read a case", answer=CaseSerializer, scope="claims:read", errors=[404], returns=_CASE)
    def get(self, request: Request, claim: str) -> Response:
        """By the number of its claim."""
        return Response(case_output(_visible(request, claim)))

    @operation(
        "Give a case other deadlines",
        request=CaseDeadlinesSerializer,
        answer=CaseSerializer,
        scope="claims:write",
        errors=[404],
        is_write=True,
        example={
            "accept_due_at": "2026-05-13T10:00:00.000Z",
            "answer_due_at": "2026-06-05T10:00:00.000Z",
            "why": "Ten working days more, by letter of 12 May.",
        },
        returns=_CASE,
    )
    def patch(self, request: Request, claim: str) -> Response:
        """The clocks follow; the reason stays on record."""
        case = _visible(request, claim)
        change_deadlines(case.pk, by=actor_of(request), **read(CaseDeadlinesSerializer, request))
        return Response(case_output(_visible(request, claim)))
