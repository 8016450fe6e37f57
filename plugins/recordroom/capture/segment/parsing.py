"""Parses responses when they are received, and kept evidence again.

A response is parsed by its platform's connector, a piece of an imported file by the importer that its context
names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from recordroom.archive import evidence
from recordroom.archive.evidence import KeptExchange
from recordroom.archive.ledger import Entry
from recordroom.archive.state.record_state import EvidenceRef, RecordState
from recordroom.archive.store import Store
from recordroom.capture.segment.comparison import Change, find_contradiction
from recordroom.capture.segment.rows import CommittedEntry, row_of
from recordroom.errors import ArchiveError, PlatformFailure, UnexpectedResponse, describe_mistake
from recordroom.imports import registry
from recordroom.imports.record_fields import find_mistyped
from recordroom.model import Exchange, Record
from recordroom.platforms import registry as platform_registry
from recordroom.platforms.contract import Connector

_MEND = "The response is kept. Fix the connector, then run `recordroom rebuild records`."


def parse_response(connector: Connector, exchange: Exchange) -> list[Record]:
    """Return the records of a response that was just received.

    PlatformFailure if it cannot be parsed (also by a connector's own mistake), if it has one record twice
    with different content, or if a record fits no row. The failure carries the response: its bytes show the
    mistake and must not be lost.
    """
    try:
        found = list(connector.parse(exchange))
    except PlatformFailure as failure:
        failure.exchange = exchange
        raise
    except Exception as mistake:
        name = connector.PLATFORM.name
        words = f"the connector {name} cannot read {exchange.url}: {describe_mistake(mistake)}"
        raise UnexpectedResponse(words, _MEND, exchange, misshapen=True) from mistake
    return check_records(found, exchange)


def check_records(found: list[Record], exchange: Exchange) -> list[Record]:
    """Return `found`; UnexpectedResponse as `parse_response` has it."""
    if twice := find_contradiction(found):
        words = f"{exchange.url}: the response has {twice} twice, with different content"
        raise UnexpectedResponse(words, _MEND, exchange, misshapen=True)
    for record in found:
        if odd := find_mistyped(record):
            words = f"{exchange.url}: {odd} of {record.record_id} has a type that cannot be stored"
            raise UnexpectedResponse(words, _MEND, exchange, misshapen=True)
    return found


class EvidenceReader:
    """Parses kept responses of a platform's accounts.

    The last few are cached, since many records share one.
    """

    def __init__(self, archive: Store, platform: str) -> None:
        self._archive = archive
        self._platform = platform
        self._exchange = lru_cache(maxsize=16)(self._parsed)
        self._whole: dict[str, bytes] = {}

    def prime(self, entry: Entry) -> None:
        """Read a manifest's evidence completely: one request for each object."""
        self._whole = {e["key"]: self._archive.get(e["key"]) for e in entry.body["evidence"]}

    def _parsed(self, key: str, offset: int, length: int) -> tuple[Record, ...]:
        if key not in self._whole:
            return tuple(self.records(evidence.read(self._archive, key, offset, length)))
        kept = list(evidence.read_exchanges(self._whole[key][offset : offset + length], offset))
        return tuple(record for one in kept for record in self.records(one))

    def records(self, kept: KeptExchange) -> list[Record]:
        """Return the records of a kept response."""
        return list(parser_of(self._platform, kept.exchange).parse(kept.exchange))

    def at(self, place: EvidenceRef, record_id: str) -> Record:
        """Return the record at a place of the evidence; ArchiveError if it is not found."""
        records = self._exchange(place.key, place.offset, place.length)
        same = [r for r in records if r.record_id == record_id]
        for record in same:
            if record.pointer == place.pointer:
                return record
        if len(same) == 1:
            return same[0]
        raise ArchiveError(
            f"{record_id} was not found at {place.pointer} of {place.key}#{place.offset}",
            "Fix the parser.",
        )

    def content(self, held: RecordState) -> Record:
        """Return the content of an archived record."""
        if held.content is None:
            raise ArchiveError(
                f"the archive has no content of {held.record_id}", "Run `recordroom verify --full`."
            )
        return self.at(held.content, held.record_id)


def derive_rows(entry: Entry, reader: EvidenceReader) -> Iterator[dict[str, Any]]:
    """Yield the rows of a committed manifest, derived from the evidence again."""
    body = entry.body
    commit = CommittedEntry(entry.number, entry.time, body, parser_of_manifest(body).full_name)
    places = {
        r["id"]: (e["key"], r["offset"], r["length"]) for e in body.get("evidence", ()) for r in e["records"]
    }
    for delta in body.get("deltas", ()):
        if "sequence" not in delta:
            continue
        content = delta.get("content")
        place = (
            EvidenceRef(**content)
            if content
            else EvidenceRef(*places[delta["warc_record_id"]], delta["warc_record_id"], delta["pointer"])
        )
        yield row_of(Change(delta, reader.at(place, delta["record_id"])), commit)


@dataclass(frozen=True, slots=True)
class Parser:
    """Parses the responses of a platform, or the pieces of a form of files."""

    name: str
    number: int  # increases whenever `parse` reads something differently
    parse: Callable[[Exchange], Iterable[Record]]
    says: frozenset[str] | None = (
        None  # significant fields that the form of files has; None: a response, which has all
    )

    @property
    def full_name(self) -> str:
        """Name and number, as manifests have them."""
        return f"{self.name} {self.number}"


def parser_of_platform(name: str) -> Parser:
    """Return the parser of a platform's responses."""
    connector = platform_registry.load(name)
    return Parser(name, connector.PLATFORM.parser, connector.parse)


def parser_of_importer(name: str) -> Parser:
    """Return the parser of a form of files."""
    form = registry.find_importer(name).FORM
    return Parser(name, form.parser, registry.records_in, form.says)


def parser_of(platform: str, exchange: Exchange) -> Parser:
    """Return the parser of a kept exchange."""
    told = exchange.context.get("import")
    return parser_of_importer(told["format"]) if told else parser_of_platform(platform)


def parser_of_manifest(body: Mapping[str, Any]) -> Parser:
    """Return the parser of a manifest's evidence."""
    name = body["versions"]["connector"]
    return parser_of_importer(name) if name in registry.list_forms() else parser_of_platform(name)
