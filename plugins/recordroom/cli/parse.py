"""`recordroom parse`: print what a connector reads from saved responses.

Nothing is stored, and no request is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from json import dumps
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import orjson
import typer
from msgspec import structs

from recordroom.canonical import version_of
from recordroom.capture.segment.comparison import canon_of
from recordroom.cli.output import say, write_json_lines
from recordroom.errors import PlatformFailure, UnexpectedResponse, UsageError
from recordroom.exit_codes import ExitCode, choose_exit_code
from recordroom.model import Exchange, Media, Record, instant, loads, record_fields
from recordroom.platforms import registry
from recordroom.platforms.contract import Connector

Server = Annotated[str | None, typer.Option(help="The server, if IDs are unique only within one server.")]
Url = Annotated[
    str | None, typer.Option(help="Address of the request, if the body does not show what was requested.")
]
Context = Annotated[
    str | None, typer.Option(help='JSON, e.g. {"account": "109...", "root": "mastodon:.../statuses/1"}.')
]
_FORM = 'A saved response is {"url": "https://...", "status": 200, "headers": {"Date": "..."}, "body": ...}.'


def add_to(app: typer.Typer) -> None:
    app.command("parse", help="Print the records in saved responses of a platform.")(run)


def run(
    platform: str,
    files: list[Path],
    server: Server = None,
    url: Url = None,
    context: Context = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print JSON (always on).")] = True,  # noqa: ARG001
) -> ExitCode:
    """Print the records of each file; a file that fails does not stop the others."""
    connector = registry.load(platform)
    more, failed = _parse_context(context), False
    _check_address(url, "--url")
    for file in files:
        try:
            exchange = _read_exchange(connector, file, url, server)
            exchange = replace(exchange, context={**exchange.context, **more})
            write_json_lines(
                _describe_record(connector, record) for record in _parse_records(connector, exchange, file)
            )
        except PlatformFailure as failure:  # the other files are still read
            # without the remedy, which says what a capture does next
            said = failure.full_message if isinstance(failure, UnexpectedResponse) else failure
            say(f"{file}: {failure.code}: {said}")
            failed = True
    return choose_exit_code(broken=failed)


def _parse_context(text: str | None) -> dict[str, Any]:
    try:
        found = orjson.loads(text) if text else {}
    except orjson.JSONDecodeError as problem:
        raise UsageError(f"--context is not JSON: {problem}", 'For example: {"account": "109"}.') from None
    if not isinstance(found, dict):
        raise UsageError("--context is not a JSON object", 'For example: {"account": "109"}.')
    # ids are text
    return {name: str(value) if type(value) is int else value for name, value in found.items()}


def _read_exchange(connector: Connector, file: Path, url: str | None, server: str | None) -> Exchange:
    """Read a saved {url, status, headers, body}, or a body with a recognizable shape."""
    try:
        stored = file.read_bytes()
    except OSError as problem:
        raise UsageError(
            f"{file} cannot be read: {problem.strerror}", "Name a file that can be read."
        ) from None
    try:
        whole = loads(stored)
    except (ValueError, RecursionError):
        whole = None
    if isinstance(whole, dict) and "body" in whole and "status" in whole:
        return _make_exchange(connector, whole, file, url, server)
    return connector.saved(stored, url, server)


def _make_exchange(
    connector: Connector, whole: Mapping[str, Any], file: Path, url: str | None, server: str | None
) -> Exchange:
    """Return the exchange of a saved response.

    Its status decides whether it is a failure, whatever its body contains.
    """
    status, address = whole["status"], url or whole.get("url")
    if type(status) is not int:
        raise UsageError(f"{file}: the status of a saved response is a number, not {status!r}", _FORM)
    _check_address(address, f"{file}: url")
    headers, body = _parse_headers(whole.get("headers") or {}, file), _encode_body(whole["body"])
    if status >= 400:
        return Exchange("GET", address or "", status, headers, body, {"server": server or "unknown"})
    base = connector.saved(body, address, server)
    return replace(base, status=status, headers=headers or base.headers)


def _parse_headers(given: Any, file: Path) -> tuple[tuple[str, str], ...]:
    """Parse an object of names and values, or a list of pairs.

    A value is text, or a list of texts if a header was sent several times.
    """
    try:
        pairs = [(name, value) for name, value in (given.items() if isinstance(given, dict) else given)]
    except (TypeError, ValueError):
        raise UsageError(
            f"{file}: the headers of a saved response are an object of names and values", _FORM
        ) from None
    return tuple(
        (str(name), str(one))
        for name, value in pairs
        for one in (value if isinstance(value, list) else [value])
    )


def _encode_body(body: Any) -> bytes:
    """Return the bytes of a body.

    JSON is written with escapes, which can represent lone surrogates.
    """
    return body.encode("utf-8", "surrogatepass") if isinstance(body, str) else dumps(body).encode()


def _check_address(url: Any, where: str) -> None:
    try:
        if url is None or (isinstance(url, str) and urlsplit(url)):
            return
    except ValueError:
        pass
    raise UsageError(f"{where} is not a web address: {url!r}", "Use the requested address, https://...")


def _parse_records(connector: Connector, exchange: Exchange, file: Path) -> Iterator[Record]:
    for record in connector.parse(exchange):
        for name in record.leftover:
            say(f"{file}: {record.record_id}: unrecognized field {name}")
        yield record


def _describe_record(connector: Connector, record: Record) -> dict[str, Any]:
    """Return the fields of a record by name, without those that only a capture knows."""
    fields: dict[str, Any] = {}
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
            value = [_describe_media(m) for m in record.media]
        if value is not None:
            fields[field.name] = instant(value) if isinstance(value, datetime) else value
    return fields | ({"late_arrival": True} if record.historical else {})


def _describe_media(item: Media) -> dict[str, Any]:
    known = structs.asdict(item).items()
    return {name: value for name, value in known if value is not None and name not in ("url", "with_token")}
