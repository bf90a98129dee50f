"""Pages of finance, of compensation at the desk, and of their settings."""
