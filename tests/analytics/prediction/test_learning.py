"""What is learned from a world whose law is known: its probabilities, honestly judged, and nothing from noise."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta

import pytest

from analytics.prediction.learning import CannotLearn, Sample, judge, learn, split
from analytics.prediction.scoring import Scorer
from tests.analytics.prediction.law import START, samples, situation, true_probability


@pytest.mark.req("D9", "prediction")
def test_a_known_law_is_learned_and_its_probabilities_are_true() -> None:
    learned = learn(samples(20_000))
    scorer, draw = Scorer(learned.weights), random.Random(99)
    fresh = [situation(draw, START + timedelta(days=60, minutes=nth)) for nth in range(3_000)]
    errors = [abs(scorer.score(one).probability - true_probability(one)) for one in fresh]
    assert sum(errors) / len(errors) < 0.035
    # judged on later samples: better than the usual share, ranked nearly as well as the law itself can, and calibrated
    assert learned.report["brier"] < 0.85 * learned.report["brier_usual"]
    assert learned.report["auc"] > 0.75
    assert learned.report["calibration_error"] < 0.04
    assert learned.report["train"] > learned.report["test"] > 2_000


def test_what_is_learned_is_numbers_and_survives_json() -> None:
    learned = learn(samples(3_000))
    again = Scorer(json.loads(json.dumps(learned.weights)))
    one = situation(random.Random(5), START)
    assert again.score(one).probability == Scorer(learned.weights).score(one).probability


def test_shuffled_labels_teach_nothing_and_are_not_used() -> None:
    given = samples(8_000)
    labels = [sample.is_missed for sample in given]
    random.Random(3).shuffle(labels)
    shuffled = [replace(sample, is_missed=label) for sample, label in zip(given, labels, strict=True)]
    with pytest.raises(CannotLearn) as refusal:
        learn(shuffled)
    assert refusal.value.code == "no_skill"
    report = refusal.value.report
    assert abs(report["auc"] - 0.5) < 0.04
    assert report["brier"] > 0.99 * report["brier_usual"]


def test_one_class_and_too_few_are_refused_with_a_reason() -> None:
    given = samples(4_000)
    with pytest.raises(CannotLearn) as refusal:
        learn([replace(sample, is_missed=False) for sample in given])
    assert refusal.value.code == "one_class"
    with pytest.raises(CannotLearn) as refusal:
        learn(given[:500])
    assert refusal.value.code == "too_few"
    with pytest.raises(CannotLearn):
        learn([])


def test_nothing_is_judged_on_what_went_on_while_it_was_learned() -> None:
    given = [replace(sample, ended_at=sample.started_at + timedelta(hours=6)) for sample in samples(5_000)]
    train, calibrate, test = split(given)
    assert max(sample.ended_at for sample in train) <= min(sample.started_at for sample in calibrate)
    assert max(sample.ended_at for sample in calibrate) <= min(sample.started_at for sample in test)


def test_few_samples_are_calibrated_by_two_numbers_and_many_by_a_line() -> None:
    assert learn(samples(2_000)).weights["calibration"]["kind"] == "platt"
    assert learn(samples(26_000)).weights["calibration"]["kind"] == "isotonic"


def test_reasons_name_what_raises_the_risk_most() -> None:
    scorer = Scorer(learn(samples(12_000)).weights)
    usual = situation(random.Random(1), START)
    urgent = replace(usual, share=0.95, is_owned=False, load=30, priority="urgent", messages=1)
    names = [name for name, _value in scorer.score(urgent).reasons]
    assert len(names) == 3
    assert set(names) <= {"time", "owner", "load", "priority", "messages"}
    assert names[0] in {"time", "owner"}


def test_a_probability_is_never_certain() -> None:
    weights = learn(samples(3_000)).weights
    draw = random.Random(8)
    for _nth in range(500):
        assert 0.005 <= Scorer(weights).score(situation(draw, START)).probability <= 0.995


def test_unknown_words_and_wild_numbers_are_scored_as_usual() -> None:
    scorer = Scorer(learn(samples(3_000)).weights)
    usual = situation(random.Random(1), START)
    strange = replace(usual, team_id=999, channel="new", share=9.0, left_seconds=-5.0, age_seconds=1e12, load=10**9)
    assert 0 < scorer.score(strange).probability < 1


def test_the_judge_counts_as_defined() -> None:
    given: list[Sample] = samples(3_000)
    report = judge(learn(given).weights, given, usual=0.3)
    missed = sum(sample.is_missed for sample in given) / len(given)
    assert report["missed"] == round(missed, 4)
    assert sum(number for number, _said, _seen in report["bins"]) == len(given)
    assert report["brier_usual"] == pytest.approx(missed * 0.49 + (1 - missed) * 0.09, abs=1e-4)
