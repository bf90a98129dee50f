"""The policies that ship, as data (D1): nothing here that a policy page could not say as well.

Times are working seconds on the calendar that is named: `around` (24×7) or `office` (the company's default calendar).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import pgettext_lazy

MINUTE, HOUR = 60, 3600
AROUND, OFFICE = "around", "office"


@dataclass(frozen=True)
class PresetStep:
    """A rung of a shipped ladder."""

    actions: Sequence[Mapping[str, Any]]
    share: str | None = None
    after_seconds: int | None = None


@dataclass(frozen=True)
class PresetTarget:
    """A shipped target."""

    metric: str
    seconds: int | None = None
    calendar: str = AROUND
    priorities: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ("50", "75", "90")
    steps: tuple[PresetStep, ...] = ()
    # instead of seconds: until the closing time of that working day
    working_days: int | None = None


@dataclass(frozen=True)
class Preset:
    """A shipped policy: its name in both languages, what it is for, its conditions and targets."""

    key: str
    name: str
    name_zh: str
    purpose: Any
    targets: tuple[PresetTarget, ...]
    conditions: Mapping[str, Sequence[str]] = field(default_factory=dict)


def _tell(*to: str) -> dict[str, Any]:
    return {"do": "notify", "to": list(to)}


# owner → lead → supervisor → manager
_STEP_BY_STEP = (
    PresetStep((_tell("lead"),), share="75"),
    PresetStep((_tell("supervisor"), {"do": "raise_priority"}), share="100"),
    PresetStep((_tell("manager"),), after_seconds=HOUR),
)
# nothing is above urgent
_URGENT = (
    PresetStep((_tell("lead", "supervisor"),), share="100"),
    PresetStep((_tell("manager"),), after_seconds=HOUR),
)

# a legal deadline is known above before it is missed
_LEGAL = (
    PresetStep((_tell("lead"),), share="50"),
    PresetStep((_tell("supervisor"), {"do": "raise_priority"}), share="75"),
    PresetStep((_tell("manager"),), share="90"),
)

PRESETS = (
    Preset(
        "enterprise",
        "Enterprise",
        "企业服务",
        pgettext_lazy("preset", "Business customers: a day for an ordinary matter, two hours for an urgent one."),
        (
            PresetTarget("first_response", 2 * HOUR, priorities=("urgent",), steps=_URGENT),
            PresetTarget("first_response", 24 * HOUR),
            PresetTarget("next_response", 24 * HOUR),
            PresetTarget("resolution", 4 * HOUR, priorities=("urgent",), steps=_URGENT),
            PresetTarget("intervention", 12 * HOUR, kinds=("complaint",), steps=_STEP_BY_STEP),
        ),
    ),
    Preset(
        "ecommerce",
        "E-commerce fast",
        "电商快速响应",
        pgettext_lazy("preset", "Shops: ten minutes for urgent matters, half an hour for most, an hour for enquiries."),
        (
            PresetTarget("first_response", 10 * MINUTE, priorities=("urgent",), steps=_STEP_BY_STEP[:1]),
            PresetTarget("first_response", HOUR, kinds=("enquiry",)),
            PresetTarget("first_response", 30 * MINUTE),
            PresetTarget("next_response", 10 * MINUTE, priorities=("urgent",)),
            PresetTarget("next_response", HOUR, kinds=("enquiry",)),
            PresetTarget("next_response", 30 * MINUTE),
        ),
    ),
    Preset(
        "marketplace_chat",
        "Marketplace chat",
        "电商平台聊天",
        pgettext_lazy("preset", "Chats of marketplaces: a person answers within three minutes, warned at 100 seconds."),
        # 100 s of 180 s
        (
            PresetTarget("first_response", 3 * MINUTE, warnings=("55.56",)),
            PresetTarget("next_response", 3 * MINUTE, warnings=("55.56",)),
        ),
        {"channels": ("chat", "shop", "douyin", "xiaohongshu"), "holders": ("queue", "agent")},
    ),
    Preset(
        "after_sales",
        "After-sales promise",
        "售后承诺",
        pgettext_lazy(
            "preset",
            "Returns and repairs: feedback within a day, a visit within two, mended within three working days, all done within "
            "three days.",
        ),
        (
            PresetTarget("first_response", 24 * HOUR, steps=_STEP_BY_STEP[:1]),
            PresetTarget("next_response", 24 * HOUR),
            PresetTarget("periodic_update", 24 * HOUR),
            # what the rooms of after-sales measure on claims, visits and approvals
            PresetTarget("claim_feedback", 24 * HOUR),
            PresetTarget("claim_answer", 24 * HOUR),
            PresetTarget("dispatch", 4 * HOUR, priorities=("urgent",), steps=_URGENT),
            PresetTarget("visit_confirmed", 24 * HOUR),
            PresetTarget("visit", 48 * HOUR),
            PresetTarget("repair", working_days=3, calendar=OFFICE),
            PresetTarget("record_complete", 48 * HOUR),
            PresetTarget("approval", 24 * HOUR, steps=_STEP_BY_STEP[:1]),
            PresetTarget("cycle", 72 * HOUR),
        ),
        {"kinds": ("return", "repair")},
    ),
    Preset(
        "bot",
        "Bot",
        "机器人",
        pgettext_lazy("preset", "While the bot has the conversation: it answers within ten seconds."),
        (PresetTarget("bot_response", 10, warnings=()),),
        {"holders": ("bot",)},
    ),
    Preset(
        "authorities",
        "Regulators and platforms",
        "监管与平台",
        pgettext_lazy("preset", "Cases of 12315, 12345, Heimao and arbitration: the deadlines that each letter sets."),
        # the case's own deadlines count; these lengths stand for a case that has none
        (
            PresetTarget("case_accept", 24 * HOUR, steps=_STEP_BY_STEP),
            PresetTarget("case_answer", 120 * HOUR, steps=_LEGAL),
            PresetTarget("approval", 24 * HOUR, steps=_STEP_BY_STEP[:1]),
        ),
        {"channels": ("authority",)},
    ),
    Preset(
        "promises",
        "Promises to customers",
        "对客户的承诺",
        pgettext_lazy(
            "preset",
            "When somebody promises a customer to write by a moment: reminders before it, whatever policy applies.",
        ),
        # the promised moment counts; the length is only said where there is none
        (PresetTarget("customer_update", 24 * HOUR, steps=_STEP_BY_STEP[:2]),),
    ),
)
BY_KEY = {preset.key: preset for preset in PRESETS}
