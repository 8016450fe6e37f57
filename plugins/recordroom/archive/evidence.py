"""Evidence: HTTP exchanges as received, in WARC 1.1 (ISO 28500).

Any WARC tool can read it. An exchange is a `request`, a `response`, and a `metadata` record (JSON: context,
items with their pointers, absences, places of removed secrets). If it brought media, a second `metadata`
record says how each download ended. Each record is a gzip member of its own; `offset` and `length` span them
all, so that one range request reads an exchange. A part of an imported file is a `resource` in place of the
first two.

Exchanges are stored as received, except: authentication exchanges are never stored; transfer and content
coding are removed; Authorization, Cookie, and Proxy-* of requests and Set-Cookie of responses are dropped; a
marker, which the metadata names, replaces the bytes of a secret.
"""

from __future__ import annotations

import base64
import hashlib
import re
import uuid
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from recordroom.archive.store import Store
from recordroom.canonical import encode_canonical
from recordroom.errors import Tampered
from recordroom.model import Exchange

VERSION = "WARC/1.1"
_PIECE = 1 << 16
_NAME = re.compile(r"((\d{8}T\d{6}Z)-[0-9a-f]{8})-(\d+)\.warc\.gz")
_Request = tuple[int, str, tuple[tuple[str, str], ...]]  # offset, method, headers
_ANY_BYTES = "application/octet-stream"
_TYPES = {"request": "application/http; msgtype=request", "response": "application/http; msgtype=response"}


@dataclass(frozen=True, slots=True)
class KeptExchange:
    """An exchange in an evidence object or a spool file."""

    id: str  # WARC-Record-ID of its response
    offset: int  # first byte of its request in the file
    length: int  # bytes up to the end of its last record
    exchange: Exchange
    metadata: dict[str, Any]  # both metadata records as one


@dataclass(frozen=True, slots=True)
class EvidenceName:
    """The parts of the key of an evidence object."""

    capture_id: str
    segment: int
    began: datetime  # when the capture began


def key_of(platform: str, account: str, capture_id: str, segment: int) -> str:
    """Return the key of the evidence of a segment."""
    return f"evidence/{platform}/{account}/{capture_id[:4]}/{capture_id[4:6]}/{capture_id}-{segment}.warc.gz"


