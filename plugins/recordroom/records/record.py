"""Show one record: every version in every account that has it, its evidence, and its conversation as a tree.

Versions are read by their IDs, so that new ones, and IDs too long to be searched, are found too. The audit
journal records each request before it is answered, with the IDs of all records that are shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from recordroom.archive.gaps import Gaps
from recordroom.archive.ledger import Ledger
from recordroom.errors import ArchiveError, NotThere
from recordroom.model import MESSAGE, instant
from recordroom.records.conversation import ConversationScreen, build_screen
from recordroom.records.visibility import Visibility, judge_visibility
from recordroom.search import client
from recordroom.search.access import Viewer
from recordroom.search.hits import Record, build_record
from recordroom.search.index.documents import Document, id_of
from recordroom.search.index.watermarks import Marks
from recordroom.search.searcher import Searcher

BLOCK = 8  # versions of a record in an account that are asked for at once


@dataclass(frozen=True, slots=True)
class Evidence:
    """The place of the response that brought a version.

    For a version of status alone, of the one that shows the status.
    """

    key: str
    sha256: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class RecordVersion:
    record: Record
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class ConversationItem:
    """An item of a conversation."""

    depth: int  # 0: the root post, or a reply to a record that the archive does not have
    record: Record


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record as one viewer may see it."""

    record_id: str
    versions: tuple[RecordVersion, ...]
    # current versions, each from the first account that has it; empty for `show_on_screen`
    conversation: tuple[ConversationItem, ...]
    # private messages in the conversation, which are shown only with a record that is one
    messages_left_out: int = 0
    quarantined_left_out: int = 0  # records of the conversation under quarantine that the viewer may not see
    answers: tuple[Visibility, ...] = ()  # one for each account, if a time was asked for

    @property
    def holders(self) -> list[Record]:
        """The record as each account that has it knows it now, the last account first."""
        return _holders([version.record for version in self.versions])


def _holders(versions: Sequence[Record]) -> list[Record]:
    """Return the same of versions, or of their documents."""
    current = [version for version in versions if version["current"]] or [versions[-1]]
    return [current[-1], *(one for one in current if one["account"] != current[-1]["account"])]


def show_record(
    searcher: Searcher, record_id: str, at: datetime | None = None, *, viewer: Viewer
) -> RecordView:
    """Return a record with its versions and its complete conversation.

    at: answer for each account whether it was visible at this time. NotThere if nothing that the viewer may
    see has that ID; ServiceUnavailable if Elasticsearch or the bucket is away.
    """
    barred = viewer.withheld_records
    documents, marks = _seen(searcher, record_id, viewer)
    versions = _whole(searcher, documents, marks, barred)
    root = documents[0].get("root_id") or record_id
    accounts = list(dict.fromkeys(d["account"] for d in documents))
    whole = list(_conversation(searcher, root, accounts))
    said = [d for d in whole if d["record_id"] not in barred]
    public = (
        said
        if any(v.record["kind"] == MESSAGE for v in versions)
        else [d for d in said if d["kind"] != MESSAGE]
    )
    shown = RecordView(
        record_id,
        versions,
        tuple(_tree(searcher, root, public, marks, barred)),
        len(said) - len(public),
        len(whole) - len(said),
    )
    _note(
        searcher,
        viewer,
        shown,
        (one.record["record_id"] for one in shown.conversation),
        **({"at": instant(at)} if at else {}),
    )
    return replace(shown, answers=tuple(_answers(searcher, documents, marks, at))) if at else shown


def show_on_screen(
    searcher: Searcher, record_id: str, *, viewer: Viewer
) -> tuple[RecordView, ConversationScreen]:
    """Return a record, and as much of its conversation as one screen shows.

    Fails as `show_record` does.
    """
    documents, marks = _seen(searcher, record_id, viewer)
    shown = RecordView(record_id, _whole(searcher, documents, marks, viewer.withheld_records), ())
    talk = build_screen(searcher, _holders(documents), viewer)
    _note(searcher, viewer, shown, talk.ids)
    return shown, talk


def _seen(searcher: Searcher, record_id: str, viewer: Viewer) -> tuple[list[Document], Marks]:
    documents, marks = _known(searcher, record_id, viewer)
    if not documents:
        _note(searcher, viewer, RecordView(record_id, (), ()))
        raise NotThere(
            f"there is no record {record_id!r} in the index", "Copy the record ID from a search result."
        )
    return documents, marks


def _note(
    searcher: Searcher, viewer: Viewer, shown: RecordView, beside: Iterable[str] = (), **at: str
) -> None:
    seen = list(dict.fromkeys([*([shown.record_id] if shown.versions else ()), *beside]))
    searcher.note(
        "show", viewer.name, record_id=shown.record_id, versions=len(shown.versions), records=seen, **at
    )


def _whole(
    searcher: Searcher, documents: list[Document], marks: Marks, barred: Collection[str]
) -> tuple[RecordVersion, ...]:
    reads = searcher.find_read_times(documents, marks)
    return tuple(
        _version(searcher, document, build_record(document, marks, reads, barred)) for document in documents
    )


def list_versions(searcher: Searcher, record_id: str, viewer: Viewer) -> tuple[RecordVersion, ...]:
    """Return all versions of a record that the viewer may see, each field as it is stored.

    Nothing is written to the audit journal: the caller records there what the versions are for.
    """
    return _whole(searcher, *_known(searcher, record_id, viewer), frozenset())


