"""What the entry promises in front of every view, tried over real sockets."""

import contextlib
import hashlib
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from helpdesk.serving import internal_file
from tests.serving.conftest import WebProcess, web_process

MEGABYTE = 1024 * 1024


def read_all(connection: socket.socket) -> bytes:
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received


def raw(server: WebProcess, request: bytes) -> bytes:
    """Send bytes as they are and read until the server hangs up."""
    with server.connect() as connection:
        connection.sendall(request)
        return read_all(connection)


@pytest.mark.req("K8", "stateless web processes")
@pytest.mark.parametrize("size", [0, 1, 300 * 1024, 3 * MEGABYTE])
def test_a_body_reaches_the_view_whole(server: WebProcess, size: int) -> None:
    body = bytes(n % 251 for n in range(size))
    with server.client() as client:
        answer = client.post("/echo", content=body)
    assert answer.text.split()[:2] == [str(size), hashlib.sha256(body).hexdigest()]


@pytest.mark.req("K8", "stateless web processes")
def test_a_chunked_body_reaches_the_view_whole_with_its_length(server: WebProcess) -> None:
    with server.client() as client:
        answer = client.post("/echo", content=iter([b"a" * 70_000, b"b" * 70_000]))
    assert answer.text.split()[0] == "140000"


@pytest.mark.req("K8", "stateless web processes")
def test_twenty_dribbling_uploads_hold_up_neither_pages_nor_webhooks_nor_health(server: WebProcess) -> None:
    slow = [server.connect() for _ in range(20)]
    try:
        for connection in slow:
            connection.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nfirst bytes")
        for path in ("/hooks/wechat/main/", "/healthz", "/readyz", "/page"):
            with server.client() as client:
                assert client.post(path, content=b"{}").status_code == 200
            for connection in slow:
                connection.sendall(b".")
    finally:
        for connection in slow:
            connection.close()


@pytest.mark.req("K8", "stateless web processes")
def test_busy_page_threads_hold_up_neither_webhooks_nor_health(server: WebProcess) -> None:
    already = server.calls().count("/sleep")
    with ThreadPoolExecutor(4) as pool:
        busy = [pool.submit(httpx.get, f"{server.url}/sleep?2", timeout=20, trust_env=False) for _ in range(4)]
        while server.calls().count("/sleep") < already + 2:
            time.sleep(0.02)
        for path in ("/hooks/douyin/main/", "/healthz"):
            assert httpx.get(f"{server.url}{path}", timeout=20, trust_env=False).status_code == 200
        assert not all(future.done() for future in busy), "the pages went first"
        assert all(future.result().status_code == 200 for future in busy)


@pytest.mark.req("K8", "stateless web processes")
def test_a_client_that_leaves_in_the_middle_calls_no_view(server: WebProcess) -> None:
    before = server.calls()
    with server.connect() as connection:
        connection.sendall(b"POST /left HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nonly this much")
    with server.client() as client:
        client.get("/after")
    assert server.calls()[len(before) :] == ["/after"]


@pytest.mark.req("K8", "stateless web processes")
def test_a_client_that_leaves_while_it_waits_gives_up_its_place(server: WebProcess) -> None:
    already = server.calls().count("/sleep")
    with ThreadPoolExecutor(2) as pool:
        busy = [pool.submit(httpx.get, f"{server.url}/sleep?3", timeout=20, trust_env=False) for _ in range(2)]
        while server.calls().count("/sleep") < already + 2:
            time.sleep(0.02)
        with server.connect() as connection:
            connection.sendall(b"GET /impatient HTTP/1.1\r\nHost: x\r\n\r\n")
            time.sleep(0.5)
        for future in busy:
            assert future.result().status_code == 200
    with server.client() as client:
        client.get("/after")
    assert "/impatient" not in server.calls()


