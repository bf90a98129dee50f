"""The Celery application: it carries the ids of leased rows and the ticks of the sweeps, never the work itself."""

import os
from typing import Any

from celery import Celery
from celery.signals import task_postrun, worker_process_init
from django.db import connections

from helpdesk.embedded.process import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

app = Celery("helpdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def bind_to_worker(**_: Any) -> None:
    """A pool process ends with its worker, even when that is killed: nobody would give it work again."""
    die_with_parent()


@task_postrun.connect
def drop_broken_connections(**_: Any) -> None:
    """A task keeps its database connection for the next one, unless it broke: the database was restarted, say."""
    for connection in connections.all(initialized_only=True):
        if connection.errors_occurred:
            connection.close_if_unusable_or_obsolete()
