"""The verbs of incidents: the only writers of their rows."""
