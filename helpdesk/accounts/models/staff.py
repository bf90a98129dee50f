"""People of the company, the teams they work in, and whether they are there."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.timezone import now
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.permissions import PERMISSIONS, VIEW_ALL, Role
from helpdesk.core.models import BusinessCalendar


class Team(models.Model):
    """A group of staff with a queue of its own; every ticket lies with one. `is_default` takes what nothing else does.

    `calendar` says when the team works; none: the default calendar (`selectors.calendar_of`).
    """

    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80, unique=True)
    name_zh = models.CharField(max_length=80, blank=True, default="")
    signature = models.TextField(blank=True, default="")
    signature_zh = models.TextField(blank=True, default="")
    is_default = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    calendar = models.ForeignKey(
        BusinessCalendar, on_delete=models.PROTECT, null=True, blank=True, related_name="teams"
    )

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="team_one_default",
                violation_error_message=_("There is already a default team."),
            )
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def label(self) -> str:
        """The team's name in the reader's language."""
        return (self.name_zh or self.name) if (get_language() or "").startswith("zh") else self.name

    def signature_for(self, language: str) -> str:
        return (
            (self.signature_zh or self.signature)
            if language.startswith("zh")
            else (self.signature or self.signature_zh)
        )


class StaffManager(BaseUserManager["Staff"]):
    def create_user(self, username: str, *, password: str | None = None, **fields: Any) -> Staff:
        staff = self.model(username=username, **fields)
        staff.set_password(password)
        staff.save()
        return staff


class Staff(AbstractBaseUser):
    """One person of the company who signs in; customers are separate (`customers.Customer`)."""

    username = models.CharField(max_length=60, unique=True)
    email = models.EmailField(max_length=254, blank=True, default="")
    name = models.CharField(max_length=80)
    role = models.CharField(max_length=14, choices=Role, default=Role.AGENT)
    teams: models.ManyToManyField[Team, Membership] = models.ManyToManyField(
        Team, through="Membership", related_name="members"
    )
    language = models.CharField(max_length=10, blank=True, default="")
    timezone = models.CharField(max_length=40, blank=True, default="")
    theme = models.CharField(max_length=5, default="auto")
    density = models.CharField(max_length=8, default="regular")
    is_active = models.BooleanField(default=True)
    # the stamp in each session: raising it signs the person out everywhere
    sessions_epoch = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=now)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    is_staff_member = True

    objects = StaffManager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(role__in=Role.values), name="staff_role_known"),
            models.UniqueConstraint(
                fields=["email"],
                condition=~Q(email=""),
                name="staff_email_once",
                violation_error_message=_("Another colleague already has this e-mail address."),
            ),
        ]

    def __str__(self) -> str:
        return self.username

    def can(self, permission: str) -> bool:
        """Whether the person's role holds the permission; inactive people hold none."""
        return self.is_active and permission in PERMISSIONS.get(self.role, frozenset())

    @cached_property
    def team_ids(self) -> list[int]:
        """The teams the person works in, read once per request."""
        return sorted(Membership.objects.filter(staff_id=self.pk).values_list("team_id", flat=True))

    @property
    def sees_all_tickets(self) -> bool:
        return self.can(VIEW_ALL)

    def get_session_auth_hash(self) -> str:
        """Changes with the password and with `sessions_epoch`, which ends every other session."""
        return f"{super().get_session_auth_hash()}:{self.sessions_epoch}"


class Membership(models.Model):
    """A person works in a team, perhaps as its lead."""

    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    is_lead = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "team"], name="membership_once")]


class PresenceState(models.TextChoices):
    ONLINE = "online", _("online")
    BUSY = "busy", _("busy")
    AWAY = "away", _("away")
    OFFLINE = "offline", _("offline")


class Presence(models.Model):
    """The state a person chose, and until when their sockets have answered; closing a socket writes nothing.

    `chats`, `calls` and `mails` are what the person takes at once, within what their lead allows (empty: all of that);
    `is_overtime` says that they work although they are not on shift.
    """

    staff = models.OneToOneField(Staff, on_delete=models.CASCADE, primary_key=True, related_name="presence")
    state = models.CharField(max_length=8, choices=PresenceState, default=PresenceState.ONLINE)
    connected_until = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(default=now)
    chats = models.PositiveSmallIntegerField(null=True, blank=True)
    calls = models.PositiveSmallIntegerField(null=True, blank=True)
    mails = models.PositiveSmallIntegerField(null=True, blank=True)
    is_overtime = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(state__in=PresenceState.values), name="presence_state_known")]
