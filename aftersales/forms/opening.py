"""Opening a claim from a ticket: what it is about, what is asked for, and what else the kind needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.claims.models import ClaimKind, ClaimLine, Reason
from aftersales.claims.services.arguments import MOST_WORDS, money
from aftersales.claims.services.judging import Application
from aftersales.claims.services.opening import ClaimDraft, LineDraft
from aftersales.forms.moves import ABOUT_MONEY, FilesField, invoice_fields, new_files, outcomes_of, read_invoice
from aftersales.selectors.things import paid_for, unsaved_line
from aftersales.visits.addresses import PARTS
from helpdesk.core.errors import Invalid
from helpdesk.customers.models import Customer, Order, OrderLine, Product, RegisteredProduct

ABOUT_THE_WHOLE = frozenset({ClaimKind.INVOICE, ClaimKind.ADDRESS_CHANGE, ClaimKind.COMPLAINT, ClaimKind.CASE})
BACK = frozenset({ClaimKind.RETURN, ClaimKind.EXCHANGE})
TO_THE_DOOR = frozenset({ClaimKind.INSTALLATION, ClaimKind.DELIVERY_INSTALLATION, ClaimKind.REPAIR})
# A case comes from a regulator or a platform, by its own form.
KINDS = [(value, label) for value, label in ClaimKind.choices if value != ClaimKind.CASE]
_YES_NO = [("", _("not known")), ("yes", pgettext_lazy("condition", "yes")), ("no", pgettext_lazy("condition", "no"))]
_ANSWERS = {
    "is_opened": pgettext_lazy("goods", "Opened"),
    "is_used": pgettext_lazy("goods", "Used"),
    "is_complete": _("Complete, with everything that came with it"),
}
_ADDRESS = {
    "name": _("Name"),
    "phone": _("Phone number"),
    "city": _("City"),
    "street": _("Street and number"),
    "postcode": _("Postal code"),
}
_WANTED = [("redirect", _("send it to another address")), ("stop", _("stop it and send it back"))]
_REASONS = {
    ClaimKind.PRICE_PROTECTION: Reason.PRICE_DROPPED,
    ClaimKind.REPAIR: Reason.DEFECT,
    ClaimKind.MISSING_PARTS: Reason.MISSING,
    ClaimKind.COMPLAINT: Reason.SERVICE,
    ClaimKind.RETURN: Reason.CHANGED_MIND,
}


def known_address_of(order: Order | None) -> Mapping[str, str]:
    """Where the order went, in parts."""
    given = order.shipping.get("address") if order is not None and isinstance(order.shipping, dict) else None
    return given if isinstance(given, Mapping) else {}


class OpenClaimForm(forms.Form):
    """`order` or `registered` is what was chosen before; its inputs follow the kind."""

    kind = forms.ChoiceField(label=_("What the customer asks for"), choices=KINDS)
    reason = forms.ChoiceField(label=_("Why"), choices=Reason.choices)
    words = forms.CharField(
        label=_("In the customer's words"),
        required=False,
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self,
        customer: Customer,
        *,
        order: Order | None = None,
        lines: Sequence[OrderLine] = (),
        registered: RegisteredProduct | None = None,
        kind: str = ClaimKind.RETURN,
        data: Any = None,
        files: Any = None,
    ) -> None:
        initial = {"kind": kind, "reason": _REASONS.get(ClaimKind(kind), Reason.OTHER)}
        super().__init__(data, files, auto_id="claim_%s", initial=initial)
        self.customer, self.order, self.lines, self.registered = customer, order, list(lines), registered
        self.claim_kind = ClaimKind(kind)
        self._add_lines()
        self._add_questions()
        self.fields["outcome"] = forms.ChoiceField(label=_("What the customer would like"), choices=outcomes_of(kind))
        if kind in ABOUT_MONEY:
            self.fields["asked_amount"] = forms.CharField(
                label=_("Amount asked for"),
                required=False,
                max_length=20,
                help_text=_("Empty: what was paid for it."),
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )
        self.fields["files"] = FilesField(label=_("Photos"), required=False)
        last = [name for name in ("words", "files") if name in self.fields]
        self.order_fields([*(name for name in self.fields if name not in last), *last])

    def _add_lines(self) -> None:
        free = [line for line in self.lines if line.available > 0]  # type: ignore[attr-defined]
        for line in self.lines:
            available: int = line.available  # type: ignore[attr-defined]
            self.fields[f"line_{line.pk}"] = forms.IntegerField(
                label=f"{line.product.label} × {line.quantity}",
                min_value=0,
                max_value=available,
                required=False,
                initial=1 if free == [line] else 0,
                disabled=not available,
                help_text=_("%(count)d can be claimed") % {"count": available},
            )

    def _add_questions(self) -> None:
        kind = self.claim_kind
        if kind in BACK:
            for name, label in _ANSWERS.items():
                self.fields[name] = forms.ChoiceField(label=label, choices=_YES_NO, required=False)
        if kind == ClaimKind.EXCHANGE:
            self.fields["replacement"] = forms.CharField(
                label=_("Exchanged for (article number)"),
                required=False,
                max_length=60,
                help_text=_("Empty: for the same."),
            )
        if kind == ClaimKind.PRICE_PROTECTION:
            self.fields["price_drop"] = forms.CharField(
                label=_("Became cheaper by"),
                max_length=20,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )
        if kind in TO_THE_DOOR:
            known = known_address_of(self.order)
            for name, label in _ADDRESS.items():
                self.fields[f"address_{name}"] = forms.CharField(
                    label=label, required=False, max_length=PARTS[name], initial=known.get(name, "")
                )
        if kind == ClaimKind.ADDRESS_CHANGE:
            self.fields["wanted"] = forms.ChoiceField(label=_("What shall we do?"), choices=_WANTED)
            self.fields["recipient"] = forms.CharField(label=_("Recipient"), required=False, max_length=80)
            self.fields["phone"] = forms.CharField(label=_("Phone number"), required=False, max_length=30)
            self.fields["new_address"] = forms.CharField(label=_("New address"), required=False, max_length=300)
        if kind == ClaimKind.INVOICE:
            self.fields |= invoice_fields({"title": self.customer.name})

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        """The inputs below the kind and the reason: short ones beside each other, texts and files alone."""
        names = [name for name in self.fields if name not in {"kind", "reason"}]
        alone = {"words", "files", "new_address"}
        groups = [
            [name for name in names if name.startswith("line_")],
            [name for name in names if name in _ANSWERS],
            [name for name in names if name.startswith("address_")],
            [name for name in names if not name.startswith(("line_", "address_")) and name not in {*_ANSWERS, *alone}],
        ]
        found = [[self[name] for name in group] for group in groups if group]
        return found + [[self[name]] for name in names if name in alone]

    # --- What the form says ------------------------------------------------------------------------------------------
    def quantities(self) -> list[tuple[OrderLine, int]]:
        """The chosen lines with how many of each, from what was typed so far."""
        values = self.cleaned_data
        return [(line, values.get(f"line_{line.pk}") or 0) for line in self.lines if values.get(f"line_{line.pk}")]

    def details(self) -> dict[str, Any]:
        """What the kind needs beside, JSON-able."""
        values = self.cleaned_data
        found: dict[str, Any] = {name: values[name] == "yes" for name in _ANSWERS if values.get(name) in {"yes", "no"}}
        if values.get("price_drop"):
            found["price_drop"] = str(money("price_drop", values["price_drop"]))
        address = {name: values[f"address_{name}"].strip() for name in _ADDRESS if values.get(f"address_{name}")}
        if address:
            found["address"] = address
        if self.claim_kind == ClaimKind.ADDRESS_CHANGE:
            found["redirect"] = {
                "wanted": values.get("wanted", ""),
                "recipient": values.get("recipient", ""),
                "phone": values.get("phone", ""),
                "address": values.get("new_address", ""),
            }
        if self.claim_kind == ClaimKind.INVOICE:
            found["invoice"] = read_invoice(None, values)
        return found

    def clean(self) -> dict[str, Any]:
        """A parcel that is sent elsewhere needs to know where to."""
        values = super().clean() or {}
        if values.get("wanted") == "redirect" and not values.get("new_address"):
            self.add_error("new_address", _("Say where it shall go."))
        return values

    def asked(self) -> Decimal | None:
        """The amount that was typed, else what was paid for what is claimed; a repair is about no amount."""
        given = money("asked_amount", self.cleaned_data.get("asked_amount"))
        if given is not None or self.claim_kind not in ABOUT_MONEY or self.claim_kind == ClaimKind.REPAIR:
            return given
        if self.claim_kind == ClaimKind.PRICE_PROTECTION:
            return money("price_drop", self.cleaned_data.get("price_drop"))
        paid = [paid_for(line, count) for line, count in self.quantities() if count <= line.quantity]
        return sum(paid, Decimal(0)) if paid else None

    def draft(self) -> ClaimDraft:
        """What the verb takes; `Invalid` names what cannot be read."""
        values = self.cleaned_data
        return ClaimDraft(
            self.claim_kind,
            reason=values["reason"],
            words=values["words"],
            order_id=self.order.pk if self.order else None,
            lines=self._line_drafts(),
            outcome=values["outcome"],
            asked_amount=self.asked(),
            details=self.details(),
            source="desk",
            files=new_files(values.get("files") or []),
        )

    def _line_drafts(self) -> list[LineDraft]:
        replacement = self._replacement()
        found = [
            LineDraft(order_line_id=line.pk, quantity=count, replacement_id=replacement)
            for line, count in self.quantities()
        ]
        if self.registered is not None:
            found.append(LineDraft(product_id=self.registered.product_id, serial=self.registered.serial))
        return found

    def _replacement(self) -> int | None:
        sku = (self.cleaned_data.get("replacement") or "").strip()
        if not sku:
            return None
        product = Product.objects.filter(sku=sku, is_active=True).first()
        if product is None:
            raise Invalid(fields={"replacement": _("There is no product with this article number.")})
        return int(product.pk)

    def application(self) -> Application:
        """The same for the policy, before anything is opened."""
        lines = [unsaved_line(line, count) for line, count in self.quantities()]
        if self.registered is not None:
            lines.append(ClaimLine(product=self.registered.product, serial=self.registered.serial, quantity=1))
        details = self.details() | {"has_photos": bool(self.cleaned_data.get("files"))}
        reason = self.cleaned_data.get("reason") or Reason.OTHER
        return Application(self.claim_kind, reason, self.customer, self.order, lines, details, self.asked())
