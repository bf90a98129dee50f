"""What what-ifs give to the kernel's registries."""

from django.utils.translation import gettext_lazy as _

from analytics.whatif import services
from helpdesk.core.describing import title_work
from helpdesk.core.registries import housekeeping, job_handlers

job_handlers.add(services.JOB, services.work_batch)
housekeeping.add("analytics.what_if", services.drop_old)
title_work({services.JOB: _("Replay past tickets")})
