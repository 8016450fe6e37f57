"""Reads an imported file: its pieces as exchanges, and the records in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from recordroom.canonical import version_of
from recordroom.capture.file_import.duplicates import DuplicateSearch
from recordroom.capture.file_import.report import ImportReport
from recordroom.errors import ImportRefused, describe_mistake
from recordroom.imports.contract import About, Found, Importer, ImportPiece, Passed, Reject
from recordroom.imports.files import ImportFiles
from recordroom.imports.registry import parse_piece
from recordroom.model import Exchange, Media, Record
from recordroom.register.models import Account

_MISTAKES = (KeyError, ValueError, TypeError, AttributeError, IndexError)


@dataclass(frozen=True, slots=True)
class ImportSource:
    """A file with the importer that reads it.

    What is not taken is counted in `report`.
    """

    files: ImportFiles
    importer: Importer
    account: Account
    mapping: Any  # of columns, as the person who imports a table gave it
    how: dict[str, Any]  # the file and how it is read, as manifests and exchanges name it
    context: dict[str, Any]  # of each exchange
    started: datetime
    report: ImportReport
    candidates: DuplicateSearch

    def read_exchanges(self) -> Iterator[Exchange]:
        """Yield the pieces of the file as exchanges.

        ImportRefused if the importer fails at it.
        """
        try:
            for piece in self.importer.pieces(self.files, self.account, self.mapping):
                if isinstance(piece, Reject):
                    self.report.reject(piece)
                elif isinstance(piece, Passed):
                    self.report.pass_over(piece)
                else:
                    yield self._make_exchange(piece)
        except _MISTAKES as problem:
            raise _unlike(self.files.name, self.importer, problem) from problem

    def read_records(self, exchange: Exchange) -> Iterator[Record]:
        """Yield the records of a piece.

        Whatever is no record, or repeats an item with different content, is rejected. The same id with
        another kind is another item: a product may number posts and comments separately.
        """
        seen: dict[tuple[str, datetime | None], str] = {}
        kinds: dict[str, str] = {}
        for one in self._parse(exchange):
            if isinstance(one, Passed):
                self.report.pass_over(one)
                continue
            if isinstance(one, Reject):
                self.report.reject(one)
                continue
            if twice := _find_ambiguous_file(one.media):
                self.report.reject(Reject(one.pointer, f"two of its files have the same identity {twice!r}"))
                continue
            version = version_of(one)
            if seen.setdefault((one.record_id, one.valid_from), version) != version:
                self.report.reject(
                    Reject(
                        one.pointer,
                        f"it repeats {one.record_id}, with the same time and different content",
                    )
                )
                continue
            kind = kinds.setdefault(one.record_id, self.candidates.kind_of(one.record_id) or one.kind)
            if kind != one.kind:
                reason = (
                    f"it repeats {one.record_id}, as a {one.kind} and not a {kind}: two items have the same"
                    " ID"
                )
                self.report.reject(Reject(one.pointer, reason))
                continue
            for name in one.leftover:
                self.report.leftover[name] = self.report.leftover.get(name, 0) + 1
            yield one

    def read_uncounted(self) -> Iterator[list[Record]]:
        """Yield the records of each piece without counting anything."""
        for piece in self.importer.pieces(self.files, self.account, self.mapping):
            if isinstance(piece, ImportPiece):
                yield [one for one in self._parse(self._make_exchange(piece)) if isinstance(one, Record)]

    def _make_exchange(self, piece: ImportPiece) -> Exchange:
        return Exchange(
            method="",
            url=f"urn:sha256:{self.files.sha256}#{quote(piece.place)}",
            status=0,
            headers=(("Content-Type", piece.content_type),),
            body=piece.body,
            context={**self.context, **piece.context, "import": self.how},
            fetched_at=self.started,
        )

    def _parse(self, exchange: Exchange) -> list[Found]:
        """Return what a piece has. If the importer fails, nothing of it is taken.

        It must be read the same again.
        """
        try:
            return list(parse_piece(exchange))
        except Exception as mistake:  # noqa: BLE001 (an importer's own mistake is reported, and hides no other piece)
            place = unquote(exchange.url.partition("#")[2])
            return [
                Reject(
                    place, f"the importer {self.importer.FORM.name} failed here ({describe_mistake(mistake)})"
                )
            ]


def read_about(importer: Importer, files: ImportFiles) -> About:
    """Return what a file says of its account.

    ImportRefused if the importer fails at it.
    """
    try:
        return importer.about(files)
    except _MISTAKES as problem:
        raise _unlike(files.name, importer, problem) from problem


def _find_ambiguous_file(files: Iterable[Media]) -> str | None:
    """Return the identity of two different files: a record can name only one of them."""
    known: dict[str, str | None] = {}
    return next((one.identity for one in files if known.setdefault(one.identity, one.url) != one.url), None)


def _unlike(name: str, importer: Importer, problem: Exception) -> ImportRefused:
    words = f"{name} looks like a {importer.FORM.title}, but is not ({type(problem).__name__}: {problem})"
    return ImportRefused(words, "Download it again. If the error stays, report it.")
