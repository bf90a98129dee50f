"""The page on which a promise to a customer is made."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from aftersales.claims.access import parse_number
from aftersales.claims.models import Claim
from aftersales.complaints.dialogs import refuse, saved, show_form
from aftersales.promises.forms import PromiseForm
from aftersales.promises.services.promising import promise_update
from helpdesk.accounts.desk import actor_of, desk, staff_of
from helpdesk.accounts.permissions import CLAIM_WORK
from helpdesk.core.errors import NotFound, Refused


@desk(permission=CLAIM_WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def promise_new(request: HttpRequest, number: str) -> HttpResponse:
    """`/claims/AS-1/promises/new/`: by when we write to the customer."""
    claim = Claim.objects.visible_to(staff_of(request)).filter(pk=parse_number(number)).first()
    if claim is None:
        raise NotFound
    form = PromiseForm(request.POST if request.method == "POST" else None, claim=claim)
    back = f"/claims/{claim.number}/"
    if request.method == "POST" and form.is_valid():
        try:
            promise_update(claim.pk, by=actor_of(request), **form.cleaned_data)
        except Refused as refusal:
            refuse(form, refusal)
        else:
            return saved(request, back, _("Promised. The customer has been told."))
    title, submit = _("Promise an update"), pgettext("promise", "Promise")
    return show_form(request, form, title=title, action=request.path, submit=submit, back=back, back_label=claim.number)
