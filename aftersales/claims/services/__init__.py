"""The verbs of claims: the only writers of their rows."""
