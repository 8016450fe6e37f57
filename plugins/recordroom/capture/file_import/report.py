"""What an import came to, as it is counted while the file is read, and told to whoever asked for it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from recordroom.capture.file_import.duplicates import PossibleDuplicate
from recordroom.counted import counted
from recordroom.imports import Passed, Reject
from recordroom.model import Record

NAMED_AT_MOST, LISTED_AT_MOST = 100, 10_000  # rejects and twins that a manifest names, and that are listed; all are counted
_TALK = re.compile(r"(\bmessages/[^/]+/)[^/]+")
PLACE, REASON = 200, 1_000  # characters that are told of a place in a gap, and of a reason: it may quote a cell of megabytes


@dataclass(slots=True)
class ImportReport:
    """What an import came to. `new`: records that were not held under their id; `changed`: rows beside what is held; `known`: what was held
    already. `passed`: what is no record -> how often; `leftover`: fields that the importer does not know -> how often. `lacking`: media
    files that the file tells of and does not hold; `sought`: those of them that it names, which may come yet; `nowhere`: why it never names
    the others -> how many. `first`: the first records, of a dry run; `from_folder`: the media files that it
    would take from the folder of the imported file, LISTED at most. `before`: when the same file was
    imported, None where it was not. `compared`: whether its owner could be. `others`: parts of the download
    that hold records, from which media alone were taken, and that were not imported. `likely`: how many
    twins there are, of which `twins` lists the first; `barred`: those that everybody sees of what is under
    quarantine."""

    account: str
    name: str
    sha256: str
    bytes: int
    form: str
    dry: bool
    capture_id: str | None = None
    records: int = 0
    new: int = 0
    changed: int = 0
    known: int = 0
    media: int = 0
    lacking: int = 0
    rejected: int = 0
    rejects: list[Reject] = field(default_factory=list)
    sought: list[Reject] = field(default_factory=list)
    nowhere: dict[str, int] = field(default_factory=dict)
    passed: dict[str, int] = field(default_factory=dict)
    leftover: dict[str, int] = field(default_factory=dict)
    twins: list[PossibleDuplicate] = field(default_factory=list)
    likely: int = 0
    barred: list[PossibleDuplicate] = field(default_factory=list)
    first: list[Record] = field(default_factory=list)
    from_folder: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)  # as the final manifest has them
    others: list[str] = field(default_factory=list)
    before: str | None = None
    compared: bool = True
    entry: int | None = None

    def tally(self) -> dict[str, int]:
        names = ("records", "new", "changed", "known", "media", "lacking", "rejected")
        return {name: getattr(self, name) for name in names} | {"twins": self.likely}

    @property
    def short(self) -> str:
        """How much was not taken, and where the first of it stands; "" where all was. These are the words of a gap, which are for people
        too who may read no record: why something was not taken may quote one."""
        said = []
        if self.rejects:
            said.append(f"{self.rejected} were not taken; the first: {_where(self.rejects[0])}")
        if self.sought:
            files = counted(len(self.sought), "file")
            said.append(f"{files} that it names did not come; the first: {_where(self.sought[0])}")
        return "; ".join(said)

    def pass_over(self, one: Passed) -> None:
        self.passed[one.reason] = self.passed.get(one.reason, 0) + 1

    def reject(self, one: Reject) -> None:
        self.rejected += 1
        if len(self.rejects) < LISTED_AT_MOST:
            self.rejects.append(Reject(_cut(one.place, REASON), _cut(one.reason, REASON)))


def _where(one: Reject) -> str:
    """Its place, without whom a private conversation was with: Meta names folders after people."""
    return _cut(_TALK.sub(r"\1…", one.place), PLACE)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