def find_version(
    searcher: Searcher, record_id: str, account: str, sequence: int, viewer: Viewer
) -> tuple[RecordVersion, tuple[RecordVersion, ...]]:
    """Return one version, and all versions of its record, as `list_versions` does.

    NotThere if there is no such version, or none that the viewer may see.
    """
    versions = list_versions(searcher, record_id, viewer)
    for version in versions:
        if (version.record["account"], version.record["sequence"]) == (account, sequence):
            return version, versions
    raise NotThere(
        f"there is no version {sequence} of {record_id} in {account}",
        "Open the version from the page of the record.",
    )


def list_documents(searcher: Searcher, record_id: str, viewer: Viewer) -> list[Document]:
    """Return the documents that the index has of a record, whether or not the archive still has its evidence.

    Nothing is written to the audit journal.
    """
    return _known(searcher, record_id, viewer)[0]


def _known(searcher: Searcher, record_id: str, viewer: Viewer) -> tuple[list[Document], Marks]:
    """Return the versions that the viewer may see, and the marks by which they were found.

    The marks are read again if the remembered ones find nothing: the account may have been captured for the
    first time a moment ago.
    """
    found, marks = _find(searcher, record_id)
    return [one for one in found if viewer.may_see(record_id, one["account"])], marks


def _find(searcher: Searcher, record_id: str) -> tuple[list[Document], Marks]:
    marks = searcher.status_reader.read_marks()
    found = _versions(searcher, record_id, marks)
    if not found:
        marks = searcher.status_reader.read_marks(again=True)
        found = _versions(searcher, record_id, marks)
    return found, marks


def _versions(searcher: Searcher, record_id: str, marks: Marks) -> list[Document]:
    """Read all versions by account, then in order of sequence."""
    wanted = [
        name.rpartition("/")[2] for name in marks.chains if name.split("/")[1] == record_id.partition(":")[0]
    ]
    found: list[Document] = []
    start = 1
    while wanted:
        ids = [id_of(account, record_id, n) for account in wanted for n in range(start, start + BLOCK)]
        with client.speaking():
            answers = searcher.client.mget(index=searcher.alias, ids=ids)["docs"]
        fresh = [d["_source"] for d in client.there(answers)]
        found += fresh
        start += BLOCK
        wanted = [d["account"] for d in fresh if d["sequence"] == start - 1]
    return sorted(found, key=lambda d: (d["account"], d["sequence"]))


def _version(searcher: Searcher, document: Document, record: Record) -> RecordVersion:
    ledger = Ledger(searcher.archive, f"capture/{document['platform']}/{document['account']}")
    entry = ledger.read(document["ledger_number"])
    for item in entry.body["evidence"] if entry else ():
        for place in item["records"]:
            if place["id"] == document["warc_record_id"]:
                where = Evidence(item["key"], item["sha256"], place["offset"], place["length"])
                return RecordVersion(record, where)
    raise ArchiveError(
        f"entry {document['ledger_number']} of {ledger.name} does not name the evidence"
        f" {document['warc_record_id']}",
        "Run `recordroom verify`.",
    )


def _conversation(searcher: Searcher, root_id: str, accounts: list[str]) -> Iterator[Document]:
    """Yield the current documents of a conversation in order of publication."""
    wanted = [{"term": {"root_id": root_id}}, {"terms": {"account": accounts}}, {"term": {"current": True}}]
    by_time = {
        "query": {"bool": {"filter": wanted}},
        "sort": [{"published_at": "asc"}, {"record_id": "asc"}, {"account": "asc"}],
    }
    yield from (hit["_source"] for hit in searcher.read_hits(by_time))


def _tree(
    searcher: Searcher, root_id: str, documents: list[Document], marks: Marks, barred: Collection[str]
) -> Iterator[ConversationItem]:
    """Yield the conversation depth first, replies in order of publication."""
    records: dict[str, Record] = {}
    reads = searcher.find_read_times(documents, marks)
    for record in (build_record(document, marks, reads, barred) for document in documents):
        records.setdefault(record["record_id"], record)
    answers: dict[str | None, list[Record]] = {}
    for record in records.values():
        parent = (
            record["parent_id"] if record["parent_id"] in records and record["record_id"] != root_id else None
        )
        answers.setdefault(parent, []).append(record)
    yield from _branches(answers, None)
    while answers:  # replies in a circle are shown too
        yield from _branches(answers, next(iter(answers)))


def _branches(answers: dict[str | None, list[Record]], parent: str | None) -> Iterator[ConversationItem]:
    """Yield the replies to `parent`, and their replies.

    They are removed from `answers`.
    """
    waiting = [(0, record) for record in reversed(answers.pop(parent, []))]
    while waiting:
        depth, record = waiting.pop()
        yield ConversationItem(depth, record)
        waiting += [(depth + 1, reply) for reply in reversed(answers.pop(record["record_id"], []))]


def _answers(
    searcher: Searcher, documents: list[Document], marks: Marks, at: datetime
) -> Iterator[Visibility]:
    gaps = Gaps(searcher.archive, searcher.derived).all()
    for account in dict.fromkeys(d["account"] for d in documents):
        own = [d for d in documents if d["account"] == account]
        ledger = Ledger(searcher.archive, f"capture/{own[0]['platform']}/{account}")
        window_at = own[0]["window_at"]
        yield judge_visibility(
            ledger,
            [build_record(d, marks, {}, ()) for d in own],
            window_at,
            [g for g in gaps if g.account == account],
            at,
        )
