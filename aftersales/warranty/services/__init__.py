"""The verbs of warranty."""
