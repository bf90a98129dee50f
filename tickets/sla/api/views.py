"""Clocks of a ticket, reasons for missed deadlines, and policies."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.api.authentication import actor_of
from helpdesk.accounts.permissions import Scope
from helpdesk.core.api.schema import listed, operation
from helpdesk.core.errors import Conflict, NotFound
from helpdesk.core.saving import fingerprint
from tickets.api.views.base import TicketView, read, visible_id
from tickets.sla.api import output
from tickets.sla.api.serializers import (
    BreachReasonSerializer,
    BreachSerializer,
    ClockSerializer,
    NewPolicySerializer,
    PolicyChangeSerializer,
    PolicyOrderSerializer,
    PolicySerializer,
    PolicySwitchSerializer,
)
from tickets.sla.models import Policy
from tickets.sla.services.breaches import explain_breach
from tickets.sla.services.policies import (
    PolicyDraft,
    StepDraft,
    TargetDraft,
    change_policy,
    create_policy,
    editable_values,
    order_policies,
    switch_policy,
)

MAX_ID = 2**63 - 1
_CALENDAR = {"id": 1, "name": "Office hours", "time_zone": "Asia/Shanghai"}
_BREACH = {
    "id": 4,
    "metric": "first_response",
    "due_at": "2026-09-20T02:55:00.000Z",
    "cause": "staffing",
    "words": "Two colleagues were ill.",
    "explained_at": "2026-09-20T06:10:00.000Z",
}
_CLOCK = {
    "id": 12,
    "metric": "first_response",
    "name": "First response",
    "subject": {"kind": "ticket", "id": 123},
    "state": "running",
    "started_at": "2026-09-18T09:55:00.000Z",
    "due_at": "2026-09-20T02:55:00.000Z",
    "warn_at": "2026-09-20T02:25:00.000Z",
    "ended_at": None,
    "breached_at": None,
    "length_seconds": 7200,
    "spent_seconds": 0,
    "remaining_seconds": None,
    "policy": {"id": 2, "name": "Working time", "version": 1},
    "calendar": _CALENDAR,
    "breaches": [],
    "explanation": {
        "promise": "First response: 2 h, counted on “Office hours”, by “Working time” (version 1).",
        "outcome": "2 h were left when it last started, so it is due Sun 20 Sep 10:55.",
        "arithmetic": [
            "Fri 18 Sep · 17:55–18:00 · 5 min · working hours",
            "Sun 20 Sep · 09:00–10:55 · 1 h 55 min · adjusted working day: National Day",
        ],
        "history": ["Fri 18 Sep 17:55: started, counted from Fri 18 Sep 17:55."],
    },
}
_POLICY = {
    "id": 2,
    "name": "Working time",
    "is_active": True,
    "position": 0,
    "version": 1,
    "conditions": {"channels": ["email"]},
    "pauses": ["pending", "on_hold"],
    "managers": [],
    "targets": [
        {
            "metric": "first_response",
            "priorities": [],
            "kinds": [],
            "teams": [],
            "seconds": 7200,
            "working_days": None,
            "calendar": _CALENDAR,
            "warnings": ["50", "75", "90"],
            "steps": [
                {"share": "75", "after_seconds": None, "actions": [{"do": "notify", "to": ["lead"], "staff": []}]}
            ],
        }
    ],
}

_NEW: dict[str, Any] = {
    "name": "Working time",
    "conditions": {"channels": ["email"]},
    "targets": [
        {
            "metric": "first_response",
            "calendar": 1,
            "seconds": 7200,
            "steps": [{"share": "75", "actions": [{"do": "notify", "to": ["lead"]}]}],
        }
    ],
}


class Clocks(TicketView):
    """`/tickets/{number}/clocks/`."""

    @operation(
        "List a ticket's clocks",
        answer=listed(ClockSerializer),
        scope="tickets:read",
        description="Open ones first, each with the explanation of its deadline.",
        errors=[404],
        returns={"results": [_CLOCK], "next": None},
    )
    def get(self, request: Request, number: str) -> Response:
        """The clocks of a ticket that the key's owner may see."""
        return Response({"results": output.clocks_of(visible_id(request, number)), "next": None})


