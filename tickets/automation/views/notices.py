"""`/profile/notifications/`: what a person is told, where and when."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from helpdesk.accounts.models import NoticeSetting
from helpdesk.accounts.noticing import groups_in_order, setting_of
from helpdesk.accounts.views.pages import actor_of, administration, attempt, done, show, staff_of
from tickets.automation.forms import NoticeForm
from tickets.automation.notices.mailing import zone_of
from tickets.automation.services.notices import choose_notices

_PLAIN = ("digest", "digest_at", "quiet_from", "quiet_until", "urgent_breaks")


def _initial(setting: NoticeSetting) -> dict[str, Any]:
    initial: dict[str, Any] = {name: getattr(setting, name) for name in _PLAIN}
    for group in groups_in_order():
        initial[f"mail_{group.name}"] = setting.by_mail.get(group.name, group.by_mail)
        initial[f"desk_{group.name}"] = group.name not in setting.muted
    return initial


@require_http_methods(["GET", "HEAD", "POST"])
@administration()
def notice_settings(request: HttpRequest) -> HttpResponse:
    """A table of groups by channel, and the times."""
    staff = staff_of(request)
    form = NoticeForm(request.POST if request.method == "POST" else None, initial=_initial(setting_of(staff)))
    if request.method == "POST":
        saved = attempt(form, lambda: _save(request, form))
        if saved is not None:
            return done(request, _("Saved."), reverse("automation:notice_settings"))
    context = {"form": form, "person": staff, "zone": zone_of(staff)}
    return show(request, "settings/notices.html", context, status=422 if form.errors else 200)


def _save(request: HttpRequest, form: NoticeForm) -> NoticeSetting:
    data = form.cleaned_data
    groups = [group.name for group in groups_in_order()]
    return choose_notices(
        staff_of(request),
        by_mail={name: data[f"mail_{name}"] for name in groups},
        muted=[name for name in groups if not data[f"desk_{name}"]],
        by=actor_of(request),
        **{name: data[name] for name in _PLAIN},
    )
