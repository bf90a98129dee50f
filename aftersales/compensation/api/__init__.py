"""Payouts, payments of customers and compensation by API."""
