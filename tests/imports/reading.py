"""A file read as an import reads it, without an archive: what it gives, and what it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from recordroom.imports.contract import Importer, ImportPiece, Reject
from recordroom.imports.files import ImportFiles
from recordroom.imports.registry import parse_piece
from recordroom.model import Exchange, Identity, Record
from recordroom.register.models import Account


def account(
    platform: str, url: str = "https://social.example/@district", identity: Identity | None = None
) -> Account:
    return Account("district", platform, url, "The district", "official", "Communications", identity=identity)


def exchanges(
    importer: Importer,
    path: Path,
    whose: Account,
    *,
    mapping: Mapping[str, Any] | None = None,
    context: Mapping[str, Any] | None = None,
) -> Iterator[Exchange | Reject]:
    """Piece by piece, as they become evidence."""
    files = ImportFiles(path, path.parent / "room")
    how: dict[str, Any] = {"format": importer.FORM.name, "name": files.name, "sha256": files.sha256}
    how |= {"mapping": mapping, "maker": mapping["made_by"]} if mapping else {}
    pinned = {"account": whose.identity.native_id, "server": whose.identity.server} if whose.identity else {}
    try:
        for piece in importer.pieces(files, whose, mapping):
            if isinstance(piece, ImportPiece):
                told = {
                    "platform": whose.platform,
                    **pinned,
                    **(context or {}),
                    **piece.context,
                    "import": how,
                }
                yield Exchange("", f"urn:sha256:{files.sha256}#{piece.place}", 0, (), piece.body, told)
            elif isinstance(piece, Reject):
                yield piece
    finally:
        files.close()


def read(
    importer: Importer, path: Path, whose: Account, **more: Mapping[str, Any] | None
) -> tuple[list[Record], list[Reject]]:
    """(records, rejects), piece by piece as they become evidence; `more`: mapping and context of `exchanges`."""
    found = [
        one
        for piece in exchanges(importer, path, whose, **more)
        for one in ([piece] if isinstance(piece, Reject) else parse_piece(piece))
    ]
    return [one for one in found if isinstance(one, Record)], [
        one for one in found if isinstance(one, Reject)
    ]
