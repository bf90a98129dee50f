"""Work the jobs of a kind as a worker would."""

from __future__ import annotations

from helpdesk.core.jobs import work_job
from helpdesk.core.models import Job


def work_jobs(kind: str) -> list[Job]:
    """The jobs of the kind, worked in their order."""
    jobs = list(Job.objects.filter(kind=kind).order_by("pk"))
    for job in jobs:
        work_job(job)
    return jobs
