"""Pages of the parcels' settings."""
