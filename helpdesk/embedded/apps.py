"""The Django side of the package: it only carries the management command ``up``."""

from django.apps import AppConfig


class EmbeddedConfig(AppConfig):
    """Registers ``helpdesk.embedded`` as an app without models."""

    name = "helpdesk.embedded"
    label = "embedded"
