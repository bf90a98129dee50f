"""Writing the evidence pack: a ZIP with the story as a page, the rows as JSON, the files, and a list of hashes."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import IO, Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from aftersales.cases.evidence import Evidence, Held, gather, left_out_words
from aftersales.cases.models import CaseFile, EvidencePack
from aftersales.claims.access import can_see
from aftersales.claims.models import Claim
from aftersales.claims.services.moving import changing_claim
from helpdesk.accounts.permissions import CLAIM_VIEW_ALL, CLAIM_WORK
from helpdesk.core.actors import Actor
from helpdesk.core.company import company_name
from helpdesk.core.errors import Forbidden, NotFound
from tickets.services.replying import author_name

# Together; what goes beyond is listed with its hash and not packed.
MOST_BYTES = 200 * 2**20
_IN_MEMORY = 8 * 2**20
_CHUNK = 2**16


@dataclass(frozen=True)
class Packed:
    """The pack as a file that is deleted when it is closed."""

    file: IO[bytes]
    name: str
    record: EvidencePack


def export_evidence(claim_id: int, *, language: str, by: Actor) -> Packed:
    """Make the pack of a case; announces case.exported, so the audit log says who took what. The file stands at its beginning."""
    claim = Claim.objects.filter(pk=claim_id).select_related("ticket", "customer", "order", "cause").first()
    if claim is None or not can_see(by, claim) or not CaseFile.objects.filter(pk=claim_id).exists():
        raise NotFound
    if not by.is_trusted and (by.staff is None or not (by.staff.can(CLAIM_WORK) or by.staff.can(CLAIM_VIEW_ALL))):
        raise Forbidden
    known = {code for code, _label in settings.LANGUAGES}
    with translation.override(language if language in known else settings.LANGUAGE_CODE):
        evidence = gather(claim)
        target = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 — the caller's response closes it
        try:
            files = write_pack(evidence, target, by=by)
        except BaseException:
            target.close()
            raise
    digest, size = _digest(target)
    with changing_claim(claim_id, "export_evidence", by=by) as (locked, change):
        record = EvidencePack.objects.create(
            claim=locked,
            made_at=evidence.made_at,
            by_id=by.id,
            by_name=author_name(by),
            sha256=digest,
            size=size,
            files=files,
        )
        change.announce("case.exported", claim=claim_id, pack=record.pk, sha256=digest)
    stamp = evidence.made_at.strftime("%Y%m%d-%H%M")
    return Packed(target, f"evidence-{claim.number}-{stamp}.zip", record)


def write_pack(evidence: Evidence, target: IO[bytes], *, by: Actor) -> int:
    """Write everything into the open file; returns how many files were packed beside the two lists."""
    listed: list[dict[str, Any]] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as pack:
        left = MOST_BYTES
        for held in evidence.files:
            entry = _pack_file(pack, held, left)
            left -= entry["size"] if entry["packed"] else 0
            listed.append(entry)
        packed = {entry["path"] for entry in listed if entry["packed"]}
        context = {
            "evidence": evidence,
            "packed": packed,
            "files": listed,
            "company": company_name(),
            "by": author_name(by),
        }
        for path, text in (
            ("index.html", render_to_string("cases/evidence.html", context)),
            ("style.css", render_to_string("cases/evidence.css")),
            ("timeline.json", _as_json(evidence.timeline)),
            ("messages.json", _as_json(evidence.messages)),
        ):
            listed.append(_pack_text(pack, path, text))
        manifest = {
            "case": evidence.claim.number,
            "authority": evidence.case.authority,
            "authority_number": evidence.claim.external_number,
            "made_at": evidence.made_at.isoformat(),
            "made_by": author_name(by),
            "algorithm": "SHA-256",
            "files": sorted(listed, key=lambda entry: str(entry["path"])),
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=2)
        listed.append(_pack_text(pack, "manifest.json", text))
        sums = "".join(f"{entry['sha256']}  {entry['path']}\n" for entry in listed if entry["packed"])
        pack.writestr("SHA256SUMS", sums)
    return sum(bool(entry["packed"]) for entry in listed)


def _pack_text(pack: zipfile.ZipFile, path: str, text: str) -> dict[str, Any]:
    data = text.encode()
    pack.writestr(path, data)
    return {
        "path": path,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "media_type": "text/html" if path.endswith(".html") else "text/plain",
        "packed": True,
    }


def _pack_file(pack: zipfile.ZipFile, held: Held, left: int) -> dict[str, Any]:
    """Copy the bytes and hash what was copied; what cannot be read or is too much is listed with what the row knows."""
    row = held.attachment
    entry: dict[str, Any] = {
        "path": held.path,
        "name": row.name,
        "source": held.source,
        "size": row.size,
        "sha256": row.sha256,
        "media_type": row.content_type,
        "received_at": row.created_at.isoformat(),
        "packed": False,
    }
    if not row.file.name or row.size > left:
        return entry | {"why": left_out_words()}
    try:
        digest = hashlib.sha256()
        with row.file.storage.open(row.file.name, "rb") as source, pack.open(held.path, "w", force_zip64=True) as copy:
            for chunk in _chunks(source):
                digest.update(chunk)
                copy.write(chunk)
    except FileNotFoundError:
        return entry | {"why": left_out_words()}
    return entry | {"sha256": digest.hexdigest(), "packed": True, "is_unchanged": digest.hexdigest() == row.sha256}


def _chunks(source: Any) -> Iterator[bytes]:
    while chunk := source.read(_CHUNK):
        yield chunk


def _as_json(rows: list[Any]) -> str:
    def plain(value: Any) -> str:
        return value.isoformat() if isinstance(value, datetime) else str(value)

    return json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2, default=plain)


def _digest(target: Any) -> tuple[str, int]:
    target.seek(0)
    digest, size = hashlib.sha256(), 0
    while chunk := target.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    target.seek(0)
    return digest.hexdigest(), size
