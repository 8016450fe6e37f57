"""The result of an import, counted while the file is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from recordroom.capture.file_import.duplicates import PossibleDuplicate
from recordroom.imports.contract import Passed, Reject
from recordroom.model import Record
from recordroom.text import counted

# rejects and duplicates that a manifest names, and that are listed; all count
NAMED_AT_MOST, LISTED_AT_MOST = 100, 10_000
_TALK = re.compile(r"(\bmessages/[^/]+/)[^/]+")
# characters of a place in a gap, and of a reason, which may quote a cell of megabytes
PLACE, REASON = 200, 1_000


@dataclass(slots=True)
class ImportReport:
    """The result of an import. Several fields are keys of `--json`."""

    account: str
    name: str
    sha256: str
    bytes: int
    form: str
    dry: bool
    capture_id: str | None = None  # None: nothing was stored
    records: int = 0
    new: int = 0  # records that were not archived under their ids
    changed: int = 0  # rows in addition to what is archived
    known: int = 0  # records that were archived already
    media: int = 0
    lacking: int = 0  # media files that the file mentions and does not contain
    rejected: int = 0
    rejects: list[Reject] = field(default_factory=list)
    # missing media files that the file names: they may come yet
    sought: list[Reject] = field(default_factory=list)
    # why the file does not name the other missing ones -> how many
    nowhere: dict[str, int] = field(default_factory=dict)
    passed: dict[str, int] = field(default_factory=dict)  # what is no record -> how often
    leftover: dict[str, int] = field(default_factory=dict)  # unrecognized field -> how often
    twins: list[PossibleDuplicate] = field(default_factory=list)  # the first LISTED_AT_MOST
    likely: int = 0  # how many possible duplicates there are
    # visible duplicates of records under quarantine
    barred: list[PossibleDuplicate] = field(default_factory=list)
    first: list[Record] = field(default_factory=list)  # of a dry run
    # media files that it takes from the imported file's folder
    from_folder: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)  # as the final manifest has them
    # parts of the download with records that were not imported
    others: list[str] = field(default_factory=list)
    before: str | None = None  # when the same file was imported; None: never
    compared: bool = True  # whether its owner could be compared with the account
    entry: int | None = None  # of the ledger

    def tally(self) -> dict[str, int]:
        """Return the counts, as manifests have them."""
        names = ("records", "new", "changed", "known", "media", "lacking", "rejected")
        return {name: getattr(self, name) for name in names} | {"twins": self.likely}

    @property
    def untaken(self) -> str:
        """How much was not taken, and the first place of it; "" if everything was.

        This is the text of a gap, which people read who may not read records: it does not say why something
        was not taken, since that may quote a record.
        """
        said = []
        if self.rejects:
            said.append(f"rejected: {counted(self.rejected, 'item')}; the first: {_where(self.rejects[0])}")
        if self.sought:
            files = counted(len(self.sought), "file")
            said.append(f"missing: {files} that it names; the first: {_where(self.sought[0])}")
        return "; ".join(said)

    def pass_over(self, one: Passed) -> None:
        """Count a part of the file that is no record."""
        self.passed[one.reason] = self.passed.get(one.reason, 0) + 1

    def reject(self, one: Reject) -> None:
        """Count a part of the file that was not taken."""
        self.rejected += 1
        if len(self.rejects) < LISTED_AT_MOST:
            self.rejects.append(Reject(_cut(one.place, REASON), _cut(one.reason, REASON)))


def _where(one: Reject) -> str:
    """Return a place without the name of the person in a private conversation.

    Meta names folders after people.
    """
    return _cut(_TALK.sub(r"\1…", one.place), PLACE)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
