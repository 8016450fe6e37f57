"""Time stamps of anchors by another party (RFC 3161), and the ledger `timestamp`.

A time-stamping authority signs the hash of an anchor together with its own time. So an anchor, and everything
that it and the anchors before it name, existed at that time. The ledger has each response as received.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recordroom.archive.ledger import Entry, Ledger, Tail, tail_of
from recordroom.archive.store import Store
from recordroom.errors import SettingsError
from recordroom.model import instant, moment

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

NAME = "timestamp"  # of the ledger
TYPE = "stamped"
SCHEMA = "timestamp.schema.json"
_SHA256 = "2.16.840.1.101.3.4.2.1"  # RFC 5754
_GRANTED = 0  # RFC 3161, 2.4.2


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time stamp of an anchor."""

    anchor: int  # number of the anchor
    sha256: str  # of the stored bytes of the anchor
    authority: str  # address of the authority
    time: datetime  # which the authority signed
    response: bytes  # as received


class WrongStamp(Exception):
    """A response is no time stamp, or of something else; the message says why."""


def read_response(response: bytes, digest: str, roots: Sequence[Certificate] = ()) -> TimeStampResponse:
    """Return a response that is a time stamp of this SHA-256; WrongStamp if it is not.

    roots: certificates of the authority. Without any, the signature is not checked.
    """
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    try:
        found = decode_timestamp_response(response)
        if found.status != _GRANTED:
            raise WrongStamp(f"the authority refused: status {found.status} {' '.join(found.status_string)}")
        imprint = found.tst_info.message_imprint
    except ValueError as problem:
        raise WrongStamp(f"it is no response of a time-stamping authority: {problem}") from problem
    if (imprint.hash_algorithm.dotted_string, imprint.message.hex()) != (_SHA256, digest):
        raise WrongStamp(f"it is a time stamp of something else: {imprint.message.hex()}")
    if roots:
        builder = VerifierBuilder()
        for root in roots:
            builder = builder.add_root_certificate(root)
        try:
            builder.build().verify(found, bytes.fromhex(digest))
        except VerificationError as problem:
            words = str(problem).partition(": ErrorStack")[0]
            raise WrongStamp(f"its signature is not of the authority's certificate: {words}") from problem
    return found


def read_certificates(file: Path | None) -> list[Certificate]:
    """Return the certificates of a PEM file, none without a file; SettingsError if it has none."""
    if file is None:
        return []
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as problem:
        raise SettingsError(
            f"{file} has no certificates",
            "Name a PEM file with the authority's certificates (RECORDROOM_TIMESTAMP_CA, --timestamp-ca).",
            str(problem),
        ) from problem


def stamp_of(entry: Entry) -> Stamp:
    """Return the stamp of a valid entry; ValueError if its response is not base64."""
    body = entry.body
    try:
        response = base64.b64decode(body["response"], validate=True)
    except binascii.Error as problem:
        raise ValueError(f"its response is not base64: {problem}") from problem
    return Stamp(body["anchor"], body["sha256"], body["authority"], moment(body["time"]), response)


def read_stamps(archive: Store) -> list[Stamp]:
    """Return every stamp in the archive, in their order."""
    return [stamp_of(entry) for entry in Ledger(archive, NAME).entries() if entry.type == TYPE]


def append(archive: Store, stamp: Stamp) -> Entry:
    """Store a stamp in the ledger."""
    ledger, state = Ledger(archive, NAME), {"tail": Tail()}
    body: dict[str, Any] = {
        "anchor": stamp.anchor,
        "sha256": stamp.sha256,
        "authority": stamp.authority,
        "time": instant(stamp.time),
        "response": base64.b64encode(stamp.response).decode(),
    }

    def load() -> Tail:
        for entry in ledger.entries(state["tail"]):
            state["tail"] = tail_of(entry)
        return state["tail"]

    entry = ledger.append_next(TYPE, lambda: body, load)
    assert entry is not None  # noqa: S101 (there is always something to append)
    return entry


def file_name(number: int) -> str:
    """Return the name of the file with the response, next to that of the anchor outside the archive."""
    return f"anchor-{number:012d}.tsr"
