"""Load over real HTTP on loopback: a few clients that ask one after another and note how long each answer took."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Call:
    """One request. `expect` must stand in the answer's body, so that a refusal is not taken for speed."""

    path: str
    method: str = "GET"
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    status: tuple[int, ...] = (200,)
    expect: bytes = b""

    def as_bytes(self, port: int) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.body or self.method != "GET":
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


class WrongAnswer(Exception):
    """An answer that is not what the benchmark asked for."""


class Client:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def ask(self, call: Call) -> tuple[int, bytes]:
        """Status and body."""
        self._connection.sendall(call.as_bytes(self.port))
        data = self._rest
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, data = data.partition(b"\r\n\r\n")
        status = int(head[9:12])
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        parts, have = [data], len(data)
        while have < length:
            parts.append(self._more())
            have += len(parts[-1])
        whole = b"".join(parts)
        self._rest = whole[length:]
        return status, whole[:length]

    def _more(self) -> bytes:
        received = self._connection.recv(262_144)
        if not received:
            raise WrongAnswer("the server closed the connection")
        return received

    def checked(self, call: Call) -> bytes:
        """The body of the expected answer."""
        status, body = self.ask(call)
        if status not in call.status or (call.expect and call.expect not in body):
            raise WrongAnswer(f"{call.method} {call.path}: {status} {body[:300]!r}")
        return body

    def close(self) -> None:
        self._connection.close()


@dataclass
class Timed:
    """Seconds of each answer, and the bytes of the last."""

    seconds: list[float] = field(default_factory=list)
    size: int = 0


def run(
    port: int,
    call: Callable[[int], Call],
    *,
    requests: int,
    clients: int,
    before: Callable[[int], None] | None = None,
    after: Callable[[int], None] | None = None,
) -> Timed:
    """Ask `requests` times over `clients` connections; `before` and `after` run around each request, outside of its time."""
    timed, lock, numbers = Timed(), threading.Lock(), iter(range(requests))
    errors: list[BaseException] = []

    def work() -> None:
        try:
            client = Client(port)
            while not errors:
                with lock:
                    number = next(numbers, None)
                    if number is not None and before is not None:
                        before(number)
                if number is None:
                    break
                asked = call(number)
                began = time.perf_counter()
                body = client.checked(asked)
                timed.seconds.append(time.perf_counter() - began)
                timed.size = len(body)
                if after is not None:
                    after(number)
            client.close()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return timed


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
