"""The verbs that write how sub-tickets are handled."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.permissions import AUTOMATION_MANAGE
from helpdesk.accounts.services.guarding import require
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.events import Announcement, announce
from helpdesk.core.saving import save_checked
from tickets.automation.models import SubTicketSetting, SubTicketTemplate, WhenSolving


@transaction.atomic
def choose_when_solving(value: str, *, by: Actor) -> None:
    """What a person hears who solves a ticket with open sub-tickets; announces sub_tickets.changed."""
    require(by, AUTOMATION_MANAGE)
    if value not in WhenSolving.values:
        raise Invalid(fields={"when_solving": _("Choose from the list.")})
    SubTicketSetting.objects.update_or_create(pk=1, defaults={"when_solving": value})
    _tell(by, when_solving=value)


@transaction.atomic
def save_template(template_id: int | None, *, by: Actor, **values: Any) -> SubTicketTemplate:
    """A new template, or a changed one; announces sub_tickets.changed."""
    require(by, AUTOMATION_MANAGE)
    row = SubTicketTemplate() if template_id is None else _row(template_id)
    for name, value in values.items():
        setattr(row, name, value)
    save_checked(row)
    _tell(by, template=row.pk)
    return row


@transaction.atomic
def delete_template(template_id: int, *, by: Actor) -> None:
    """Forget a template; sub-tickets made from it stay. Announces sub_tickets.changed."""
    require(by, AUTOMATION_MANAGE)
    _row(template_id).delete()
    _tell(by, template=template_id, is_deleted=True)


def _row(template_id: int) -> SubTicketTemplate:
    row = SubTicketTemplate.objects.select_for_update(no_key=True).filter(pk=template_id).first()
    if row is None:
        raise NotFound
    return row


def _tell(by: Actor, **data: Any) -> None:
    announce(Announcement("sub_tickets.changed", "sub_ticket_setting", 1, data=data), by=by)
