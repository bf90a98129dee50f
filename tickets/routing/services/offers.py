"""Answers to offers, their end without an answer, and what happens to the tickets of people who left."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.permissions import ASSIGN_SELF, EDIT, REPLY
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM, Actor
from helpdesk.core.errors import Forbidden, NotFound, Refused
from tickets.models import Ticket
from tickets.routing.calc import channel_kinds_of, reasons_for
from tickets.routing.models import Offer, OfferState, Strategy
from tickets.routing.selectors.floor import people_of
from tickets.routing.selectors.waiting import groups_of, knowing
from tickets.routing.services import matching
from tickets.routing.services.matching import Pick, lock_agents, note_turns, tell_offers
from tickets.routing.services.placing import push_offers
from tickets.services.assignment import set_owner
from tickets.services.changing import changing

# How often, and how long after, somebody who asks for the next ticket looks again past the matcher's locks.
TRIES, PAUSE_SECONDS = 4, 0.05


class OfferOver(Refused):
    """The offer cannot be answered any more; the ticket is somebody else's, or the time is over."""

    code = "offer_over"
    status = 409
    message = _("This offer is over.")


class NothingToTake(Refused):
    """No ticket waits that the person could take."""

    code = "nothing_to_take"
    status = 409
    message = _("Nothing waits that you could take.")


class Full(Refused):
    """The person has as many of these as they take."""

    code = "at_capacity"
    status = 409
    message = _("You have as many conversations as you take at once. Finish one first, or take one from the list.")


# --- Answers ---------------------------------------------------------------------------------------------------------
def accept_offer(offer_id: int, *, by: Actor) -> Ticket:
    """Take the offered ticket; announces ticket.assigned. `OfferOver` says who has it when somebody was quicker."""
    offer = _own(offer_id, by)
    with changing(offer.ticket_id, "accept_offer", by=by, permission=ASSIGN_SELF) as change:
        _end(offer, OfferState.ACCEPTED, change.now)
        lock_agents([offer.staff_id], change.now)
        assert by.staff is not None
        set_owner(change, by.staff)
        for announcement in change.announcements:
            if announcement.name == "ticket.assigned":
                announcement.data.update(by="matcher", offer=offer.pk, why=[reason["code"] for reason in offer.reasons])
    push_offers([offer.staff_id])
    return change.ticket


def decline_offer(offer_id: int, *, by: Actor) -> Ticket:
    """Leave the ticket to somebody else; announces ticket.offer_declined. The next person is asked at once."""
    offer = _own(offer_id, by)
    with changing(offer.ticket_id, "decline_offer", by=by, permission=None) as change:
        _end(offer, OfferState.DECLINED, change.now)
        _free([offer.ticket_id])
        change.announce("ticket.offer_declined", offer=offer.pk, staff=offer.staff_id)
    push_offers([offer.staff_id])
    return change.ticket


def _own(offer_id: int, by: Actor) -> Offer:
    if by.staff is None:
        raise Forbidden
    offer = Offer.objects.filter(pk=offer_id, staff_id=by.staff.pk).first()
    if offer is None:
        raise NotFound
    if offer.state != OfferState.OPEN:
        raise _over(offer)
    return offer


def _end(offer: Offer, state: str, now: datetime) -> None:
    """Answer the offer if it is still open; the caller holds the ticket, so exactly one answer counts."""
    rows = Offer.objects.filter(pk=offer.pk, state=OfferState.OPEN, expires_at__gt=now)
    if not rows.update(state=state, ended_at=now):
        raise _over(offer)


def _over(offer: Offer) -> OfferOver:
    """What became of it, in words."""
    offer = Offer.objects.select_related("ticket__owner").get(pk=offer.pk)
    owner = offer.ticket.owner
    if owner is not None and owner.pk == offer.staff_id:
        return OfferOver(_("You have this ticket already."))
    if owner is not None:
        return OfferOver(_("%(name)s took this ticket a moment ago.") % {"name": owner.name})
    if offer.state == OfferState.DECLINED:
        return OfferOver(_("You have declined this ticket."))
    return OfferOver(_("The time for this offer is over; the ticket goes to somebody else."))


def _free(ticket_ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE routing_queueentry SET offered_until = NULL WHERE ticket_id = ANY(%s)", [list(ticket_ids)]
        )


# --- Without an answer -----------------------------------------------------------------------------------------------
def lapse_due(now: datetime, limit: int) -> int:
    """End open offers whose time is over, and those of people who have left; announces ticket.offer_lapsed for each."""
    ended = [(pk, "expired") for pk in _expired(now, limit)] + [(pk, "gone") for pk in _of_people_gone(now, limit)]
    if not ended:
        return 0
    done = 0
    for why in ("gone", "expired"):
        done += _lapse([pk for pk, code in ended if code == why], why, now)
    return done


def _expired(now: datetime, limit: int) -> list[int]:
    rows = Offer.objects.filter(state=OfferState.OPEN, expires_at__lte=now).order_by("expires_at")
    return list(rows.values_list("pk", flat=True)[:limit])


