"""Administration of the claim policy: sets of rules in their order, rule by rule, versions, and the test bench."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftersales.forms.policies import (
    ConditionRow,
    NewRuleSetForm,
    RuleForm,
    RuleSetForm,
    TryForm,
    initial_of,
    posted_conditions,
    renumbered,
)
from aftersales.forms.repeating import let_through
from aftersales.policy.checking import MOST_CONDITIONS
from aftersales.policy.models import RuleSet
from aftersales.policy.services import rule_sets as services
from aftersales.policy.services.shipping import bring_back
from aftersales.policy.shipped import SHIPPED
from aftersales.selectors.claim_page import in_language
from aftersales.selectors.policies import find_order, moment_of, rules_of, sets_with_rules, try_order, versions_of
from aftersales.words import rule_lines
from helpdesk.accounts.permissions import AFTERSALES_MANAGE
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, done, is_htmx, show
from helpdesk.core import clock
from helpdesk.core.errors import Conflict, NotFound, Refused
from helpdesk.core.saving import add_refusal

URL = "settings_claim_policy"
manager = administration(AFTERSALES_MANAGE)


def _found(pk: int) -> RuleSet:
    found = RuleSet.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


# --- The sets --------------------------------------------------------------------------------------------------------
@require_safe
@manager
def rule_sets(request: HttpRequest) -> HttpResponse:
    """`/settings/claim-policy/`: the sets in the order in which they are asked."""
    rows = [
        {"set": one, "count": len(rules), "kinds": _kinds(rules), "verdicts": _verdicts(rules)}
        for one, rules in sets_with_rules()
    ]
    return show(request, "aftersales/settings/rule_sets.html", {"rows": rows})


def _kinds(rules: Sequence[Any]) -> list[Any]:
    return list(dict.fromkeys(kind for rule in rules for kind in rule_lines(rule)["kinds"]))


def _verdicts(rules: Sequence[Any]) -> dict[str, int]:
    return {
        verdict: sum(1 for one in rules if one["verdict"] == verdict)
        for verdict in ("allowed", "needs_approval", "refused")
    }


@require_http_methods(["GET", "HEAD", "POST"])
@manager
def rule_set_new(request: HttpRequest) -> HttpResponse:
    """A set without rules, at the end of the order."""
    form = NewRuleSetForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        made = attempt(form, lambda: services.create_rule_set(rules=[], by=actor_of(request), **form.cleaned_data))
        if made is not None:
            return done(request, _("Added. Now add its rules."), reverse("settings_claim_policy_edit", args=[made.pk]))
    return show(request, "aftersales/settings/rule_set_new.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@manager
def reorder(request: HttpRequest) -> HttpResponse:
    """The order after dragging: `id` once for each set."""
    ids = [int(pk) for pk in request.POST.getlist("id") if pk.isascii() and pk.isdigit() and len(pk) < 10]
    try:
        services.order_rule_sets(ids, by=actor_of(request))
    except Refused as refusal:
        return JsonResponse({"detail": str(refusal)}, status=refusal.status)
    return JsonResponse({})


@require_POST
@manager
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """One place up or down."""
    ids = list(RuleSet.objects.order_by("position", "pk").values_list("pk", flat=True))
    if pk not in ids:
        raise NotFound
    ids = _swapped(ids, ids.index(pk), request.POST.get("to", ""))
    return acted(request, _("Order saved."), reverse(URL), lambda: services.order_rule_sets(ids, by=actor_of(request)))


def _swapped(items: list[Any], at: int, direction: str) -> list[Any]:
    """The list with the item at this place moved up or down by one, where there is room."""
    to = at - 1 if direction == "up" else at + 1
    if 0 <= to < len(items):
        items[at], items[to] = items[to], items[at]
    return items


@require_POST
@manager
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a set count or not."""
    is_active = request.POST.get("on") == "1"
    said = _("The set counts from now on.") if is_active else _("The set no longer counts.")
    return acted(
        request, said, reverse(URL), lambda: services.switch_rule_set(pk, is_active=is_active, by=actor_of(request))
    )


@require_POST
@manager
def shipped(request: HttpRequest, pk: int) -> HttpResponse:
    """The rules as they ship, as a new version."""
    found = _found(pk)
    if not _is_shipped(found):
        raise NotFound
    url = reverse("settings_claim_policy_edit", args=[pk])
    return acted(request, _("The shipped rules count again."), url, lambda: bring_back(pk, by=actor_of(request)))


def _is_shipped(found: RuleSet) -> bool:
    return any(one.key == found.preset for one in SHIPPED)


# --- One set ---------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@manager
def rule_set(request: HttpRequest, pk: int) -> HttpResponse:
    """`/settings/claim-policy/<id>/`: its names, and its rules in words."""
    found = _found(pk)
    form = RuleSetForm(
        request.POST if request.method == "POST" else None, initial={"name": found.name, "name_zh": found.name_zh}
    )
    if request.method == "POST":
        saved = attempt(form, lambda: services.rename_rule_set(pk, by=actor_of(request), **form.cleaned_data))
        if saved is not None:
            return done(request, _("Saved."), reverse("settings_claim_policy_edit", args=[pk]))
    rules = [rule_lines(one) for one in rules_of(found)]
    for one in rules:
        one["shown"] = in_language(one["words"])
    context = {"set": found, "form": form, "rules": rules, "is_shipped": _is_shipped(found)}
    return show(request, "aftersales/settings/rule_set.html", context, status=422 if form.errors else 200)


