"""Pages and fragments about deadlines."""
