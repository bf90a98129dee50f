"""Who does something: a person of the staff, a customer, a key, a rule, or the product itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from helpdesk.accounts.models import Staff
    from helpdesk.customers.models import Customer


class ActorKind(models.TextChoices):
    STAFF = "staff", _("staff")
    CUSTOMER = "customer", _("customer")
    API_KEY = "api_key", _("API key")
    AUTOMATION = "automation", _("automation")
    BOT = "bot", _("bot")
    SYSTEM = "system", _("system")


@dataclass(frozen=True)
class Actor:
    """The (kind, id) that stands in the event log; rows in core have no foreign key upward.

    `staff` is the loaded person whose permissions count (also behind an API key); without one, the actor is the
    customer (who may touch only what is theirs) or trusted code.
    """

    kind: ActorKind
    id: int | None = None
    origin: str = ""
    staff: Staff | None = field(default=None, compare=False, repr=False)
    customer: Customer | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of_staff(cls, staff: Staff, *, origin: str = "") -> Actor:
        return cls(ActorKind.STAFF, staff.pk, origin, staff=staff)

    @classmethod
    def of_key(cls, key_id: int, staff: Staff, *, origin: str = "") -> Actor:
        return cls(ActorKind.API_KEY, key_id, origin, staff=staff)

    @classmethod
    def of_customer(cls, customer: Customer, *, origin: str = "") -> Actor:
        return cls(ActorKind.CUSTOMER, customer.pk, origin, customer=customer)

    @classmethod
    def of_automation(cls, rule_id: int | None = None) -> Actor:
        return cls(ActorKind.AUTOMATION, rule_id)

    @property
    def is_trusted(self) -> bool:
        """Code of the product acting for itself: no person's permissions apply."""
        return self.kind in {ActorKind.SYSTEM, ActorKind.AUTOMATION, ActorKind.BOT}

    def as_json(self) -> dict[str, Any]:
        """The actor as job arguments: kind and id, no personal value."""
        return {"kind": str(self.kind), "id": self.id}


SYSTEM = Actor(ActorKind.SYSTEM)
