"""Verbs of routing: matching, offers, presence, and the rules that people edit."""