@pytest.mark.req("K8", "stateless web processes")
def test_a_body_over_the_limit_is_refused_before_it_is_sent(server: WebProcess) -> None:
    answer = raw(server, b"POST /too-large HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"At most 3 MB can be sent at once" in answer
    assert "/too-large" not in server.calls()


@pytest.mark.req("K8", "stateless web processes")
def test_a_chunked_body_over_the_limit_is_refused_too(server: WebProcess) -> None:
    with server.connect() as connection:
        connection.sendall(b"POST /too-large HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(ConnectionError):  # the server hangs up while we are still sending
            for _ in range(100):
                connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert "/too-large" not in server.calls()


@pytest.mark.req("K8", "stateless web processes")
def test_a_webhook_has_a_smaller_limit_and_a_problem_for_an_answer(server: WebProcess) -> None:
    answer = raw(server, b"POST /hooks/line/a/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2500000\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b" 413 " in head.splitlines()[0]
    assert b"application/problem+json" in head
    assert json.loads(body)["code"] == "body_too_large"


@pytest.mark.req("K1", "Chinese and English")
def test_a_refusal_speaks_the_language_of_the_reader(server: WebProcess) -> None:
    request = b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n%s\r\n\r\n"
    for header in (b"Accept-Language: zh-CN,zh;q=0.9,en;q=0.5", b"Cookie: a=b; django_language=zh-hans"):
        assert "一次最多可发送 3 MB" in raw(server, request % header).decode()


@pytest.mark.req("K8", "stateless web processes")
@pytest.mark.parametrize("length", [b"abc", b"-5", b"1_0", b"5\r\nContent-Length: 6"])
def test_a_malformed_length_is_refused(server: WebProcess, length: bytes) -> None:
    answer = raw(server, b"POST /malformed HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\nhello")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert "/malformed" not in server.calls()


@pytest.mark.req("K8", "stateless web processes")
def test_headers_that_pose_as_others_are_dropped(server: WebProcess) -> None:
    headers = {
        "X_Forwarded_Proto": "https",
        "X-Forwarded-For": "1.2.3.4",
        "X-Forwarded-Proto": "https",
        "X-Real-IP": "1.2.3.4",
        "Forwarded": "for=1.2.3.4",
        "X-Internal-File": "secret",
        "X-Kept": "yes",
    }
    with server.client() as client:
        seen = client.get("/headers", headers=headers).json()
    assert seen["REMOTE_ADDR"] == "127.0.0.1"
    assert seen["HTTP_X_KEPT"] == "yes"
    forbidden = ("HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED")
    assert not [name for name in (*forbidden, "HTTP_X_INTERNAL_FILE") if name in seen]


@pytest.mark.req("K8", "stateless web processes")
def test_a_trusted_proxy_speaks_for_its_client(tmp_path: Path) -> None:
    settings = {"DJANGO_SETTINGS_MODULE": "tests.serving.settings", "TRUSTED_PROXIES": "127.0.0.0/8,10.1.0.0/16"}
    headers = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9, 10.1.2.3", "X-Forwarded-Proto": "https"}
    with (
        web_process(tmp_path, "tests.serving.application:application", **settings) as server,
        server.client() as client,
    ):
        seen = client.get("/headers", headers=headers).json()
    assert seen["REMOTE_ADDR"] == "203.0.113.9"
    assert seen["HTTP_X_FORWARDED_PROTO"] == "https"


@pytest.mark.req("K8", "stateless web processes")
def test_path_and_query_arrive_as_wsgi_wants_them(server: WebProcess) -> None:
    with server.client() as client:
        seen = client.get("/headers", params={"q": "退款 a&b"}).json()
        strange = client.get("/%E5%B7%A5%E5%8D%95/%2F%00")
    assert seen["QUERY_STRING"] == "q=%E9%80%80%E6%AC%BE+a%26b"
    assert strange.status_code == 200
    assert server.calls()[-1].encode("latin-1", "replace")


@pytest.mark.req("K8", "stateless web processes")
def test_a_large_answer_arrives_whole_and_a_slow_reader_holds_no_thread(server: WebProcess) -> None:
    slow = [server.connect() for _ in range(6)]
    try:
        for connection in slow:
            connection.sendall(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        with server.client() as client:
            assert client.get("/page").status_code == 200
            assert len(client.get("/stream").content) == 4_000_000
    finally:
        for connection in slow:
            connection.close()


@pytest.mark.req("K8", "stateless web processes")
def test_a_view_that_breaks_outside_django_gives_a_clear_answer(server: WebProcess) -> None:
    with server.client() as client:
        answer = client.get("/broken")
        assert answer.status_code == 500
        assert answer.text == "Something went wrong on our side. Please try again."
        assert client.get("/page").status_code == 200


@pytest.mark.req("K8", "stateless web processes")
def test_an_attachment_is_streamed_by_the_entry_and_its_header_stays_inside(server: WebProcess) -> None:
    content = stored(server, "2026/票据 100%/receipt.bin")
    with server.client() as client:
        answer = client.get("/file?" + internal_file("2026/票据 100%/receipt.bin"))
    assert answer.content == content
    assert answer.headers["content-length"] == "700000"
    assert answer.headers["content-disposition"] == "attachment"
    assert "x-internal-file" not in answer.headers


@pytest.mark.req("K8", "stateless web processes")
def test_a_part_of_an_attachment_can_be_asked_for(server: WebProcess) -> None:
    content = stored(server, "parts.bin")
    with server.client() as client:
        part = client.get("/file?parts.bin", headers={"Range": "bytes=100-199"})
        tail = client.get("/file?parts.bin", headers={"Range": "bytes=-50"})
        beyond = client.get("/file?parts.bin", headers={"Range": "bytes=700000-"})
        head = client.head("/file?parts.bin")
    assert (part.status_code, part.content) == (206, content[100:200])
    assert part.headers["content-range"] == "bytes 100-199/700000"
    assert tail.content == content[-50:]
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */700000")
    assert (head.headers["content-length"], head.content) == ("700000", b"")


def stored(server: WebProcess, name: str) -> bytes:
    """A file of 700,000 bytes below the media folder."""
    content = bytes(n % 256 for n in range(700_000))
    (server.media / name).parent.mkdir(parents=True, exist_ok=True)
    (server.media / name).write_bytes(content)
    return content


@pytest.mark.req("K8", "stateless web processes")
@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "link", "", ".", "nothing"])
def test_no_file_outside_the_media_folder_is_streamed(server: WebProcess, path: str) -> None:
    (server.media.parent / "outside").write_text("secret")
    link = server.media / "link"
    if not link.is_symlink():
        link.symlink_to(server.media.parent / "outside")
    with server.client() as client:
        answer = client.get(f"/file?{path}")
    assert answer.status_code == 500
    assert "secret" not in answer.text


@pytest.mark.req("K8", "stateless web processes")
def test_static_files_are_served_beside_the_threads(server: WebProcess) -> None:
    with server.client() as client:
        answer = client.get("/static/css/tokens.css")
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/css")
        assert answer.headers["x-content-type-options"] == "nosniff"
        again = client.get("/static/css/tokens.css", headers={"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
        assert client.get("/static/../manage.py").text.startswith(
            "0 "
        )  # reaches the application as a path like any other
    assert "/static/css/tokens.css" not in server.calls()


@pytest.mark.req("K8", "stateless web processes")
def test_sockets_are_answered_on_ws_only_and_their_headers_are_cleaned(server: WebProcess) -> None:
    with connect(f"ws://127.0.0.1:{server.port}/ws/desk", additional_headers={"X-Forwarded-For": "1.2.3.4"}) as socket_:
        names = json.loads(socket_.recv(timeout=5))
    assert "host" in names
    assert "x-forwarded-for" not in names
    with pytest.raises(Exception, match="403"), connect(f"ws://127.0.0.1:{server.port}/elsewhere"):
        pass


@pytest.mark.req("K8", "stateless web processes")
def test_a_stop_finishes_what_is_being_answered(tmp_path: Path) -> None:
    with web_process(
        tmp_path, "tests.serving.application:application", DJANGO_SETTINGS_MODULE="tests.serving.settings"
    ) as server:
        answers: list[int] = []

        def ask() -> None:
            answers.append(httpx.get(f"{server.url}/sleep?1", timeout=20, trust_env=False).status_code)

        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(0.4)
        server.process.terminate()
        asking.join()
        assert answers == [200]
        assert server.process.wait(10) == 0
