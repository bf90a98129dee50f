"""The list of tickets: the desk's first page, its views, filters and live rows."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from helpdesk.accounts.desk import desk, number_in, staff_of, targets
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import ASSIGN, CREATE, EDIT, MERGE, SPAM, VIEW_TEAM
from helpdesk.core.errors import NotFound
from helpdesk.core.events import log_head
from tickets.selectors import counts, rows
from tickets.selectors.filters import Filters, from_query
from tickets.selectors.views import DEFAULT, DeskView, ViewGroup, find_view, groups_for
from tickets.views.notifications import unread_of

SORT_NAMES = {
    "activity": _("Last activity"),
    "waiting": _("Waiting longest"),
    "created": _("Newest"),
    "oldest": _("Oldest"),
    "due": _("Next due"),
}
MOST_IDS = 200


def view_in(query: QueryDict, staff: Staff) -> DeskView:
    """The view that an address names; the default one when it names none that this person may open."""
    try:
        return find_view(query.get("view") or DEFAULT, staff)
    except NotFound:
        return find_view(DEFAULT, staff)


def sort_of(view: DeskView) -> str:
    """The order in which a view opens."""
    return view.sort or rows.DEFAULT_SORT


def sort_in(query: QueryDict, view: DeskView) -> str:
    """The order that an address names; else the view's own."""
    sort = query.get("sort", "")
    return sort if sort in rows.SORTS else sort_of(view)


def list_address(view: DeskView, filters: Filters, sort: str, q: str = "", **more: Any) -> str:
    """The address of the list in this state."""
    parts: dict[str, Any] = {"view": view.key, **filters.as_json()}
    if sort != sort_of(view):
        parts["sort"] = sort
    if q:
        parts["q"] = q
    return f"/tickets/?{urlencode({**parts, **more}, doseq=True)}"


def list_context(request: HttpRequest, staff: Staff) -> dict[str, Any]:
    """The list column: rows of the view with filters and order, or what a search found."""
    view, filters = view_in(request.GET, staff), from_query(request.GET)
    sort = sort_in(request.GET, view)
    q = request.GET.get("q", "").replace("\x00", "").strip()[:200]
    cursor = request.GET.get("cursor") or None
    if q:
        among = rows.narrowed(view, staff, filters=filters) if request.GET.get("view") else None
        page = rows.found_page(staff, q, cursor=cursor, among=among)
    else:
        page = rows.list_page(view, staff, filters=filters, sort=sort, cursor=cursor)
    return {
        "view": view,
        "filters": filters,
        "sort": sort,
        "sort_name": SORT_NAMES[sort],
        "q": q,
        "rows_html": page.rows,
        "next_url": list_address(view, filters, sort, q, cursor=page.next) if page.next else "",
        "rows_url": "" if q else f"/tickets/rows/?{urlencode({'sort': sort, **filters.as_json()}, doseq=True)}",
        "direction": "desc" if rows.SORTS[sort][1] else "",
        "by": "due" if sort == "due" else "",
        "sorts": [
            {"label": name, "url": list_address(view, filters, key, q), "is_current": key == sort}
            for key, name in SORT_NAMES.items()
        ],
        "plain_url": list_address(view, Filters(), sort),
        "may": bulk_rights(staff),
    }


def bulk_rights(staff: Staff) -> dict[str, bool]:
    """What the bulk bar offers."""
    return {
        "edit": staff.can(EDIT),
        "assign": staff.can(ASSIGN) or staff.can(EDIT),
        "merge": staff.can(MERGE),
        "spam": staff.can(SPAM),
        "create": staff.can(CREATE),
        "any": staff.can(EDIT),
    }


def views_context(staff: Staff, current: str, *, with_counts: bool) -> dict[str, Any]:
    """The views column; without counts they come by the page's second request."""
    groups = groups_for(staff)
    numbers = all_counts(groups, staff, count_others=False) if with_counts else {}
    return {
        "view_groups": [
            {
                "label": group.label,
                "views": [
                    {
                        "key": view.key,
                        "label": view.label,
                        "icon": view.icon,
                        "url": f"/tickets/?view={view.key}",
                        "count": numbers.get(view.key, ""),
                        "count_look": view.look,
                        "is_current": view.key == current,
                    }
                    for view in group.views
                ],
            }
            for group in groups
        ],
        "new_url": "/tickets/new/" if staff.can(CREATE) else "",
    }


def all_counts(groups: list[ViewGroup], staff: Staff, *, count_others: bool) -> dict[str, str]:
    """Numbers of every view; those without counters are counted only when asked, else taken from the cache."""
    every = [view for group in groups for view in group.views]
    others = counts.capped_counts(every, staff) if count_others else counts.kept_counts(every, staff)
    return counts.standard_counts(every, staff) | others


@desk(permission=VIEW_TEAM)
@require_GET
def ticket_list(request: HttpRequest) -> HttpResponse:
    """`/tickets/`: the whole desk, or only its list column, or the next rows, by what htmx asks for."""
    # the position first: whatever comes after these rows were read then reaches the page's socket
    staff, position = staff_of(request), log_head()
    context = list_context(request, staff)
    if request.GET.get("cursor"):
        return render(request, "tickets/_more_rows.html", context)
    if targets(request, "list-column"):
        return render(request, "tickets/_list.html", context)
    context |= views_context(staff, context["view"].key, with_counts=True)
    return render(request, "tickets/ticket_list.html", context | {"rail_current": "tickets", "position": position})


@desk(permission=VIEW_TEAM)
@require_GET
def ticket_rows(request: HttpRequest) -> HttpResponse:
    """`/tickets/rows/?ids=1,2&view=…`: those of the tickets that lie in the view; one that is not there has left it.
    With `first=1` also the first page, for a desk that was cut off."""
    staff = staff_of(request)
    view, filters = view_in(request.GET, staff), from_query(request.GET)
    given = request.GET.get("ids", "").split(",")[:MOST_IDS]
    ids = [pk for pk in map(number_in, given) if pk is not None]
    found: dict[int, Any] = rows.rows_of(ids, view, staff, filters=filters) if ids else {}
    if request.GET.get("first") == "1":
        page = rows.list_page(view, staff, filters=filters, sort=sort_in(request.GET, view))
        found |= dict(reversed(list(zip(page.ids, page.rows, strict=True))))
    # New rows are put on top one after another, so the newest comes last.
    return HttpResponse("".join(found.values()))


@desk(permission=VIEW_TEAM)
@require_GET
def ticket_counts(request: HttpRequest) -> HttpResponse:
    """`/tickets/counts/`: the number of each view by its key, and of unread notifications."""
    staff = staff_of(request)
    numbers = all_counts(groups_for(staff), staff, count_others=True)
    return JsonResponse({"counts": {**numbers, "notifications": unread_of(staff)}})


@desk(permission=VIEW_TEAM)
@require_GET
def filter_panel(request: HttpRequest) -> HttpResponse:
    """The filter form of the list, loaded when it is opened."""
    from tickets.views.filtering import filter_fields

    staff = staff_of(request)
    view, filters = view_in(request.GET, staff), from_query(request.GET)
    sort = sort_in(request.GET, view)
    return render(
        request,
        "tickets/_filters.html",
        {"view": view, "filters": filters, "sort": sort, "fields": filter_fields(filters, staff), "may": staff},
    )
