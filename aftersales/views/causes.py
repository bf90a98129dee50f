"""Administration of the causes that claims are closed with."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from aftersales.claims.models import Cause
from aftersales.claims.services.causes import save_cause, switch_cause
from aftersales.forms.policies import CauseForm
from helpdesk.accounts.permissions import AFTERSALES_MANAGE
from helpdesk.accounts.views.pages import acted, actor_of, administration, attempt, done, show
from helpdesk.core.errors import NotFound

manager = administration(AFTERSALES_MANAGE)


@require_safe
@manager
def cause_list(request: HttpRequest) -> HttpResponse:
    """`/settings/causes/`: the causes by their group."""
    rows = sorted(Cause.objects.all(), key=lambda row: (row.get_group_display(), row.position, row.pk))
    return show(request, "aftersales/settings/causes.html", {"causes": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@manager
def cause_form(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add a cause, or rename one."""
    cause = Cause.objects.filter(pk=pk).first() if pk is not None else None
    if pk is not None and cause is None:
        raise NotFound
    initial = {"group": cause.group, "name": cause.name, "name_zh": cause.name_zh} if cause else {}
    form = CauseForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST":
        saved = attempt(form, lambda: save_cause(pk, by=actor_of(request), **form.cleaned_data))
        if saved is not None:
            return done(request, _("Saved."), reverse("settings_causes"))
    context = {"cause": cause, "form": form}
    return show(request, "aftersales/settings/cause.html", context, status=422 if form.errors else 200)


@require_POST
@manager
def cause_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer a cause, or retire it."""
    is_active = request.POST.get("on") == "1"
    said = _("The cause is offered again.") if is_active else _("The cause is no longer offered.")
    return acted(
        request, said, reverse("settings_causes"), lambda: switch_cause(pk, is_active=is_active, by=actor_of(request))
    )
