"""`/settings/money/`: limits by role, how money leaves, and the rules that propose compensation."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from aftersales.compensation.forms import LimitsForm, MoneyForm, RuleForm
from aftersales.compensation.limits import all_bounds
from aftersales.compensation.models import ProposalRule
from aftersales.compensation.services import settings as services
from aftersales.compensation.services.ordering import setting
from helpdesk.accounts.permissions import AFTERSALES_MANAGE
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, done, show
from helpdesk.core.errors import NotFound

HERE = "settings_money"
_GET_OR_POST = ["GET", "HEAD", "POST"]


@require_http_methods(_GET_OR_POST)
@administration(AFTERSALES_MANAGE)
def overview(request: HttpRequest) -> HttpResponse:
    """Limits by role, and the list of rules."""
    form = LimitsForm(request.POST if request.method == "POST" else None, bounds=all_bounds())
    if request.method == "POST":
        by = actor_of(request)
        saved = attempt(form, lambda: (services.set_limits(form.chosen(), by=by), True))
        if saved is not None:
            return done(request, _("Saved."), reverse(HERE))
    context = {"form": form, "rules": ProposalRule.objects.all()[:200]}
    return show(request, "settings/money/overview.html", context, status=422 if form.errors else 200)


@require_http_methods(_GET_OR_POST)
@administration(AFTERSALES_MANAGE)
def paying(request: HttpRequest) -> HttpResponse:
    """How money leaves, and what points are worth."""
    form = MoneyForm(request.POST if request.method == "POST" else None, instance=setting())
    if request.method == "POST":
        by = actor_of(request)
        if attempt(form, lambda: services.change_money(form.instance, by=by)) is not None:
            return done(request, _("Saved."), reverse("settings_money_paying"))
    return show(request, "settings/money/paying.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(_GET_OR_POST)
@administration(AFTERSALES_MANAGE)
def rule_create(request: HttpRequest) -> HttpResponse:
    return _rule(request, None)


@require_http_methods(_GET_OR_POST)
@administration(AFTERSALES_MANAGE)
def rule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    rule = ProposalRule.objects.filter(pk=pk).first()
    if rule is None:
        raise NotFound
    return _rule(request, rule)


def _rule(request: HttpRequest, rule: ProposalRule | None) -> HttpResponse:
    form = RuleForm(request.POST if request.method == "POST" else None, instance=rule)
    if request.method == "POST":
        by = actor_of(request)
        if attempt(form, lambda: services.save_proposal_rule(form.instance, by=by)) is not None:
            return done(request, _("Saved."), reverse(HERE))
    context = {"form": form, "rule": rule}
    return show(request, "settings/money/rule.html", context, status=422 if form.errors else 200)


@require_POST
@administration(AFTERSALES_MANAGE)
def rule_move(request: HttpRequest, pk: int) -> HttpResponse:
    by, is_up = actor_of(request), request.POST.get("direction") != "down"
    return acted(request, _("Moved."), reverse(HERE), lambda: services.move_proposal_rule(pk, up=is_up, by=by))
