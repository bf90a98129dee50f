"""The verbs of visits: the only writers of their rows."""
