"""The verbs of promises to customers."""
