"""Claims by API: list, judge, open, read, move; what waits for an approver; incidents."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from aftersales.api import output
from aftersales.api.serializers import (
    ApprovalSerializer,
    ClaimMoveInputSerializer,
    ClaimMoveSerializer,
    ClaimSerializer,
    DecisionSerializer,
    IncidentSerializer,
    NewClaimSerializer,
    OneClaimSerializer,
    TriedApplicationSerializer,
    VerdictSerializer,
)
from aftersales.approvals.models import Approval, ApprovalState
from aftersales.approvals.services.deciding import decide
from aftersales.claims.access import parse_number
from aftersales.claims.machines import STATES
from aftersales.claims.models import Claim, ClaimKind, ClaimLine
from aftersales.claims.services.details import clean_details
from aftersales.claims.services.judging import Application, judge_application
from aftersales.claims.services.moving import move_claim
from aftersales.claims.services.opening import ClaimDraft, LineDraft, open_claim
from aftersales.incidents.models import IncidentState
from aftersales.incidents.selectors import get_incident, incidents_for
from helpdesk.accounts.api.authentication import actor_of, owner_of
from helpdesk.accounts.permissions import CLAIM_APPROVE, CLAIM_VIEW_ALL, CLAIM_WORK, CUSTOMER_VIEW, Scope
from helpdesk.core import clock, keyset
from helpdesk.core.actors import Actor
from helpdesk.core.api.paging import envelope, page_size
from helpdesk.core.api.schema import PAGED, listed, operation, query
from helpdesk.core.api.views import ApiView
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.plain import plain
from helpdesk.customers.models import Customer, Order, OrderLine, Product
from tickets.api.views.base import read, visible_id
from tickets.services.files import NewFile, take_uploads

APPLICATION: dict[str, Any] = {
    "kind": "exchange", "reason": "defect", "words": "It stops with E21.", "order": 501,
    "lines": [{"order_line": 9001, "quantity": 1}], "is_complete": True,
}  # fmt: skip
_ANSWERS = ("is_opened", "is_complete", "is_used")


class ClaimView(ApiView):
    """Reading needs `claims:read`, every other method `claims:write`; the owner's role counts as well."""

    required_scopes = {"GET": Scope.CLAIMS_READ, "*": Scope.CLAIMS_WRITE}


def visible_claim(request: Request, number: str) -> Claim:
    """The claim of this number; `NotFound` also when the key's owner may not see it."""
    rows = Claim.objects.visible_to(owner_of(request)).select_related("handler")
    found = rows.filter(pk=parse_number(number)).first()
    if found is None:
        raise NotFound
    return found


class Claims(ClaimView):
    """`/claims/`."""

    @operation(
        "List claims",
        answer=listed(ClaimSerializer),
        scope="claims:read",
        description="Newest first.",
        errors=[400],
        parameters=[
            query("kind", "One kind.", words=ClaimKind.values),
            query("state", "One state."),
            query("open", "`true` for those that are not at an end, `false` for the others."),
            query("customer", "Id of the customer."),
            query("order", "Id of the order."),
            query("ticket", "Number of the ticket."),
            *PAGED,
        ],
        returns={"results": [output.CLAIM], "next": None},
    )
    def get(self, request: Request) -> Response:
        """One page of the claims that the key's owner may see."""
        rows = _narrow(Claim.objects.visible_to(owner_of(request)), request).select_related("handler")
        page = keyset.page(rows, request.query_params.get("cursor"), by="opened_at", size=page_size(request))
        return envelope(request, [output.claim(row) for row in page.rows], page.next)


def _narrow(rows: Any, request: Request) -> Any:
    given = request.query_params
    if kind := given.get("kind"):
        if kind not in ClaimKind.values:
            raise Invalid(fields={"kind": _("Choose from the list.")})
        rows = rows.filter(kind=kind)
    if state := given.get("state"):
        if state not in STATES:
            raise Invalid(fields={"state": _("Choose from the list.")})
        rows = rows.filter(state=state)
    if is_open := given.get("open"):
        rows = rows.open() if is_open == "true" else rows.filter(closed_at__isnull=False)
    for name in ("customer", "order"):
        if value := given.get(name):
            rows = rows.filter(**{f"{name}_id": _id(value)})
    if ticket := given.get("ticket"):
        rows = rows.filter(ticket_id=_id(ticket.upper().removeprefix("HD-")))
    return rows


