"""A file read as an import reads it, without an archive: what it gives, and what it does not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recordroom.accounts import Account
from recordroom.imports import Importer, Piece, Reject, parsed
from recordroom.imports.files import Files
from recordroom.model import Exchange, Identity, Record


def account(platform: str, url: str = "https://social.example/@district", identity: Identity | None = None) -> Account:
    return Account("district", platform, url, "The district", "official", "Communications", identity=identity)


def read(
    importer: Importer, path: Path, whose: Account, *, mapping: Mapping[str, Any] | None = None, context: Mapping[str, Any] | None = None
) -> tuple[list[Record], list[Reject]]:
    """(records, rejects), piece by piece as they become evidence."""
    files = Files(path, path.parent / "room")
    how: dict[str, Any] = {"format": importer.FORM.name, "name": files.name, "sha256": files.sha256}
    how |= {"mapping": mapping, "maker": mapping["made_by"]} if mapping else {}
    pinned = {"account": whose.identity.native_id, "server": whose.identity.server} if whose.identity else {}
    records: list[Record] = []
    rejects: list[Reject] = []
    try:
        for piece in importer.pieces(files, whose, mapping):
            if not isinstance(piece, Piece):
                rejects += [piece] if isinstance(piece, Reject) else []
                continue
            told = {"platform": whose.platform, **pinned, **(context or {}), **piece.context, "import": how}
            exchange = Exchange("", f"urn:sha256:{files.sha256}#{piece.place}", 0, (), piece.body, told)
            for one in parsed(exchange):
                if isinstance(one, Record):
                    records.append(one)
                elif isinstance(one, Reject):
                    rejects.append(one)
    finally:
        files.close()
    return records, rejects
