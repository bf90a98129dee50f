"""What the phone fetches and sends."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.views.decorators.http import require_GET, require_POST

from aftersales.field.reading import read_deed
from aftersales.field.selectors import day_of, visit_json
from aftersales.field.services.entries import take_entry
from helpdesk.accounts.desk import actor_of, desk, staff_of
from helpdesk.accounts.permissions import SERVICE_DO
from helpdesk.core import clock
from tickets.services.files import NewFile


@desk(permission=SERVICE_DO)
@require_GET
def show_day(request: HttpRequest) -> HttpResponse:
    """`/field/day/`: the days that the phone keeps, with the token that it needs to send what was done meanwhile."""
    return JsonResponse(day_of(staff_of(request), clock.now()) | {"csrf": get_token(request)})


@desk(permission=SERVICE_DO)
@require_POST
def receive_entry(request: HttpRequest) -> HttpResponse:
    """`/field/entries/`: one deed (`entry`, JSON) with its picture (`file`). Sent again it answers the same, and does nothing.

    201 for what was done, 200 for what was known; a refusal tells by its code whether sending again can help.
    """
    deed = read_deed(request.POST.get("entry", ""))
    upload = request.FILES.get("file")
    file = NewFile(upload.name or "photo", upload.content_type or "", upload.read()) if upload is not None else None
    visit, is_known = take_entry(deed, by=actor_of(request), file=file)
    body = {"key": str(deed.key), "is_known": is_known, "visit": visit_json(visit.pk)}
    return JsonResponse(body, status=200 if is_known else 201)
