"""SMS over the two Chinese signing schemes and any HTTP gateway, against a local server that checks the signatures by itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client

from channels_app.sms.length import measure
from channels_app.sms.outbound import SmsAdapter
from channels_app.sms.signing import aliyun_query, tencent_authorization
from helpdesk.core import leasing
from helpdesk.core.errors import Permanent, TryAgain
from helpdesk.core.models import ChannelAccount, Delivery
from helpdesk.core.outgoing import PlainMessage
from helpdesk.customers.models import Customer

pytestmark = pytest.mark.req("A1", "SMS out")


@dataclass
class Gateway:
    """A gateway on this machine: what it was asked, and what it answers."""

    url: str = ""
    answer: Callable[[Any], tuple[int, Any]] = lambda call: (200, {})
    calls: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    kept = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._take(b"")

        def do_POST(self) -> None:
            self._take(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        def _take(self, body: bytes) -> None:
            call = {"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body}
            kept.calls.append(call)
            status, data = kept.answer(call)
            raw = data if isinstance(data, bytes) else json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield kept
    server.shutdown()
    server.server_close()


def delivery(config: dict[str, Any], secrets: dict[str, Any], *, to: str = "+8613800138000") -> Delivery:
    account = ChannelAccount(slug="sms", kind="sms", name="SMS", config=config)
    account.set_secrets(secrets)
    return Delivery(pk=7, account=account, purpose="customers.sign_in_code", subject_id=1, address=to)


MESSAGE = PlainMessage(subject="", text="您的登录验证码是 482913，10 分钟内有效。", language="zh-hans")
TEMPLATES = {"customers.sign_in_code": {"id": "SMS_154", "params": {"code": "{code}"}}}
ALIYUN = {"gateway": "aliyun", "sign_name": "兰亭", "templates": TEMPLATES}
TENCENT = {"gateway": "tencent", "sign_name": "兰亭", "sdk_app_id": "1400006666", "templates": TEMPLATES}
SECRET = "a very secret key"


# --- The schemes, by the examples that their makers publish ------------------------------------------------------------
def test_aliyun_signature_of_the_published_example() -> None:
    query = aliyun_query(
        {
            "SignatureMethod": "HMAC-SHA1",
            "SignatureNonce": "45e25e9b-0a6f-4070-8c85-2956eda1b466",
            "AccessKeyId": "testId",
            "SignatureVersion": "1.0",
            "Timestamp": "2017-07-12T02:42:19Z",
            "Format": "XML",
            "Action": "SendSms",
            "Version": "2017-05-25",
            "RegionId": "cn-hangzhou",
            "PhoneNumbers": "15300000001",
            "SignName": "阿里云短信测试专用",
            "TemplateParam": '{"customer":"test"}',
            "TemplateCode": "SMS_71390007",
            "OutId": "123",
        },
        access_key_secret="testSecret",
    )
    assert urllib.parse.parse_qs(query)["Signature"] == ["zJDF+Lrzhj/ThnlvIToysFRq6t4="]


def test_tencent_signature_of_the_published_example() -> None:
    payload = b'{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'
    header = tencent_authorization(
        payload,
        secret_id="AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
        secret_key="Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
        host="cvm.tencentcloudapi.com",
        service="cvm",
        timestamp=1551113065,
    )
    assert header.endswith("72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168")
    assert "Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request" in header


# --- Over the wire -----------------------------------------------------------------------------------------------------
def _check_aliyun(call: dict[str, Any]) -> dict[str, str]:
    """The gateway's own check, from the raw query: sign what came and compare."""
    pairs = [pair.partition("=")[::2] for pair in call["path"].partition("?")[2].split("&")]
    given = {name: urllib.parse.unquote(value) for name, value in pairs}
    unsigned = sorted((name, value) for name, value in pairs if name != "Signature")
    canonical = "&".join(f"{name}={value}" for name, value in unsigned)
    to_sign = "GET&%2F&" + urllib.parse.quote(canonical, safe="~-._")
    wanted = base64.b64encode(hmac.new(f"{SECRET}&".encode(), to_sign.encode(), hashlib.sha1).digest()).decode()
    assert given["Signature"] == wanted
    return given


def test_aliyun_gateway_takes_our_signature(gateway: Gateway) -> None:
    gateway.answer = lambda call: (200, {"Code": "OK", "BizId": "900619746936498440^0", "Message": "OK"})
    row = delivery({**ALIYUN, "endpoint": gateway.url}, {"access_key_id": "LTAI", "access_key_secret": SECRET})
    assert SmsAdapter().send(row, MESSAGE).external_id == "900619746936498440^0"
    given = _check_aliyun(gateway.calls[0])
    assert (given["PhoneNumbers"], given["SignName"], given["TemplateCode"]) == ("13800138000", "兰亭", "SMS_154")
    assert json.loads(given["TemplateParam"]) == {"code": "482913"}


