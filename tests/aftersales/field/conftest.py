"""An engineer with a shelf, and a phone that speaks as the page does."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from aftersales.outlets.services.stock import receive_parts
from aftersales.visits.models import Engineer, Visit
from helpdesk.accounts.models import Staff
from helpdesk.core import clock
from helpdesk.core.actors import SYSTEM
from helpdesk.customers.models import Product
from tests.aftersales.factories import make_product
from tests.aftersales.outlets.factories import make_engineer, make_visit


def picture(colour: str = "navy", kind: str = "JPEG") -> bytes:
    stored = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(stored, kind)
    return stored.getvalue()


class Phone:
    """What the page does, over HTTP. `log` holds what was sent, so that a test can send it once more."""

    def __init__(self, staff: Staff) -> None:
        self.staff = staff
        self.client = Client()
        self.client.force_login(staff, backend="helpdesk.accounts.backends.StaffBackend")
        self.log: list[tuple[dict[str, Any], bytes | None]] = []

    def day(self) -> dict[str, Any]:
        answer = self.client.get("/field/day/", headers={"accept": "application/json"})
        assert answer.status_code == 200
        return dict(answer.json())

    def deed(self, visit: Visit, kind: str, data: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
        base = {
            "key": str(uuid.uuid4()),
            "kind": kind,
            "visit": visit.pk,
            "staff": self.staff.pk,
            "at": (clock.now() - timedelta(minutes=1)).isoformat(),
            "data": data or {},
        }
        return base | fields

    def send(self, deed: dict[str, Any], file: bytes | None = None) -> HttpResponse:
        self.log.append((deed, file))
        form: dict[str, Any] = {"entry": json.dumps(deed)}
        if file is not None:
            form["file"] = SimpleUploadedFile("photo.jpg", file, "image/jpeg")
        answer = self.client.post("/field/entries/", form, headers={"accept": "application/json"})
        assert isinstance(answer, HttpResponse)
        return answer

    def do(
        self, visit: Visit, kind: str, data: dict[str, Any] | None = None, file: bytes | None = None
    ) -> HttpResponse:
        return self.send(self.deed(visit, kind, data), file)

    def sign(self, visit: Visit) -> HttpResponse:
        drawn = picture("white", "PNG")
        return self.do(visit, "sign", {"signer": "Li Na", "sha256": hashlib.sha256(drawn).hexdigest()}, drawn)


@pytest.fixture
def engineer() -> Engineer:
    return make_engineer(username="meng")


@pytest.fixture
def visit(engineer: Engineer) -> Visit:
    return make_visit(engineer)


@pytest.fixture
def phone(engineer: Engineer) -> Phone:
    return Phone(engineer.staff)


@pytest.fixture
def pump() -> Product:
    """Three pumps on the company's own shelf."""
    product = make_product("Drain pump", name_zh="排水泵")
    receive_parts(None, product, 3, key="delivery", by=SYSTEM)
    return product


MakePhone = Callable[[Staff], Phone]
