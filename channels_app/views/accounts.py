"""Administration of channel accounts and mailboxes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channels_app.account_forms import CREATABLE, FORMS, AccountForm, PlainAccountForm
from channels_app.carriers.hook import format_of
from channels_app.email.accounting import mailbox_accounts
from channels_app.selectors.accounts import accounts_with_health
from channels_app.services import accounts as services
from channels_app.services.connection_test import check_connections
from channels_app.webhook.hook import SECRET
from helpdesk.accounts.permissions import CHANNELS_MANAGE
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, done, is_htmx, show
from helpdesk.core.errors import NotFound
from helpdesk.core.models import ChannelAccount, ChannelKind
from helpdesk.core.saving import fingerprint


def _find(slug: str) -> ChannelAccount:
    account = ChannelAccount.objects.filter(slug=slug).first()
    if account is None:
        raise NotFound
    return account


def _url(account: ChannelAccount) -> str:
    return reverse("settings_channel_edit", args=[account.slug])


@require_safe
@administration(CHANNELS_MANAGE)
def account_list(request: HttpRequest) -> HttpResponse:
    """Every account with its health, and which kinds can be added."""
    kinds = [(kind, ChannelKind(kind).label) for kind in CREATABLE]
    return show(request, "settings/channels/list.html", {"rows": accounts_with_health(), "kinds": kinds})


def hook_url(account: ChannelAccount) -> str:
    """Where other systems post to the account."""
    return f"{settings.PUBLIC_URL}{reverse('hook', args=[account.kind, account.slug])}"


def _form_class(kind: str) -> type[AccountForm]:
    return FORMS.get(kind, PlainAccountForm)


def _context(account: ChannelAccount | None, form: AccountForm, kind: str) -> dict[str, Any]:
    context: dict[str, Any] = {"form": form, "account": account, "kind": kind, "kind_label": ChannelKind(kind).label}
    if account is not None and kind in services.HOOKED:
        context["hook_url"] = hook_url(account)
        context["has_secret"] = bool(account.secrets.get(SECRET))
        context["format"] = format_of(account)
    if account is not None and kind == ChannelKind.FORM:
        context["form_url"] = f"{settings.PUBLIC_URL}{reverse('web_form', args=[account.slug])}"
    return context


@sensitive_post_parameters()
@sensitive_variables("form")
@require_http_methods(["GET", "HEAD", "POST"])
@administration(CHANNELS_MANAGE)
def account_create(request: HttpRequest, kind: str) -> HttpResponse:
    """A new account of a kind that can be added."""
    if kind not in CREATABLE:
        raise NotFound
    form = _form_class(kind)(request.POST or None)
    if request.method == "POST":
        made = attempt(
            form,
            lambda: services.create_account(
                kind,
                by=actor_of(request),
                slug=form.cleaned_data["slug"],
                team=form.cleaned_data["team"],
                config={name: value for name, value in form.config_values().items() if value not in (None, "", {}, [])},
                secrets=form.secret_values(),
                **form.values(),
            ),
        )
        if made is not None and kind == ChannelKind.WEBHOOK and SECRET not in form.secret_values():
            return _secret_page(request, made, str(made.secrets[SECRET]))
        if made is not None:
            return done(request, _("%(name)s is ready.") % {"name": made.label}, _url(made))
    status = 422 if form.errors else 200
    return show(request, form.template, _context(None, form, kind), status=status)


@sensitive_post_parameters()
@sensitive_variables("form")
@require_http_methods(["GET", "HEAD", "POST"])
@administration(CHANNELS_MANAGE)
def account_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """One account; secrets are never rendered, an empty field keeps them."""
    account = _find(slug)
    form = _bound_form(request, account)
    if request.method == "POST":
        saved = attempt(
            form,
            lambda: services.change_account(
                account.pk,
                by=actor_of(request),
                seen=form.cleaned_data["seen"],
                team=form.cleaned_data["team"],
                config=form.config_values(),
                secrets=form.secret_values(),
                **form.values(),
            ),
        )
        if saved is not None:
            return done(request, _("Saved."), _url(account))
    status = 422 if form.errors else 200
    return show(request, form.template, _context(account, form, account.kind), status=status)


def _bound_form(request: HttpRequest, account: ChannelAccount) -> AccountForm:
    kind = _form_class(account.kind)
    values = services.editable_values(account)
    initial = {**values, **kind.initial_of(account), "seen": fingerprint(values)}
    return kind(request.POST or None, initial=initial, account=account)


@require_POST
@administration(CHANNELS_MANAGE)
def account_switch(request: HttpRequest, slug: str) -> HttpResponse:
    account = _find(slug)
    is_active = request.POST.get("on") == "1"
    words = _("Switched on.") if is_active else _("Switched off.")
    return acted(
        request,
        words,
        _url(account),
        lambda: services.switch_account(account.pk, is_active=is_active, by=actor_of(request)),
    )


@sensitive_variables("text")
@require_POST
@administration(CHANNELS_MANAGE)
def account_rotate(request: HttpRequest, slug: str) -> HttpResponse:
    """A new secret of a webhook, shown on this answer alone."""
    account = _find(slug)
    text = services.rotate_webhook_secret(account.pk, by=actor_of(request))
    return _secret_page(request, account, text)


@sensitive_variables("text")
def _secret_page(request: HttpRequest, account: ChannelAccount, text: str) -> HttpResponse:
    context = {"account": account, "hook_url": hook_url(account), "text": text}
    return show(request, "settings/channels/secret.html", context)


@sensitive_post_parameters()
@sensitive_variables("form", "trial")
@require_POST
@administration(CHANNELS_MANAGE)
def account_test(request: HttpRequest, slug: str) -> HttpResponse:
    """Connect with what the form holds now (saved or not) and show what the servers answered."""
    account = _find(slug)
    if account.kind != ChannelKind.EMAIL:
        raise NotFound
    form = _bound_form(request, account)
    if form.is_valid():
        trial = _find(slug)
        trial.address = form.values()["address"]
        trial.config = {**account.config, **form.config_values()}
        given = {name: value for name, value in form.secret_values().items() if isinstance(value, str) and value}
        trial.set_secrets({**services.secrets_that_stay(account, trial.config), **given})
        context: dict[str, Any] = {"results": check_connections(trial, by=actor_of(request))}
    else:
        context = {"results": [], "is_invalid": True}
    if is_htmx(request):
        return render(request, "settings/channels/_test.html", context)
    page = _context(account, form, account.kind) | context
    return show(request, form.template, page, status=422 if form.errors else 200)


@require_safe
@administration(CHANNELS_MANAGE)
def mailbox_list(request: HttpRequest) -> HttpResponse:
    """Seen on the server = imported + parked + ignored + unread + missing, for each folder."""
    return show(request, "settings/channels/mailboxes.html", {"rows": mailbox_accounts()})


@require_POST
@administration(CHANNELS_MANAGE)
def mailbox_reconcile(request: HttpRequest, mailbox_id: int) -> HttpResponse:
    words = _("The comparison is on its way. Reload the page in a moment.")
    url = reverse("settings_mailboxes")
    return acted(request, words, url, lambda: services.ask_to_reconcile(mailbox_id, by=actor_of(request)))
