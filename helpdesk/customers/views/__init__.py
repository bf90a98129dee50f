"""The customers room has no pages of the desk yet; its portal pages are in `helpdesk.customers.portal`."""
