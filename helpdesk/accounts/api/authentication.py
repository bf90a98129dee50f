"""API keys as `Authorization: Bearer KEY`."""

from __future__ import annotations

from typing import cast

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from helpdesk.accounts.models import ApiKey, Staff
from helpdesk.accounts.services.keys import find_api_key
from helpdesk.core.actors import Actor
from helpdesk.core.middleware import client_address


class ApiKeyAuthentication(BaseAuthentication):
    """`request.user` becomes the key's owner, `request.auth` the key."""

    def authenticate(self, request: Request) -> tuple[Staff, ApiKey] | None:
        header = get_authorization_header(request)
        if not header:
            return None
        scheme, _space, given = header.partition(b" ")
        if scheme.lower() != b"bearer" or not given.isascii() or len(given) > 200:
            raise AuthenticationFailed(_("Send the key as: Authorization: Bearer KEY."))
        key = find_api_key(given.decode("ascii").strip())
        if key is None:
            raise AuthenticationFailed(_("This API key is not valid, has expired or was revoked."))
        return key.staff, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


def owner_of(request: Request) -> Staff:
    """The key's owner; for views that a key has been asked for."""
    return cast(Staff, request.user)


def key_of(request: Request) -> ApiKey:
    """The key itself."""
    return cast(ApiKey, request.auth)


def actor_of(request: Request) -> Actor:
    """Who calls the API: the key, acting with its owner's permissions."""
    key = request.auth
    assert isinstance(key, ApiKey)
    return Actor.of_key(key.pk, key.staff, origin=client_address(request))


class ApiKeyScheme(OpenApiAuthenticationExtension):
    """How the OpenAPI description names the key."""

    target_class = "helpdesk.accounts.api.authentication.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An API key made by an administrator or `create_api_key`.",
        }
