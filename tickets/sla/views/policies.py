"""Administration of service levels: the policies in their order, the gallery of presets, the editor, versions, a dry run."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from helpdesk.accounts.desk import number_in
from helpdesk.accounts.models import Staff
from helpdesk.accounts.permissions import SLA_MANAGE
from helpdesk.accounts.views.pages import acted, actor_of, administration, done, is_htmx, show, staff_of
from helpdesk.core.errors import NotFound, Refused
from helpdesk.core.models import BusinessCalendar, Event
from tickets.access import parse_number
from tickets.models import Ticket
from tickets.sla import words
from tickets.sla.dry_run import dry_run
from tickets.sla.editor import Editor, editor_of, empty_editor, posted_editor
from tickets.sla.models import Policy
from tickets.sla.models.policies import MAX_SECONDS
from tickets.sla.presets import BY_KEY, PRESETS
from tickets.sla.selectors import latest_recomputation
from tickets.sla.services import policies as services
from tickets.sla.services.presets import apply_preset

URL = "settings_sla"
MOST_VERSIONS = 100


def _policy(pk: int) -> Policy:
    policy = Policy.objects.filter(pk=pk).first()
    if policy is None:
        raise NotFound
    return policy


# --- The list --------------------------------------------------------------------------------------------------------
@require_safe
@administration(SLA_MANAGE)
def policy_list(request: HttpRequest) -> HttpResponse:
    """The policies in the order in which they are looked at, and what ships with the product."""
    rows = _rows()
    taken = {row["policy"].preset for row in rows}
    labels = words.Labels()
    gallery = [
        {
            "preset": preset,
            "conditions": words.conditions_said(preset.conditions, labels),
            "targets": words.preset_said(preset, labels),
            "is_taken": preset.key in taken,
        }
        for preset in PRESETS
    ]
    context = {"rows": rows, "gallery": gallery, "progress": latest_recomputation()}
    return show(request, "sla/policies.html", context)


def _rows() -> list[dict[str, Any]]:
    """Each policy with what it says now; the same queries whatever their number."""
    labels = words.Labels()
    current = {
        (version.policy_id, version.number): version
        for version in words.versions_with_targets(policy__in=Policy.objects.all())
    }
    rows = []
    for policy in Policy.objects.all():
        version = current[(policy.pk, policy.version)]
        rows.append(
            {
                "policy": policy,
                "conditions": words.conditions_said(version.conditions, labels),
                "targets": [words.target_said(target, labels) for target in version.targets.all()],
            }
        )
    return rows


@require_safe
@administration(SLA_MANAGE)
def progress(request: HttpRequest) -> HttpResponse:
    """How far the tickets have been computed anew; the page asks again and again."""
    return show(request, "sla/_progress.html", {"progress": latest_recomputation()})


@require_POST
@administration(SLA_MANAGE)
def policy_order(request: HttpRequest) -> HttpResponse:
    """The order after dragging: `id` once for each policy."""
    ids = [int(pk) for pk in request.POST.getlist("id") if pk.isascii() and pk.isdigit() and len(pk) < 10]
    try:
        services.order_policies(ids, by=actor_of(request))
    except Refused as refusal:
        return JsonResponse({"detail": str(refusal)}, status=refusal.status)
    return JsonResponse({})


@require_POST
@administration(SLA_MANAGE)
def policy_move(request: HttpRequest, pk: int) -> HttpResponse:
    """One place up or down."""
    ids = list(Policy.objects.values_list("pk", flat=True))
    if pk not in ids:
        raise NotFound
    at = ids.index(pk)
    to = at - 1 if request.POST.get("to") == "up" else at + 1
    if 0 <= to < len(ids):
        ids[at], ids[to] = ids[to], ids[at]
    return acted(request, _("Order saved."), reverse(URL), lambda: services.order_policies(ids, by=actor_of(request)))


@require_POST
@administration(SLA_MANAGE)
def policy_switch(request: HttpRequest, pk: int) -> HttpResponse:
    is_active = request.POST.get("on") == "1"
    said = _("The policy applies from now on.") if is_active else _("The policy no longer applies.")
    return acted(
        request, said, reverse(URL), lambda: services.switch_policy(pk, is_active=is_active, by=actor_of(request))
    )


@require_POST
@administration(SLA_MANAGE)
def preset_apply(request: HttpRequest, key: str) -> HttpResponse:
    if key not in BY_KEY:
        raise NotFound
    return acted(
        request,
        _("The preset is among your policies now."),
        reverse(URL),
        lambda: apply_preset(key, by=actor_of(request)),
    )


# --- The editor ------------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@administration(SLA_MANAGE)
def policy_create(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@administration(SLA_MANAGE)
def policy_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _edit(request, _policy(pk))


def _edit(request: HttpRequest, policy: Policy | None) -> HttpResponse:
    """The form; a button that adds or removes a block gives the same form with what was typed so far."""
    status, lengths = 200, _lengths_in(request.GET)
    if request.method != "POST":
        editor = empty_editor() if policy is None else editor_of(policy, lengths)
    elif wanted := request.POST.get("change", ""):
        editor = posted_editor(request.POST, is_checked=False)
        editor.change(wanted, request.POST)
    else:
        editor = posted_editor(request.POST, is_checked=True)
        saved = _save(request, editor, policy)
        if saved is not None:
            return done(request, _("Saved. Open tickets are computed anew."), reverse(URL))
        status = 422
    context = {
        "editor": editor,
        "form": editor.form,
        "policy": policy,
        "is_draft": bool(lengths),
        "has_calendar": BusinessCalendar.objects.exists(),
    }
    if policy is not None and editor.is_overtaken:
        policy.refresh_from_db()
        context["row"] = _said_versions(policy, number=policy.version)[0]
    template = "sla/_editor.html" if is_htmx(request) and "change" in request.POST else "sla/policy.html"
    return show(request, template, context, status=status)


def _lengths_in(query: QueryDict) -> dict[int, int]:
    """`length_<target>=<seconds or days>` of an address: times that a what-if tried. What makes no sense is left out."""
    found = {}
    for name, value in query.items():
        target, length = number_in(name.removeprefix("length_")), number_in(str(value))
        if name.startswith("length_") and target is not None and length is not None and length <= MAX_SECONDS:
            found[target] = length
    return found


def _save(request: HttpRequest, editor: Editor, policy: Policy | None) -> Policy | None:
    if not editor.is_valid():
        return None
    try:
        if policy is None:
            return services.create_policy(editor.draft(), by=actor_of(request))
        seen = editor.form.cleaned_data["seen"]
        return services.change_policy(policy.pk, editor.draft(), by=actor_of(request), seen=seen)
    except Refused as refusal:
        editor.refuse(refusal)
        return None


# --- Versions and the dry run ----------------------------------------------------------------------------------------
@require_safe
@administration(SLA_MANAGE)
def policy_versions(request: HttpRequest, pk: int) -> HttpResponse:
    """What the policy demanded from one change to the next, and who changed it."""
    policy = _policy(pk)
    return show(request, "sla/versions.html", {"policy": policy, "versions": _said_versions(policy)})


def _said_versions(policy: Policy, **which: Any) -> list[dict[str, Any]]:
    """The latest versions in words."""
    by, labels = _authors(policy), words.Labels()
    return [
        {
            "version": version,
            "by": by.get(version.number, ""),
            "is_current": version.number == policy.version,
            "conditions": words.conditions_said(version.conditions, labels),
            "pauses": words.pauses_said(version.pauses),
            "targets": [words.target_said(target, labels) for target in version.targets.all()],
        }
        for version in words.versions_with_targets(policy=policy, **which)[:MOST_VERSIONS]
    ]


def _authors(policy: Policy) -> dict[int, str]:
    """Version → the name of who made it."""
    rows = Event.objects.filter(
        subject_kind="policy", subject_id=policy.pk, name__in=["policy.created", "policy.changed"]
    ).values_list("data", "actor_kind", "actor_id")
    made = {int(data["version"]): actor_id for data, kind, actor_id in rows if kind == "staff" and actor_id}
    names = dict(Staff.objects.filter(pk__in=made.values()).values_list("pk", "name"))
    return {number: names.get(pk, "") for number, pk in made.items()}


@require_safe
@administration(SLA_MANAGE)
def try_policies(request: HttpRequest) -> HttpResponse:
    """Which policy applies to a ticket, why the earlier ones do not, what is due when, and what each step would do."""
    given = request.GET.get("ticket", "").replace("\x00", "").strip()[:40]
    context: dict[str, Any] = {"given": given}
    if given:
        ticket = _visible(request, given)
        if ticket is None:
            context["error"] = _("There is no ticket with this number, or you may not see it.")
        else:
            context["outcome"] = dry_run(ticket)
    return show(request, "sla/try.html", context, status=404 if "error" in context else 200)


def _visible(request: HttpRequest, given: str) -> Ticket | None:
    try:
        return Ticket.objects.visible_to(staff_of(request)).filter(pk=parse_number(given)).first()
    except Refused:
        return None
