"""Kept evidence read again with today's parser: what a held record's content was, and the rows that a manifest stands for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from recordroom.archive import evidence
from recordroom.archive.evidence import KeptExchange
from recordroom.archive.ledger import Entry
from recordroom.archive.state.record_state import EvidenceRef, RecordState
from recordroom.archive.store import Store
from recordroom.capture import parsers
from recordroom.capture.changes import Change, told_otherwise
from recordroom.capture.rows import Commit, row_of
from recordroom.errors import ArchiveError, PlatformFailure, UnexpectedResponse, describe_mistake
from recordroom.imports.record_fields import mistyped
from recordroom.model import Exchange, Record
from recordroom.platforms import Connector

_MEND = "The response is kept. Mend the connector, then run `recordroom rebuild records`."


def records_in(connector: Connector, exchange: Exchange) -> list[Record]:
    """What a response just received holds. PlatformFailure where it cannot be read, a connector's own mistake too, where it tells one
    record twice with other content, and where no row could hold one: it carries the response, whose bytes show the mistake and must not be
    lost."""
    try:
        found = list(connector.parse(exchange))
    except PlatformFailure as failure:
        failure.exchange = exchange
        raise
    except Exception as mistake:
        name = connector.PLATFORM.name
        words = f"the connector {name} cannot read {exchange.url}: {describe_mistake(mistake)}"
        raise UnexpectedResponse(words, _MEND, exchange, misshapen=True) from mistake
    return sound(found, exchange)


def sound(found: list[Record], exchange: Exchange) -> list[Record]:
    """`found`; UnexpectedResponse where it tells one record twice with other content, and where no row could hold one."""
    if twice := told_otherwise(found):
        words = f"{exchange.url}: {twice} stands in it twice, with other content each time"
        raise UnexpectedResponse(words, _MEND, exchange, misshapen=True)
    for record in found:
        if odd := mistyped(record):
            words = f"{exchange.url}: {odd} of {record.record_id} is of a type that no row can hold"
            raise UnexpectedResponse(words, _MEND, exchange, misshapen=True)
    return found


class Reader:
    """Reads kept exchanges of accounts of a platform; the last few are remembered, since many records share one response."""

    def __init__(self, archive: Store, platform: str) -> None:
        self._archive = archive
        self._platform = platform
        self._exchange = lru_cache(maxsize=16)(self._parsed)
        self._whole: dict[str, bytes] = {}

    def prime(self, entry: Entry) -> None:
        """Read the evidence objects of a manifest as wholes, one request each, instead of exchange by exchange."""
        self._whole = {e["key"]: self._archive.get(e["key"]) for e in entry.body["evidence"]}

    def _parsed(self, key: str, offset: int, length: int) -> tuple[Record, ...]:
        if key not in self._whole:
            return tuple(self.records(evidence.read(self._archive, key, offset, length)))
        kept = list(evidence.read_exchanges(self._whole[key][offset : offset + length], offset))
        return tuple(record for one in kept for record in self.records(one))

    def records(self, kept: KeptExchange) -> list[Record]:
        return list(parsers.of(self._platform, kept.exchange).parse(kept.exchange))

    def at(self, place: EvidenceRef, record_id: str) -> Record:
        """The record at that place of the evidence; ArchiveError if today's parser does not find it there."""
        records = self._exchange(place.key, place.offset, place.length)
        same = [r for r in records if r.record_id == record_id]
        for record in same:
            if record.pointer == place.pointer:
                return record
        if len(same) == 1:
            return same[0]
        raise ArchiveError(f"{record_id} is not found at {place.pointer} of {place.key}#{place.offset}", "The parser must be mended.")

    def content(self, held: RecordState) -> Record:
        if held.content is None:
            raise ArchiveError(f"{held.record_id} has no content on record", "Run `recordroom verify --full`.")
        return self.at(held.content, held.record_id)


def rows_of(entry: Entry, reader: Reader) -> Iterator[dict[str, Any]]:
    """The rows that a committed manifest stands for, derived from the evidence anew, as they were written."""
    body = entry.body
    commit = Commit(entry.number, entry.time, body, parsers.of_manifest(body).full_name)
    places = {r["id"]: (e["key"], r["offset"], r["length"]) for e in body.get("evidence", ()) for r in e["records"]}
    for delta in body.get("deltas", ()):
        if "sequence" not in delta:
            continue
        content = delta.get("content")
        place = (
            EvidenceRef(**content) if content else EvidenceRef(*places[delta["warc_record_id"]], delta["warc_record_id"], delta["pointer"])
        )
        yield row_of(Change(delta, reader.at(place, delta["record_id"])), commit)
