"""The engineer's phone: its page, what it keeps for times without a network, and what it sends."""
