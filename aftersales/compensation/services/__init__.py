"""The verbs of money: the only writers of payouts, receipts, compensation and their settings."""
