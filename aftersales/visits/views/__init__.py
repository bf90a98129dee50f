"""Pages of visits for the desk and the settings."""
