"""Media files that an imported file contains or mentions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from recordroom.archive import media
from recordroom.capture.file_import.duplicates import DuplicateSearch
from recordroom.capture.file_import.report import LISTED_AT_MOST, ImportReport
from recordroom.errors import ArchiveError, ImportRefused
from recordroom.imports.contract import Reject
from recordroom.imports.files import ImportFiles
from recordroom.model import Media, instant

HIDDEN = "it is a hidden file (its name begins with a dot), and is not imported"


@dataclass(frozen=True, slots=True)
class ImportedMedia:
    """Takes media files from an imported file. What is missing is counted in `report`."""

    files: ImportFiles
    limit: int  # bytes of the largest file
    is_submission: bool  # a person gets a receipt that names each file: none may be missing
    report: ImportReport
    candidates: DuplicateSearch

    def __call__(self, item: Media, folder: Path) -> dict[str, Any]:
        """Copy a file into a folder; return its outcome (`FileOutcome`)."""
        outcome: dict[str, Any] = {"identity": item.identity, "time": instant(datetime.now(UTC))}
        found = self.files.holder(item.url) if item.url else None
        if found is None:
            return outcome | {"missing_reason": self.count_missing(item)}
        files, name = found
        outcome["url"] = f"urn:sha256:{files.sha256}#{quote(name)}"
        try:
            digest, size = media.spool(folder, files.chunks(name), self.limit)
        except (ArchiveError, ImportRefused) as problem:
            if self.is_submission:
                raise ImportRefused(f"{item.url}: {problem.message}", problem.mend) from problem
            return outcome | {"missing_reason": self.count_missing(item, problem.message)}
        self.report.media += 1
        return outcome | {"sha256": digest, "bytes": size}

    def is_there(self, item: Media) -> bool:
        """Return whether the imported file contains a media file."""
        return bool(item.url and self.files.holder(item.url))

    def preview(self, item: Media) -> None:
        """Count a media file as an import would."""
        if item.url and self.is_there(item):
            self.report.media += 1
            self._note_folder(item.url)
        else:
            self.count_missing(item)

    def count_missing(self, item: Media, why: str = "") -> str:
        """Count a missing file once, however many records name it.

        Returns why it is missing.
        """
        is_hidden = item.url is not None and self.files.is_hidden(item.url)
        why = why or (HIDDEN if is_hidden else "the imported file names it but does not contain it")
        if not item.url:
            why = item.missing_reason or why
            self.report.lacking += 1
            self.report.nowhere[why] = self.report.nowhere.get(why, 0) + 1
        elif self.candidates.is_first("lacking", item.url):
            self.report.lacking += 1
            if len(self.report.sought) < LISTED_AT_MOST:
                self.report.sought.append(Reject(item.url, why))
        return why

    def _note_folder(self, name: str) -> None:
        """List what an import takes in addition to the file itself.

        The author of the file chose it.
        """
        is_beside = self.files.alone and name != self.files.name
        if (
            is_beside
            and self.candidates.is_first("from the folder", name)
            and len(self.report.from_folder) < LISTED_AT_MOST
        ):
            self.report.from_folder.append(name)
