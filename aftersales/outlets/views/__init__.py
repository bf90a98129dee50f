"""Pages of outlets: the outlet's own, the desk's panel, finance, and the settings."""
