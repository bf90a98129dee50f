"""Replaying the past: what happened to tickets, read from the event log, run through the same metrics, policies and
arithmetic as the clocks, under the policies that were in force or under others. Reads only; no clock is ever written."""
