"""What administrators name and define: status labels, tags, custom fields. Each change is one event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from helpdesk.accounts.permissions import LABELS_MANAGE
from helpdesk.accounts.services.guarding import require
from helpdesk.core.actors import Actor
from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.events import Announcement, announce
from helpdesk.core.saving import require_unchanged, save_checked
from tickets.models import CustomField, FieldType, Kind, StatusCategory, StatusLabel, Tag
from tickets.services.properties import clean_tags

M = TypeVar("M", bound=models.Model)

LABEL_FIELDS = ("category", "name", "name_zh")
FIELD_FIELDS = ("key", "kind", "type", "name", "name_zh", "choices", "choices_zh", "is_required", "is_public")
MOST_CHOICES = 100


def tell(name: str, row: models.Model, by: Actor, **data: Any) -> None:
    announce(Announcement(name, name.partition(".")[0], int(row.pk), data=data), by=by)


def locked(model: type[M], pk: int) -> M:
    row = model._default_manager.select_for_update(no_key=True).filter(pk=pk).first()
    if row is None:
        raise NotFound
    return row


def plain_text(value: Any) -> Any:
    return " ".join(value.replace("\x00", "").split()) if isinstance(value, str) else value


def values_of(row: models.Model, names: tuple[str, ...]) -> dict[str, Any]:
    """What a form shows of a row, for the check that nobody overwrites a colleague's change."""
    return {name: getattr(row, name) for name in names}


def change(row: models.Model, names: tuple[str, ...], values: Mapping[str, Any], seen: str | None) -> list[str]:
    """Set and save what differs; the names of the changed fields."""
    require_unchanged(seen, values_of(row, names))
    wanted = {name: plain_text(value) for name, value in values.items() if name in names}
    changed = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, wanted[name])
    if changed:
        save_checked(row, update_fields=changed)
    return changed


def _next_position(model: type[models.Model]) -> int:
    return int(model._default_manager.aggregate(last=Max("position"))["last"] or 0) + 1


def _move(model: type[models.Model], pk: int, *, up: bool) -> models.Model:
    """Exchange places with the neighbour; positions are written anew, so that equal ones do no harm."""
    rows = list(model._default_manager.select_for_update(no_key=True).order_by("position", "pk"))
    here = next((nth for nth, row in enumerate(rows) if row.pk == pk), None)
    if here is None:
        raise NotFound
    row, there = rows[here], here - 1 if up else here + 1
    if 0 <= there < len(rows):
        rows[here], rows[there] = rows[there], rows[here]
        for position, other in enumerate(rows):
            if other.position != position:  # type: ignore[attr-defined]
                model._default_manager.filter(pk=other.pk).update(position=position)
    return row


# --- Status labels ---------------------------------------------------------------------------------------------------
@transaction.atomic
def create_label(*, by: Actor, category: str, name: str, name_zh: str = "") -> StatusLabel:
    """A further word over one of the fixed categories; announces status_label.created."""
    require(by, LABELS_MANAGE)
    if category not in StatusCategory.values:
        raise Invalid(fields={"category": _("Choose one of the listed categories.")})
    label = StatusLabel(
        category=category, name=plain_text(name), name_zh=plain_text(name_zh), position=_next_position(StatusLabel)
    )
    save_checked(label)
    tell("status_label.created", label, by, category=category)
    return label


@transaction.atomic
def change_label(pk: int, *, by: Actor, name: str, name_zh: str, seen: str | None = None) -> StatusLabel:
    """Rename a label; what it means stays, since code knows categories only. Announces status_label.changed."""
    require(by, LABELS_MANAGE)
    label = locked(StatusLabel, pk)
    changed = change(label, LABEL_FIELDS, {"name": name, "name_zh": name_zh}, seen)
    if changed:
        tell("status_label.changed", label, by, fields=changed)
    return label


@transaction.atomic
def make_default_label(pk: int, *, by: Actor) -> StatusLabel:
    """The label that a ticket gets when it enters the category; announces status_label.made_default."""
    require(by, LABELS_MANAGE)
    category = locked(StatusLabel, pk).category
    rows = {row.pk: row for row in StatusLabel.objects.select_for_update(no_key=True).filter(category=category)}
    label = rows[pk]
    if not label.is_active:
        raise Invalid(_("This label is not in use. Take it into use first."))
    if not label.is_default:
        StatusLabel.objects.filter(category=category, is_default=True).update(is_default=False)
        StatusLabel.objects.filter(pk=pk).update(is_default=True)
        label.is_default = True
        tell("status_label.made_default", label, by, category=category)
    return label


