"""Rules, trained models, what was recognised of each ticket, and what is asked for."""

from tickets.routing.recognition.models.facts import (
    AskPolicy,
    FactCheck,
    FactSource,
    KindFacts,
    RequiredFact,
    SerialPattern,
)
from tickets.routing.recognition.models.recognised import KindLabel, LabelSource, Recognition, Source
from tickets.routing.recognition.models.rules import RecognitionRule, RuleBook
from tickets.routing.recognition.models.trained import ModelState, RecognitionSetting, TrainedModel

__all__ = [
    "AskPolicy",
    "FactCheck",
    "FactSource",
    "KindFacts",
    "KindLabel",
    "LabelSource",
    "ModelState",
    "Recognition",
    "RecognitionRule",
    "RecognitionSetting",
    "RequiredFact",
    "RuleBook",
    "SerialPattern",
    "Source",
    "TrainedModel",
]
