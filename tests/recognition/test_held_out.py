"""The starter model on texts that were written apart from its training texts and committed before its first training."""

from __future__ import annotations

import pytest

from benchmarks.recognition import LEAST, check_sums, scores
from tickets.routing.recognition.starting import starter_examples
from tickets.routing.recognition.training import Trained


@pytest.mark.req("B2", "classifier")
def test_held_out_texts_are_as_they_were_committed() -> None:
    assert check_sums() == []


@pytest.mark.req("B2", "classifier")
@pytest.mark.req("B3", "tone")
def test_the_starter_model_reaches_its_goal_on_held_out_texts(starter: Trained) -> None:
    found = {score.name: round(score.macro_f1, 3) for score in scores(starter.model)}
    assert {"kind en", "kind zh", "tone en", "tone zh", "reviews shop", "reviews food_delivery"} <= set(found)
    assert {name: value for name, value in found.items() if value < LEAST} == {}


@pytest.mark.req("B2", "classifier")
def test_there_are_shipped_examples_enough_of_each_kind_and_tone_in_each_language() -> None:
    examples = starter_examples()
    for language in ("en", "zh"):
        here = [example for example in examples if example.language == language]
        kinds = [example.kind for example in here if example.kind]
        tones = [example.tone for example in here]
        assert min(kinds.count(kind) for kind in set(kinds)) >= 60
        assert min(tones.count(tone) for tone in set(tones)) >= 60
        assert len({example.text for example in here}) == len(here)
