"""Whether people are there: how long their sockets have been known to answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.models import Presence, PresenceState, Staff
from helpdesk.accounts.models.working import MOST_AT_ONCE
from helpdesk.core import clock
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.events import Announcement, announce

CAPACITIES = ("chats", "calls", "mails")


def extend_connections(staff_ids: Iterable[int], *, until: datetime) -> int:
    """These people are connected at least until then; one statement, rows in id order so that no two of them deadlock.

    Only raises `connected_until`: a late process never shortens what another knows. Returns how many people it concerned.
    """
    ids = sorted(set(staff_ids))
    if not ids:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO accounts_presence AS known (staff_id, state, connected_until, changed_at)
               SELECT id, %s, %s, now() FROM accounts_staff WHERE id = ANY(%s) AND is_active ORDER BY id
               ON CONFLICT (staff_id) DO UPDATE
               SET connected_until = greatest(known.connected_until, EXCLUDED.connected_until)""",
            [PresenceState.ONLINE, until, ids],
        )
        return cursor.rowcount


@transaction.atomic
def set_presence(
    *, by: Actor, state: str, capacities: Mapping[str, int | None] | None = None, is_overtime: bool | None = None
) -> Presence:
    """The person says whether they are there, and how much they take at once; announces presence.changed when it differs.

    Locks the person, as the matcher does, so that nothing is given to somebody in the moment they leave.
    """
    staff = by.staff
    if staff is None:
        raise Forbidden
    if state not in PresenceState.values:
        raise Invalid(fields={"state": _("Choose online, busy, away or offline.")})
    wanted: dict[str, object] = {"state": state}
    for name in CAPACITIES:
        if capacities is not None and name in capacities:
            wanted[name] = _capacity(name, capacities[name])
    if is_overtime is not None:
        wanted["is_overtime"] = is_overtime
    Staff.objects.select_for_update(no_key=True).filter(pk=staff.pk).first()
    presence, _made = Presence.objects.get_or_create(staff_id=staff.pk, defaults={"state": PresenceState.OFFLINE})
    changed = {
        name: [getattr(presence, name), value] for name, value in wanted.items() if getattr(presence, name) != value
    }
    if not changed:
        return presence
    if "state" in changed:
        wanted["changed_at"] = clock.now()
    # column by column: the web processes extend `connected_until` at the same time
    Presence.objects.filter(pk=presence.pk).update(**wanted)
    for name, value in wanted.items():
        setattr(presence, name, value)
    announce(Announcement("presence.changed", "presence", staff.pk, data={"staff": staff.pk, **changed}), by=by)
    return presence


def _capacity(name: str, value: int | None) -> int | None:
    if value is not None and not 0 <= value <= MOST_AT_ONCE:
        raise Invalid(fields={name: _("Enter a number from 0 to %(most)s.") % {"most": MOST_AT_ONCE}})
    return value
