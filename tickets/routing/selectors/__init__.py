"""Questions of routing: where a ticket belongs, what waits, who is there."""
