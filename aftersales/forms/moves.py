"""The form of a move: one input, or a few, for each argument that the move names (`Move.asks`), and their JSON-able values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from aftersales.approvals.models import Side
from aftersales.claims.machines import Move
from aftersales.claims.models import Cause, Claim, ClaimKind, Condition, Outcome
from aftersales.claims.services.arguments import MOST_WORDS
from aftersales.forms.record import cause_choices, people_with
from aftersales.parcels.selectors import carrier_choices
from aftersales.visits.models import Visit
from aftersales.visits.services.telling import spoken_window
from aftersales.visits.slots import free_slots
from helpdesk.accounts.permissions import CLAIM_APPROVE
from helpdesk.core import clock
from helpdesk.core.errors import Refused
from helpdesk.core.saving import add_refusal
from tickets.services.files import NewFile

Fields = dict[str, forms.Field]
MOST_QUOTE_LINES, MOST_SLOTS = 6, 24


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = data if isinstance(data, (list, tuple)) else [data]
        return [super(FilesField, self).clean(one, initial) for one in given if one]


@dataclass(frozen=True)
class Input:
    """How one argument is asked for: `fields(claim)` by name, the first of which shows its refusals, and `read(values)`."""

    fields: Callable[[Claim], Fields]
    read: Callable[[Claim, Mapping[str, Any]], Any]


def _one(name: str, make: Callable[[Claim], forms.Field]) -> Input:
    return Input(lambda claim: {name: make(claim)}, lambda claim, values: values.get(name))


def _area(label: Any, *, required: bool, hint: Any = "", rows: int = 3) -> Callable[[Claim], forms.Field]:
    return lambda claim: forms.CharField(
        label=label,
        required=required,
        max_length=MOST_WORDS,
        help_text=hint,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


# --- What is decided -------------------------------------------------------------------------------------------------
# What a kind of claim usually ends with; the first is taken when nobody chooses.
OUTCOMES: dict[str, tuple[Outcome, ...]] = {
    ClaimKind.RETURN: (Outcome.REFUND, Outcome.KEEP_ITEM, Outcome.STORE_CREDIT, Outcome.GIFT_CARD, Outcome.EXCHANGE),
    ClaimKind.EXCHANGE: (Outcome.EXCHANGE, Outcome.REFUND, Outcome.STORE_CREDIT),
    ClaimKind.REPAIR: (Outcome.REPAIR, Outcome.SERVICE, Outcome.EXCHANGE, Outcome.REPLACEMENT_PART, Outcome.REFUND),
    ClaimKind.REFUND_ONLY: (Outcome.REFUND, Outcome.STORE_CREDIT, Outcome.GIFT_CARD, Outcome.POINTS),
    ClaimKind.MISSING_PARTS: (Outcome.REPLACEMENT_PART, Outcome.REFUND, Outcome.STORE_CREDIT),
    ClaimKind.INSTALLATION: (Outcome.SERVICE,),
    ClaimKind.DELIVERY_INSTALLATION: (Outcome.SERVICE,),
    ClaimKind.PRICE_PROTECTION: (Outcome.REFUND, Outcome.STORE_CREDIT, Outcome.POINTS),
    ClaimKind.INVOICE: (Outcome.DOCUMENT,),
    ClaimKind.ADDRESS_CHANGE: (Outcome.REDIRECTED, Outcome.REFUND),
    ClaimKind.COMPLAINT: (Outcome.APOLOGY, Outcome.REFUND, Outcome.POINTS, Outcome.GIFT_CARD),
    ClaimKind.CASE: (Outcome.APOLOGY, Outcome.REFUND),
}
# Kinds whose claims are about money, so that an amount is asked for.
ABOUT_MONEY = frozenset(
    {
        ClaimKind.RETURN,
        ClaimKind.EXCHANGE,
        ClaimKind.REPAIR,
        ClaimKind.REFUND_ONLY,
        ClaimKind.MISSING_PARTS,
        ClaimKind.PRICE_PROTECTION,
        ClaimKind.COMPLAINT,
        ClaimKind.CASE,
    }
)


def outcomes_of(kind: str, wished: str = "") -> list[tuple[str, Any]]:
    """The outcomes to choose from, what was wished for first."""
    usual = list(OUTCOMES[ClaimKind(kind)])
    if wished in Outcome.values:
        usual = [Outcome(wished), *(one for one in usual if one != wished)]
    return [(one.value, one.label) for one in usual]


def _outcome(claim: Claim) -> forms.Field:
    choices = outcomes_of(claim.kind, claim.outcome)
    return forms.ChoiceField(label=_("What the customer gets"), choices=choices, initial=choices[0][0])


def _amount(claim: Claim) -> forms.Field:
    amount = claim.approved_amount if claim.approved_amount is not None else claim.asked_amount
    return forms.CharField(
        label=pgettext_lazy("claim", "Amount in %(currency)s") % {"currency": claim.currency},
        required=False,
        initial="" if amount is None else f"{amount:.2f}",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


def _approver_fields(claim: Claim) -> Fields:
    sides = claim.approval_sides or [Side.BUSINESS.value]
    choices = [("", _("Choose …")), *people_with(CLAIM_APPROVE)]
    return {
        f"approver_{side}": forms.ChoiceField(
            label=pgettext_lazy("approval", "Approver for %(side)s") % {"side": Side(side).label}, choices=choices
        )
        for side in sides
    }


def _read_approvers(claim: Claim, values: Mapping[str, Any]) -> dict[str, str]:
    return {name.removeprefix("approver_"): value for name, value in values.items() if name.startswith("approver_")}


def _cause(claim: Claim) -> forms.Field:
    choices = cause_choices(Cause.objects.filter(is_active=True).order_by("position", "pk"))
    return forms.ChoiceField(
        label=_("Cause"), choices=choices, required=False, initial=claim.cause.key if claim.cause else ""
    )


def _refusal(claim: Claim) -> forms.Field:
    return forms.CharField(
        label=_("Reason in short"),
        max_length=40,
        help_text=_("For our own records and figures."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


# --- Goods -----------------------------------------------------------------------------------------------------------
def _received_fields(claim: Claim) -> Fields:
    return {
        f"received_{line.pk}": forms.IntegerField(
            label=f"{line.product.label} × {line.quantity}",
            min_value=0,
            max_value=line.quantity,
            initial=line.quantity,
        )
        for line in claim.loaded_lines
    }


def _per_line(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    start = f"{prefix}_"
    return {name.removeprefix(start): value for name, value in values.items() if name.startswith(start)}


def _inspection_fields(claim: Claim) -> Fields:
    found: Fields = {}
    for line in claim.loaded_lines:
        if not line.received_quantity:
            continue
        name = line.product.label
        found[f"condition_{line.pk}"] = forms.ChoiceField(
            label=_("Condition: %(product)s") % {"product": name}, choices=[("", _("Choose …")), *Condition.choices]
        )
        found[f"damaged_{line.pk}"] = forms.IntegerField(
            label=_("How many are damaged"),
            min_value=0,
            max_value=line.received_quantity,
            initial=0,
            help_text=_("of %(count)d received") % {"count": line.received_quantity},
        )
        found[f"remark_{line.pk}"] = forms.CharField(label=_("Remark"), required=False, max_length=300)
    return found


def _read_inspection(claim: Claim, values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    damaged, remarks = _per_line("damaged", values), _per_line("remark", values)
    return {
        pk: {"condition": condition, "damaged": damaged.get(pk), "remark": remarks.get(pk, "")}
        for pk, condition in _per_line("condition", values).items()
    }


def _parcel_fields(claim: Claim) -> Fields:
    return {
        "parcel_carrier": forms.ChoiceField(
            label=_("Carrier"), choices=[("", _("Not known yet")), *carrier_choices()], required=False
        ),
        "parcel_number": forms.CharField(
            label=_("Tracking number"),
            max_length=60,
            required=False,
            widget=forms.TextInput(
                attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
            ),
        ),
    }


def _read_parcel(claim: Claim, values: Mapping[str, Any]) -> dict[str, str] | None:
    carrier, number = values.get("parcel_carrier", ""), values.get("parcel_number", "").strip()
    return {"carrier": carrier, "number": number} if carrier or number else None


def _part_fields(claim: Claim) -> Fields:
    return {
        "part_product": forms.CharField(label=_("Part (article number)"), max_length=60),
        "part_quantity": forms.IntegerField(label=_("Quantity"), min_value=1, max_value=999, initial=1),
    }


def _read_part(claim: Claim, values: Mapping[str, Any]) -> dict[str, Any]:
    return {"product": values.get("part_product", ""), "quantity": values.get("part_quantity")}


# --- Money and papers ------------------------------------------------------------------------------------------------
MEANS = (
    ("", _("As the outcome says")),
    ("money", pgettext_lazy("payout", "the way it was paid")),
    ("credit", pgettext_lazy("payout", "store credit")),
    ("points", pgettext_lazy("payout", "points")),
    ("gift_card", pgettext_lazy("payout", "gift card")),
    ("coupon", pgettext_lazy("payout", "coupon")),
)


def _payout_fields(claim: Claim) -> Fields:
    return {
        "payout_means": forms.ChoiceField(label=_("Paid as"), choices=MEANS, required=False),
        "payout_account": forms.CharField(label=_("Another account"), max_length=120, required=False),
    }


def _read_payout(claim: Claim, values: Mapping[str, Any]) -> dict[str, str] | None:
    if not values.get("payout_means"):
        return None
    found = {"means": values["payout_means"]}
    if values.get("payout_account"):
        found["account"] = values["payout_account"]
    return found


def _quote_fields(claim: Claim) -> Fields:
    found: Fields = {}
    for nth in range(1, MOST_QUOTE_LINES + 1):
        found[f"quote_label_{nth}"] = forms.CharField(
            label=_("Work or part %(nth)d") % {"nth": nth}, max_length=120, required=nth == 1
        )
        found[f"quote_amount_{nth}"] = forms.CharField(
            label=_("Amount"),
            max_length=20,
            required=nth == 1,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        )
    return found


def _read_quote(claim: Claim, values: Mapping[str, Any]) -> dict[str, Any]:
    pairs = [
        (str(values.get(f"quote_label_{nth}") or "").strip(), str(values.get(f"quote_amount_{nth}") or "").strip())
        for nth in range(1, MOST_QUOTE_LINES + 1)
    ]
    return {"lines": [{"label": label, "amount": amount} for label, amount in pairs if label or amount]}


INVOICE_KINDS = (
    ("personal", pgettext_lazy("invoice", "for a person")),
    ("company", pgettext_lazy("invoice", "for a company")),
)


def invoice_fields(given: Mapping[str, Any]) -> Fields:
    """Whom an invoice is for, filled with what is known."""
    return {
        "invoice_kind": forms.ChoiceField(
            label=_("Invoice"), choices=INVOICE_KINDS, initial=given.get("kind", "personal")
        ),
        "invoice_title": forms.CharField(
            label=_("Name on the invoice"), max_length=120, initial=given.get("title", ""), required=False
        ),
        "invoice_tax_number": forms.CharField(
            label=_("Tax number"),
            max_length=30,
            initial=given.get("tax_number", ""),
            required=False,
            help_text=_("Only for a company."),
        ),
        "invoice_email": forms.EmailField(
            label=_("Send it to"), max_length=120, initial=given.get("email", ""), required=False
        ),
    }


def _invoice_fields(claim: Claim) -> Fields:
    known = claim.details.get("invoice")
    return invoice_fields(known if isinstance(known, Mapping) else {"title": claim.customer.name})


def read_invoice(claim: Claim | None, values: Mapping[str, Any]) -> dict[str, str]:
    names = ("kind", "title", "tax_number", "email")
    return {name: str(values.get(f"invoice_{name}") or "").strip() for name in names}


def _files(claim: Claim) -> forms.Field:
    return FilesField(label=_("Photos and files"), required=False, widget=FilesInput())


def _read_files(claim: Claim, values: Mapping[str, Any]) -> list[NewFile]:
    return new_files(values.get("files") or [])


def new_files(uploads: Any) -> list[NewFile]:
    """Uploads as the services take them."""
    return [NewFile(one.name or "", one.content_type or "", one.read()) for one in uploads]


def _slot(claim: Claim) -> forms.Field:
    """The times that can be kept for the claim's visit; reading them costs some queries, so the form is asked for alone."""
    visit = Visit.objects.filter(claim=claim).open().first()
    found = free_slots(visit, clock.now())[:MOST_SLOTS] if visit is not None else []
    return forms.ChoiceField(
        label=_("When the engineer comes"),
        choices=[(slot.key, spoken_window(slot.start, slot.end)) for slot in found],
        widget=forms.RadioSelect,
        help_text="" if found else _("No time is free. Look at the visit's place, or at who is on duty."),
    )


