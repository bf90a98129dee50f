"""The description of the API: as OpenAPI for programs, as one page for people. Made once per process."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.plumbing import sanitize_result_object
from drf_spectacular.renderers import OpenApiYamlRenderer

METHODS = ("get", "post", "put", "patch", "delete")


@lru_cache(maxsize=1)
def description() -> dict[str, Any]:
    """The OpenAPI description as a mapping."""
    generator = SchemaGenerator()
    made: dict[str, Any] = sanitize_result_object(generator.get_schema(request=None, public=True))
    return made


@lru_cache(maxsize=2)
def _as(kind: str) -> bytes:
    if kind == "json":
        return json.dumps(description(), ensure_ascii=False, separators=(",", ":")).encode()
    rendered: bytes = OpenApiYamlRenderer().render(description(), renderer_context={})
    return rendered


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """`/api/v1/schema/`: YAML, or JSON with `?format=json` or an Accept header that names JSON."""
    is_json = request.GET.get("format") == "json" or "json" in request.headers.get("Accept", "")
    kind = "application/vnd.oai.openapi+json" if is_json else "application/vnd.oai.openapi"
    return HttpResponse(_as("json" if is_json else "yaml"), content_type=f"{kind}; charset=utf-8")


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """`/api/v1/docs/`: every operation on one page, without a script."""
    return render(request, "api/reference.html", {"groups": _groups(), "info": description()["info"]})


@lru_cache(maxsize=1)
def _groups() -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for path, item in description()["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                groups[operation["tags"][0]].append(_operation(path, method, operation, item))
    return [{"name": name, "id": name.replace(" ", "-"), "operations": groups[name]} for name in groups]


def _operation(path: str, method: str, operation: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {})
    return {
        "id": operation["operationId"],
        "path": path,
        "method": method.upper(),
        "summary": operation.get("summary", ""),
        "description": _marked(operation.get("description", "")),
        "parameters": [_parameter(given) for given in [*item.get("parameters", []), *operation.get("parameters", [])]],
        "fields": [field for content in list(body.values())[:1] for field in _fields(content["schema"])],
        "request": _example(body),
        "answers": [
            {
                "status": status,
                "description": _marked(answer.get("description", "")),
                "example": _example(answer.get("content", {})),
            }
            for status, answer in sorted(operation["responses"].items())
        ],
    }


def _marked(text: str) -> SafeString:
    """Escaped text in which what stands between backticks is code."""
    return mark_safe(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)))


def _parameter(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": given["name"],
        "place": given["in"],
        "type": _type(given.get("schema", {})),
        "is_required": given.get("required", False),
        "text": _marked(given.get("description", "")),
    }


def _fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
    resolved = _resolve(schema)
    required = set(resolved.get("required", ()))
    return [
        {"name": name, "type": _type(one), "is_required": name in required, "text": _marked(one.get("description", ""))}
        for name, one in resolved.get("properties", {}).items()
        if not one.get("readOnly")
    ]


def _resolve(schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref", "")
    if reference:
        found: dict[str, Any] = description()["components"]["schemas"][reference.rpartition("/")[2]]
        return found
    return schema


def _type(schema: dict[str, Any]) -> str:
    for part in ("allOf", "oneOf", "anyOf"):
        if part in schema:
            return _type(schema[part][0])
    resolved = _resolve(schema)
    if "enum" in resolved:
        return " | ".join(str(word) for word in resolved["enum"] if word not in {"", None})
    kind = str(resolved.get("type", "any"))
    if kind == "array":
        return f"list of {_type(resolved.get('items', {}))}"
    return f"{kind} ({resolved['format']})" if "format" in resolved else kind


def _example(content: dict[str, Any]) -> str:
    for kind, described in content.items():
        if "problem" in kind:
            continue
        for example in described.get("examples", {}).values():
            return json.dumps(example["value"], ensure_ascii=False, indent=2)
    return ""
