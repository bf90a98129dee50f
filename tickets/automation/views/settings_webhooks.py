"""Administration of webhooks: endpoints, their secret (shown once), and the log of their calls with a retry button."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.accounts.permissions import AUTOMATION_MANAGE
from helpdesk.accounts.services.guarding import require
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, done, show
from helpdesk.core.errors import NotFound
from helpdesk.core.keyset import page
from helpdesk.core.models import LeasedState
from tickets.automation.forms import WebhookForm
from tickets.automation.models import WebhookCall, WebhookEndpoint
from tickets.automation.services import webhooks
from tickets.automation.webhooks.events import EVENTS, EVERYTHING

HERE = "settings_webhooks"
PAGE_SIZE = 50


def _endpoint(pk: int) -> WebhookEndpoint:
    row = WebhookEndpoint.objects.filter(pk=pk).first()
    if row is None:
        raise NotFound
    return row


@require_safe
@administration(AUTOMATION_MANAGE)
def endpoint_list(request: HttpRequest) -> HttpResponse:
    return show(request, "settings/webhooks/list.html", {"endpoints": WebhookEndpoint.objects.all()[:200]})


@sensitive_variables("secret", "made")
@require_http_methods(["GET", "HEAD", "POST"])
@administration(AUTOMATION_MANAGE)
def endpoint_create(request: HttpRequest) -> HttpResponse:
    """The secret is shown on the answer to this very request, and never again."""
    form = WebhookForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        by = actor_of(request)
        require(by, AUTOMATION_MANAGE)
        made = attempt(
            form,
            lambda: webhooks.create_endpoint(
                name=form.cleaned_data["name"], url=form.cleaned_data["url"], events=form.wanted(), by=by
            ),
        )
        if made is not None:
            endpoint, secret = made
            return show(request, "settings/webhooks/secret.html", {"endpoint": endpoint, "secret": secret})
    return show(request, "settings/webhooks/form.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@administration(AUTOMATION_MANAGE)
def endpoint_edit(request: HttpRequest, pk: int) -> HttpResponse:
    endpoint = _endpoint(pk)
    everything = EVERYTHING in endpoint.events
    initial = {"name": endpoint.name, "url": endpoint.url, "everything": everything, "events": endpoint.events}
    form = WebhookForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST":
        by = actor_of(request)
        saved = attempt(
            form,
            lambda: webhooks.change_endpoint(
                pk, name=form.cleaned_data["name"], url=form.cleaned_data["url"], events=form.wanted(), by=by
            ),
        )
        if saved is not None:
            return done(request, _("Saved."), reverse(HERE))
    context = {"form": form, "endpoint": endpoint}
    return show(request, "settings/webhooks/form.html", context, status=422 if form.errors else 200)


@require_POST
@administration(AUTOMATION_MANAGE)
def endpoint_switch(request: HttpRequest, pk: int) -> HttpResponse:
    is_active = request.POST.get("active") != "no"
    words = _("Switched on.") if is_active else _("Switched off. Calls that wait are parked.")
    by = actor_of(request)
    return acted(request, words, reverse(HERE), lambda: webhooks.switch_endpoint(pk, is_active=is_active, by=by))


@sensitive_variables("secret")
@require_POST
@administration(AUTOMATION_MANAGE)
def endpoint_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a new secret, shown on the answer to this very request."""
    endpoint, secret = webhooks.renew_secret(pk, by=actor_of(request))
    context = {"endpoint": endpoint, "secret": secret, "is_renewed": True}
    return show(request, "settings/webhooks/secret.html", context)


@require_POST
@administration(AUTOMATION_MANAGE)
def endpoint_test(request: HttpRequest, pk: int) -> HttpResponse:
    words, by = _("A ping is on its way. Its answer will stand in the log."), actor_of(request)
    url = reverse("settings_webhook_calls", args=[pk])
    return acted(request, words, url, lambda: webhooks.test_endpoint(pk, by=by))


@require_POST
@administration(AUTOMATION_MANAGE)
def endpoint_delete(request: HttpRequest, pk: int) -> HttpResponse:
    by = actor_of(request)
    return acted(request, _("Deleted."), reverse(HERE), lambda: webhooks.delete_endpoint(pk, by=by))


@require_safe
@administration(AUTOMATION_MANAGE)
def call_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The log of an endpoint, newest first; `state` shows only those."""
    endpoint = _endpoint(pk)
    rows = WebhookCall.objects.filter(endpoint=endpoint)
    state = request.GET.get("state", "")
    if state in LeasedState.values:
        rows = rows.filter(state=state)
    found = page(rows.defer("body"), request.GET.get("cursor"), by="created_at", size=PAGE_SIZE)
    further = f"?cursor={found.next}" + (f"&state={state}" if state in LeasedState.values else "") if found.next else ""
    context = {
        "endpoint": endpoint,
        "calls": found.rows,
        "events": EVENTS,
        "next_url": further,
        "state": state,
        "states": [("", _("All")), *((str(one), one.label) for one in LeasedState if one != LeasedState.DISCARDED)],
    }
    return show(request, "settings/webhooks/calls.html", context)


@require_safe
@administration(AUTOMATION_MANAGE)
def call_detail(request: HttpRequest, pk: int, call: int) -> HttpResponse:
    """What was sent and what was answered."""
    row = WebhookCall.objects.select_related("endpoint").filter(pk=call, endpoint_id=pk).first()
    if row is None:
        raise NotFound
    body = json.dumps(json.loads(row.body), ensure_ascii=False, indent=2)
    may_retry = row.endpoint.is_active and row.state in {LeasedState.PARKED, LeasedState.DONE, LeasedState.DISCARDED}
    context = {"call": row, "endpoint": row.endpoint, "body": body, "may_retry": may_retry}
    return show(request, "settings/webhooks/call.html", context)


@require_POST
@administration(AUTOMATION_MANAGE)
def call_retry(request: HttpRequest, pk: int, call: int) -> HttpResponse:
    by, url = actor_of(request), reverse("settings_webhook_calls", args=[pk])
    return acted(request, _("On its way again."), url, lambda: webhooks.try_call_again(call, by=by))
