"""Celery entry points of statistics."""

from __future__ import annotations

from celery import shared_task

from analytics.prediction.services import start_scoring


@shared_task(name="analytics.score_clocks")
def score_clocks() -> None:
    """Every minute: begin a round of scores, unless the last one is still under way."""
    start_scoring()
