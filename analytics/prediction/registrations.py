"""What predictions give to the kernel's registries."""

from django.utils.translation import gettext_lazy as _

from analytics.prediction import services
from helpdesk.core.describing import title_events, title_work
from helpdesk.core.registries import housekeeping, job_handlers

job_handlers.add(services.TRAIN_JOB, services.work_training)
job_handlers.add(services.SCORE_JOB, services.work_scoring)
housekeeping.add("analytics.train", services.train_weekly)
title_work(
    {
        services.TRAIN_JOB: _("Learn which deadlines are missed"),
        services.SCORE_JOB: _("Look for deadlines that are likely to be missed"),
    }
)
title_events({"prediction.trained": _("learned which deadlines are missed")})
