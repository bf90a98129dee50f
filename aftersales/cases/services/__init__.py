"""The verbs of this room: the only writers of its rows."""
