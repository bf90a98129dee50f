"""Channel accounts with their health: last event, backlog, share of failures, last error."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels_app.models import Mailbox
from helpdesk.accounts.models import Team
from helpdesk.core.models import ChannelAccount

# The share of failures is taken over an account's newest received items, whatever its traffic.
NEWEST = 200
# An error of the last hour is shown as present.
RECENT = timedelta(hours=1)


@dataclass(frozen=True)
class AccountHealth:
    """One account as the list shows it. `waiting` and `to_send` are unfinished, `parked` and `unsent` need a person;
    `failed` of `newest` received items did not go through at once."""

    account: ChannelAccount
    team: str
    waiting: int
    parked: int
    to_send: int
    unsent: int
    newest: int
    failed: int
    mailbox_error: str
    last_error_at: datetime | None

    @property
    def state(self) -> str:
        """`off`, `bad` (a person is needed), `warn` (it has trouble) or `good`."""
        if not self.account.is_active:
            return "off"
        if self.mailbox_error or self.parked or self.unsent:
            return "bad"
        recent = self.last_error_at is not None and self.last_error_at > timezone.now() - RECENT
        return "warn" if recent or self.failed * 10 > self.newest else "good"

    @property
    def words(self) -> Any:
        """The state in words, never by colour alone."""
        return {
            "off": _("switched off"),
            "bad": _("needs a person"),
            "warn": _("has trouble"),
            "good": _("works"),
        }[self.state]

    @property
    def error(self) -> str:
        return self.mailbox_error or (self.account.last_error if self.state in {"bad", "warn"} else "")


# Both tables have partial indexes over (account, …) of what is unfinished; the newest items come off (account, -id).
_FIGURES = """
SELECT a.id,
       (SELECT count(*) FROM (SELECT 1 FROM channels_app_inboundevent e
         WHERE e.account_id = a.id AND e.state IN ('ready', 'working', 'back_off') LIMIT 1001) x),
       (SELECT count(*) FROM (SELECT 1 FROM channels_app_inboundevent e
         WHERE e.account_id = a.id AND e.state = 'parked' LIMIT 1001) x),
       (SELECT count(*) FROM (SELECT 1 FROM core_delivery d
         WHERE d.account_id = a.id AND d.state IN ('ready', 'working', 'back_off') LIMIT 1001) x),
       (SELECT count(*) FROM (SELECT 1 FROM core_delivery d
         WHERE d.account_id = a.id AND d.state = 'parked' LIMIT 1001) x),
       n.newest, n.failed
FROM core_channelaccount a,
     LATERAL (SELECT count(*) AS newest, count(*) FILTER (WHERE state IN ('parked', 'back_off') OR attempts > 1) AS failed
              FROM (SELECT state, attempts FROM channels_app_inboundevent e
                    WHERE e.account_id = a.id ORDER BY e.id DESC LIMIT %s) newest) n
"""


def accounts_with_health() -> list[AccountHealth]:
    """Every account, active ones first; four queries."""
    with connection.cursor() as cursor:
        cursor.execute(_FIGURES, [NEWEST])
        figures = {row[0]: row[1:] for row in cursor.fetchall()}
    failing = Mailbox.objects.filter(~Q(error="")).values("account_id").annotate(error=Max("error"))
    errors = {row["account_id"]: row["error"] for row in failing}
    teams = {row.pk: row for row in Team.objects.all()}
    found = []
    for account in ChannelAccount.objects.select_related("account_team").order_by("-is_active", "kind", "slug"):
        link = getattr(account, "account_team", None)
        team = teams.get(link.team_id) if link is not None else None
        waiting, parked, to_send, unsent, newest, failed = figures.get(account.pk, (0, 0, 0, 0, 0, 0))
        found.append(
            AccountHealth(
                account=account,
                team=team.label if team is not None else "",
                waiting=waiting,
                parked=parked,
                to_send=to_send,
                unsent=unsent,
                newest=newest,
                failed=failed,
                mailbox_error=errors.get(account.pk, ""),
                last_error_at=account.last_error_at,
            )
        )
    return found
