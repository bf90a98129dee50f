"""The OpenAPI description: every operation has its summary, its scope, its errors and its examples from one place."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

API_PREFIX = "/api/v1/"

ERRORS = {
    400: "The request cannot be used; `fields` says which part and why.",
    401: "There is no key, or it is not valid, expired or revoked.",
    403: "The key lacks the scope, or its owner's role does not allow this.",
    404: "There is no such record, or the key's owner may not see it.",
    409: "The record is in another state than the request needs, or changed since it was read.",
    413: "The body is too large.",
    415: "The body's content type is not one that this address reads.",
    422: "The Idempotency-Key was used for another request.",
    429: "Too many requests of this key in this minute; `Retry-After` says how long to wait.",
    503: "The service is away for a moment; `Retry-After` says when to try again.",
}


class ProblemSerializer(serializers.Serializer[Any]):
    """An error, as RFC 9457 has it: `code` is stable, `title` is a sentence in the caller's language."""

    type = serializers.CharField(help_text="A URN of the code.")
    title = serializers.CharField(help_text="What is wrong, in the language of Accept-Language.")
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="Stable word for programs.")
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), help_text="Messages by field."
    )
    request_id = serializers.CharField(help_text="Quote it when you ask for help.")


class ApiSchema(AutoSchema):
    """Keeps path parameters as they are written and gives lists their envelope."""

    def get_tags(self) -> list[str]:
        """The part of the product that the path names."""
        return [self.path.removeprefix(API_PREFIX).partition("/")[0].replace("-", " ")]

    def get_operation_id(self) -> str:
        """Method and path as one word."""
        words = re.sub(r"[{}]", "", self.path.removeprefix(API_PREFIX)).strip("/").replace("-", "_").split("/")
        return "_".join([self.method.lower(), *words])


def only_api(endpoints: Sequence[Any], **_: Any) -> list[Any]:
    """The operations below `/api/v1/`."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith(API_PREFIX)]


def operation(
    summary: str,
    *,
    answer: Any = None,
    status: int = 200,
    request: Any = None,
    scope: str = "",
    description: str = "",
    errors: Sequence[int] = (),
    more: dict[int, Any] | None = None,
    parameters: Sequence[OpenApiParameter] = (),
    example: Any = None,
    returns: Any = None,
    is_write: bool = False,
    is_open: bool = False,
    media_type: str = "application/json",
) -> Callable[[Any], Any]:
    """Describe one operation; `example` is a request, `returns` an answer. Errors that every operation has are added."""
    statuses = set(errors) | (set() if is_open else {401, 403, 429, 503})
    if is_write:
        statuses |= {400, 409, 422}
        if request is not None:
            statuses |= {413, 415}
    responses: dict[Any, Any] = {
        (status, media_type): answer if answer is not None else OpenApiResponse(description="Done.")
    }
    responses |= more or {}
    for code in sorted(statuses):
        responses[(code, "application/problem+json")] = OpenApiResponse(ProblemSerializer, description=ERRORS[code])
    examples = []
    if example is not None:
        examples.append(OpenApiExample("Request", value=example, request_only=True))
    if returns is not None:
        examples.append(OpenApiExample("Answer", value=returns, response_only=True, status_codes=[str(status)]))
    text = " ".join(filter(None, [description, f"Scope: `{scope}`." if scope else ""]))
    return extend_schema(
        summary=summary,
        description=text or summary,
        request=request,
        responses=responses,
        parameters=[*parameters, *([_KEY] if is_write else [])],
        examples=examples,
        auth=[] if is_open else None,
    )


@cache
def listed(item: Any) -> Any:
    """The envelope of a list of this serializer."""
    name = item.__name__.removesuffix("Serializer") + "List"
    members = {
        "results": item(many=True),
        "next": serializers.CharField(allow_null=True, help_text="Address of the next page, null at the end."),
    }
    return type(name, (serializers.Serializer,), {**members, "__doc__": "One page."})


def query(
    name: str, text: str, kind: Any = OpenApiTypes.STR, *, many: bool = False, words: Sequence[str] = ()
) -> OpenApiParameter:
    """A parameter of the address."""
    return OpenApiParameter(name, kind, description=text, many=many, enum=list(words) or None)


_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="Makes the write safe to repeat: the first answer is kept for two days and given again.",
)
CURSOR = OpenApiParameter(
    "cursor", {"type": "string", "maxLength": 200}, description="Where the page starts; take it from `next`."
)
PAGE_SIZE = OpenApiParameter(
    "page_size", {"type": "integer", "minimum": 1, "maximum": 200}, description="Rows of a page, 50 by default."
)
PAGED = (CURSOR, PAGE_SIZE)
