"""Verbs of outlets: offering work, stock of parts, settling."""
