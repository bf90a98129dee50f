"""Questions that span the room's models: views and their counts, list rows, a ticket's conversation and facts."""
