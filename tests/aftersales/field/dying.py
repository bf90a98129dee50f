"""A middleware that kills its process with SIGKILL once a deed of the named kind is committed and its answer is ready."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

from django.http import HttpRequest, HttpResponse


class DieAfterCommit:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.flag = Path(os.environ["DIE_AFTER_COMMIT"])

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_done = request.path == "/field/entries/" and response.status_code == 201
        if is_done and self.flag.exists() and json.loads(request.POST["entry"])["kind"] == self.flag.read_text():
            os.kill(os.getpid(), signal.SIGKILL)
        return response
