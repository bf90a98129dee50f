"""The customer's pages of after-sales."""
