"""Background jobs of any room: a row first, then a worker; every failure is visible and can be retried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction

from helpdesk.core import leasing
from helpdesk.core.models import Job
from helpdesk.core.registries import job_handlers, leased_workers

Handler = Callable[[Job], Any]


def job_handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that works jobs of `kind`; it runs in one transaction with the job's end."""

    def register(function: Handler) -> Handler:
        return job_handlers.add(kind, function)

    return register


def enqueue(
    kind: str, *, queue: str = "bulk", dedupe_key: str | None = None, order_key: str = "", **args: Any
) -> Job | None:
    """Write a job in the caller's transaction and offer it on commit; None when its `dedupe_key` is already there."""
    job = Job(kind=kind, queue=queue, dedupe_key=dedupe_key, order_key=order_key, args=args)
    if dedupe_key is not None and Job.objects.filter(dedupe_key=dedupe_key).exists():
        return None
    try:
        with transaction.atomic():
            job.save()
    except IntegrityError:  # somebody wrote the same key at the same moment
        return None
    leasing.offer_on_commit(job)
    return job


def work_job(job: Job) -> None:
    """Run the job's handler; what it returns (a mapping) is kept as the result."""
    result = job_handlers.get(job.kind)(job)
    if isinstance(result, dict):
        Job.objects.filter(pk=job.pk).update(result=result)


leased_workers.add(Job.leased_kind(), work_job)