def test_aliyun_takes_numbers_of_other_countries_without_the_plus(gateway: Gateway) -> None:
    gateway.answer = lambda call: (200, {"Code": "OK", "BizId": "1"})
    row = delivery(
        {**ALIYUN, "endpoint": gateway.url}, {"access_key_id": "L", "access_key_secret": SECRET}, to="+4915112345678"
    )
    SmsAdapter().send(row, MESSAGE)
    assert _check_aliyun(gateway.calls[0])["PhoneNumbers"] == "4915112345678"


def _check_tencent(call: dict[str, Any]) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in call["headers"].items()}
    parts = dict(
        item.strip().split("=", 1) for item in headers["authorization"].removeprefix("TC3-HMAC-SHA256 ").split(",")
    )
    _id, date, service, end = parts["Credential"].split("/")
    names = parts["SignedHeaders"].split(";")
    canonical = "".join(f"{name}:{headers[name]}\n" for name in names)
    body = hashlib.sha256(call["body"]).hexdigest()
    request = "\n".join(["POST", "/", "", canonical, ";".join(names), body])
    to_sign = "\n".join(
        [
            "TC3-HMAC-SHA256",
            headers["x-tc-timestamp"],
            f"{date}/{service}/{end}",
            hashlib.sha256(request.encode()).hexdigest(),
        ]
    )
    key = b"TC3" + SECRET.encode()
    for step in (date, service, end):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    assert parts["Signature"] == hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    assert headers["x-tc-action"] == "SendSms"
    assert headers["x-tc-version"] == "2021-01-11"
    answer: dict[str, Any] = json.loads(call["body"])
    return answer


def test_tencent_gateway_takes_our_signature(gateway: Gateway) -> None:
    gateway.answer = lambda call: (
        200,
        {"Response": {"SendStatusSet": [{"SerialNo": "5000:1", "Code": "Ok"}], "RequestId": "r"}},
    )
    row = delivery({**TENCENT, "endpoint": gateway.url}, {"secret_id": "AKID", "secret_key": SECRET})
    assert SmsAdapter().send(row, MESSAGE).external_id == "5000:1"
    body = _check_tencent(gateway.calls[0])
    assert body["PhoneNumberSet"] == ["+8613800138000"]
    assert body["TemplateParamSet"] == ["482913"]
    assert body["SmsSdkAppId"] == "1400006666"


@pytest.mark.parametrize(
    ("config", "id_path", "answer", "found"),
    [
        ({"json": {"mobile": "{to}", "content": "{text}"}}, "data.id", {"data": {"id": 42}}, "42"),
        ({"form": {"mobile": "{to}", "content": "{text}", "key": "{api_key}"}}, "", {}, ""),
        ({"query": {"mobile": "{to}", "content": "{text}"}, "method": "GET"}, "sid", {"sid": "S1"}, "S1"),
    ],
)
def test_any_http_gateway_by_a_template(gateway: Gateway, config: dict, id_path: str, answer: dict, found: str) -> None:
    gateway.answer = lambda call: (200, answer)
    settings = {"gateway": "http", "url": gateway.url + "/send", "headers": {"X-Key": "{api_key}"}, "id_path": id_path}
    row = delivery({**settings, **config}, {"api_key": "s3cret & more"})
    assert SmsAdapter().send(row, MESSAGE).external_id == found
    call = gateway.calls[0]
    assert call["headers"]["X-Key"] == "s3cret & more"
    given = urllib.parse.parse_qs(call["path"].partition("?")[2] or call["body"].decode("utf-8", "replace"))
    text = given["content"][0] if "content" in given else json.loads(call["body"])["content"]
    assert text == MESSAGE.text


def test_a_message_that_names_a_secret_does_not_send_it(gateway: Gateway) -> None:
    config = {"gateway": "http", "url": gateway.url, "json": {"content": "{text}"}, "headers": {"X-Key": "{api_key}"}}
    SmsAdapter().send(delivery(config, {"api_key": "s3cret"}), PlainMessage("", "Use {api_key} and {to}", "en"))
    assert json.loads(gateway.calls[0]["body"])["content"] == "Use {api_key} and {to}"
    assert gateway.calls[0]["headers"]["X-Key"] == "s3cret"


# --- What may pass and what never will ---------------------------------------------------------------------------------
@pytest.mark.req("A7", "retry and reason")
@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (200, {"Code": "isv.BUSINESS_LIMIT_CONTROL"}, TryAgain),
        (500, b"oops", TryAgain),
        (429, b"", TryAgain),
        (200, {"Code": "isv.MOBILE_NUMBER_ILLEGAL"}, Permanent),
        (200, {"Code": "SignatureDoesNotMatch"}, Permanent),
        (400, {"Code": "InvalidAccessKeyId.NotFound"}, Permanent),
        (200, b"<html>a proxy's page</html>", Permanent),
        (200, [], Permanent),
        (302, b"", Permanent),
    ],
)
def test_answers_of_the_gateway_are_retried_or_given_up(
    gateway: Gateway, status: int, answer: Any, error: type
) -> None:
    gateway.answer = lambda call: (status, answer)
    row = delivery({**ALIYUN, "endpoint": gateway.url}, {"access_key_id": "L", "access_key_secret": SECRET})
    with pytest.raises(error) as caught:
        SmsAdapter().send(row, MESSAGE)
    assert "482913" not in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.req("A7", "retry and reason")
