"""Pages of cases: the list by deadline, the intake, a case's deadlines, the evidence pack, the company's terms."""

from __future__ import annotations

from typing import Any, cast

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from aftersales.cases.forms import CaseForm, DeadlinesForm, TermsForm
from aftersales.cases.models import Authority, CaseFile
from aftersales.cases.selectors import case_page, cases_for, clocks_of_cases
from aftersales.cases.services.exporting import export_evidence
from aftersales.cases.services.opening import open_case
from aftersales.cases.services.terms import change_deadlines, save_terms
from aftersales.cases.terms import term_of
from aftersales.claims.access import parse_number
from aftersales.claims.models import Claim
from aftersales.complaints.dialogs import refuse, saved, show_form
from helpdesk.accounts.desk import actor_of, desk, staff_of
from helpdesk.accounts.permissions import AFTERSALES_MANAGE, CLAIM_VIEW_ALL, CLAIM_WORK
from helpdesk.accounts.views.pages import administration, attempt, done, show
from helpdesk.core.errors import Forbidden, NotFound, Refused


def _reader(request: HttpRequest) -> Any:
    """Who works on claims or follows all of them."""
    staff = staff_of(request)
    if not (staff.can(CLAIM_WORK) or staff.can(CLAIM_VIEW_ALL)):
        raise Forbidden
    return staff


@desk
@require_GET
def case_list(request: HttpRequest) -> HttpResponse:
    """`/cases/`: the most pressing first; or those that were answered."""
    staff = _reader(request)
    scope = "done" if request.GET.get("scope") == "done" else "open"
    page = case_page(staff, scope, request.GET.get("cursor") or None)
    clocks = clocks_of_cases(page.rows) if scope == "open" else {}
    here = reverse("cases:list")
    context = {
        "rows": [{"case": case, "claim": case.claim, "clock": clocks.get(case.pk)} for case in page.rows],
        "tabs": [
            {"label": pgettext("cases", "Open"), "url": here, "is_current": scope == "open"},
            {
                "label": pgettext("cases", "Answered and closed"),
                "url": f"{here}?scope=done",
                "is_current": scope == "done",
            },
        ],
        "next_url": f"{here}?scope={scope}&cursor={page.next}" if page.next else "",
        "may_add": staff.can(CLAIM_WORK),
        "rail_current": "claims",
    }
    return render(request, "cases/list.html", context)


@desk(permission=CLAIM_WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def case_new(request: HttpRequest) -> HttpResponse:
    """`/cases/new/`: the intake. A number that is known leads to the case that is there."""
    staff = staff_of(request)
    posted = request.method == "POST"
    form = CaseForm(request.POST if posted else None, request.FILES if posted else None, staff=staff)
    if posted and form.is_valid():
        try:
            opened = open_case(form.draft(), by=actor_of(request))
        except Refused as refusal:
            refuse(form, refusal)
        else:
            words = _("%(number)s is taken in.") if opened.is_new else _("This case was taken in before: %(number)s.")
            may_open = Claim.objects.visible_to(staff).filter(pk=opened.claim.pk).exists()
            target = f"/claims/{opened.claim.number}/" if may_open else reverse("cases:list")
            return saved(request, target, words % {"number": opened.claim.number})
    context = {"form": form, "rail_current": "claims"}
    return render(request, "cases/new.html", context, status=422 if form.errors else 200)


def _case(request: HttpRequest, number: str) -> CaseFile:
    case = cases_for(_reader(request)).filter(pk=parse_number(number)).first()
    if case is None:
        raise NotFound
    return case


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def case_deadlines(request: HttpRequest, number: str) -> HttpResponse:
    """`/claims/AS-1/case/`: other deadlines, with the reason."""
    case = _case(request, number)
    if not staff_of(request).can(CLAIM_WORK):
        raise Forbidden
    form = DeadlinesForm(request.POST if request.method == "POST" else None, case=case)
    back = f"/claims/{case.claim.number}/"
    if request.method == "POST" and form.is_valid():
        try:
            change_deadlines(case.pk, by=actor_of(request), **form.cleaned_data)
        except Refused as refusal:
            refuse(form, refusal)
        else:
            return saved(request, back)
    title = pgettext("case", "Deadlines")
    return show_form(
        request, form, title=title, action=request.path, submit=_("Save"), back=back, back_label=case.claim.number
    )


@desk
@require_POST
def case_evidence(request: HttpRequest, number: str) -> HttpResponse:
    """`/claims/AS-1/evidence/`: the pack as a file."""
    case = _case(request, number)
    language = request.POST.get("language") or get_language() or "en"
    pack = export_evidence(case.pk, language=language, by=actor_of(request))
    response = FileResponse(pack.file, as_attachment=True, filename=pack.name, content_type="application/zip")
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Evidence-SHA256"] = pack.record.sha256
    return cast(HttpResponse, response)


@require_http_methods(["GET", "HEAD", "POST"])
@administration(AFTERSALES_MANAGE)
def terms_settings(request: HttpRequest) -> HttpResponse:
    """`/settings/cases/`: days for each authority."""
    terms = {authority: term_of(authority) for authority in Authority.values}
    form = TermsForm(request.POST if request.method == "POST" else None, terms=terms)
    if request.method == "POST":
        by = actor_of(request)
        answer = attempt(form, lambda: save_terms(form.given(), by=by, seen=form.cleaned_data["seen"] or None) or True)
        if answer is not None:
            return done(request, _("Saved."), reverse("settings_cases"))
    return show(request, "settings/aftersales/cases.html", {"form": form}, status=422 if form.errors else 200)
