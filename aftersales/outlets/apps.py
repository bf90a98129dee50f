"""Service outlets of third parties: work is offered to them, they keep parts, and each work order is settled."""

from django.apps import AppConfig


class OutletsConfig(AppConfig):
    name = "aftersales.outlets"
    label = "outlets"
