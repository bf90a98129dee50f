"""What the matcher gave to whom and why: offers with an answer, and tickets handed over directly."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Staff
from tickets.models import Ticket
from tickets.routing.models.queues import LoadKind


class OfferState(models.TextChoices):
    """`lapsed`: nobody answered in time, or the person left; `withdrawn`: the ticket went elsewhere; `given`: handed over
    without asking; `pulled`: the person asked for the next one."""

    OPEN = "open", _("waits for an answer")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    LAPSED = "lapsed", _("not answered")
    WITHDRAWN = "withdrawn", _("no longer on offer")
    GIVEN = "given", _("handed over")
    PULLED = "pulled", _("taken as the next one")


# Ways in which a ticket reached the person.
ENDED = (OfferState.ACCEPTED, OfferState.GIVEN, OfferState.PULLED)


class Offer(models.Model):
    """A ticket put before one agent; it counts against their capacity while it is open.

    `reasons` says why it was this person, as data: `[{"code": "load", "used": 3, "most": 10, "kind": "mail"}, …]`.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="offers")
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="offers")
    load_kind = models.CharField(max_length=4, choices=LoadKind)
    state = models.CharField(max_length=9, choices=OfferState, default=OfferState.OPEN)
    reasons: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(default=list)
    offered_at = models.DateTimeField(default=now)
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # why it ended without the person: expired, gone, taken, moved
    ended_why = models.CharField(max_length=10, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=OfferState.values), name="offer_state_known"),
            models.UniqueConstraint(fields=["ticket"], condition=Q(state="open"), name="offer_one_open_a_ticket"),
            models.CheckConstraint(
                condition=~Q(state="open") | Q(expires_at__isnull=False, ended_at__isnull=True), name="offer_open_ends"
            ),
        ]
        indexes = [
            # an agent's open offers: their card, and what counts against their capacity
            models.Index(fields=["staff", "load_kind"], condition=Q(state="open"), name="offer_open_of_staff"),
            # the sweep: offers whose time is over
            models.Index(fields=["expires_at"], condition=Q(state="open"), name="offer_expires"),
            # a ticket's latest offer: why me; who was asked a moment ago
            models.Index(fields=["ticket", "-id"], name="offer_of_ticket"),
            # who decided lately, for rates
            models.Index(fields=["-ended_at"], condition=Q(ended_at__isnull=False), name="offer_ended"),
        ]


class Turn(models.Model):
    """When the matcher last gave something to a person: whose turn it is, and who has been idle longest."""

    staff = models.OneToOneField(Staff, on_delete=models.CASCADE, primary_key=True, related_name="turn")
    given_at = models.DateTimeField()