# Arguments whose inputs are drawn only when somebody asks for the form.
LAZY = frozenset({"slot"})
INPUTS: dict[str, Input] = {
    "slot": Input(lambda claim: {"slot": _slot(claim)}, lambda claim, values: {"slot": values.get("slot")}),
    "outcome": _one("outcome", _outcome),
    "amount": _one("amount", _amount),
    "note": _one("note", _area(_("Internal note"), required=False, hint=_("The customer does not see it."), rows=2)),
    "words": _one("words", _area(_("Words to the customer"), required=True)),
    "refusal": _one("refusal", _refusal),
    "cause": _one("cause", _cause),
    "plan": _one("plan", _area(_("Plan: what, by whom, until when"), required=True, rows=4)),
    "agreement": _one(
        "agreement", lambda claim: forms.BooleanField(label=_("The customer says that it is settled"), required=False)
    ),
    "work": _one("work", _area(_("What was done"), required=False)),
    "invoice_number": _one(
        "invoice_number", lambda claim: forms.CharField(label=_("Number of the invoice"), max_length=60)
    ),
    "approvers": Input(_approver_fields, _read_approvers),
    "received": Input(_received_fields, lambda claim, values: _per_line("received", values)),
    "inspection": Input(_inspection_fields, _read_inspection),
    "parcel": Input(_parcel_fields, _read_parcel),
    "part": Input(_part_fields, _read_part),
    "payout": Input(_payout_fields, _read_payout),
    "quote": Input(_quote_fields, _read_quote),
    "invoice": Input(_invoice_fields, read_invoice),
    "files": Input(lambda claim: {"files": _files(claim)}, _read_files),
}


