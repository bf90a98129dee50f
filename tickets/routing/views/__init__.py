"""Pages of routing: presence and offers on the desk, queues for those who watch over them, and the settings."""
