"""Verbs of recognition: the only writers of its rows."""
