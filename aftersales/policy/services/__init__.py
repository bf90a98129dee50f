"""The verbs of policy rules: the only writers of their rows."""