def _id(text: str) -> int:
    """An id of the address; 0, which nobody has, for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


class TriedClaims(ClaimView):
    """`/claims/judge/`."""

    @operation(
        "Judge an application",
        request=TriedApplicationSerializer,
        answer=VerdictSerializer,
        scope="claims:write",
        description="What the policy says of an application; nothing is opened.",
        is_write=True,
        example=APPLICATION | {"customer": 311},
        returns={"verdict": "allowed", "words": output.ONE_CLAIM["verdict_words"], "rule": "within_fifteen_days", "until": None},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """The verdict, and the rule that decided."""
        staff = owner_of(request)
        if not (staff.can(CLAIM_WORK) and staff.can(CUSTOMER_VIEW)):
            raise Forbidden
        values = read(TriedApplicationSerializer, request)
        customer = Customer.objects.filter(pk=values["customer"]).first()
        if customer is None:
            raise Invalid(fields={"customer": _("There is no such customer.")})
        order = Order.objects.filter(pk=values.get("order") or 0, customer=customer).first()
        if values.get("order") and order is None:
            raise Invalid(fields={"order": _("This customer has no such order.")})
        lines = [_tried_line(line, order) for line in values["lines"]]
        details = clean_details(values["details"] | _answers(values)) | {"has_photos": bool(values["files"])}
        application = Application(
            values["kind"], values["reason"], customer, order, lines, details, values.get("asked_amount")
        )
        judged = judge_application(application, clock.now()).whole
        return Response(
            {
                "verdict": judged.verdict,
                "words": dict(judged.words),
                "rule": judged.rule.key if judged.rule else "",
                "until": judged.until.isoformat() if judged.until else None,
            }
        )


def _tried_line(given: dict[str, Any], order: Order | None) -> ClaimLine:
    if given.get("order_line"):
        rows = (
            OrderLine.objects.select_related("product", "order").filter(order=order)
            if order
            else OrderLine.objects.none()
        )
        bought = rows.filter(pk=given["order_line"]).first()
        if bought is None:
            raise Invalid(fields={"lines": _("This order has no such line.")})
        return ClaimLine(
            product=bought.product, order_line=bought, serial=bought.serial, lot=bought.lot, quantity=given["quantity"]
        )
    return ClaimLine(product=_product(given.get("sku", "")), serial=given["serial"], quantity=given["quantity"])


def _product(sku: str) -> Product:
    found = Product.objects.filter(sku=sku).first()
    if found is None:
        raise Invalid(fields={"lines": _("There is no such product.")})
    return found


def _answers(values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in _ANSWERS if name in values}


class TicketClaims(ClaimView):
    """`/tickets/{number}/claims/`."""

    @operation(
        "Open a claim on a ticket",
        request=NewClaimSerializer,
        answer=OneClaimSerializer,
        status=201,
        more={200: OneClaimSerializer},
        scope="claims:write",
        description=(
            "The policy judges it at once. 200 with the same claim when `source` and `external_id` are known. 409 "
            "`claimed_already` when more of a line is claimed than was bought and is not in a claim."
        ),
        errors=[404],
        is_write=True,
        example=APPLICATION,
        returns=output.ONE_CLAIM,
    )
    def post(self, request: Request, number: str) -> Response:
        """Open, or give the one that was opened before."""
        by, ticket_id = actor_of(request), visible_id(request, number)
        values = read(NewClaimSerializer, request)
        draft = ClaimDraft(
            kind=values["kind"],
            reason=values["reason"],
            words=values["words"],
            order_id=values.get("order"),
            lines=[_line(line) for line in values["lines"]],
            outcome=values["outcome"],
            asked_amount=values.get("asked_amount"),
            details=values["details"] | _answers(values),
            source=values["source"] or "api",
            external_id=values["external_id"],
            files=uploads(values["files"], by),
        )
        known = Claim.objects.filter(source=draft.source, external_id=draft.external_id).exclude(external_id="")
        is_known = known.exists()
        made = open_claim(ticket_id, draft, by=by)
        return Response(output.one_claim(visible_claim(request, made.number), by), status=200 if is_known else 201)


def _line(given: dict[str, Any]) -> LineDraft:
    return LineDraft(
        order_line_id=given.get("order_line"),
        product_id=None if given.get("order_line") else _product(given.get("sku", "")).pk,
        serial=given["serial"],
        quantity=given["quantity"],
        replacement_id=_product(given["replacement_sku"]).pk if given.get("replacement_sku") else None,
    )


def uploads(ids: list[int], by: Actor) -> list[NewFile]:
    """The caller's own uploads as files of a claim."""
    found = []
    for upload in take_uploads(ids, by=by):
        with upload.file.open("rb") as stored:
            found.append(NewFile(upload.name, upload.content_type, stored.read()))
    return found


class OneClaim(ClaimView):
    """`/claims/{claim}/`."""

    @operation("Read a claim", answer=OneClaimSerializer, scope="claims:read", errors=[404], returns=output.ONE_CLAIM)
    def get(self, request: Request, claim: str) -> Response:
        """With its lines and what the key's owner may do next."""
        return Response(output.one_claim(visible_claim(request, claim), actor_of(request)))


