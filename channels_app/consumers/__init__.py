"""WebSocket consumers: they authenticate, join the hub, and turn frames into calls; they hold no truth."""
