"""What each gateway is sent and what its answer means. An account's `config["gateway"]` names one of `GATEWAYS`.

Plain settings lie in the account's `config`, secrets in its sealed part:

- `aliyun`: config `sign_name`, `templates`, `region` (cn-hangzhou), `endpoint`; secrets `access_key_id`, `access_key_secret`
- `tencent`: config `sign_name`, `sdk_app_id`, `templates`, `region` (ap-guangzhou), `endpoint`; secrets `secret_id`, `secret_key`
- `http`: config `url`, `method` (POST), `headers`, and one of `json`, `form`, `query`; any of their texts may hold
  `{to}`, `{text}`, `{code}`, `{id}` and the names of the secrets; `id_path` says where the answer has its id (`data.id`)
- `console`: nothing; in demo mode only

Chinese gateways send approved templates only. `templates` maps a delivery's purpose (or `*`) to
`{"id": "SMS_1", "params": {"code": "{code}"}}`; Tencent's parameters are a list in their order.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from channels_app.sms.signing import aliyun_query, tencent_authorization
from helpdesk.core.errors import Permanent, TryAgain, Unreachable

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
# Codes of the two that pass by themselves: flow control, their own trouble. All others need a person.
ALIYUN_PASSING = {"isv.BUSINESS_LIMIT_CONTROL", "isp.SYSTEM_ERROR", "Throttling", "Throttling.User"}
TENCENT_PASSING = ("InternalError", "RequestLimitExceeded", "LimitExceeded.PhoneNumberThirtySecondLimit")


@dataclass(frozen=True)
class Text:
    """One short message: the E.164 number, the words, the purpose (for its template) and what templates may name."""

    to: str
    text: str
    purpose: str
    variables: Mapping[str, str]


Send = Callable[[Text, Mapping[str, Any], Mapping[str, Any]], str]


def _call(request: httpx.Request) -> httpx.Response:
    """One attempt. What may pass is `TryAgain`, what the other side refuses for good is `Permanent`; no answer's body
    is kept, since it may repeat the text."""
    try:
        with httpx.Client(timeout=TIMEOUT, follow_redirects=False) as client:
            response = client.send(request)
    except httpx.TransportError as error:
        raise Unreachable(f"the SMS gateway does not answer: {type(error).__name__}") from None
    if response.status_code == 429 or response.status_code >= 500:
        after = response.headers.get("Retry-After", "")
        raise TryAgain(
            f"the SMS gateway answers {response.status_code}", after=float(after) if after.isdigit() else None
        )
    return response


def _request(method: str, url: str, **parts: Any) -> httpx.Request:
    try:
        return httpx.Request(method, url, **parts)
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise Permanent(f"the SMS account is not set up well: {type(error).__name__}") from None


def _json(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Permanent(f"the SMS gateway answers {response.status_code} without JSON")
    return answer


def _needed(values: Mapping[str, Any], *names: str) -> list[str]:
    missing = [name for name in names if not values.get(name)]
    if missing:
        raise Permanent(f"the SMS account lacks {', '.join(missing)}")
    return [str(values[name]) for name in names]


def fill(value: Any, variables: Mapping[str, str]) -> Any:
    """Put the variables into every text of a template; unknown names stay as they are. In one pass: what a variable brings
    in is never filled itself, else a message that names a secret would send it."""
    if isinstance(value, str):
        return re.sub(r"\{([^{}]*)\}", lambda found: variables.get(found[1], found[0]), value)
    if isinstance(value, Mapping):
        return {key: fill(item, variables) for key, item in value.items()}
    return [fill(item, variables) for item in value] if isinstance(value, list) else value


def _template(text: Text, config: Mapping[str, Any]) -> tuple[str, Any]:
    templates = config.get("templates") or {}
    chosen = templates.get(text.purpose) or templates.get("*")
    if not chosen or not chosen.get("id"):
        raise Permanent(f"the SMS account has no template for {text.purpose}")
    return str(chosen["id"]), fill(chosen.get("params", {}), text.variables)


def send_aliyun(text: Text, config: Mapping[str, Any], secrets: Mapping[str, Any]) -> str:
    """Aliyun's SendSms (version 2017-05-25); returns the BizId."""
    key_id, key_secret = _needed(secrets, "access_key_id", "access_key_secret")
    (sign_name,) = _needed(config, "sign_name")
    template, params = _template(text, config)
    query = aliyun_query(
        {
            "AccessKeyId": key_id,
            "Action": "SendSms",
            "Format": "JSON",
            "PhoneNumbers": text.to.removeprefix("+86") if text.to.startswith("+86") else text.to.removeprefix("+"),
            "RegionId": str(config.get("region") or "cn-hangzhou"),
            "SignName": sign_name,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureNonce": str(uuid.uuid4()),
            "SignatureVersion": "1.0",
            "TemplateCode": template,
            "TemplateParam": json.dumps(params, ensure_ascii=False),
            "Timestamp": datetime.now(tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Version": "2017-05-25",
        },
        access_key_secret=key_secret,
    )
    endpoint = str(config.get("endpoint") or "https://dysmsapi.aliyuncs.com").rstrip("/")
    answer = _json(_call(_request("GET", f"{endpoint}/?{query}")))
    code = str(answer.get("Code", ""))
    if code == "OK":
        return str(answer.get("BizId", ""))
    if code in ALIYUN_PASSING:
        raise TryAgain(f"Aliyun: {code}", after=60)
    raise Permanent(f"Aliyun: {code or 'no code'}")


def send_tencent(text: Text, config: Mapping[str, Any], secrets: Mapping[str, Any]) -> str:
    """Tencent Cloud's SendSms (version 2021-01-11); returns the serial number."""
    secret_id, secret_key = _needed(secrets, "secret_id", "secret_key")
    sign_name, app_id = _needed(config, "sign_name", "sdk_app_id")
    template, params = _template(text, config)
    endpoint = str(config.get("endpoint") or "https://sms.tencentcloudapi.com").rstrip("/")
    host = urlsplit(endpoint).netloc
    payload = json.dumps(
        {
            "PhoneNumberSet": [text.to],
            "SmsSdkAppId": app_id,
            "SignName": sign_name,
            "TemplateId": template,
            "TemplateParamSet": list(params.values()) if isinstance(params, Mapping) else list(params),
        },
        ensure_ascii=False,
    ).encode()
    timestamp = int(time.time())
    headers = {
        "Authorization": tencent_authorization(
            payload, secret_id=secret_id, secret_key=secret_key, host=host, service="sms", timestamp=timestamp
        ),
        "Content-Type": "application/json; charset=utf-8",
        "Host": host,
        "X-TC-Action": "SendSms",
        "X-TC-Version": "2021-01-11",
        "X-TC-Region": str(config.get("region") or "ap-guangzhou"),
        "X-TC-Timestamp": str(timestamp),
    }
    answer = _json(_call(_request("POST", f"{endpoint}/", headers=headers, content=payload))).get("Response") or {}
    statuses = answer.get("SendStatusSet") or [{}]
    code = str((answer.get("Error") or {}).get("Code") or statuses[0].get("Code") or "")
    if code == "Ok":
        return str(statuses[0].get("SerialNo", ""))
    if code.startswith(TENCENT_PASSING):
        raise TryAgain(f"Tencent Cloud: {code}", after=60)
    raise Permanent(f"Tencent Cloud: {code or 'no code'}")


def send_http(text: Text, config: Mapping[str, Any], secrets: Mapping[str, Any]) -> str:
    """Any other gateway by a template of its request; 2xx means taken."""
    (url,) = _needed(config, "url")
    variables = {**text.variables, **{str(name): str(value) for name, value in secrets.items()}}
    bodies = {
        "json": "json",
        "form": "data",
        "query": "params",
    }
    parts = {argument: fill(config[name], variables) for name, argument in bodies.items() if config.get(name)}
    headers = {str(key): str(value) for key, value in fill(config.get("headers") or {}, variables).items()}
    response = _call(_request(str(config.get("method") or "POST"), fill(url, variables), headers=headers, **parts))
    if not response.is_success:
        raise Permanent(f"the SMS gateway answers {response.status_code}")
    found: Any = None
    if path := str(config.get("id_path") or ""):
        found = _json(response)
        for step in path.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
    return str(found) if found is not None else ""


GATEWAYS: dict[str, Send] = {"aliyun": send_aliyun, "tencent": send_tencent, "http": send_http}
