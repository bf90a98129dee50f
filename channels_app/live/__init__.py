"""Live push: from the event log over the bus to the open desks (docs/developer/live.md)."""
