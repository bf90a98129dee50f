"""The conversation: read it, answer, note, or pass on what the customer wrote."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response

from helpdesk.accounts.api.authentication import actor_of, owner_of
from helpdesk.accounts.permissions import CREATE
from helpdesk.core import idempotency, keyset
from helpdesk.core.api.paging import envelope, page_size
from helpdesk.core.api.schema import PAGED, listed, operation
from helpdesk.core.api.views import as_response, fingerprint, idempotency_key
from helpdesk.core.errors import Invalid
from helpdesk.core.models import ChannelAccount
from tickets.access import parse_number, require
from tickets.api import output
from tickets.api.examples import MESSAGE
from tickets.api.posting import Posting, post
from tickets.api.serializers import MessageSerializer, NewMessageSerializer, ReceivedSerializer
from tickets.api.views.base import TicketView, read, visible_id
from tickets.api.views.tickets import answer_of, known_of
from tickets.errors import TicketMerged
from tickets.models import Direction, Message, Ticket, Visibility
from tickets.services.replying import Reply, add_note, reply_to_ticket, withdraw_message


class Messages(TicketView):
    """`/tickets/{number}/messages/`."""

    keeps_answers = False

    @operation(
        "Read a ticket's conversation",
        answer=listed(MessageSerializer),
        scope="tickets:read",
        description="Oldest first, with internal notes, files and the state of deliveries.",
        errors=[400, 404],
        parameters=PAGED,
        returns={"results": [MESSAGE], "next": None},
    )
    def get(self, request: Request, number: str) -> Response:
        """One page of messages in the order in which they were stored."""
        size = page_size(request)
        pk = visible_id(request, number)
        rows = output.message_rows(pk)
        cursor = request.query_params.get("cursor")
        if cursor:
            rows = rows.filter(pk__gt=keyset.decode(cursor)[1])
        found = list(rows.order_by("pk")[: size + 1])
        following = keyset.encode(found[size - 1]["created_at"], found[size - 1]["id"]) if len(found) > size else None
        return envelope(request, output.messages(found[:size], owner_of(request)), following)

    @operation(
        "Add a message",
        request=NewMessageSerializer,
        answer=MessageSerializer,
        status=201,
        more={200: ReceivedSerializer, 202: ReceivedSerializer},
        scope="tickets:write",
        description=(
            "`direction: out` answers the customer (`visibility: public`) or notes for colleagues (`internal`) and gives "
            "the message; a repeated `external_id` on the same ticket gives the first one. `direction: in` passes on what "
            "the customer wrote and is answered like opening a ticket; a closed ticket is continued by a linked follow-up."
        ),
        is_write=True,
        errors=[404],
        example={"text": "A technician will call you today.", "status": "pending"},
        returns=MESSAGE,
    )
    def post(self, request: Request, number: str) -> Response:
        """Write by the verb that the direction and visibility name."""
        values = read(NewMessageSerializer, request)
        if values["direction"] == Direction.IN:
            return self._receive(request, number, values)
        key = idempotency_key(request)
        if not key:
            return as_response(self._write(request, number, values))
        mark = fingerprint(request)
        return as_response(idempotency.once(request.auth.pk, key, mark, lambda: self._write(request, number, values)))

    def _write(self, request: Request, number: str, values: dict[str, Any]) -> idempotency.Answer:
        by, pk = actor_of(request), parse_number(number)
        if values["visibility"] == Visibility.INTERNAL:
            message = add_note(
                pk, values["text"], by=by, mentions=values["mentions"], attachment_ids=values["attachments"]
            )
            return idempotency.Answer(201, _written(message.pk, request))
        reply = Reply(
            text=values["text"],
            cc=[("", address) for address in values["cc"]],
            bcc=[("", address) for address in values["bcc"]],
            attachment_ids=values["attachments"],
            account=_account(values.get("channel")),
            status=values.get("status", ""),
            release_at=values.get("release_at"),
            external_id=values["external_id"],
        )
        if not reply.external_id:
            message = reply_to_ticket(pk, reply, by=by)
            row = output.message_row(message)
            written = output.messages([row], owner_of(request), has_files=bool(reply.attachment_ids))
            return idempotency.Answer(201, written[0])
        with transaction.atomic():
            # under the ticket's lock, so that a repeat beside the first finds it
            visible_id(request, number)
            Ticket.objects.select_for_update(no_key=True).only("pk").get(pk=pk)
            first = Message.objects.filter(
                ticket_id=pk, direction=Direction.OUT, external_id=reply.external_id, visibility=Visibility.PUBLIC
            ).values_list("pk", flat=True)
            earlier = first.first()
            if earlier is None:
                return idempotency.Answer(201, _written(reply_to_ticket(pk, reply, by=by).pk, request))
        return idempotency.Answer(200, _written(earlier, request))

    def _receive(self, request: Request, number: str, values: dict[str, Any]) -> Response:
        require(actor_of(request), CREATE)
        pk = visible_id(request, number)
        merged = Ticket.objects.filter(pk=pk).values_list("merged_into_id", flat=True).first()
        if merged is not None:
            raise TicketMerged(merged_into=output.number(merged))
        if not values["text"].strip() and not values["attachments"]:
            raise Invalid(fields={"text": _("Write a message first.")})
        if values.get("requester"):
            known_of(values["requester"])
        key = idempotency_key(request)
        mark = fingerprint(request)
        answered = idempotency.find(request.auth.pk, key, mark) if key else None
        if answered is not None:
            return as_response(answered)
        posting = Posting(
            channel=values.get("channel", "api"),
            external_id=values["external_id"] or key,
            order_key=f"ticket:{pk}",
            attachments=values["attachments"],
            facts={"ticket": pk},
        )
        posted = post(request, posting, mark=mark)
        answer = answer_of(posted)
        if key and posted.is_done:
            idempotency.remember(request.auth.pk, key, mark, answer)
        return as_response(answer)


def _written(pk: int, request: Request) -> dict[str, Any]:
    rows = Message.objects.filter(pk=pk).values(*output.MESSAGE_COLUMNS)
    return output.messages(list(rows), owner_of(request))[0]


def _account(slug: str | None) -> ChannelAccount | None:
    if slug is None:
        return None
    account = ChannelAccount.objects.filter(slug=slug, is_active=True).first()
    if account is None:
        raise Invalid(fields={"channel": _("There is no such active channel account.")})
    return account


class WithdrawMessage(TicketView):
    """`/tickets/{number}/messages/{message}/withdraw/`."""

    @operation(
        "Take back an answer that has not left",
        answer=MessageSerializer,
        scope="tickets:write",
        is_write=True,
        errors=[404],
        returns=MESSAGE,
    )
    def post(self, request: Request, number: str, message: int) -> Response:
        """The message with its `withdrawn_at`; 409 `too_late` when it has left."""
        pk = visible_id(request, number)
        found = Message.objects.filter(pk=message, ticket_id=pk).values_list("pk", flat=True).first()
        withdraw_message(found or 0, by=actor_of(request))
        return Response(_written(message, request))
