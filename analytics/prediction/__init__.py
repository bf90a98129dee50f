"""Prediction (D9): how likely a running deadline is to be missed, learned from those that have ended."""
