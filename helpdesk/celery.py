"""The Celery application: it carries the ids of leased rows and the ticks of the sweeps, never the work itself."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

from helpdesk.embedded.process import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

app = Celery("helpdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def bind_to_worker(**_: Any) -> None:
    """A pool process ends with its worker, even when that is killed: nobody would give it work again."""
    die_with_parent()
