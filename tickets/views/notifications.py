"""What a person was told: the list behind the bell, and marking it read."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from helpdesk.accounts.desk import desk, is_htmx, number_in, staff_of, with_event
from helpdesk.accounts.models import Notification, Staff
from helpdesk.accounts.noticing import shown_to
from helpdesk.accounts.permissions import VIEW_TEAM
from tickets.models import Ticket
from tickets.notice_words import WORDS

PAGE_SIZE = 50


def lines_for(staff: Staff, *, before: int | None = None) -> tuple[list[dict[str, Any]], int | None]:
    """The person's notifications, newest first, on tickets they may still see; two queries."""
    rows = shown_to(staff)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: PAGE_SIZE + 1])
    more, found = len(found) > PAGE_SIZE, found[:PAGE_SIZE]
    ids = {row.ticket_id for row in found if row.ticket_id}
    tickets = {
        ticket.pk: ticket for ticket in Ticket.objects.visible_to(staff).filter(pk__in=ids).only("pk", "subject")
    }
    lines = []
    for row in sorted(found, key=lambda row: row.created_at, reverse=True):
        ticket = tickets.get(row.ticket_id or 0)
        # a record that somebody was named for (`data["url"]`) is told without its ticket, which they may not see
        if ticket is not None or row.data.get("url"):
            icon, words = WORDS.get(row.kind, ("bell", row.kind))
            lines.append({"row": row, "ticket": ticket, "icon": icon, "words": words, "url": row.address})
    return lines, found[-1].pk if more else None


@desk(permission=VIEW_TEAM)
@require_GET
def notifications(request: HttpRequest) -> HttpResponse:
    """The list; unread ones stand out."""
    lines, following = lines_for(staff_of(request), before=number_in(request.GET.get("before")))
    context = {"lines": lines, "next_url": f"/notifications/?before={following}" if following else ""}
    template = "tickets/_notifications.html" if is_htmx(request) else "tickets/notifications.html"
    return render(request, template, context | {"rail_current": "notifications"})


def unread_of(staff: Staff) -> str:
    """How many the person has not read, counted to a hundred; empty for none."""
    return str(shown_to(staff).filter(read_at__isnull=True)[:100].count() or "")


@desk(permission=VIEW_TEAM)
@require_GET
def unread_count(request: HttpRequest) -> HttpResponse:
    """`/notifications/count/`: for the bell on pages without tickets; two queries, one of them the session's person."""
    return JsonResponse({"counts": {"notifications": unread_of(staff_of(request))}})


@desk(permission=VIEW_TEAM)
@require_POST
def mark_read(request: HttpRequest) -> HttpResponse:
    """Mark one (`id`), those of a ticket (`ticket`) or all as read."""
    rows = Notification.objects.filter(staff_id=staff_of(request).pk, read_at__isnull=True)
    if request.POST.get("id"):
        rows = rows.filter(pk=number_in(request.POST["id"]) or 0)
    elif request.POST.get("ticket"):
        rows = rows.filter(ticket_id=number_in(request.POST["ticket"]) or 0)
    rows.update(read_at=timezone.now())
    if not is_htmx(request) and "text/html" in request.headers.get("Accept", ""):
        return redirect("/notifications/")
    return with_event(HttpResponse(status=204), "notifications:read", True)
