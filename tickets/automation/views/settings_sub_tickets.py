"""Administration of sub-tickets: what solving does, and templates."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from helpdesk.accounts.permissions import AUTOMATION_MANAGE
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, done, show
from helpdesk.core.errors import NotFound
from tickets.automation.forms import SubTicketSettingForm, TemplateForm
from tickets.automation.models import SubTicketSetting, SubTicketTemplate
from tickets.automation.services.sub_tickets import choose_when_solving, delete_template, save_template

HERE = "settings_sub_tickets"


@require_http_methods(["GET", "HEAD", "POST"])
@administration(AUTOMATION_MANAGE)
def overview(request: HttpRequest) -> HttpResponse:
    """The setting and the list of templates."""
    present = SubTicketSetting.objects.first() or SubTicketSetting()
    form = SubTicketSettingForm(
        request.POST if request.method == "POST" else None, initial={"when_solving": present.when_solving}
    )
    if request.method == "POST":
        by = actor_of(request)
        saved = attempt(form, lambda: choose_when_solving(form.cleaned_data["when_solving"], by=by) or True)
        if saved:
            return done(request, _("Saved."), reverse(HERE))
    context = {"form": form, "templates": SubTicketTemplate.objects.select_related("team")}
    return show(request, "settings/sub_tickets/overview.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@administration(AUTOMATION_MANAGE)
def template_create(request: HttpRequest) -> HttpResponse:
    return _form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@administration(AUTOMATION_MANAGE)
def template_edit(request: HttpRequest, pk: int) -> HttpResponse:
    row = SubTicketTemplate.objects.filter(pk=pk).first()
    if row is None:
        raise NotFound
    return _form(request, row)


def _form(request: HttpRequest, row: SubTicketTemplate | None) -> HttpResponse:
    form = TemplateForm(request.POST if request.method == "POST" else None, instance=row)
    if request.method == "POST":
        by, pk = actor_of(request), row.pk if row else None
        if attempt(form, lambda: save_template(pk, by=by, **form.cleaned_data)) is not None:
            return done(request, _("Saved."), reverse(HERE))
    context = {"form": form, "template": SubTicketTemplate.objects.filter(pk=row.pk).first() if row else None}
    return show(request, "settings/sub_tickets/form.html", context, status=422 if form.errors else 200)


@require_POST
@administration(AUTOMATION_MANAGE)
def template_delete(request: HttpRequest, pk: int) -> HttpResponse:
    by = actor_of(request)
    return acted(request, _("Deleted."), reverse(HERE), lambda: delete_template(pk, by=by))
