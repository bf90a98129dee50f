"""SMS: short texts to mobile numbers over an HTTP gateway; the console in demo mode."""
