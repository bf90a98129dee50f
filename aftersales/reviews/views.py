"""Pages of reviews and hints: what is owed, repeats with their rate, what somebody should look at, the setting."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods

from aftersales.claims.access import parse_number
from aftersales.complaints.dialogs import refuse, saved, show_form
from aftersales.reviews.forms import JudgeForm, ReviewForm, SettingForm
from aftersales.reviews.models import AbuseSignal, SignalState
from aftersales.reviews.selectors import SCOPES, Rate, goal, repeat_rates, review_page, reviews_for, signals_for
from aftersales.reviews.services.judging import judge_signal
from aftersales.reviews.services.reviewing import complete_review
from aftersales.reviews.services.setting import save_review_setting
from aftersales.reviews.setting import review_setting
from aftersales.reviews.words import facts_said
from helpdesk.accounts.desk import actor_of, desk, staff_of
from helpdesk.accounts.permissions import AFTERSALES_MANAGE, CLAIM_EXCEPT, CLAIM_VIEW_ALL, CLAIM_WORK
from helpdesk.accounts.views.pages import administration, attempt, done, show
from helpdesk.core.errors import Forbidden, NotFound, Refused


@desk
@require_GET
def review_list(request: HttpRequest) -> HttpResponse:
    """`/reviews/`: what is owed, repeats, all."""
    staff = staff_of(request)
    if not (staff.can(CLAIM_WORK) or staff.can(CLAIM_VIEW_ALL)):
        raise Forbidden
    scope = request.GET.get("scope", "owed")
    scope = scope if scope in SCOPES else "owed"
    page = review_page(staff, scope, request.GET.get("cursor") or None)
    here = reverse("reviews:list")
    labels = {
        "owed": pgettext("reviews", "To do"),
        "repeats": pgettext("reviews", "Repeats"),
        "all": pgettext("reviews", "All"),
    }
    context: dict[str, Any] = {
        "rows": page.rows,
        "scope": scope,
        "tabs": [{"label": labels[one], "url": f"{here}?scope={one}", "is_current": one == scope} for one in SCOPES],
        "next_url": f"{here}?scope={scope}&cursor={page.next}" if page.next else "",
        "may_review": staff.can(CLAIM_WORK),
        "may_look": staff.can(CLAIM_EXCEPT),
        "rail_current": "claims",
    }
    if staff.can(CLAIM_VIEW_ALL):
        context |= _figures()
    return render(request, "reviews/list.html", context)


def _figures() -> dict[str, Any]:
    rate, before = repeat_rates()
    aim = goal()
    words = _("%(repeats)d of %(ended)d claims")
    return {
        "rate_value": _per_cent(rate),
        "rate_met": None if rate.share is None else rate.share <= aim,
        "goal_text": f"≤ {aim} %",
        "rate_note": words % {"repeats": rate.repeats, "ended": rate.ended},
        "before_value": _per_cent(before),
        "before_note": words % {"repeats": before.repeats, "ended": before.ended},
    }


def _per_cent(rate: Rate) -> str:
    return "–" if rate.share is None else f"{rate.share} %"


@desk(permission=CLAIM_WORK)
@require_http_methods(["GET", "HEAD", "POST"])
def claim_review(request: HttpRequest, number: str) -> HttpResponse:
    """`/claims/AS-1/review/`: cause, lesson, other cost."""
    review = reviews_for(staff_of(request), "all").filter(pk=parse_number(number)).first()
    if review is None:
        raise NotFound
    form = ReviewForm(request.POST if request.method == "POST" else None, review=review)
    back = f"/claims/{review.claim.number}/"
    if request.method == "POST" and form.is_valid():
        try:
            complete_review(review.pk, by=actor_of(request), **form.cleaned_data)
        except Refused as refusal:
            refuse(form, refusal)
        else:
            return saved(request, back)
    return show_form(
        request,
        form,
        title=_("Closing review"),
        action=request.path,
        submit=_("Save"),
        back=back,
        back_label=review.claim.number,
    )


@desk(permission=CLAIM_EXCEPT)
@require_GET
def signal_list(request: HttpRequest) -> HttpResponse:
    """`/signals/`: claims that somebody should look at."""
    scope = "seen" if request.GET.get("scope") == "seen" else "open"
    page = signals_for(staff_of(request), scope, request.GET.get("cursor") or None)
    here = reverse("reviews:signals")
    context = {
        "rows": [{"signal": row, "said": facts_said(row)} for row in page.rows],
        "tabs": [
            {"label": pgettext("signals", "To look at"), "url": here, "is_current": scope == "open"},
            {"label": pgettext("signals", "Looked at"), "url": f"{here}?scope=seen", "is_current": scope == "seen"},
        ],
        "next_url": f"{here}?scope={scope}&cursor={page.next}" if page.next else "",
        "rail_current": "claims",
    }
    return render(request, "reviews/signals.html", context)


@desk(permission=CLAIM_EXCEPT)
@require_http_methods(["GET", "HEAD", "POST"])
def signal_judge(request: HttpRequest, pk: int) -> HttpResponse:
    """`/signals/3/`: harmless, or confirmed."""
    signal = AbuseSignal.objects.select_related("claim").filter(pk=pk).first()
    if signal is None:
        raise NotFound
    form = JudgeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            judge_signal(
                pk,
                is_confirmed=given["verdict"] == SignalState.CONFIRMED,
                words=given["words"],
                by=actor_of(request),
            )
        except Refused as refusal:
            refuse(form, refusal)
        else:
            return saved(request, reverse("reviews:signals"))
    return show_form(
        request,
        form,
        title=signal.get_kind_display(),
        intro=facts_said(signal),
        action=request.path,
        submit=_("Save"),
        back=reverse("reviews:signals"),
        back_label=_("Claims to look at"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@administration(AFTERSALES_MANAGE)
def setting_page(request: HttpRequest) -> HttpResponse:
    """`/settings/reviews/`."""
    form = SettingForm(request.POST if request.method == "POST" else None, setting=review_setting())
    if request.method == "POST":
        by = actor_of(request)
        if attempt(form, lambda: save_review_setting(by=by, **form.cleaned_data)) is not None:
            return done(request, _("Saved."), reverse("settings_reviews"))
    return show(request, "settings/aftersales/reviews.html", {"form": form}, status=422 if form.errors else 200)
