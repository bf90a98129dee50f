"""Administration of the rules, and trying them out."""

from __future__ import annotations

from typing import Any

from django.forms import BaseFormSet, formset_factory
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.accounts.models import Team
from helpdesk.accounts.permissions import RECOGNITION_MANAGE
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, done, show, staff_of
from helpdesk.core.errors import NotFound
from helpdesk.core.saving import fingerprint
from tickets.models import Kind, Priority, Tone
from tickets.routing.recognition.conditions import FIELDS, OPERATORS
from tickets.routing.recognition.forms import ConditionForm, RuleForm, TryForm
from tickets.routing.recognition.models import RecognitionRule
from tickets.routing.recognition.services import rules as services
from tickets.routing.recognition.trying import try_message, try_ticket
from tickets.services.labels import values_of

Conditions = formset_factory(ConditionForm, extra=0, max_num=12, absolute_max=40)


@require_safe
@administration(RECOGNITION_MANAGE)
def rule_list(request: HttpRequest) -> HttpResponse:
    """All rules in their order."""
    teams = {team.pk: team.label for team in Team.objects.all()}
    rows = [
        {"rule": rule, "conditions": condition_words(rule), "effects": effect_words(rule.effects, teams)}
        for rule in RecognitionRule.objects.all()
    ]
    return show(request, "recognition/settings/rule_list.html", {"rows": rows})


def condition_words(rule: RecognitionRule) -> list[str]:
    """Each condition as a short sentence."""
    found = []
    for condition in rule.conditions:
        known = FIELDS.get(str(condition.get("field")))
        values = [str(value) for value in condition.get("values", ())]
        more = f" +{len(values) - 3}" if len(values) > 3 else ""
        op = OPERATORS.get(str(condition.get("op")), condition.get("op"))
        found.append(f"{known.label if known else '?'} {op}: {', '.join(values[:3])[:120]}{more}")
    return found


def effect_words(effects: dict[str, Any], teams: dict[int, str]) -> list[str]:
    """What a rule says, in words."""
    found = []
    if effects.get("kind") in Kind.values:
        found.append(str(Kind(effects["kind"]).label))
    if effects.get("is_urgent"):
        found.append(_("Urgent"))
    if effects.get("priority") in Priority.values:
        found.append(_("Priority: %(name)s") % {"name": Priority(effects["priority"]).label})
    if effects.get("tone") in Tone.values:
        found.append(str(Tone(effects["tone"]).label))
    if effects.get("team"):
        found.append(teams.get(effects["team"], "?"))
    return [*found, *(f"#{tag}" for tag in effects.get("tags", ()))]


@require_http_methods(["GET", "HEAD", "POST"])
@administration(RECOGNITION_MANAGE)
def rule_form(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add or change a rule; `more` gives another line for a condition."""
    rule = RecognitionRule.objects.filter(pk=pk).first() if pk is not None else None
    if pk is not None and rule is None:
        raise NotFound
    form = RuleForm(request.POST or None, initial=_initial(rule))
    conditions = _conditions(request, rule)
    if request.method == "POST" and "more" not in request.POST:
        saved = None
        if conditions.is_valid() and form.is_valid():
            values = {**form.cleaned_data, "conditions": _given(conditions), "effects": form.effects}
            saved = attempt(
                form,
                lambda: services.save_rule(
                    pk, values, by=actor_of(request), seen=form.cleaned_data["seen"] if pk else None
                ),
            )
        if saved is not None:
            return done(request, _("Saved."), reverse("settings_recognition"))
    context = {"form": form, "conditions": conditions, "rule": rule}
    status = 422 if request.method == "POST" and "more" not in request.POST else 200
    return show(request, "recognition/settings/rule_form.html", context, status=status)


def _initial(rule: RecognitionRule | None) -> dict[str, Any]:
    if rule is None:
        return {"match": "all"}
    plain = values_of(rule, services.FIELDS)
    effects = {**rule.effects, "tags": ", ".join(rule.effects.get("tags", ()))}
    return {**plain, **effects, "seen": fingerprint(plain)}


def _conditions(request: HttpRequest, rule: RecognitionRule | None) -> BaseFormSet[ConditionForm]:
    if request.method != "POST":
        kept = rule.conditions if rule else []
        initial = [{**condition, "values": "\n".join(condition["values"])} for condition in kept] or [{}]
        return Conditions(initial=initial, prefix="c")
    data = request.POST.copy()
    if "more" in data:
        total = str(data.get("c-TOTAL_FORMS", "0"))
        data["c-TOTAL_FORMS"] = str(min(12, int(total) + 1)) if total.isdecimal() and len(total) < 4 else "1"
        number = int(str(data["c-TOTAL_FORMS"])) - 1
        data[f"c-{number}-field"], data[f"c-{number}-op"] = "anywhere", "contains"
    return Conditions(data, prefix="c")


def _given(conditions: BaseFormSet[ConditionForm]) -> list[dict[str, Any]]:
    return [form.cleaned_data for form in conditions if form.cleaned_data.get("values", "").strip()]


@require_POST
@administration(RECOGNITION_MANAGE)
def rule_switch(request: HttpRequest, pk: int) -> HttpResponse:
    on = request.POST.get("on") == "1"
    return acted(
        request,
        _("Saved."),
        reverse("settings_recognition"),
        lambda: services.switch_rule(pk, is_active=on, by=actor_of(request)),
    )


@require_POST
@administration(RECOGNITION_MANAGE)
def rule_move(request: HttpRequest, pk: int) -> HttpResponse:
    up = request.POST.get("to") == "up"
    return acted(
        request,
        _("Moved."),
        reverse("settings_recognition"),
        lambda: services.move_rule(pk, up=up, by=actor_of(request)),
    )


@require_POST
@administration(RECOGNITION_MANAGE)
def rule_delete(request: HttpRequest, pk: int) -> HttpResponse:
    return acted(
        request, _("Deleted."), reverse("settings_recognition"), lambda: services.delete_rule(pk, by=actor_of(request))
    )


@require_http_methods(["GET", "HEAD", "POST"])
@administration(RECOGNITION_MANAGE)
def try_out(request: HttpRequest) -> HttpResponse:
    """What rules and model would make of a message or a ticket; nothing is written."""
    number = request.GET.get("number", "")[:24]
    form = TryForm(request.POST if request.method == "POST" else None, initial={"number": number})
    tried = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        if data["number"]:
            tried = attempt(form, lambda: try_ticket(staff_of(request), data["number"]))
        else:
            tried = attempt(form, lambda: try_message(data["subject"], data["text"], data["sender"], data["account"]))
    context = {"form": form, "tried": tried}
    return show(request, "recognition/settings/try.html", context, status=422 if form.errors else 200)
