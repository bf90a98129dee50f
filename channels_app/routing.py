"""Addresses of the WebSockets."""

from __future__ import annotations

from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.urls import path, re_path

from channels_app.consumers.desk import DeskConsumer


class NowhereConsumer(AsyncWebsocketConsumer):
    """Any other address: a refusal, where the router would raise."""

    channel_layer_alias = ""

    async def connect(self) -> None:
        await self.close(4404)


websocket_urlpatterns: list[Any] = [
    path("ws/desk/", DeskConsumer.as_asgi()),
    re_path(r"", NowhereConsumer.as_asgi()),
]
