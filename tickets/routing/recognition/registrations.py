"""What recognition gives to the kernel's registries."""

from django.utils.translation import gettext_lazy as _

from helpdesk.core.describing import title_events, title_work
from helpdesk.core.registries import first_rows, housekeeping, job_handlers
from tickets.routing.recognition import work
from tickets.routing.recognition.consuming import READ_JOB
from tickets.routing.recognition.presets import ensure_rules
from tickets.routing.recognition.services import models

first_rows.add("recognition.rules", ensure_rules)
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
        "ticket.tone_corrected": _("said how the customer sounds"),
    }
)
