"""Administration of missing facts, and the agent's one click that asks for them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from helpdesk.accounts.desk import desk, is_htmx, staff_of, with_event, with_toast
from helpdesk.accounts.permissions import RECOGNITION_MANAGE, REPLY
from helpdesk.accounts.views.pages import actor_of, administration, attempt, done, show
from tickets.routing.recognition.forms import FactsForm, SerialsForm
from tickets.routing.recognition.models import AskPolicy, KindFacts, RequiredFact, SerialPattern
from tickets.routing.recognition.selectors import KINDS
from tickets.routing.recognition.services import facts as services
from tickets.selectors.ticket_page import visible_id


@require_http_methods(["GET", "HEAD", "POST"])
@administration(RECOGNITION_MANAGE)
def facts_page(request: HttpRequest) -> HttpResponse:
    """Every kind with what it needs; one of them, or the serial numbers, in a form beside."""
    kind = request.GET.get("kind", "")
    choices = services.fact_choices()
    needed: dict[str, list[str]] = {}
    for row in RequiredFact.objects.all():
        needed.setdefault(row.kind, []).append(row.fact)
    asking = {row.kind: row for row in KindFacts.objects.all()}
    form: Any = None
    if kind in {one.value for one in KINDS}:
        form, saved = _kind_form(request, kind, choices, needed.get(kind, []), asking.get(kind))
    else:
        kind = ""
        form, saved = _serials_form(request)
    if saved:
        return done(request, _("Saved."), reverse("settings_recognition_facts"))
    names = dict(choices)
    rows = [
        {
            "kind": one,
            "facts": [names.get(fact, fact) for fact in needed.get(one.value, ())],
            "policy": AskPolicy(asking[one.value].policy).label if one.value in asking else AskPolicy.BUTTON.label,
        }
        for one in KINDS
    ]
    current = next((one for one in KINDS if one.value == kind), None)
    context = {"rows": rows, "form": form, "current": current}
    return show(request, "recognition/settings/facts.html", context, status=422 if form.errors else 200)


def _kind_form(
    request: HttpRequest, kind: str, choices: list[tuple[str, str]], needed: list[str], asking: KindFacts | None
) -> tuple[FactsForm, bool]:
    initial = {"facts": needed, "policy": asking.policy if asking else AskPolicy.BUTTON}
    initial |= {"text": asking.text if asking else "", "text_zh": asking.text_zh if asking else ""}
    form = FactsForm(request.POST or None, choices=choices, initial=initial)
    if request.method != "POST":
        return form, False
    saved = attempt(form, lambda: services.change_kind_facts(kind, by=actor_of(request), **form.cleaned_data) or True)
    return form, bool(saved)


def _serials_form(request: HttpRequest) -> tuple[SerialsForm, bool]:
    lines = "\n".join(f"{row.sku or '*'} = {row.pattern}" for row in SerialPattern.objects.all())
    form = SerialsForm(request.POST if request.method == "POST" else None, initial={"patterns": lines})
    if request.method != "POST":
        return form, False
    saved = attempt(
        form, lambda: services.change_serial_patterns(form.cleaned_data["patterns"], by=actor_of(request)) or True
    )
    return form, bool(saved)


@require_POST
@desk(permission=REPLY)
def ask(request: HttpRequest, number: str) -> HttpResponse:
    """Ask the customer for what is missing, in their language."""
    pk = visible_id(staff_of(request), number)
    services.ask_for_facts(pk, by=actor_of(request))
    if not is_htmx(request):
        return redirect(f"/tickets/HD-{pk}/")
    response = with_event(HttpResponse(status=204), "context:changed", True)
    return with_toast(
        with_event(response, "ticket:changed", {"id": pk}), _("The customer has been asked."), kind="success"
    )
