"""`recordroom parse`: what a connector reads from saved responses, as JSON lines; nothing is stored and nothing is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from recordroom import platforms
from recordroom.capture.changes import canon_of
from recordroom.cli.output import json_lines, say
from recordroom.errors import PlatformFailure, UsageError
from recordroom.model import Exchange, Media, Record, instant, loads, record_fields, version_of
from recordroom.platforms import Connector

Server = Annotated[str | None, typer.Option(help="Identity of the server, where ids are unique only within one.")]
Url = Annotated[str | None, typer.Option(help="The request that was answered, where the body's shape does not tell.")]
Context = Annotated[str | None, typer.Option(help='JSON, e.g. {"account": "109...", "root": "mastodon:.../statuses/1"}.')]


def add_to(app: typer.Typer) -> None:
    app.command("parse", help="Read saved responses of a platform as records.")(run)


def run(
    platform: str,
    files: list[Path],
    server: Server = None,
    url: Url = None,
    context: Context = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line (always so).")] = True,  # noqa: ARG001
) -> int:
    connector = platforms.load(platform)
    more = _context(context)
    for file in files:
        exchange = _exchange(connector, file, url, server)
        exchange = replace(exchange, context={**exchange.context, **more})
        try:
            json_lines(_told(connector, record) for record in _records(connector, exchange, file))
        except PlatformFailure as failure:
            say(f"{file}: {type(failure).__name__}: {failure}")
            return 1
    return 0


def _context(text: str | None) -> dict[str, Any]:
    try:
        found = orjson.loads(text) if text else {}
    except orjson.JSONDecodeError as problem:
        raise UsageError(f"--context is not JSON: {problem}", 'Write e.g. {"account": "109"}.') from None
    if not isinstance(found, dict):
        raise UsageError("--context is not a JSON object", 'Write e.g. {"account": "109"}.')
    return found


def _exchange(connector: Connector, file: Path, url: str | None, server: str | None) -> Exchange:
    """A saved {url, status, headers, body}, or a bare body whose shape tells what it is."""
    try:
        stored = file.read_bytes()
    except OSError as problem:
        raise UsageError(f"{file} cannot be read: {problem.strerror}", "Give a file that exists.") from None
    try:
        whole = loads(stored)
    except ValueError:
        whole = None
    if not (isinstance(whole, dict) and "body" in whole and "status" in whole):
        return connector.saved(stored, url, server)
    body = whole["body"] if isinstance(whole["body"], str) else orjson.dumps(whole["body"]).decode()
    headers = whole.get("headers") or {}
    pairs = tuple((str(k), str(v)) for k, v in (headers.items() if isinstance(headers, dict) else headers))
    base = connector.saved(body.encode(), url or whole.get("url"), server)
    return replace(base, status=int(whole["status"]), headers=pairs or base.headers)


def _records(connector: Connector, exchange: Exchange, file: Path) -> Iterator[Record]:
    for record in connector.parse(exchange):
        for name in record.leftover:
            say(f"{file}: {record.record_id}: unknown field {name}")
        yield record


def _told(connector: Connector, record: Record) -> dict[str, Any]:
    """The record's own field names; what only a capture knows is left out."""
    told: dict[str, Any] = {}
    for field in record_fields():
        value = getattr(record, field.name, None)
        if field.name == "version":
            value = version_of(record)
        elif field.name == "canon":
            value = canon_of(connector.PLATFORM.parser_name)
        elif field.name == "platform":
            value = connector.PLATFORM.name
        elif field.name == "parser":
            value = connector.PLATFORM.parser_name
        elif field.name == "media":
            value = [_media(m) for m in record.media]
        if value is not None:
            told[field.name] = instant(value) if isinstance(value, datetime) else value
    return told | ({"late_arrival": True} if record.historical else {})


def _media(item: Media) -> dict[str, Any]:
    known = {name: getattr(item, name) for name in Media.__slots__ if name != "url"}
    return {name: value for name, value in known.items() if value is not None}