def test_a_gateway_that_is_away_is_tried_again() -> None:
    row = delivery({**ALIYUN, "endpoint": "http://127.0.0.1:1"}, {"access_key_id": "L", "access_key_secret": SECRET})
    with pytest.raises(TryAgain):
        SmsAdapter().send(row, MESSAGE)


@pytest.mark.req("A7", "retry and reason")
@pytest.mark.parametrize(
    ("config", "secrets", "word"),
    [
        ({**ALIYUN}, {}, "access_key_id"),
        ({**ALIYUN, "templates": {}}, {"access_key_id": "L", "access_key_secret": "s"}, "template"),
        ({**TENCENT, "sdk_app_id": ""}, {"secret_id": "a", "secret_key": "b"}, "sdk_app_id"),
        ({"gateway": "http"}, {}, "url"),
        ({"gateway": "pigeon"}, {}, "pigeon"),
        ({"gateway": "console"}, {}, "demo"),
        ({"gateway": "http", "url": "no address"}, {}, "set up"),
    ],
)
def test_an_account_that_is_not_set_up_says_what_it_lacks(config: dict, secrets: dict, word: str) -> None:
    with pytest.raises((Permanent, TryAgain), match=word if word != "set up" else "."):
        SmsAdapter().send(delivery(config, secrets), MESSAGE)


@pytest.mark.req("A7", "limits known before sending")
@pytest.mark.parametrize(
    ("text", "segments", "is_unicode"),
    [
        ("", 1, False),
        ("a" * 160, 1, False),
        ("a" * 161, 2, False),
        ("a" * 306, 2, False),
        ("a" * 307, 3, False),
        ("€" * 80, 1, False),
        ("€" * 81, 2, False),
        ("你" * 70, 1, True),
        ("你" * 71, 2, True),
        ("你" * 134, 2, True),
        ("🙂" * 35, 1, True),
        ("🙂" * 36, 2, True),
    ],
)
def test_parts_of_a_message_are_known_before(text: str, segments: int, is_unicode: bool) -> None:
    length = measure(text)
    assert (length.segments, length.is_unicode) == (segments, is_unicode)


@pytest.mark.req("A7", "limits known before sending")
def test_the_signature_counts_too_and_a_novel_is_refused() -> None:
    assert measure("你" * 66, sign_name="兰亭").segments == 1
    assert measure("你" * 67, sign_name="兰亭").segments == 2
    novel = PlainMessage(subject="", text="你" * 700)
    with pytest.raises(Permanent, match="too long"):
        SmsAdapter().send(delivery({"gateway": "http", "url": "http://127.0.0.1:1"}, {}), novel)


@pytest.mark.req("K2", "code by SMS")
@pytest.mark.django_db
def test_code_goes_from_the_sign_in_page_through_the_outbox_to_the_gateway(
    client: Client, lin: Customer, gateway: Gateway
) -> None:
    from helpdesk.core.models import Job

    gateway.answer = lambda call: (200, {"Code": "OK", "BizId": "b1"})
    account = ChannelAccount.objects.get(kind="sms")
    account.config = {**ALIYUN, "endpoint": gateway.url}
    account.set_secrets({"access_key_id": "LTAI", "access_key_secret": SECRET})
    account.save()
    location = client.post("/portal/sign-in/", {"entry": "13800138000"})["Location"]
    leasing.run(Job, Job.objects.get(kind="customers.send_sign_in").pk)
    row = Delivery.objects.get()
    leasing.run(Delivery, row.pk)
    row.refresh_from_db()
    assert (row.status, row.external_id) == ("sent", "b1")
    code = json.loads(_check_aliyun(gateway.calls[0])["TemplateParam"])["code"]
    reference = urllib.parse.parse_qs(location.partition("?")[2])["reference"][0]
    assert client.post("/portal/sign-in/code/", {"reference": reference, "code": code}).status_code == 302


@pytest.mark.django_db
def test_demo_phone_is_there_in_demo_mode_only(client: Client, lin: Customer, settings) -> None:
    assert client.get("/demo/phone/").status_code == 404
    settings.DEMO = True
    client.post("/portal/sign-in/", {"entry": "13800138000"})
    from helpdesk.core.models import Job

    leasing.run(Job, Job.objects.get(kind="customers.send_sign_in").pk)
    leasing.run(Delivery, Delivery.objects.get().pk)
    page = client.get("/demo/phone/").content.decode()
    assert "+8613800138000" in page
    assert "is your code to sign in" in page
