"""A made-up world whose law is known: how likely a deadline is to be missed follows a logistic curve of its situation."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from math import log1p

from analytics.prediction.features import Situation
from analytics.prediction.learning import Sample
from analytics.prediction.scoring import logistic

START = datetime(2026, 1, 5, tzinfo=UTC)


def true_probability(situation: Situation) -> float:
    """The law: time used, nobody's ticket, a long queue and an urgent matter make a miss more likely, a talk under way less."""
    return logistic(
        -3.0
        + 3.0 * situation.share
        + (1.4 if not situation.is_owned else 0.0)
        + 0.05 * situation.load
        + (0.8 if situation.priority == "urgent" else 0.0)
        - 0.5 * log1p(situation.messages)
    )


def situation(draw: random.Random, at: datetime) -> Situation:
    length = draw.choice([1800, 7200, 14400])
    share = draw.random()
    return Situation(
        at=at,
        share=share,
        left_seconds=length * (1 - share),
        length_seconds=length,
        priority=draw.choice(["low", "normal", "normal", "high", "urgent"]),
        kind=draw.choice(["enquiry", "repair", "complaint"]),
        channel=draw.choice(["email", "chat"]),
        level=draw.choice(["ordinary", "core"]),
        team_id=draw.choice([1, 2, 3]),
        is_owned=draw.random() < 0.6,
        messages=draw.randint(1, 8),
        age_seconds=length * share,
        load=draw.randint(0, 30),
    )


def samples(number: int, seed: int = 1) -> list[Sample]:
    """So many samples, one every five minutes."""
    draw = random.Random(seed)
    found = []
    for nth in range(number):
        at = START + timedelta(minutes=5 * nth)
        one = situation(draw, at)
        is_missed = draw.random() < true_probability(one)
        found.append(Sample(one, is_missed, at, at + timedelta(minutes=4)))
    return found