class ClaimMoves(ClaimView):
    """`/claims/{claim}/moves/`."""

    @operation(
        "List a claim's moves",
        answer=listed(ClaimMoveSerializer),
        scope="claims:read",
        errors=[404],
        returns={"results": [output.MOVE], "next": None},
    )
    def get(self, request: Request, claim: str) -> Response:
        """All of them, the oldest first."""
        rows = visible_claim(request, claim).moves.order_by("pk")
        return envelope(request, [output.move(row) for row in rows], None)

    @operation(
        "Move a claim",
        request=ClaimMoveInputSerializer,
        answer=OneClaimSerializer,
        scope="claims:write",
        description=(
            "`possible_moves` of a claim says which there are, and what each asks. 409 `move_not_possible` when the claim's "
            "state has no such move, `move_refused` with the reason, `claim_changed` when it moved since `row_version`."
        ),
        errors=[404],
        is_write=True,
        example={"move": "approve", "row_version": 1, "arguments": {"outcome": "exchange"}},
        returns=output.ONE_CLAIM,
    )
    def post(self, request: Request, claim: str) -> Response:
        """Make it."""
        by, values = actor_of(request), read(ClaimMoveInputSerializer, request)
        arguments = plain(dict(values["arguments"]), field="arguments")
        if "files" in arguments:
            arguments["files"] = uploads(_ids(arguments["files"]), by)
        found = visible_claim(request, claim)
        move_claim(found.pk, values["move"], by=by, arguments=arguments, row_version=values.get("row_version"))
        return Response(output.one_claim(visible_claim(request, claim), by))


def _ids(given: Any) -> list[int]:
    if not isinstance(given, list) or not all(isinstance(one, int) and not isinstance(one, bool) for one in given):
        raise Invalid(fields={"files": _("Give a list of ids of uploads.")})
    return given[:10]


class Approvals(ClaimView):
    """`/approvals/`."""

    @operation(
        "List what waits for my approval",
        answer=listed(ApprovalSerializer),
        scope="claims:read",
        description="The oldest first; `state=all` has those that are decided too.",
        errors=[400],
        parameters=[query("state", "`asked` (default) or `all`."), *PAGED],
        returns={"results": [output.APPROVAL], "next": None},
    )
    def get(self, request: Request) -> Response:
        """One page of the questions to the key's owner."""
        rows = Approval.objects.filter(approver=owner_of(request))
        if request.query_params.get("state") != "all":
            rows = rows.filter(state=ApprovalState.ASKED)
        cursor, size = request.query_params.get("cursor"), page_size(request)
        page = keyset.page(rows, cursor, by="asked_at", size=size, newest_first=False)
        return envelope(request, [output.approval(row) for row in page.rows], page.next)


class Decision(ClaimView):
    """`/approvals/{approval}/decision/`."""

    @operation(
        "Decide about an approval",
        request=DecisionSerializer,
        answer=ApprovalSerializer,
        scope="claims:write",
        description="Only the named approver decides, once: 409 `decided_already` afterwards.",
        errors=[404],
        is_write=True,
        example={"is_approved": False, "words": "Ask the supplier first."},
        returns=output.APPROVAL | {"state": "refused", "words": "Ask the supplier first."},
    )
    def post(self, request: Request, approval: int) -> Response:
        """Yes or no."""
        by, values = actor_of(request), read(DecisionSerializer, request)
        if not owner_of(request).can(CLAIM_APPROVE):
            raise NotFound
        row = decide(approval, is_approved=values["is_approved"], by=by, words=values["words"])
        return Response(output.approval(row))


class IncidentView(ClaimView):
    """For those who follow all claims."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """The owner's role counts as well as the key's scopes."""
        super().initial(request, *args, **kwargs)
        if not owner_of(request).can(CLAIM_VIEW_ALL):
            raise Forbidden


class Incidents(IncidentView):
    """`/incidents/`."""

    @operation(
        "List incidents",
        answer=listed(IncidentSerializer),
        scope="claims:read",
        description="Newest first. For whoever follows all claims.",
        errors=[400],
        parameters=[query("state", "One state.", words=IncidentState.values), *PAGED],
        returns={"results": [output.INCIDENT], "next": None},
    )
    def get(self, request: Request) -> Response:
        """One page."""
        rows = incidents_for(owner_of(request))
        if state := request.query_params.get("state"):
            if state not in IncidentState.values:
                raise Invalid(fields={"state": _("Choose from the list.")})
            rows = rows.filter(state=state)
        page = keyset.page(rows, request.query_params.get("cursor"), by="opened_at", size=page_size(request))
        return envelope(request, [output.incident(row) for row in page.rows], page.next)


class OneIncident(IncidentView):
    """`/incidents/{incident}/`."""

    @operation(
        "Read an incident", answer=IncidentSerializer, scope="claims:read", errors=[404], returns=output.INCIDENT
    )
    def get(self, request: Request, incident: int) -> Response:
        """With the statistics that raised it."""
        return Response(output.incident(get_incident(owner_of(request), incident)))
