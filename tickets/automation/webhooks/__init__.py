"""Telling other systems: a signed POST for each event that they want, tried again until they have it."""
