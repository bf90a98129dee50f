"""Verbs of the engineer's phone."""
