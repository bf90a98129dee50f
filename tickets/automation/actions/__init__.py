"""The actions of the library that stand above the deadlines: tasks for others, words to the customer, webhooks, labels.

The four that tell, raise, reassign and let watch are in `tickets.sla.actions`, where ladders need them themselves.
"""
