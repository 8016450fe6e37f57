"""Hits: documents as records with every field of schemas/record.yaml.

Hits of the same record in several accounts are grouped.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from recordroom.archive.state.account_summary import ROOTS
from recordroom.model import parts_of, record_fields
from recordroom.search.analysis import to_plain
from recordroom.search.index.folding import GONE
from recordroom.search.index.watermarks import Marks, last_seen

# around what matched: private characters, so that no text of a person's is mistaken for them
MARK, UNMARK = "\ue000", "\ue001"
LINKS = ("root_id", "parent_id", "shared_id")  # fields of a record that name another one
Record = dict[str, Any]
Conversation = tuple[str, str]  # account, record_id of the first post
Reads = Mapping[Conversation, str]


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that a search found."""

    record: Record  # all fields by their names, derived ones included
    # field -> pieces of text with MARK and UNMARK around what matched
    highlights: Mapping[str, list[str]] = field(default_factory=dict)
    cursor: tuple[Any, ...] = ()  # where the next page begins after this hit

    def texts(self, name: str) -> list[str]:
        """Return the complete texts whose pieces are highlighted under that name.

        For files these are their descriptions.
        """
        alone, _, part = name.partition(".")
        texts = [one[part] for one in self.record[alone]] if part else [self.record[alone]]
        return [text for text in texts if text]


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one record: one for each account (and version) that has it."""

    record_id: str
    hits: tuple[Hit, ...]

    @property
    def accounts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(hit.record["account"] for hit in self.hits))


def find_ellipses(pieces: Sequence[str], told: Sequence[str]) -> tuple[str, str]:
    """Return what to put before and after pieces of these texts, if words are left out there.

    A single sentence would look like the complete post.
    """
    # plain: of some words the plain copy alone was given
    first, last = (to_plain(_unmarked(pieces[at])).strip() for at in (0, -1))
    wholes = [to_plain(whole).strip() for whole in told]
    begins = any(whole.startswith(first) for whole in wholes)
    ends = any(whole.endswith(last) for whole in wholes)
    return "" if begins else "... ", "" if ends else " ..."


def find_conversation(document: Mapping[str, Any], marks: Marks) -> Conversation | None:
    """Return the conversation whose `read_at` shows when a document was last seen.

    None if not needed.
    """
    root_id = document.get("root_id")
    if (
        root_id in (None, document["record_id"])
        or not document["current"]
        or "last_seen_at" in document
        or document["status"] in GONE
    ):
        return None
    finals = marks.finals(document["platform"], document["account"])
    return (document["account"], root_id) if any(kind.endswith(ROOTS) for kind in finals) else None


def build_hit(found: Mapping[str, Any], marks: Marks, reads: Reads, barred: Collection[str]) -> Hit:
    """Build a hit from one of Elasticsearch's.

    reads: when the conversations that `find_conversation` names were last read. barred: see `build_record`.
    """
    hit = Hit(build_record(found["_source"], marks, reads, barred), cursor=tuple(found.get("sort", ())))
    pieces = {name: _distinct(own, hit.texts(name)) for name, own in found.get("highlight", {}).items()}
    return replace(hit, highlights=pieces)


def build_record(document: Mapping[str, Any], marks: Marks, reads: Reads, barred: Collection[str]) -> Record:
    """Build a record with every field from a document, absent ones null or empty, and with last_seen_at.

    barred: IDs of records under quarantine that the reader may not learn; a field that names one of these is
    null.
    """
    record = {name: document.get(name, [] if empty else None) for name, empty in _shape()}
    names = [p.name for p in parts_of("media")]
    record["media"] = [{name: media.get(name) for name in names} for media in record["media"]]
    seen = document["current"] and not document["late_arrival"] and document["status"] not in GONE
    if seen and record["last_seen_at"] is None:
        read_at = reads.get((document["account"], document.get("root_id") or ""))
        record["last_seen_at"] = last_seen(
            document, marks.finals(document["platform"], document["account"]), read_at
        )
    return record | _withheld(record, barred)


def _withheld(record: Record, barred: Collection[str]) -> Record:
    """Return the fields that name a record under quarantine, each with null."""
    named = {record[name] for name in LINKS if record[name] in barred}
    found: Record = {name: None for name in LINKS if record[name] in named}
    return found | ({"url": None} if record["url"] and mentions_any(record["url"], named) else {})


def mentions_any(text: str, record_ids: Iterable[str]) -> bool:
    """Whether a text names one of these records by its platform's ID.

    It may then have text of it, as a quote does.
    """
    return any(
        re.search(rf"(?<!\w){re.escape(one)}(?!\w)", text)
        for one in map(native_id_of, record_ids)
        if one in text
    )


def native_id_of(record_id: str) -> str:
    """Return the platform's ID of a record; guids of feeds often end in a slash."""
    return re.split("[/:]", record_id.rstrip("/:"))[-1]


def group_by_record(hits: Iterable[Hit], *, versions: bool) -> list[Group]:
    """Group hits by record, each group at the place of its first hit.

    A record of two accounts is shown once.

    versions: the search asked for old versions, and each is shown.
    """
    if versions:
        return [Group(hit.record["record_id"], (hit,)) for hit in hits]
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        groups.setdefault(hit.record["record_id"], []).append(hit)
    return [Group(name, tuple(own)) for name, own in groups.items()]


def _distinct(pieces: Sequence[str], told: Sequence[str]) -> list[str]:
    """Return the pieces as they appear in the text, without those of its plain copy that say the same.

    Elasticsearch returns the two in an order that changes with each start.
    """
    found: dict[str, str] = {}
    for piece in pieces:
        key = to_plain(piece)
        if key not in found or any(_unmarked(piece) in whole for whole in told):
            found[key] = piece
    return list(found.values())


def _unmarked(piece: str) -> str:
    return piece.replace(MARK, "").replace(UNMARK, "")


@cache
def _shape() -> tuple[tuple[str, bool], ...]:
    """Return (name, whether it is a list) for every field."""
    return tuple((f.name, f.type in ("keywords", "media")) for f in record_fields())
