"""A ticket's page: header, conversation, composer, context column, history."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from helpdesk.accounts.desk import actor_of, desk, is_htmx, number_in, staff_of, targets
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import (
    ASSIGN,
    ASSIGN_SELF,
    CUSTOMER_UNMASK,
    EDIT,
    MERGE,
    NOTE,
    REPLY,
    SPAM,
    SUB_WORK,
    TRANSFER,
    VIEW_TEAM,
)
from helpdesk.core.actors import Actor
from helpdesk.customers.services.unmasking import show_identity
from helpdesk.customers.views.staff import whole
from tickets.access import may_let_in
from tickets.history import history_of, lines_between
from tickets.panels import changed_panels, context_panels, page_panels, properties_panel
from tickets.selectors.conversation import Person, conversation_of, items_of, people_of
from tickets.selectors.ticket_page import TicketPage, ticket_page, visible_id, visible_ticket
from tickets.services.properties import mark_read
from tickets.views.listing import view_in, views_context


def rights(staff: Staff, ticket: Any) -> dict[str, bool]:
    """What the header and menus offer; the verbs check again."""
    lives = ticket.merged_into_id is None
    mine_or_free = ticket.owner_id in {None, staff.pk} or staff.can(ASSIGN)
    is_sub = ticket.parent_id is not None
    # a task of another department is taken, put off and solved by those who work on tasks
    works = staff.can(EDIT) or (is_sub and staff.can(SUB_WORK))
    takes = staff.can(ASSIGN_SELF) or (is_sub and staff.can(SUB_WORK))
    return {
        "edit": lives and staff.can(EDIT),
        "status": lives and works and not ticket.is_closed,
        "assign": lives and takes and mine_or_free,
        "assign_others": lives and staff.can(ASSIGN),
        "transfer": lives and staff.can(TRANSFER),
        "reply": lives and staff.can(REPLY) and not ticket.is_closed and not is_sub,
        "note": lives and staff.can(NOTE),
        "merge": lives and staff.can(MERGE) and not is_sub,
        "spam": lives and staff.can(SPAM) and not is_sub,
        "snooze": lives and works and not ticket.is_finished,
        "sub": lives and staff.can(EDIT) and not (is_sub or ticket.is_finished or ticket.is_spam),
        "consult": lives and staff.can(NOTE) and not ticket.is_spam and may_let_in(Actor.of_staff(staff), ticket),
        "watch": staff.can(NOTE),
    }


def header_context(staff: Staff, ticket: Any, watchers: list[Person]) -> dict[str, Any]:
    """What the header shows."""
    return {
        "ticket": ticket,
        "base": f"/tickets/{ticket.number}/",
        "can": rights(staff, ticket),
        "watchers": watchers,
        "watcher_faces": [{"id": person.pk, "name": person.name} for person in watchers[:3]],
        "more_watchers": max(0, len(watchers) - 3),
        "is_watching": any(person.pk == staff.pk for person in watchers),
        "me": staff.pk,
    }


def page_context(request: HttpRequest, staff: Staff, page: TicketPage) -> dict[str, Any]:
    """Header, conversation, composer and the first panels."""
    ticket, talk = page.ticket, page.conversation
    loaded = {"ticket": ticket, "identities": page.identities, "staff": staff}
    return {
        **header_context(staff, ticket, talk.people.watchers),
        "items": talk.items,
        "earlier_url": f"/tickets/{ticket.number}/thread/?before={talk.earlier}" if talk.earlier else "",
        "last_id": talk.last_id,
        "composer": page.composer,
        "panels": page_panels(loaded),
    }


@desk(permission=VIEW_TEAM)
@require_GET
def ticket_detail(request: HttpRequest, number: str) -> HttpResponse:
    """`/tickets/HD-123/`: the conversation column (with the context column beside it) for htmx, else the whole desk,
    whose list and counts are asked for by a second request."""
    staff = staff_of(request)
    page = ticket_page(staff, number)
    context = page_context(request, staff, page)
    if targets(request, "col-main") or (is_htmx(request) and not targets(request, "list-column")):
        return render(request, "tickets/_ticket_column.html", context | {"is_fragment": True})
    view = view_in(request.GET, staff)
    query = request.GET.copy()
    query["view"] = view.key
    context |= views_context(staff, view.key, with_counts=False)
    context |= {"view": view, "list_url": f"/tickets/?{urlencode(list(query.items()))}", "rail_current": "tickets"}
    return render(request, "tickets/ticket_detail.html", context | {"position": page.ticket.log_position or 0})


@desk(permission=VIEW_TEAM)
@require_GET
def ticket_header(request: HttpRequest, number: str) -> HttpResponse:
    """The header alone, after a change that somebody else made."""
    return header_response(request, number)


def header_response(request: HttpRequest, number: str) -> HttpResponse:
    """The header as it stands now, and with it the facts of the context column."""
    staff = staff_of(request)
    ticket = visible_ticket(staff, number)
    people = people_of(ticket).watchers
    context = header_context(staff, ticket, people) | {"panel": properties_panel(ticket=ticket, staff=staff)}
    context["changed_panels"] = changed_panels({"ticket": ticket, "staff": staff})
    return render(request, "tickets/_header_changed.html", context)


@desk(permission=VIEW_TEAM)
@require_GET
def ticket_thread(request: HttpRequest, number: str) -> HttpResponse:
    """Parts of the conversation: `before=ID` earlier ones, `after=ID` new ones, `ids=1,2` these as they stand now,
    `changes=1` the newest part with what was changed in between."""
    staff = staff_of(request)
    ticket = visible_ticket(staff, number)
    if request.GET.get("ids"):
        ids = [pk for pk in map(number_in, request.GET["ids"].split(",")[:50]) if pk is not None]
        return render(request, "tickets/_items.html", {"items": items_of(ticket, staff, ids), "ticket": ticket})
    talk = conversation_of(
        ticket, staff, before=number_in(request.GET.get("before")), after=number_in(request.GET.get("after"))
    )
    changes = request.GET.get("changes") == "1"
    items = lines_between(ticket, talk.items, is_newest=not request.GET.get("before")) if changes else talk.items
    suffix = "&changes=1" if changes else ""
    context = {
        "items": items,
        "ticket": ticket,
        "earlier_url": f"/tickets/{ticket.number}/thread/?before={talk.earlier}{suffix}" if talk.earlier else "",
        "last_id": talk.last_id,
    }
    return render(request, "tickets/_thread_part.html", context)


@desk(permission=VIEW_TEAM)
@require_GET
def ticket_context(request: HttpRequest, number: str) -> HttpResponse:
    """The further panels of the context column, in one answer."""
    staff = staff_of(request)
    ticket = visible_ticket(staff, number)
    context = {"ticket": ticket, "panels": context_panels({"ticket": ticket, "staff": staff}), "staff": staff}
    return render(request, "tickets/_panels.html", context)


@desk(permission=VIEW_TEAM)
@require_GET
def ticket_history(request: HttpRequest, number: str) -> HttpResponse:
    """Every change of the ticket in words, newest first."""
    staff = staff_of(request)
    ticket = visible_ticket(staff, number)
    page = history_of(ticket, before=number_in(request.GET.get("before")))
    context = {"ticket": ticket, "events": page.lines, "base": f"/tickets/{ticket.number}/"}
    context["next_url"] = f"{context['base']}history/?before={page.next}" if page.next else ""
    if request.GET.get("before"):
        return render(request, "tickets/_history_part.html", context)
    if is_htmx(request):
        return render(request, "tickets/_history.html", context)
    return render(request, "tickets/history.html", context | {"rail_current": "tickets"})


@desk(permission=VIEW_TEAM)
@require_POST
def ticket_read(request: HttpRequest, number: str) -> HttpResponse:
    """Somebody has opened it: the unread dot goes."""
    mark_read(visible_id(staff_of(request), number), by=actor_of(request))
    return HttpResponse(status=204)


@desk(permission=CUSTOMER_UNMASK)
@require_POST
def identity_show(request: HttpRequest, number: str, identity_id: int) -> HttpResponse:
    """The whole address or number of the ticket's customer; the ticket's history tells who looked at it."""
    ticket = visible_ticket(staff_of(request), number)
    identity = show_identity(
        int(identity_id), by=actor_of(request), customer_id=ticket.customer_id, ticket_id=ticket.pk
    )
    return whole(identity) if is_htmx(request) else redirect(f"/tickets/{ticket.number}/")