class MoveForm(forms.Form):
    """What a move asks for. The claim's version goes along, so that nobody decides about what has changed meanwhile."""

    row_version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(self, claim: Claim, move: Move, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, auto_id=f"{move.name}_%s", initial={"row_version": claim.row_version})
        self.claim, self.move = claim, move
        self.first_of: dict[str, str] = {}
        self.groups: list[list[str]] = []
        for name in asked_here(claim, move):
            made = INPUTS[name].fields(claim)
            self.first_of[name] = next(iter(made), "")
            self.fields |= made
            if name == "amount" and "outcome" in self.first_of:
                self.groups[-1] += made
            else:
                self.groups.append(list(made))

    @property
    def is_multipart_form(self) -> bool:
        return "files" in self.first_of

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        """The visible inputs: those of one argument beside each other, texts below each other."""
        found: list[list[forms.BoundField]] = []
        for names in self.groups:
            short = [self[name] for name in names if not isinstance(self.fields[name].widget, forms.Textarea)]
            width = 3 if len(short) % 3 == 0 else 2
            found += [short[start : start + width] for start in range(0, len(short), width)]
            found += [[self[name]] for name in names if isinstance(self.fields[name].widget, forms.Textarea)]
        return found

    def arguments(self) -> dict[str, Any]:
        """The arguments of the verb; only of a valid form."""
        return {name: INPUTS[name].read(self.claim, self.cleaned_data) for name in self.first_of}

    def add_refusal(self, refusal: Refused) -> None:
        """Show what the verb refuses at the inputs of the argument that it names."""
        refusal.fields = {self.first_of.get(name) or name: words for name, words in refusal.fields.items()}
        add_refusal(self, refusal)


def asked_here(claim: Claim, move: Move) -> list[str]:
    """The arguments that this form asks for: not an amount where no money is given, and not what has inputs elsewhere."""
    return [name for name in move.asks if name in INPUTS and not (name == "amount" and claim.kind not in ABOUT_MONEY)]
