"""The list and the board of claims."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from aftersales.claims.machines import STATES
from aftersales.claims.models import NUMBER_PREFIX, ClaimKind
from aftersales.forms.record import people_with
from aftersales.selectors.listing import AGES, VIEW_WORDS, ClaimFilter, board, claim_rows, open_counts
from helpdesk.accounts.desk import desk, is_htmx, staff_of
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import CLAIM_WORK, VIEW_TEAM


@desk(permission=VIEW_TEAM)
@require_GET
def claim_list(request: HttpRequest) -> HttpResponse:
    """`/claims/?view=&kind=&state=&age=&handler=&q=`: a page of claims; a search for one number opens it."""
    staff, asked = staff_of(request), ClaimFilter.read(request.GET)
    page = claim_rows(staff, asked, request.GET.get("cursor") or None)
    if asked.q and len(page.ids) == 1 and not is_htmx(request):
        return redirect(f"/claims/{NUMBER_PREFIX}{page.ids[0]}/")
    context = _around(staff, asked) | {
        "rows": page.rows,
        "next_url": f"/claims/?{urlencode({**asked.query(), 'cursor': page.next})}" if page.next else "",
        "here": request.get_full_path(),
    }
    template = "aftersales/_claim_rows.html" if is_htmx(request) else "aftersales/claim_list.html"
    return render(request, template, context)


@desk(permission=VIEW_TEAM)
@require_GET
def claim_board(request: HttpRequest) -> HttpResponse:
    """`/claims/board/`: open claims by whom they wait for."""
    staff, asked = staff_of(request), ClaimFilter.read(request.GET)
    context = _around(staff, asked)
    context |= {"columns": board(staff, asked, context["counts"]), "here": request.get_full_path()}
    template = "aftersales/_board.html" if is_htmx(request) else "aftersales/claim_board.html"
    return render(request, template, context)


def _around(staff: Staff, asked: ClaimFilter) -> dict[str, Any]:
    """Tabs with their counts, and the filters."""
    counts = open_counts(staff)
    tabs = [
        {
            "label": label,
            "url": f"/claims/?{urlencode(asked.query(view=key, q='', state=''))}",
            "count": counts.get(key, ""),
            "is_current": key == asked.view and not asked.q,
        }
        for key, label in VIEW_WORDS.items()
    ]
    return {
        "asked": asked,
        "counts": counts,
        "tabs": tabs,
        "kinds": ClaimKind.choices,
        "states": [(key, state.label) for key, state in STATES.items() if not state.ends],
        "ages": [(key, words) for key, (words, _length) in AGES.items()],
        "people": people_with(CLAIM_WORK),
        "list_url": f"/claims/?{urlencode(asked.query())}",
        "board_url": f"/claims/board/?{urlencode(asked.query(view='open', q=''))}",
        "rail_current": "claims",
    }
