"""Signing staff in by user name or e-mail address and password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.http import HttpRequest

from helpdesk.accounts.demo import is_refused
from helpdesk.accounts.models import Membership, Staff
from helpdesk.core.compiled import Compiled


class StaffBackend(BaseBackend):
    """Takes the same time whether the name exists or not."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> Staff | None:
        if not username or password is None:
            return None
        staff = self.find(username)
        if staff is None:
            self.pretend(password)
            return None
        return staff if staff.check_password(password) and staff.is_active and not is_refused(staff) else None

    def find(self, username: str) -> Staff | None:
        """Whom a user name or an e-mail address means, in whatever spelling."""
        field = "email__iexact" if "@" in username else "username"
        return Staff.objects.filter(**{field: username.strip()}).first()

    def pretend(self, password: str) -> None:
        """Spend the time that a comparison takes."""
        make_password(password)

    def get_user(self, user_id: int) -> Staff | None:
        """The signed-in person with their teams, in one query: every page asks for both."""
        staff = _with_teams.first(user_id)
        if staff is not None and is_refused(staff):
            return None
        if staff is not None:
            staff.__dict__["team_ids"] = list(staff.team_list)  # type: ignore[attr-defined]  # fills the cached property
        return staff


def _people_with_teams(user_id: int) -> QuerySet[Staff]:
    teams = ArraySubquery(Membership.objects.filter(staff_id=OuterRef("pk")).order_by("team_id").values("team_id"))
    return Staff.objects.filter(pk=user_id, is_active=True).order_by().annotate(team_list=teams)


_with_teams = Compiled(_people_with_teams, int)
