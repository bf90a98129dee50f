"""Notices by mail: what the desk's bell says, in one mail for many, when the person wants it, and exactly once.

Notifications are rows that many rooms write. `planning` decides of each whether and when it goes out; `mailing` puts what
is due into one delivery for each person; `rendering` writes the mail when the outbox takes the delivery.
"""
