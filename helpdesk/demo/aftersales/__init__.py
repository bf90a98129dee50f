"""After-sales in the demo: who goes where, what covers what, and claims of every kind in every state of their lives."""
