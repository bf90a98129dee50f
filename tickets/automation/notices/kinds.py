"""The groups of notices that ship, and how each is told unless a person chooses otherwise."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.noticing import ByMail, NoticeGroup, notice_groups

GROUPS = (
    NoticeGroup("breached", _("A deadline was missed"), ("clock.breached",), ByMail.NOW, True, 10),
    NoticeGroup("escalated", _("A matter is raised to me"), ("clock.escalated",), ByMail.NOW, True, 20),
    NoticeGroup("warned", _("A deadline comes near"), ("clock.warned",), ByMail.NEVER, order=30),
    NoticeGroup("mentioned", _("I am called in a note"), ("mentioned",), ByMail.NOW, order=40),
    NoticeGroup(
        "consultation",
        _("Consultations: I am asked, or get an answer"),
        ("consultation.invited", "consultation.answered", "consultation.concluded"),
        ByMail.NOW,
        order=50,
    ),
    NoticeGroup("assigned", _("I get a ticket"), ("assigned", "ticket.assigned"), ByMail.DIGEST, order=60),
    NoticeGroup("offer", _("An offer went on because I did not take it"), ("offer.missed",), ByMail.DIGEST, order=70),
    NoticeGroup(
        "sub_tickets", _("Sub-tickets get on"), ("ticket.sub_solved", "ticket.sub_late"), ByMail.DIGEST, order=80
    ),
    NoticeGroup("failed", _("An answer could not be sent"), ("message.failed",), ByMail.DIGEST, order=90),
    NoticeGroup("messages", _("A customer writes again"), ("message.received", "ticket.reopened"), order=100),
    NoticeGroup("notes", _("Notes, and tickets that I watch"), ("note.added", "watching"), order=110),
)


def register() -> None:
    """Fill the registry."""
    for group in GROUPS:
        notice_groups.add(group.name, group)