class OneBreach(TicketView):
    """`/tickets/{number}/breaches/{breach}/`."""

    @operation(
        "Say why a deadline was missed",
        request=BreachReasonSerializer,
        answer=BreachSerializer,
        scope="tickets:write",
        description="A later reason replaces an earlier one. Solving a ticket never waits for it.",
        is_write=True,
        errors=[404],
        example={"cause": "staffing", "words": "Two colleagues were ill."},
        returns=_BREACH,
    )
    def post(self, request: Request, number: str, breach: int) -> Response:
        """Set the reason of one missed deadline."""
        pk = visible_id(request, number)
        if breach > MAX_ID:
            raise NotFound
        values = read(BreachReasonSerializer, request)
        found = explain_breach(pk, breach, by=actor_of(request), cause=values["cause"], words=values["words"])
        return Response(output.breach(found))


class PolicyView(TicketView):
    """Reading needs `tickets:read`, every other method `admin`."""

    required_scopes = {"GET": Scope.TICKETS_READ, "*": Scope.ADMIN}


def _draft(values: dict[str, Any]) -> PolicyDraft:
    targets = [
        TargetDraft(**{**target, "steps": [StepDraft(**step) for step in target["steps"]]})
        for target in values["targets"]
    ]
    names = ("name", "name_zh", "conditions", "pauses", "managers")
    return PolicyDraft(**{name: values[name] for name in names}, targets=targets)


def _found(policy: int) -> Policy:
    row = Policy.objects.filter(pk=policy).first() if policy <= MAX_ID else None
    if row is None:
        raise NotFound
    return row


class Policies(PolicyView):
    """`/policies/`."""

    @operation(
        "List the policies",
        answer=listed(PolicySerializer),
        scope="tickets:read",
        description="In the order in which they are looked at; also those that are switched off.",
        returns={"results": [_POLICY], "next": None},
    )
    def get(self, request: Request) -> Response:
        """All policies."""
        return Response({"results": output.policies(), "next": None})

    @operation(
        "Add a policy",
        request=NewPolicySerializer,
        answer=PolicySerializer,
        status=201,
        scope="admin",
        description="At the end of the order. Open tickets are computed anew in the background.",
        is_write=True,
        example=_NEW,
        returns=_POLICY,
    )
    def post(self, request: Request) -> Response:
        """A new policy."""
        made = create_policy(_draft(read(NewPolicySerializer, request)), by=actor_of(request))
        return Response(output.policies(pk=made.pk)[0], status=201)


class PolicyOrder(PolicyView):
    """`/policies/order/`."""

    @operation(
        "Put the policies in order",
        request=PolicyOrderSerializer,
        answer=listed(PolicySerializer),
        scope="admin",
        is_write=True,
        errors=[404],
        example={"policies": [2, 1]},
        returns={"results": [_POLICY], "next": None},
    )
    def post(self, request: Request) -> Response:
        """All policies in their new order."""
        order_policies(read(PolicyOrderSerializer, request)["policies"], by=actor_of(request))
        return Response({"results": output.policies(), "next": None})


class PolicySwitch(PolicyView):
    """`/policies/{policy}/switch/`."""

    @operation(
        "Switch a policy on or off",
        request=PolicySwitchSerializer,
        answer=PolicySerializer,
        scope="admin",
        is_write=True,
        errors=[404],
        example={"is_active": False},
        returns=_POLICY,
    )
    def post(self, request: Request, policy: int) -> Response:
        """Let it apply, or no longer."""
        wanted = read(PolicySwitchSerializer, request)["is_active"]
        switch_policy(_found(policy).pk, is_active=wanted, by=actor_of(request))
        return Response(output.policies(pk=policy)[0])


class OnePolicy(PolicyView):
    """`/policies/{policy}/`."""

    @operation("Read a policy", answer=PolicySerializer, scope="tickets:read", errors=[404], returns=_POLICY)
    def get(self, request: Request, policy: int) -> Response:
        """One policy as it counts now."""
        found = output.policies(pk=policy) if policy <= MAX_ID else []
        if not found:
            raise NotFound
        return Response(found[0])

    @operation(
        "Change a policy",
        request=PolicyChangeSerializer,
        answer=PolicySerializer,
        scope="admin",
        description=(
            "Replaces what the policy says by a new version. Refused with 409 when somebody changed it since `version`."
        ),
        is_write=True,
        errors=[404],
        example={**_NEW, "version": 1},
        returns=_POLICY,
    )
    def put(self, request: Request, policy: int) -> Response:
        """A new version of one policy."""
        values = read(PolicyChangeSerializer, request)
        row = _found(policy)
        if row.version != values["version"]:
            raise Conflict
        seen = fingerprint(editable_values(row))
        change_policy(row.pk, _draft(values), by=actor_of(request), seen=seen)
        return Response(output.policies(pk=row.pk)[0])
