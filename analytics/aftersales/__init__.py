"""The board of after-sales: what is open, how long it takes, what it costs, what was promised and kept."""
