"""Claims, policy rules, approvals, warranty, visits, compensation, complaints and incidents."""

from django.apps import AppConfig


class AftersalesConfig(AppConfig):
    name = "aftersales"
    label = "aftersales"
