"""The verbs of a ticket, each under its own address; all answer with the ticket as it is afterwards."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.api.authentication import actor_of, owner_of
from helpdesk.accounts.models import Team
from helpdesk.core.api.schema import listed, operation
from helpdesk.core.errors import Invalid, NotFound
from tickets.access import parse_number
from tickets.api import output
from tickets.api.examples import TICKET
from tickets.api.serializers import (
    AssignSerializer,
    LinkInputSerializer,
    LinkSerializer,
    MergeSerializer,
    OwnerSerializer,
    SnoozeSerializer,
    SpamSerializer,
    SplitSerializer,
    StatusSerializer,
    TagsSerializer,
    TicketSerializer,
    TransferSerializer,
    WatchSerializer,
)
from tickets.api.views.base import TicketView, person, read, visible_id, written
from tickets.models import StatusLabel, Ticket, TicketLink, Watcher
from tickets.services.assignment import assign_ticket, transfer_ticket
from tickets.services.merging import link_tickets, merge_tickets, split_ticket, unlink_tickets
from tickets.services.properties import edit_ticket, mark_spam
from tickets.services.status import set_status, snooze_ticket
from tickets.services.watching import unwatch_ticket, watch_ticket


def _verb(summary: str, request: Any, example: Any, description: str = "") -> Any:
    return operation(
        summary,
        request=request,
        answer=TicketSerializer,
        scope="tickets:write",
        description=description,
        is_write=True,
        errors=[404],
        example=example,
        returns=TICKET,
    )


class Assign(TicketView):
    """`…/assign/`."""

    @_verb("Assign a ticket", AssignSerializer, {"owner": "agent"}, "`owner: null` puts it back into the team's queue.")
    def post(self, request: Request, number: str) -> Response:
        """Hand the ticket to a person or back to the queue."""
        values = read(AssignSerializer, request)
        pk = parse_number(number)
        assign_ticket(pk, to=person(values["owner"]), by=actor_of(request), edit_version=values.get("edit_version"))
        return Response(written(pk))


class Transfer(TicketView):
    """`…/transfer/`."""

    @_verb("Transfer a ticket to another team", TransferSerializer, {"team": "repairs", "note": "Needs a visit."})
    def post(self, request: Request, number: str) -> Response:
        """Move the ticket to another team's queue or person."""
        values = read(TransferSerializer, request)
        team = Team.objects.filter(slug=values["team"]).first()
        if team is None:
            raise Invalid(fields={"team": _("There is no such team.")})
        pk = parse_number(number)
        transfer_ticket(
            pk,
            team=team,
            owner=person(values.get("owner")),
            note=values.get("note", ""),
            by=actor_of(request),
            edit_version=values.get("edit_version"),
        )
        return Response(written(pk))


class SetStatus(TicketView):
    """`…/status/`."""

    @_verb("Set a ticket's status", StatusSerializer, {"status": "solved", "solution": "Door seal replaced"})
    def post(self, request: Request, number: str) -> Response:
        """Move the ticket between the status categories."""
        values = read(StatusSerializer, request)
        label = None
        if values.get("label"):
            label = StatusLabel.objects.filter(pk=values["label"], is_active=True).first()
            if label is None:
                raise Invalid(fields={"label": _("Choose one of the listed statuses.")})
        pk = parse_number(number)
        set_status(
            pk,
            values["status"],
            label=label,
            solution=values.get("solution"),
            by=actor_of(request),
            edit_version=values.get("edit_version"),
            confirmed=values.get("confirmed", ()),
        )
        return Response(written(pk))


class Snooze(TicketView):
    """`…/snooze/`."""

    @_verb("Snooze or wake a ticket", SnoozeSerializer, {"until": "2026-05-04T01:00:00Z"})
    def post(self, request: Request, number: str) -> Response:
        """Take the ticket out of the views until a moment."""
        values = read(SnoozeSerializer, request)
        pk = parse_number(number)
        snooze_ticket(pk, until=values["until"], by=actor_of(request))
        return Response(written(pk))


class Spam(TicketView):
    """`…/spam/`."""

    @_verb("Mark a ticket as spam or not", SpamSerializer, {"is_spam": True}, "Nothing is deleted.")
    def post(self, request: Request, number: str) -> Response:
        """Move the ticket into the spam view or back."""
        values = read(SpamSerializer, request)
        pk = parse_number(number)
        mark_spam(pk, is_spam=values["is_spam"], by=actor_of(request), reason="person")
        return Response(written(pk))


class Merge(TicketView):
    """`…/merge/`."""

    @_verb("Merge a ticket into another", MergeSerializer, {"into": "HD-1042"}, "Answers with the ticket that stays.")
    def post(self, request: Request, number: str) -> Response:
        """Move everything into the other ticket and close this one."""
        values = read(MergeSerializer, request)
        kept = merge_tickets(parse_number(number), parse_number(values["into"]), by=actor_of(request))
        return Response(written(kept.pk))


