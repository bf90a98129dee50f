"""Staff and what belongs to them."""

from helpdesk.accounts.models.keys import ApiKey
from helpdesk.accounts.models.notifications import Digest, MailState, NoticeSetting, Notification
from helpdesk.accounts.models.staff import Membership, Presence, PresenceState, Staff, Team
from helpdesk.accounts.models.working import (
    RoleCapacity,
    Seniority,
    Shift,
    ShiftKind,
    Skill,
    SkillLevel,
    StaffSkill,
    WorkProfile,
)

__all__ = [
    "ApiKey",
    "Digest",
    "MailState",
    "Membership",
    "NoticeSetting",
    "Notification",
    "Presence",
    "PresenceState",
    "RoleCapacity",
    "Seniority",
    "Shift",
    "ShiftKind",
    "Skill",
    "SkillLevel",
    "Staff",
    "StaffSkill",
    "Team",
    "WorkProfile",
]
