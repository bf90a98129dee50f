"""Administration of canned replies, sender rules and shared views."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import REPLY, SENDERS_MANAGE, VIEWS_SHARE
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, done, is_htmx, show, staff_of
from helpdesk.core import keyset
from helpdesk.core.errors import NotFound
from helpdesk.core.saving import fingerprint
from tickets.intake import senders
from tickets.intake.models import SenderRule
from tickets.selectors.canned import filled
from tickets.selectors.filters import from_json
from tickets.services import shared_texts
from tickets.services.labels import values_of
from tickets.settings_forms import CannedReplyForm, SenderRuleForm, SharedViewForm

VARIABLES = ("customer.name", "agent.name", "ticket.number", "ticket.subject", "team.name")
MOST_REPLIES = 500


def _sample(staff: Staff) -> dict[str, str]:
    """What the variables stand for in the preview."""
    return {
        "customer.name": _("Li Na"),
        "agent.name": staff.name,
        "ticket.number": "HD-1042",
        "ticket.subject": _("Washer stops with E21"),
        "team.name": _("Customer service"),
    }


# --- Canned replies --------------------------------------------------------------------------------------------------
@require_safe
@administration(REPLY)
def reply_list(request: HttpRequest) -> HttpResponse:
    """The person's own, their teams' and everybody's."""
    staff = staff_of(request)
    rows = shared_texts.replies_for(staff).select_related("team").order_by("title", "pk")[:MOST_REPLIES]
    replies = [{"reply": row, "may_change": shared_texts.may_change_reply(row, staff)} for row in rows]
    return show(request, "settings/labels/reply_list.html", {"replies": replies})


@require_http_methods(["GET", "HEAD", "POST"])
@administration(REPLY)
def reply_form(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Write or change a reply, with a preview."""
    staff = staff_of(request)
    reply = shared_texts.find_reply(pk, staff) if pk is not None else None
    initial: dict[str, Any] = {"language": request.LANGUAGE_CODE}
    if reply is not None:
        seen = fingerprint(shared_texts.reply_values(reply))
        initial = {"title": reply.title, "body": reply.body, "language": reply.language, "seen": seen}
        initial["scope"] = shared_texts.scope_of(reply)
    form = CannedReplyForm(request.POST or None, initial=initial, scopes=shared_texts.reply_scopes(staff))
    if request.method == "POST":
        saved = attempt(
            form,
            lambda: shared_texts.save_reply(
                pk,
                by=actor_of(request),
                title=form.cleaned_data["title"],
                body=form.cleaned_data["body"],
                language=form.cleaned_data["language"],
                scope=form.cleaned_data["scope"],
                seen=form.cleaned_data["seen"],
            ),
        )
        if saved is not None:
            return done(request, _("Saved."), reverse("settings_replies"))
    body = str(form["body"].value() or "")
    context = {"form": form, "reply": reply, "variables": VARIABLES, "preview": filled(body, _sample(staff))}
    return show(request, "settings/labels/reply_form.html", context, status=422 if form.errors else 200)


@require_POST
@administration(REPLY)
def reply_preview(request: HttpRequest) -> HttpResponse:
    """The text with sample values, as plain text in a fragment."""
    text = filled(request.POST.get("body", "")[:20_000], _sample(staff_of(request)))
    if not is_htmx(request):
        raise NotFound
    return render(request, "settings/labels/_reply_preview.html", {"preview": text})


@require_POST
@administration(REPLY)
def reply_delete(request: HttpRequest, pk: int) -> HttpResponse:
    url = reverse("settings_replies")
    return acted(request, _("Deleted."), url, lambda: shared_texts.delete_reply(pk, by=actor_of(request)))


# --- Sender rules ----------------------------------------------------------------------------------------------------
@require_safe
@administration(SENDERS_MANAGE)
def rule_list(request: HttpRequest) -> HttpResponse:
    """Newest first."""
    rows = SenderRule.objects.all()
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    if text:
        rows = rows.filter(pattern__icontains=text)
    page = keyset.page(rows, request.GET.get("cursor"), by="created_at")
    further = f"?cursor={page.next}" if page.next else ""
    return show(request, "settings/labels/rule_list.html", {"rules": page.rows, "next_url": further, "q": text})


@require_http_methods(["GET", "HEAD", "POST"])
@administration(SENDERS_MANAGE)
def rule_form(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    rule = SenderRule.objects.filter(pk=pk).first() if pk is not None else None
    if pk is not None and rule is None:
        raise NotFound
    values = values_of(rule, senders.RULE_FIELDS) if rule is not None else {}
    form = SenderRuleForm(request.POST or None, initial={**values, "seen": fingerprint(values) if rule else ""})
    if request.method == "POST":
        saved = attempt(
            form,
            lambda: senders.save_rule(
                pk,
                by=actor_of(request),
                seen=form.cleaned_data["seen"] if rule else None,
                **{name: form.cleaned_data[name] for name in senders.RULE_FIELDS},
            ),
        )
        if saved is not None:
            return done(request, _("Saved."), reverse("settings_senders"))
    context = {"form": form, "rule": rule}
    return show(request, "settings/labels/rule_form.html", context, status=422 if form.errors else 200)


@require_POST
@administration(SENDERS_MANAGE)
def rule_delete(request: HttpRequest, pk: int) -> HttpResponse:
    url = reverse("settings_senders")
    return acted(request, _("Deleted."), url, lambda: senders.delete_rule(pk, by=actor_of(request)))


# --- Shared views ----------------------------------------------------------------------------------------------------
@require_safe
@administration(VIEWS_SHARE)
def view_list(request: HttpRequest) -> HttpResponse:
    """Views of teams and of everybody, in their order."""
    views = [
        {"view": view, "number": from_json(view.filters).number}
        for view in shared_texts.shared_views(staff_of(request))
    ]
    return show(request, "settings/labels/view_list.html", {"views": views})


@require_http_methods(["GET", "HEAD", "POST"])
@administration(VIEWS_SHARE)
def view_form(request: HttpRequest, pk: int) -> HttpResponse:
    view = next((row for row in shared_texts.shared_views(staff_of(request)) if row.pk == pk), None)
    if view is None:
        raise NotFound
    form = SharedViewForm(request.POST or None, initial={"name": view.name, "name_zh": view.name_zh})
    if request.method == "POST":
        saved = attempt(form, lambda: shared_texts.rename_view(pk, by=actor_of(request), **form.cleaned_data))
        if saved is not None:
            return done(request, _("Saved."), reverse("settings_views"))
    context = {"form": form, "view": view}
    return show(request, "settings/labels/view_form.html", context, status=422 if form.errors else 200)


@require_POST
@administration(VIEWS_SHARE)
def view_move(request: HttpRequest, pk: int) -> HttpResponse:
    up = request.POST.get("to") == "up"
    url = reverse("settings_views")
    return acted(request, _("Moved."), url, lambda: shared_texts.move_view(pk, up=up, by=actor_of(request)))


@require_POST
@administration(VIEWS_SHARE)
def view_delete(request: HttpRequest, pk: int) -> HttpResponse:
    url = reverse("settings_views")
    return acted(request, _("Deleted."), url, lambda: shared_texts.delete_shared_view(pk, by=actor_of(request)))