def _of_people_gone(now: datetime, limit: int) -> list[int]:
    """Open offers of people who are no longer there, by the very rule of the matcher."""
    rows = list(Offer.objects.filter(state=OfferState.OPEN, expires_at__gt=now).values_list("pk", "staff_id"))
    if not rows:
        return []
    people = {person.id: person for person in people_of(now=now, staff_ids={staff_id for _pk, staff_id in rows})}
    return [pk for pk, staff_id in rows if staff_id not in people or people[staff_id].absence][:limit]


@transaction.atomic
def _lapse(offer_ids: Sequence[int], why: str, now: datetime) -> int:
    """End these offers; tickets that somebody works on at this moment are left to the next tick."""
    if not offer_ids:
        return 0
    tickets = Ticket.objects.select_for_update(no_key=True, skip_locked=True).filter(offers__in=offer_ids)
    locked = set(tickets.order_by("pk").values_list("pk", flat=True))
    offers = list(Offer.objects.filter(pk__in=offer_ids, ticket_id__in=locked, state=OfferState.OPEN))
    if not offers:
        return 0
    ids = [offer.pk for offer in offers]
    Offer.objects.filter(pk__in=ids).update(state=OfferState.LAPSED, ended_at=now, ended_why=why)
    _free([offer.ticket_id for offer in offers])
    tell_offers("ticket.offer_lapsed", offers, now, ended=lambda offer: why)
    people = [offer.staff_id for offer in offers]
    transaction.on_commit(lambda: push_offers(people))
    return len(offers)


def oldest_due() -> datetime | None:
    """When the offer that should have ended first was due; None when none is late."""
    late = Offer.objects.filter(state=OfferState.OPEN, expires_at__lte=clock.now()).order_by("expires_at")
    return late.values_list("expires_at", flat=True).first()


# --- Tickets of people who left --------------------------------------------------------------------------------------
_LEFT_BEHIND = """
SELECT t.id, t.owner_id FROM accounts_presence p
JOIN tickets_ticket t ON t.owner_id = p.staff_id
JOIN routing_queuesettings q ON q.team_id = t.team_id AND q.strategy <> 'manual'
WHERE t.holder = 'agent' AND t.status_category IN ('new', 'open') AND NOT t.is_spam AND t.snoozed_until IS NULL
  AND least(CASE WHEN p.state IN ('away', 'offline') THEN p.changed_at END,
            CASE WHEN p.connected_until < %(now)s THEN p.connected_until END)
      + CASE WHEN t.parent_id IS NULL AND t.channel_kind = ANY(%(live)s) THEN make_interval(secs => q.chat_grace_seconds)
             ELSE make_interval(hours => q.grace_hours) END <= %(now)s
ORDER BY t.id LIMIT %(limit)s
"""


def take_back(now: datetime, limit: int) -> int:
    """Put tickets whose agent has been away for longer than the queue's grace back into the queue; announces
    ticket.assigned. Live chats after seconds, all else after hours, as the queue's settings say."""
    live = channel_kinds_of("chat") + channel_kinds_of("call")
    with connection.cursor() as cursor:
        cursor.execute(_LEFT_BEHIND, {"now": now, "live": live, "limit": min(limit, 50)})
        found = cursor.fetchall()
    done = 0
    for ticket_id, owner_id in found:
        with changing(ticket_id, "take_back", by=SYSTEM, permission=EDIT, now=now) as change:
            if change.ticket.owner_id == owner_id:
                set_owner(change, None)
                change.announcements[0].data.update(by="matcher", why=["gone"])
                done += 1
    return done


# --- The next one, please --------------------------------------------------------------------------------------------
@transaction.atomic
def take_next(*, by: Actor, team_id: int | None = None) -> Ticket:
    """The best waiting ticket for this person, of one of their queues or all, handed over at once; announces
    ticket.assigned. `Full` when they carry what they take, `NothingToTake` when nothing fits."""
    staff = by.staff
    if staff is None or not staff.can(ASSIGN_SELF) or not staff.can(REPLY):
        raise Forbidden
    now = clock.now()
    groups = groups_of([pk for pk in staff.team_ids if team_id in {None, pk}])
    me = next(iter(people_of(now=now, staff_ids=[staff.pk])), None)
    if me is None:
        raise NothingToTake
    able = [group for group in groups if not me.lacks(group.waiting().needs)]
    roomy = [(group, 1) for group in able if me.room(group.load_kind) > 0]
    # a ticket that others were asked about in vain is theirs for the taking
    rows = matching.lock_rows(roomy, now + matching.REST, 1)
    for _try in range(TRIES):
        if rows or not roomy:
            break
        # something waits, but a batch of the matcher looks at it at this very moment
        time.sleep(PAUSE_SECONDS)
        rows = matching.lock_rows(roomy, now + matching.REST, 1)
    if not rows:
        raise Full if able and not roomy else NothingToTake
    (waiting,) = knowing(rows, now)
    person = lock_agents([staff.pk], now)[staff.pk]
    if person.room(waiting.load_kind) <= 0:
        raise Full
    reasons = [{"code": "pulled"}, *reasons_for(waiting, person, Strategy.MANUAL)]
    matching.hand_over([Pick(waiting, person, reasons)], now, state=OfferState.PULLED, by=by)
    note_turns([staff.pk], now)
    return Ticket.objects.get(pk=waiting.ticket_id)
