"""A claim's record and its files."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from aftersales.claims.models import ClaimFile
from aftersales.claims.services.record import change_record
from aftersales.forms.record import RecordForm
from aftersales.forms.repeating import let_through
from aftersales.selectors.claim_page import visible_claim
from helpdesk.accounts.desk import actor_of, desk, is_htmx, staff_of, with_event, with_toast
from helpdesk.accounts.permissions import CLAIM_WORK
from helpdesk.core.errors import Conflict, NotFound, Refused
from helpdesk.core.saving import add_refusal
from tickets.views.files import file_response


@desk(permission=CLAIM_WORK)
@require_http_methods(["GET", "POST"])
def claim_record(request: HttpRequest, number: str) -> HttpResponse:
    """`/claims/AS-1/record/`: who leads it, its cause, its lesson; in the page's dialog, or as a page of its own."""
    staff = staff_of(request)
    claim = visible_claim(staff, number)
    form = RecordForm(claim, staff, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            change_record(claim.pk, form.values(), by=actor_of(request), row_version=form.cleaned_data["row_version"])
        except NotFound:
            raise
        except Refused as refusal:
            add_refusal(form, refusal)
            if isinstance(refusal, Conflict):
                let_through(form, "row_version", refusal.data.get("row_version", ""))
        else:
            if is_htmx(request):
                response = with_event(HttpResponse(), "dialogClose", True)
                return with_toast(with_event(response, "claim:changed", True), _("Saved"), kind="success")
            messages.success(request, _("Saved"))
            return redirect(f"/claims/{claim.number}/")
    context = {"claim": claim, "form": form, "base": f"/claims/{claim.number}/", "rail_current": "claims"}
    template = "aftersales/_record_dialog.html" if is_htmx(request) else "aftersales/record.html"
    return render(request, template, context, status=422 if form.errors else 200)


@desk
@require_GET
def claim_file(request: HttpRequest, number: str, file_id: int) -> HttpResponse:
    """One photo or paper of a claim that the person may see."""
    claim = visible_claim(staff_of(request), number)
    found = ClaimFile.objects.select_related("attachment").filter(pk=int(file_id), claim_id=claim.pk).first()
    if found is None:
        raise NotFound
    return file_response(found.attachment, show=request.GET.get("show") == "1")
