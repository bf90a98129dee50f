"""The verbs of parcels: the only writers of their rows."""
