"""Rule sets, their versions, and the book that they make."""

from aftersales.policy.models.rules import PolicyBook, RuleSet, RuleSetVersion

__all__ = ["PolicyBook", "RuleSet", "RuleSetVersion"]
