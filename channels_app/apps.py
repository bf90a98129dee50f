"""One folder per channel, the inbox that receives, the outbox that delivers, the desk's and chats' WebSockets."""

from django.apps import AppConfig


class ChannelsAppConfig(AppConfig):
    name = "channels_app"
    label = "channels_app"

    def ready(self) -> None:
        """Fill the kernel's registries with what this room does for them."""
        from channels_app import administration, registrations  # noqa: F401
