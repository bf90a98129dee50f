"""What recognition gives to the kernel's registries."""

from collections.abc import Iterable, Mapping

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from helpdesk.accounts.permissions import EDIT, RECOGNITION_MANAGE
from helpdesk.core.describing import Subject, subject_names, title_events, title_work
from helpdesk.core.navigation import Place, places
from helpdesk.core.registries import Weakness, first_rows, housekeeping, job_handlers, weaknesses
from tickets.routing.recognition import history, panels, work
from tickets.routing.recognition.consuming import READ_JOB
from tickets.routing.recognition.models import RecognitionRule, TrainedModel
from tickets.routing.recognition.presets import ensure_rules
from tickets.routing.recognition.selectors import broken_model
from tickets.routing.recognition.services import models
from tickets.routing.recognition.services.facts import ensure_facts

first_rows.add("recognition.rules", ensure_rules)
first_rows.add("recognition.facts", ensure_facts)
# the starter model is trained as soon as a worker runs
first_rows.add("recognition.model", models.ensure_model)
housekeeping.add("recognition.training", models.train_if_due)
housekeeping.add("recognition.unread", models.read_unread)
job_handlers.add(READ_JOB, work.read_messages)
job_handlers.add(models.TRAIN_JOB, models.train_job)
title_work({READ_JOB: _("Recognise kind and tone"), models.TRAIN_JOB: _("Train the recognition model")})
title_events(
    {
        "recognition_rule.created": _("added a recognition rule"),
        "recognition_rule.changed": _("changed a recognition rule"),
        "recognition_rule.switched": _("switched a recognition rule on or off"),
        "recognition_rule.reordered": _("changed the order of the recognition rules"),
        "recognition_rule.deleted": _("deleted a recognition rule"),
        "recognition_setting.changed": _("changed how sure the recognition must be"),
        "model.trained": _("trained a recognition model"),
        "model.activated": _("chose a recognition model"),
        "ticket.recognised": _("recognised kind and tone"),
        "ticket.kind_corrected": _("said what the ticket is about"),
        "kind_facts.changed": _("changed which facts are asked for"),
        "serial_patterns.changed": _("changed how serial numbers look"),
        "ticket.facts_found": _("found facts in a message"),
        "ticket.facts_asked": _("asked the customer for missing facts"),
        "ticket.facts_complete": _("has all facts of a ticket"),
        "ticket.tone_corrected": _("said how the customer sounds"),
    }
)
panels.register()
places.add("triage", Place("triage", _("Triage"), "triage", "triage", 15, "rail", EDIT, "i"))
WHERE = pgettext_lazy("settings", "Service")
_PLACES = [
    Place(
        "settings.recognition", _("Recognition"), "wand", "settings_recognition", 39, "admin", RECOGNITION_MANAGE, "", "", WHERE,
        _("Rules and the trained model that say what a matter is about."),
    ),
]  # fmt: skip
for place in _PLACES:
    places.add(place.name, place)


def model_weakness() -> Weakness | None:
    """The model in use cannot be read: rules alone recognise, and the rest waits for people."""
    number = broken_model()
    if number is None:
        return None
    words = _("Recognition model %(number)s cannot be read. Rules alone recognise, the rest waits in triage.")
    return Weakness(words % {"number": number}, reverse("settings_recognition_model"))


weaknesses.add("recognition", model_weakness)


def rule_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    """Rules for the audit log."""
    rows = RecognitionRule.objects.filter(pk__in=set(ids))
    return {row.pk: Subject(row.label, reverse("settings_recognition_rule", args=[row.pk])) for row in rows}


def model_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    """Versions of the model for the audit log."""
    page = reverse("settings_recognition_model")
    rows = TrainedModel.objects.filter(pk__in=set(ids)).values_list("pk", "number")
    return {pk: Subject(str(_("Model %(number)s") % {"number": number}), page) for pk, number in rows}


def setting_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    """The settings of recognition for the audit log."""
    return {pk: Subject(str(_("Recognition")), reverse("settings_recognition_model")) for pk in ids}


def fact_names(ids: Iterable[int]) -> Mapping[int, Subject]:
    """The page of missing facts for the audit log."""
    return {pk: Subject(str(_("Missing facts")), reverse("settings_recognition_facts")) for pk in ids}


subject_names.add("recognition_rule", rule_names)
subject_names.add("model", model_names)
subject_names.add("recognition_setting", setting_names)
subject_names.add("kind_facts", fact_names)
subject_names.add("serial_patterns", fact_names)
history.register()
