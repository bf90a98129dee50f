"""Writing the list of causes: added, renamed, retired; never deleted, since closed claims name them."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from aftersales.claims.models import Cause, CauseGroup
from helpdesk.accounts.permissions import AFTERSALES_MANAGE
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, Invalid, NotFound
from helpdesk.core.events import Announcement, announce

MOST_NAME, MOST_KEY = 120, 40


@transaction.atomic
def save_cause(cause_id: int | None, *, name: str, name_zh: str, group: str, by: Actor) -> Cause:
    """Add a cause (no id) or rename one; announces cause.changed. Its key, by which the API names it, stays for good."""
    _require(by)
    names = name.replace("\x00", "").strip(), name_zh.replace("\x00", "").strip()
    if not names[0]:
        raise Invalid(fields={"name": _("Give it a name.")})
    if max(map(len, names)) > MOST_NAME:
        raise Invalid(fields={"name": _("Use at most %(most)d characters.") % {"most": MOST_NAME}})
    if group not in CauseGroup.values:
        raise Invalid(fields={"group": _("Choose the group that it belongs to.")})
    cause = _get(cause_id) if cause_id is not None else Cause(key=_free_key(names[0]), position=_last() + 1)
    if Cause.objects.filter(group=group, name=names[0]).exclude(pk=cause.pk).exists():
        raise Invalid(fields={"name": _("There is such a cause already.")})
    cause.name, cause.name_zh, cause.group = *names, group
    cause.save()
    announce(Announcement("cause.changed", "cause", cause.pk, data={"group": group}), by=by)
    return cause


@transaction.atomic
def switch_cause(cause_id: int, *, is_active: bool, by: Actor) -> Cause:
    """Offer a cause or retire it; announces cause.changed."""
    _require(by)
    cause = _get(cause_id)
    if cause.is_active != is_active:
        cause.is_active = is_active
        cause.save(update_fields=["is_active"])
        announce(Announcement("cause.changed", "cause", cause.pk, data={"is_active": is_active}), by=by)
    return cause


def _require(by: Actor) -> None:
    if not by.is_trusted and (by.staff is None or not by.staff.can(AFTERSALES_MANAGE)):
        raise Forbidden


def _get(cause_id: int) -> Cause:
    found = Cause.objects.select_for_update().filter(pk=cause_id).first()
    if found is None:
        raise NotFound
    return found


def _last() -> int:
    return Cause.objects.aggregate(last=Max("position"))["last"] or 0


def _free_key(name: str) -> str:
    """A key from the name, with a number when it is taken or the name has no Latin letters."""
    base = slugify(name).replace("-", "_")[: MOST_KEY - 5] or "cause"
    taken = set(Cause.objects.filter(key__startswith=base).values_list("key", flat=True))
    return next(key for key in (base, *(f"{base}_{n}" for n in range(2, len(taken) + 3))) if key not in taken)
