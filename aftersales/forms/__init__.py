"""Forms of the after-sales pages."""
