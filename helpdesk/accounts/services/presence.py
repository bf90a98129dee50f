"""Whether people are there: how long their sockets have been known to answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from helpdesk.accounts.models.staff import PresenceState


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