@transaction.atomic
def switch_label(pk: int, *, is_active: bool, by: Actor) -> StatusLabel:
    """Take a label out of use or into it; tickets that have it keep it. Announces status_label.switched."""
    require(by, LABELS_MANAGE)
    label = locked(StatusLabel, pk)
    if label.is_default and not is_active:
        raise Invalid(_("This is the default of its category. Make another label the default first."))
    if label.is_active != is_active:
        StatusLabel.objects.filter(pk=pk).update(is_active=is_active)
        tell("status_label.switched", label, by, is_active=[not is_active, is_active])
    return label


@transaction.atomic
def move_label(pk: int, *, up: bool, by: Actor) -> None:
    """One place up or down in every list; announces status_label.moved."""
    require(by, LABELS_MANAGE)
    tell("status_label.moved", _move(StatusLabel, pk, up=up), by)


# --- Tags ------------------------------------------------------------------------------------------------------------
@transaction.atomic
def create_tag(name: str, *, by: Actor) -> Tag:
    """A word that is offered on tickets; announces tag.created."""
    require(by, LABELS_MANAGE)
    try:
        cleaned = clean_tags([name])
    except Invalid as refusal:
        raise Invalid(fields={"name": refusal.fields["tags"]}) from None
    if not cleaned:
        raise Invalid(fields={"name": _("Write the tag.")})
    tag = Tag(name=cleaned[0])
    save_checked(tag)
    tell("tag.created", tag, by)
    return tag


@transaction.atomic
def switch_tag(pk: int, *, is_active: bool, by: Actor) -> Tag:
    """Offer the tag or no longer; tickets keep their words. Announces tag.switched."""
    require(by, LABELS_MANAGE)
    tag = locked(Tag, pk)
    if tag.is_active != is_active:
        Tag.objects.filter(pk=pk).update(is_active=is_active)
        tell("tag.switched", tag, by, is_active=[not is_active, is_active])
    return tag


# --- Custom fields ---------------------------------------------------------------------------------------------------
def _field_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Checked values of a custom field."""
    kept = {name: value for name, value in values.items() if name in FIELD_FIELDS}
    if kept.get("kind") and kept["kind"] not in Kind.values:
        raise Invalid(fields={"kind": _("Choose one of the listed kinds.")})
    if kept.get("type", FieldType.TEXT) not in FieldType.values:
        raise Invalid(fields={"type": _("Choose one of the listed types.")})
    for name in ("choices", "choices_zh"):
        if name in kept:
            kept[name] = [str(plain_text(str(value)))[:80] for value in kept[name]][:MOST_CHOICES]
    choices = kept.get("choices", [])
    if kept.get("type") == FieldType.CHOICE and not choices:
        raise Invalid(fields={"choices": _("Write at least one choice.")})
    if len(set(choices)) != len(choices):
        raise Invalid(fields={"choices": _("Each choice may stand here once.")})
    if len(kept.get("choices_zh", [])) > len(choices):
        raise Invalid(fields={"choices_zh": _("There are more Chinese words than choices.")})
    return kept


@transaction.atomic
def create_field(*, by: Actor, **values: Any) -> CustomField:
    """A further field of tickets; announces custom_field.created."""
    require(by, LABELS_MANAGE)
    field = CustomField(position=_next_position(CustomField))
    for name, value in _field_values(values).items():
        setattr(field, name, plain_text(value))
    save_checked(field)
    tell("custom_field.created", field, by, key=field.key, type=field.type)
    return field


@transaction.atomic
def change_field(pk: int, *, by: Actor, seen: str | None = None, **values: Any) -> CustomField:
    """Change a field; its key and type stay, since tickets and the API hang on them. Announces custom_field.changed."""
    require(by, LABELS_MANAGE)
    field = locked(CustomField, pk)
    kept = _field_values({**values, "type": field.type, "key": field.key})
    changed = change(field, FIELD_FIELDS, kept, seen)
    if changed:
        tell("custom_field.changed", field, by, fields=changed)
    return field


@transaction.atomic
def switch_field(pk: int, *, is_active: bool, by: Actor) -> CustomField:
    """Show the field or no longer; values that tickets have stay. Announces custom_field.switched."""
    require(by, LABELS_MANAGE)
    field = locked(CustomField, pk)
    if field.is_active != is_active:
        CustomField.objects.filter(pk=pk).update(is_active=is_active)
        tell("custom_field.switched", field, by, is_active=[not is_active, is_active])
    return field


@transaction.atomic
def move_field(pk: int, *, up: bool, by: Actor) -> None:
    """One place up or down in every form; announces custom_field.moved."""
    require(by, LABELS_MANAGE)
    tell("custom_field.moved", _move(CustomField, pk, up=up), by)
