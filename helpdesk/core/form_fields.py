"""How a bound Django field becomes our markup: label, control, hint or error."""

from __future__ import annotations

from django import forms
from django.forms import BoundField
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext


def control_class(widget: forms.Widget) -> str:
    """The class of a widget's look; boxes are drawn by their label."""
    if isinstance(widget, forms.CheckboxInput | forms.RadioSelect | forms.CheckboxSelectMultiple):
        return ""
    if isinstance(widget, forms.Textarea):
        return "textarea"
    return "select" if isinstance(widget, forms.Select) else "input"


def draw_field(field: BoundField, alert_icon: SafeString) -> SafeString:
    """Label, control, then error or hint; the control is tied to them by `aria-describedby`."""
    if field.is_hidden:
        return mark_safe(str(field))
    widget = field.field.widget
    help_id = f"help_{field.auto_id}"
    attributes: dict[str, str | bool] = {}
    if css := control_class(widget):
        attributes["class"] = f"{css} {widget.attrs.get('class', '')}".strip()
    if field.errors:
        attributes["aria-invalid"] = "true"
    if field.errors or field.help_text:
        attributes["aria-describedby"] = help_id
    below = _below(field, help_id, alert_icon)
    if isinstance(widget, forms.CheckboxInput):
        kind = "check switch" if widget.attrs.get("role") == "switch" else "check"
        control = format_html(
            '<label class="{}">{}<span>{}</span></label>', kind, field.as_widget(attrs=attributes), field.label
        )
        return format_html('<div class="field">{}{}</div>', control, below)
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        choices = format_html_join(
            "",
            '<label class="check">{}<span>{}</span></label>',
            ((box.tag(), _choice(box.choice_label)) for box in field),
        )
        legend = format_html('<div class="label" id="label_{}">{}</div>', field.auto_id, field.label)
        group = format_html(
            '<div class="choices" role="group" aria-labelledby="label_{}">{}</div>', field.auto_id, choices
        )
        return format_html('<div class="field">{}{}{}</div>', legend, group, below)
    optional = (
        ""
        if field.field.required or _always_says(field)
        else format_html(' <span class="optional">{}</span>', gettext("optional"))
    )
    label = format_html('<label for="{}">{}{}</label>', field.id_for_label, field.label, optional)
    return format_html('<div class="field">{}{}{}</div>', label, field.as_widget(attrs=attributes), below)


def _choice(label: object) -> str:
    """The label of a choice begins a line of its own; what people have named keeps its letters."""
    return capfirst(str(label)) if isinstance(label, Promise) else str(label)


def _always_says(field: BoundField) -> bool:
    """Whether each choice of a menu means something, the one without a value too ("any team"): then nothing can be left out."""
    widget = field.field.widget
    if not isinstance(widget, forms.Select) or isinstance(widget, forms.SelectMultiple):
        return False
    return all(value not in (None, "") or not str(label).startswith("-") for value, label in widget.choices)


def _below(field: BoundField, help_id: str, alert_icon: SafeString) -> SafeString:
    if field.errors:
        return format_html(
            '<p class="error-text" id="{}">{}<span>{}</span></p>', help_id, alert_icon, " ".join(map(str, field.errors))
        )
    if field.help_text:
        return format_html('<p class="hint" id="{}">{}</p>', help_id, field.help_text)
    return mark_safe("")
