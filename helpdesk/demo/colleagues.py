"""The demo's agents at work, through the desk's own doors: they sign in, keep a socket open, answer offers, reply and solve."""

from __future__ import annotations

import contextlib
import json
import random
import re
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

AGENTS = ("wu.lin", "maria.k", "zhang.wei", "tom.h", "xu.jing", "li.qiang")
_OFFER = re.compile(r'data-offer="(\d+)"')
_TICKET = re.compile(r"/tickets/(HD-\d+)/")
_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"|"X-CSRFToken": "([^"]+)"')
ANSWERS = (
    "Thank you for writing. I have looked into it, and we will put it right.\n谢谢您的来信，我已经核实，马上为您处理。",
    "I am sorry for the trouble. A colleague calls you today.\n给您带来不便非常抱歉，同事今天会给您回电。",
    "Your request is on its way; you get word as soon as it has shipped.\n您的申请已受理，发货后会第一时间通知您。",
)
# Of a hundred offers: so many are accepted, so many declined; the others run out.
ACCEPTED, DECLINED = 82, 8
WORK_SECONDS = (8.0, 45.0)


@dataclass
class Work:
    """A ticket that the colleague has taken, and when they next turn to it."""

    number: str
    due: float
    answered: bool = False


@dataclass
class Colleague:
    """One agent. `address` is the demo's web address; refused calls are counted, not raised: a demo goes on."""

    address: str
    username: str
    password: str
    capacities: dict[str, int] = field(default_factory=lambda: {"chats": 5, "calls": 1, "mails": 10})
    tally: dict[str, int] = field(default_factory=lambda: {"taken": 0, "declined": 0, "answered": 0, "solved": 0})

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.address, timeout=20, headers={"HX-Request": "true"})
        self.chance = random.Random()
        self.work: list[Work] = []
        self.token = ""

    # --- Being there -------------------------------------------------------------------------------------------------
    def start(self, stop: threading.Event) -> list[threading.Thread]:
        """Sign in, go online, and be at work until `stop`; the running threads."""
        self.sign_in()
        self.post("/presence/", state="online", is_overtime="yes", **{k: str(v) for k, v in self.capacities.items()})
        threads = [
            threading.Thread(target=run, args=(stop,), name=f"{self.username}-{run.__name__}", daemon=True)
            for run in (self._be_there, self._be_busy)
        ]
        for thread in threads:
            thread.start()
        return threads

    def leave(self) -> None:
        """Go offline; what nobody has answered yet goes to somebody else."""
        with contextlib.suppress(httpx.HTTPError):
            self.post("/presence/", state="offline")

    def sign_in(self) -> None:
        """Through the page that everybody uses; the token of later posts is the desk's."""
        self.token = _csrf_in(self.http.get("/sign-in/").text)
        values = {"username": self.username, "password": self.password, "csrfmiddlewaretoken": self.token}
        answer = self.http.post("/sign-in/", data=values, headers={"Referer": f"{self.address}/sign-in/"})
        if answer.status_code != 302:
            raise RuntimeError(f"{self.username} could not sign in: {answer.status_code}")
        self.token = _csrf_in(self.http.get("/tickets/", headers={"HX-Request": ""}).text)

    def _be_there(self, stop: threading.Event) -> None:
        """Answer the socket's pings, as an open tab does; open it again when it breaks."""
        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect
        from websockets.typing import Origin

        address = self.address.replace("http", "ws", 1) + "/ws/desk/"
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())}
        origin = Origin(self.address)
        while not stop.is_set():
            try:
                with connect(address, origin=origin, additional_headers=headers, proxy=None) as connection:
                    while not stop.is_set():
                        with contextlib.suppress(TimeoutError):
                            for message in _messages(connection.recv(timeout=1)):
                                if message.get("t") == "ping":
                                    connection.send('{"pong":true}')
            except (OSError, WebSocketException):
                stop.wait(2)

    # --- Working -----------------------------------------------------------------------------------------------------
    def _be_busy(self, stop: threading.Event) -> None:
        while not stop.wait(self.chance.uniform(1.5, 4.0)):
            with contextlib.suppress(httpx.HTTPError):
                self.answer_offers()
                self.turn_to_work()

    def answer_offers(self) -> None:
        """Accept most offers, decline a few, and let the others run out."""
        for offer in _OFFER.findall(self.http.get("/offers/").text):
            roll = self.chance.randrange(100)
            if roll < ACCEPTED:
                answer = self.post(f"/offers/{offer}/accept/")
                found = _TICKET.search(answer.headers.get("HX-Trigger", "") + answer.headers.get("Location", ""))
                if answer.status_code < 400 and found:
                    self.work.append(Work(found[1], self._later()))
                    self.tally["taken"] += 1
            elif roll < ACCEPTED + DECLINED:
                self.post(f"/offers/{offer}/decline/")
                self.tally["declined"] += 1

    def turn_to_work(self) -> None:
        """Answer what is due; what was answered a while ago is solved, or waits for the customer."""
        now = time.monotonic()
        for work in [work for work in self.work if work.due <= now]:
            if not work.answered:
                answer = self.post(
                    f"/tickets/{work.number}/messages/", mode="reply", text=self.chance.choice(ANSWERS), then=""
                )
                work.answered, work.due = True, self._later()
                self.tally["answered"] += answer.status_code < 400
                continue
            self.work.remove(work)
            solved = self.chance.random() < 0.7
            if solved:
                self.post(f"/tickets/{work.number}/edit/", field="solution", value="Answered; 已答复")
            status = "solved" if solved else "pending"
            answer = self.post(f"/tickets/{work.number}/edit/", field="status", value=status)
            self.tally["solved"] += solved and answer.status_code < 400

    def _later(self) -> float:
        return time.monotonic() + self.chance.uniform(*WORK_SECONDS)

    def post(self, path: str, **values: str) -> httpx.Response:
        """What a form of the desk sends."""
        headers = {"X-CSRFToken": self.token, "Referer": self.address}
        return self.http.post(path, data=values, headers=headers)


def _csrf_in(page: str) -> str:
    found = _CSRF.search(page)
    if found is None:
        raise RuntimeError("the page has no token")
    return found[1] or found[2]


def _messages(frame: Any) -> list[dict[str, Any]]:
    data = json.loads(frame)
    return data if isinstance(data, list) else [data]
