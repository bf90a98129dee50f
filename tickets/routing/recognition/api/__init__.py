"""The API of recognition."""