@require_POST
@manager
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Move a rule up or down (`to`, `place`), or remove it; each is a new version."""
    found = _found(pk)
    rules = rules_of(found)
    place = request.POST.get("place", "")
    at = int(place) - 1 if place.isascii() and place.isdigit() and 0 < int(place) <= len(rules) else -1
    if at < 0:
        raise NotFound
    if request.POST.get("to") == "remove":
        del rules[at]
        said = _("The rule is gone; earlier versions keep it.")
    else:
        rules = _swapped(rules, at, request.POST.get("to", ""))
        said = _("Order saved.")
    seen = request.POST.get("seen", "")
    version = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 9 else None
    return acted(
        request,
        said,
        reverse("settings_claim_policy_edit", args=[pk]),
        lambda: services.change_rules(pk, rules, by=actor_of(request), version=version),
    )


@require_safe
@manager
def versions(request: HttpRequest, pk: int) -> HttpResponse:
    """What the set said over time, and what each version changed."""
    found = _found(pk)
    context = {"set": found, "versions": versions_of(found)}
    return show(request, "aftersales/settings/versions.html", context)


# --- One rule --------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@manager
def rule(request: HttpRequest, pk: int, place: int) -> HttpResponse:
    """`/settings/claim-policy/<id>/rules/<place>/`: the rule at this place, or (0) a new one at the end.

    A POST with `change` saves nothing: it shows the form with another condition, one less, or the comparisons of the field
    that was chosen.
    """
    found = _found(pk)
    rules = rules_of(found)
    if place > len(rules):
        raise NotFound
    old = rules[place - 1] if place else None
    if request.method != "POST":
        form = RuleForm(initial=initial_of(old, found.version) if old else {"seen_version": found.version})
        rows = [
            ConditionRow(n, one["field"], one["op"], one["values"]) for n, one in enumerate(old["when"] if old else ())
        ]
        return _rule_page(request, found, place, form, rows or [ConditionRow(0)])
    rows = posted_conditions(request.POST)
    wanted = request.POST.get("change", "")
    if wanted:
        form = RuleForm(initial=_typed(request))
        return _rule_page(request, found, place, form, _changed(rows, wanted))
    form = RuleForm(request.POST)
    saved = _save_rule(request, form, found, rules, place, rows)
    if saved is not None:
        return done(request, _("Saved."), reverse("settings_claim_policy_edit", args=[pk]) + f"#rule-{saved}")
    return _rule_page(request, found, place, form, rows or [ConditionRow(0)], status=422)


def _typed(request: HttpRequest) -> dict[str, Any]:
    """What was typed so far, as initial values."""
    several = {"kinds", "approvals", "outcomes"}
    return {
        name: request.POST.getlist(name) if name in several else request.POST.get(name)
        for name in RuleForm.base_fields
        if name in request.POST
    }


def _changed(rows: list[ConditionRow], wanted: str) -> list[ConditionRow]:
    if wanted == "add" and len(rows) < MOST_CONDITIONS:
        return renumbered([*rows, ConditionRow(len(rows))])
    if wanted.startswith("remove-"):
        rows = [row for row in rows if f"remove-{row.place}" != wanted]
    return renumbered(rows or [ConditionRow(0)])


def _save_rule(
    request: HttpRequest, form: RuleForm, found: RuleSet, rules: list[Any], place: int, rows: list[ConditionRow]
) -> int | None:
    """The rule's place once it is saved; None when the form says why not."""
    if not form.is_valid():
        return None
    made = form.row([row.row() for row in rows if row.field])
    kept = [*rules, made] if not place else [*rules[: place - 1], made, *rules[place:]]
    try:
        services.change_rules(found.pk, kept, by=actor_of(request), version=form.cleaned_data["seen_version"])
    except Conflict as refusal:
        let_through(form, "seen_version", refusal.data["version"])
        add_refusal(form, refusal)
        return None
    except Refused as refusal:
        add_refusal(form, refusal)
        return None
    return place or len(kept)


def _rule_page(
    request: HttpRequest, found: RuleSet, place: int, form: RuleForm, rows: list[ConditionRow], *, status: int = 200
) -> HttpResponse:
    context = {
        "set": found,
        "place": place,
        "form": form,
        "conditions": rows,
        "may_add": len(rows) < MOST_CONDITIONS,
        "action": reverse("settings_claim_policy_rule", args=[found.pk, place]),
    }
    template = "aftersales/settings/_rule_form.html" if is_htmx(request) else "aftersales/settings/rule.html"
    return show(request, template, context, status=status)


# --- The test bench --------------------------------------------------------------------------------------------------
@require_safe
@manager
def try_out(request: HttpRequest) -> HttpResponse:
    """`/settings/claim-policy/try/?order=…`: what the policy would say of this order, and every rule that it asked."""
    form = TryForm(
        request.GET if "order" in request.GET else None, initial={"kind": "return", "reason": "changed_mind"}
    )
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        order = find_order(form.cleaned_data["order"])
        if order is None:
            form.add_error("order", _("There is no order with this number."))
        else:
            moment = moment_of(form.cleaned_data["on"], clock.now())
            tried = try_order(order, form.cleaned_data, form.details(), now=moment)
            context["tried"] = tried
            context["traces"] = [{"trace": one, "words": in_language(one.judgement.words)} for one in tried.traces]
    return show(request, "aftersales/settings/try.html", context)