def name_of(key: str) -> EvidenceName | None:
    """Parse a key; None if no capture of ours gives such a key."""
    match = _NAME.fullmatch(key.rsplit("/", 1)[1])
    try:
        began = datetime.strptime(match[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) if match else None
    except ValueError:
        return None
    return EvidenceName(match[1], int(match[3]), began) if match and began else None


def encode_info(software: str, file_name: str) -> bytes:
    """Return the warcinfo record with which a file begins."""
    fields = f"software: {software}\r\nformat: {VERSION}\r\nfilename: {file_name}\r\n".encode()
    return _encode_record(
        "warcinfo", fields, "application/warc-fields", record_id=new_id(), when=datetime.now(UTC)
    )


def encode_exchange(exchange: Exchange, response_id: str, metadata: dict[str, Any]) -> bytes:
    """Return the request, response, and first metadata record of an exchange.

    response_id: from `new_id`.
    """
    when = exchange.fetched_at or datetime.now(UTC)
    if not exchange.method:
        return _encode_resource(exchange, response_id, when) + encode_metadata(
            exchange, response_id, metadata
        )
    target = {"WARC-Target-URI": exchange.url}
    address = urlsplit(exchange.url)
    path = urlunsplit(("", "", address.path or "/", address.query, ""))
    request = _encode_http(f"{exchange.method} {path} HTTP/1.1", exchange.request_headers, b"")
    response = _encode_http(
        f"HTTP/1.1 {exchange.status} {exchange.reason}".rstrip(), exchange.headers, exchange.body
    )
    together = {**target, "WARC-Concurrent-To": response_id}
    return (
        _encode_record("request", request, _TYPES["request"], record_id=new_id(), when=when, more=together)
        + _encode_record(
            "response",
            response,
            _TYPES["response"],
            record_id=response_id,
            when=when,
            more={**target, "WARC-Payload-Digest": _digest(exchange.body)},
        )
        + encode_metadata(exchange, response_id, metadata)
    )


def _encode_resource(exchange: Exchange, name: str, when: datetime) -> bytes:
    more = {"WARC-Target-URI": exchange.url, "WARC-Payload-Digest": _digest(exchange.body)}
    return _encode_record(
        "resource",
        exchange.body,
        exchange.header("Content-Type") or _ANY_BYTES,
        record_id=name,
        when=when,
        more=more,
    )


def encode_metadata(exchange: Exchange, response_id: str, metadata: dict[str, Any]) -> bytes:
    """Return a metadata record of an exchange."""
    more = {"WARC-Target-URI": exchange.url, "WARC-Concurrent-To": response_id}
    when = exchange.fetched_at or datetime.now(UTC)
    return _encode_record(
        "metadata", encode_canonical(metadata), "application/json", record_id=new_id(), when=when, more=more
    )


def new_id() -> str:
    """Return a new WARC-Record-ID."""
    return f"<urn:uuid:{uuid.uuid4()}>"


def _digest(data: bytes) -> str:
    return "sha256:" + base64.b32encode(hashlib.sha256(data).digest()).decode()


def _encode_http(first: str, headers: tuple[tuple[str, str], ...], body: bytes) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body


def _encode_record(
    kind: str,
    block: bytes,
    content_type: str,
    *,
    record_id: str,
    when: datetime,
    more: dict[str, str] | None = None,
) -> bytes:
    headers = StatusAndHeaders("", [("WARC-Type", kind), ("WARC-Record-ID", record_id)], protocol=VERSION)
    headers.add_header("WARC-Date", when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    for name, value in (more or {}).items():
        headers.add_header(name, value)
    headers.add_header("WARC-Block-Digest", _digest(block))
    record = ArcWarcRecord("warc", kind, headers, BytesIO(block), None, content_type, len(block))
    record.payload_length = len(block)
    if kind in ("request", "metadata"):
        headers.add_header("WARC-Payload-Digest", _digest(block if kind == "metadata" else b""))
    out = BytesIO()
    WARCWriter(out, gzip=True, warc_version=VERSION).write_record(record)
    return out.getvalue()


def complete_length(data: bytes) -> int:
    """Return how many bytes at the start of `data` are complete gzip members.

    This is what an interrupted write left usable.
    """
    good = 0
    while good < len(data):
        length = _member_length(memoryview(data)[good:])
        if length is None:
            break
        good += length
    return good


def _member_length(data: memoryview) -> int | None:
    """Return the length of the gzip member with which `data` begins.

    None if it is cut or broken. It is read in pieces, so that what follows is not copied.
    """
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            member.decompress(piece)
            if member.eof:
                return start + len(piece) - len(member.unused_data)
    except zlib.error:
        return None
    return None


def read_exchanges(data: bytes, base: int = 0) -> Iterator[KeptExchange]:
    """Yield the complete exchanges in WARC bytes.

    base: the offset of these bytes in their file.

    An exchange without its metadata record (a write that a full disk cut) is not complete. Tampered if the
    bytes are not WARC.
    """
    request: _Request | None = None
    response: KeptExchange | None = None
    whole: KeptExchange | None = None
    try:
        records = ArchiveIterator(BytesIO(data))
        for record in records:
            block = record.raw_stream.read()
            start, size = records.get_record_offset() + base, records.get_record_length()
            if record.rec_type == "request":
                if whole is not None:
                    yield whole
                request = (start, record.http_headers.protocol, tuple(record.http_headers.headers))
                response = None
                whole = None
            elif record.rec_type == "response" and request is not None:
                response = _decode_exchange(record, block, request, start + size)
            elif record.rec_type == "resource":
                if whole is not None:
                    yield whole
                request, response, whole = None, _decode_resource(record, block, start, size), None
            elif record.rec_type == "metadata" and response is not None:
                whole = _add_metadata(whole or response, orjson.loads(block), start + size)
    # TypeError and AttributeError: required headers are missing
    except (ArchiveLoadFailed, ValueError, TypeError, AttributeError) as problem:
        raise Tampered("evidence", f"is not WARC: {problem}") from problem
    if whole is not None:
        yield whole


def _add_metadata(kept: KeptExchange, more: dict[str, Any], end: int) -> KeptExchange:
    metadata = {**kept.metadata, **more}
    known = {"context": metadata.get("context", {}), "cursor": metadata.get("cursor")}
    return KeptExchange(kept.id, kept.offset, end - kept.offset, replace(kept.exchange, **known), metadata)


def _decode_exchange(record: ArcWarcRecord, body: bytes, request: _Request, end: int) -> KeptExchange:
    status, _, reason = record.http_headers.statusline.partition(" ")
    when = datetime.fromisoformat(record.rec_headers.get_header("WARC-Date"))
    exchange = Exchange(
        method=request[1],
        url=record.rec_headers.get_header("WARC-Target-URI"),
        status=int(status),
        reason=reason,
        headers=tuple(record.http_headers.headers),
        body=body,
        request_headers=request[2],
        fetched_at=when,
    )
    return KeptExchange(
        record.rec_headers.get_header("WARC-Record-ID"), request[0], end - request[0], exchange, {}
    )


def _decode_resource(record: ArcWarcRecord, body: bytes, start: int, size: int) -> KeptExchange:
    exchange = Exchange(
        method="",
        url=record.rec_headers.get_header("WARC-Target-URI"),
        status=0,
        headers=(("Content-Type", record.rec_headers.get_header("Content-Type")),),
        body=body,
        fetched_at=datetime.fromisoformat(record.rec_headers.get_header("WARC-Date")),
    )
    return KeptExchange(record.rec_headers.get_header("WARC-Record-ID"), start, size, exchange, {})


def read(store: Store, key: str, offset: int, length: int) -> KeptExchange:
    """Read one exchange of an evidence object.

    Tampered if that place does not have exactly one.
    """
    found = list(read_exchanges(store.get_range(key, offset, length), offset))
    if len(found) != 1:
        raise Tampered(key, f"has no exchange at {offset}+{length}", "1", str(len(found)))
    return found[0]


def read_spool(path: Path) -> tuple[list[KeptExchange], int]:
    """Return the complete exchanges of a spool file, and where the last one ends.

    An interrupted write may have cut what follows.
    """
    data = path.read_bytes()
    kept = list(read_exchanges(data[: complete_length(data)]))
    return kept, kept[-1].offset + kept[-1].length if kept else 0
