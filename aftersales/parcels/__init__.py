"""Parcels: what travels between customers and us, followed by what carriers say; the warehouse's work on claims."""