class Split(TicketView):
    """`…/split/`."""

    @operation(
        "Split messages off into a ticket of their own",
        request=SplitSerializer,
        answer=TicketSerializer,
        status=201,
        scope="tickets:write",
        description="Answers with the new ticket, which is linked to this one.",
        is_write=True,
        errors=[404],
        example={"messages": [5120], "subject": "The dryer"},
        returns=TICKET,
    )
    def post(self, request: Request, number: str) -> Response:
        """Move messages that are about another matter."""
        values = read(SplitSerializer, request)
        fresh = split_ticket(parse_number(number), values["messages"], subject=values["subject"], by=actor_of(request))
        return Response(written(fresh.pk), status=201)


class Tags(TicketView):
    """`…/tags/`."""

    @_verb("Add and remove tags", TagsSerializer, {"add": ["washer"], "remove": ["new"]})
    def post(self, request: Request, number: str) -> Response:
        """Change the tags that are named; those that others set meanwhile stay."""
        values = read(TagsSerializer, request)
        pk = parse_number(number)
        with transaction.atomic():
            ticket = Ticket.objects.select_for_update(no_key=True).only("tags").filter(pk=pk).first()
            if ticket is None:
                raise NotFound
            kept = [tag for tag in ticket.tags if tag not in values["remove"]]
            edit_ticket(pk, by=actor_of(request), tags=[*kept, *values["add"]])
        return Response(written(pk))


LINK = {"id": 12, "source": "HD-1042", "target": "HD-990", "kind": "related"}


def _link(row: TicketLink) -> dict[str, Any]:
    return {
        "id": row.pk,
        "source": output.number(row.source_id),
        "target": output.number(row.target_id),
        "kind": row.kind,
    }


class Links(TicketView):
    """`…/links/`."""

    @operation(
        "List a ticket's links",
        answer=listed(LinkSerializer),
        scope="tickets:read",
        description="Links to tickets that the key's owner may not see are left out.",
        errors=[404],
        returns={"results": [LINK], "next": None},
    )
    def get(self, request: Request, number: str) -> Response:
        """Both directions."""
        pk = visible_id(request, number)
        visible = Ticket.objects.visible_to(owner_of(request))
        found = [
            *TicketLink.objects.filter(source_id=pk, target__in=visible).order_by("pk")[:200],
            *TicketLink.objects.filter(target_id=pk, source__in=visible).order_by("pk")[:200],
        ]
        return Response({"results": [_link(row) for row in found], "next": None})

    @operation(
        "Link a ticket to another",
        request=LinkInputSerializer,
        answer=LinkSerializer,
        status=201,
        scope="tickets:write",
        is_write=True,
        errors=[404],
        example={"target": "HD-990", "kind": "related"},
        returns=LINK,
    )
    def post(self, request: Request, number: str) -> Response:
        """Tie the two together."""
        values = read(LinkInputSerializer, request)
        link = link_tickets(
            parse_number(number), parse_number(values["target"]), kind=values["kind"], by=actor_of(request)
        )
        return Response(_link(link), status=201)


class OneLink(TicketView):
    """`…/links/{link}/`."""

    @operation("Remove a link", status=204, scope="tickets:write", is_write=True, errors=[404])
    def delete(self, request: Request, number: str, link: int) -> Response:
        """Untie the two tickets."""
        pk = visible_id(request, number)
        found = (
            TicketLink.objects.filter(pk=link, source_id=pk).first()
            or TicketLink.objects.filter(pk=link, target_id=pk).first()
        )
        if found is None:
            raise NotFound
        unlink_tickets(found.pk, by=actor_of(request))
        return Response(status=204)


WATCHER = {"id": 7, "username": "agent", "name": "Chen Yu"}


class Watchers(TicketView):
    """`…/watchers/`."""

    @operation(
        "List who watches a ticket",
        answer=listed(OwnerSerializer),
        scope="tickets:read",
        errors=[404],
        returns={"results": [WATCHER], "next": None},
    )
    def get(self, request: Request, number: str) -> Response:
        """The people in the order in which they began."""
        return Response({"results": _watchers(visible_id(request, number)), "next": None})

    @operation(
        "Watch a ticket",
        request=WatchSerializer,
        answer=listed(OwnerSerializer),
        scope="tickets:write",
        is_write=True,
        errors=[404],
        example={"staff": "agent"},
        returns={"results": [WATCHER], "next": None},
    )
    def post(self, request: Request, number: str) -> Response:
        """Let a person follow; the key's owner by default."""
        values = read(WatchSerializer, request)
        pk = parse_number(number)
        staff = person(values.get("staff") or None, "staff") or owner_of(request)
        watch_ticket(pk, staff=staff, by=actor_of(request))
        return Response({"results": _watchers(pk), "next": None})


class OneWatcher(TicketView):
    """`…/watchers/{username}/`."""

    @operation("Stop watching a ticket", status=204, scope="tickets:write", is_write=True, errors=[404])
    def delete(self, request: Request, number: str, username: str) -> Response:
        """The person no longer follows; no-op when they did not."""
        pk = visible_id(request, number)
        row = Watcher.objects.select_related("staff").filter(ticket_id=pk, staff__username=username).first()
        if row is None:
            raise NotFound
        unwatch_ticket(pk, staff=row.staff, by=actor_of(request))
        return Response(status=204)


def _watchers(pk: int) -> list[dict[str, Any]]:
    rows = Watcher.objects.filter(ticket_id=pk).order_by("pk").values_list("staff_id", "staff__username", "staff__name")
    return [{"id": staff, "username": username, "name": name} for staff, username, name in rows[:200]]
