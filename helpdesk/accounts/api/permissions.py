"""Scopes: a view names `required_scopes = {"GET": …, "POST": …}`; a view without them is closed."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from helpdesk.accounts.models import ApiKey
from helpdesk.accounts.permissions import Scope

# For what every key may ask, whatever its scopes: who it is.
ANY_KEY = "any"


class HasScope(BasePermission):
    """The key must carry the scope that the view asks for this method; reading asks for the GET scope."""

    def has_permission(self, request: Request, view: Any) -> bool:
        key = request.auth
        if not isinstance(key, ApiKey):
            return False
        scopes: dict[str, str] = getattr(view, "required_scopes", {})
        needed = scopes.get("GET" if request.method in SAFE_METHODS else request.method or "") or scopes.get("*")
        held = set(key.scopes)
        return needed is not None and (needed in held or needed == ANY_KEY or Scope.ADMIN in held)
