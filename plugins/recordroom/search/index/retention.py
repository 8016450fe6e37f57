"""The retention fields of documents, as the ledger `retention` and the register have them now.

The fields of a record are those of retention/derivation.py, in each of its documents. New documents get them
when they are folded. When the ledger or the register changed, `Refresh` derives the documents of an account
again, and writes those that differ.

Elasticsearch has no partial update of documents with external versions. So a document is read with its
version, and written at the same version. If another writer wrote a newer one meanwhile, that writer derives
it again if its view of the ledger was older: it compares the heads after its bulk is durable (indexer.py).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby, islice
from typing import Any

import duckdb
import pyarrow as pa
from elasticsearch import Elasticsearch

from recordroom.archive.ledger import Ledger
from recordroom.archive.store import Store
from recordroom.model import VISIBLE
from recordroom.register.validation import name_entries
from recordroom.retention import derivation, ledger
from recordroom.retention.clauses import EVERYTHING, Clause, list_clauses, scope_clauses
from recordroom.retention.derivation import FIELDS, Inputs
from recordroom.retention.holds import Hold, HoldScope
from recordroom.retention.ledger import RetentionState
from recordroom.retention.models import Policy, RegisteredAccount
from recordroom.search.client import speaking
from recordroom.search.index.bulk import Batch, Loader, ahead
from recordroom.search.index.documents import Document
from recordroom.status import is_claim, is_public

PAGE = 5_000  # documents that are read at once
RECORDS = 4_000  # records whose documents are read together
MOST_ENTRIES = 1_000  # of the ledger that are looked at one by one
KEEP = "2m"  # how long Elasticsearch keeps the view that is read
_INSTANTS = ("published_at", "edited_at", "captured_at", "committed_at")
_ROWS = pa.schema(
    [
        ("account", pa.string()), ("record", pa.string()), ("sequence", pa.int64()), ("late", pa.bool_()),
        ("kind", pa.string()), ("status", pa.string()), ("public", pa.bool_()), ("claimed", pa.bool_()),
        *((name, pa.string()) for name in _INSTANTS),
        ("root", pa.string()), ("author", pa.string()), ("ledger_number", pa.int64()),
        ("account_name", pa.string()),
    ]
)  # fmt: skip
_CAST = ", ".join(f"{name}::TIMESTAMPTZ AS {name}" for name in _INSTANTS)
_FROM_DOCUMENTS = f"(SELECT * REPLACE ({_CAST}) FROM documents)"  # noqa: S608 (names of ours)
RecordKey = tuple[str, str]  # account, record_id
Fields = dict[str, Any]
Found = tuple[str, int, Document]  # id, version, document


@dataclass(frozen=True, slots=True)
class RetentionHeads:
    """What documents are derived from: the ledger `retention` and the register, at one time."""

    state: RetentionState
    register: int  # number of the register's entry
    accounts: Mapping[str, RegisteredAccount]  # by ID, as that entry has them

    @property
    def number(self) -> int:
        """The last entry of the ledger `retention`."""
        return self.state.tail.number

    def find_account(self, name: str) -> RegisteredAccount:
        """Return what the register says of an account; nothing if it does not have it."""
        return self.accounts.get(name, RegisteredAccount())


def read_heads(archive: Store, before: RetentionHeads | None = None) -> RetentionHeads:
    """Return the present heads; what `before` has is not read again."""
    state = ledger.read(archive, before.state if before else None)
    register = Ledger(archive, "register")
    number = register.head(before.register if before else 0)
    if before and number == before.register:
        return RetentionHeads(state, number, before.accounts)
    entry = register.read(number) if number else None
    listed = name_entries(entry.body["accounts"]) if entry else ()
    return RetentionHeads(state, number, {name: RegisteredAccount.parse(fields) for name, fields in listed})


class Deriver:
    """Derives the fields of documents; one for a thread."""

    def __init__(self, heads: RetentionHeads) -> None:
        self.heads = heads

    @cached_property
    def _inputs(self) -> Inputs:
        state = self.heads.state
        acts = state.holds.values(), state.decisions.values(), state.statements.values()
        return derivation.make_inputs(state.policy, self.heads.accounts, *acts)

    @cached_property
    def _database(self) -> duckdb.DuckDBPyConnection:
        return derivation.open_memory()

    def derive(self, documents: Sequence[Document]) -> dict[RecordKey, Fields]:
        """Return the fields of each record as its documents have them: without nulls, days as text.

        documents: every version of each record.
        """
        if not documents:
            return {}
        self._database.register("documents", _make_table(documents))
        try:
            found = derivation.derive(self._database, _FROM_DOCUMENTS, self._inputs)
        finally:
            self._database.unregister("documents")
        shared: dict[tuple[Any, ...], Fields] = {}  # most records have the same fields
        rows = zip(*(found.column(name).to_pylist() for name in FIELDS), strict=True)
        fields = (shared.get(row) or shared.setdefault(row, _make_fields(row)) for row in rows)
        keys = zip(*(found.column(name).to_pylist() for name in ("account", "record")), strict=True)
        return dict(zip(keys, fields, strict=True))

    def apply(self, documents: Sequence[Document]) -> None:
        """Give the documents the right fields.

        documents: every version of each record.
        """
        fields = self.derive(documents)
        for document in documents:
            if "series_decided" in document:  # it has fields, which may be older
                for name in FIELDS:
                    document.pop(name, None)
            document.update(fields[document["account"], document["record_id"]])


def _make_fields(row: tuple[Any, ...]) -> Fields:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in zip(FIELDS, row, strict=True)
        if value is not None
    }


def list_facts(documents: Sequence[Document], heads: RetentionHeads) -> dict[RecordKey, dict[str, Any]]:
    """Return what happened to each record: the columns of derivation.facts.

    documents: every version of each record.
    """
    made = heads.state.statements.values()
    inputs = derivation.make_inputs(Policy(), heads.accounts, statements=made)
    with derivation.open_memory() as database, derivation.registered(database, inputs):
        database.register("documents", _make_table(documents))
        found = database.execute(derivation.facts(_FROM_DOCUMENTS, inputs)).to_arrow_table().to_pylist()
    return {(one["account"], one["record"]): one for one in found}


def list_holds(documents: Sequence[Document], holds: Iterable[Hold]) -> dict[RecordKey, list[str]]:
    """Return the IDs of the holds in force that apply to each record.

    documents: every version of each record.
    """
    inputs = derivation.make_inputs(Policy(), {}, holds)
    found: dict[RecordKey, list[str]] = {}
    if inputs.holds:
        with derivation.open_memory() as database, derivation.registered(database, inputs):
            database.register("documents", _make_table(documents))
            query = derivation.holds_of(_FROM_DOCUMENTS, inputs.holds)
            for account, record_id, hold in database.execute(query).fetchall():
                found.setdefault((account, record_id), []).append(hold)
    return found


def list_statements(
    documents: Sequence[Document], heads: RetentionHeads
) -> dict[RecordKey, list[tuple[str, str | None]]]:
    """Return the statements in force that cover each record: ID, and why it does not count (or None).

    documents: every version of each record.
    """
    made = heads.state.statements.values()
    inputs = derivation.make_inputs(Policy(), heads.accounts, statements=made)
    found: dict[RecordKey, list[tuple[str, str | None]]] = {}
    if len(inputs.stated):
        with derivation.open_memory() as database, derivation.registered(database, inputs):
            database.register("documents", _make_table(documents))
            query = derivation.statements_of(_FROM_DOCUMENTS)
            for account, record_id, act_id, obstacle in database.execute(query).fetchall():
                found.setdefault((account, record_id), []).append((act_id, obstacle))
    return found


def _make_table(documents: Sequence[Document]) -> pa.Table:
    columns: dict[str, list[Any]] = {
        "account": [d["account"] for d in documents],
        "record": [d["record_id"] for d in documents],
        "sequence": [d["sequence"] for d in documents],
        "late": [d["late_arrival"] for d in documents],
        "kind": [d["kind"] for d in documents],
        "status": [d["status"] for d in documents],
        "public": [is_public(d) for d in documents],
        "claimed": [is_claim(d) for d in documents],
    }
    columns |= {name: [d.get(name) for d in documents] for name in _INSTANTS}
    columns["root"] = [d.get("root_id") or d["record_id"] for d in documents]
    columns["author"] = [
        f"{d['platform']}\n{author}" if (author := d.get("author_id")) else None for d in documents
    ]
    columns["ledger_number"] = [d["ledger_number"] for d in documents]
    columns["account_name"] = columns["account"]
    return pa.table(columns, schema=_ROWS)


class Refresh:
    """Derives documents of an account again, and writes those that differ.

    What is not searchable yet is not read: the index has to be refreshed before.
    """

    def __init__(self, client: Elasticsearch, target: str, loader: Loader, deriver: Deriver) -> None:
        """target: the alias that only the index to be filled has."""
        self._client, self._target, self._loader, self._deriver = client, target, loader, deriver

    def run(self, account: str, clauses: Sequence[Clause]) -> int:
        """Derive the records of which a document matches a clause.

        Return how many documents were written; they are durable then.
        """
        written = 0
        own: Clause = {"term": {"account": account}}
        last = Batch(())
        for page in ahead(_read_matching(self._client, self._target, own, clauses)):
            before = [dict(document) for _, _, document in page]
            self._deriver.apply([document for _, _, document in page])
            changed = [one for one, old in zip(page, before, strict=True) if one[2] != old]
            batch = self._loader.start(changed)
            last.finish()  # one page is sent while the next is read and derived
            last = batch
            written += len(changed)
        last.finish()
        return written


@dataclass(frozen=True, slots=True)
class Change:
    """The retention fields of a record before and after an act."""

    account: str
    record_id: str  # "": records of the account that come later
    before: Fields
    after: Fields


def preview(
    client: Elasticsearch, index: str, before: Deriver, after: Deriver, scope: HoldScope
) -> Iterator[Change]:
    """Yield the fields of each record that a scope covers, as two heads give them."""
    seen: set[RecordKey] = set()
    for page in _read_matching(client, index, {"match_all": {}}, scope_clauses(scope)):
        documents = [document for _, _, document in page]
        then, now = before.derive(documents), after.derive(documents)
        for key in then.keys() - seen:
            yield Change(*key, then[key], now[key])
        seen |= then.keys()


def preview_later(
    before: Deriver, after: Deriver, scope: HoldScope, covered: Collection[str]
) -> Iterator[Change]:
    """Yield the fields of records that may come later, as two heads give them.

    That is a published record of each author in each account of the platform, and a record of each
    conversation in each account that has it.

    covered: the accounts of the records that the scope covers now.
    """
    documents = [
        _imagine(account, root, root_id=root) for root in scope.conversations for account in covered
    ] + [
        _imagine(account, f"{platform}/{author}", platform=platform, author_id=author)
        for platform, author in scope.authors
        for account, known in before.heads.accounts.items()
        if known.platform == platform
    ]
    then, now = before.derive(documents), after.derive(documents)
    for key, fields in then.items():
        yield Change(key[0], "", fields, now[key])


def _imagine(account: str, about: str, **given: str) -> Document:
    """Return the document of a published record that the archive does not have."""
    record: Document = {"account": account, "record_id": f"\n{about}", "sequence": 1, "kind": "post"}
    return record | {"late_arrival": False, "status": VISIBLE, "ledger_number": 0} | given


def _read_matching(
    client: Elasticsearch, index: str, own: Clause, clauses: Sequence[Clause]
) -> Iterator[list[Found]]:
    """Yield every document of the records of which one matches a clause, and `own`."""
    if EVERYTHING in clauses:
        yield from read_records(client, index, {"bool": {"filter": [own]}})
        return
    for clause in clauses:
        wanted = iter(clause["terms"]["record_id"]) if _lists_records(clause) else None
        if wanted is None:
            body = {"query": {"bool": {"filter": [own, clause]}}, "_source": ["record_id"]}
            ids = (hit["_source"]["record_id"] for page in _read_hits(client, index, body) for hit in page)
            wanted = (record_id for record_id, _ in groupby(ids))  # they come in order
        while some := list(islice(wanted, RECORDS)):
            query = {"bool": {"filter": [own, {"terms": {"record_id": some}}]}}
            if found := list(_read_stored(client, index, query)):
                yield found


def _lists_records(clause: Clause) -> bool:
    return "record_id" in clause.get("terms", ())


def _read_stored(client: Elasticsearch, index: str, query: Clause) -> Iterator[Found]:
    """Yield (id, version, document) of few records in the order in which they are stored.

    Documents are compressed together. In another order, most are decompressed once for each document.
    """
    body = {"query": query, "version": True}
    for hits in _read_hits(client, index, body, sort=("_shard_doc",)):
        yield from ((hit["_id"], hit["_version"], hit["_source"]) for hit in hits)


def read_records(client: Elasticsearch, index: str, query: Clause) -> Iterator[list[Found]]:
    """Yield (id, version, document) of complete records, about PAGE at a time."""
    rest: list[Found] = []
    for hits in _read_hits(client, index, {"query": query, "version": True}):
        rest += [(hit["_id"], hit["_version"], hit["_source"]) for hit in hits]
        *whole, last = (list(group) for _, group in groupby(rest, key=lambda one: one[2]["record_id"]))
        rest = last  # its other versions may be on the next page
        if whole:
            yield [one for group in whole for one in group]
    if rest:
        yield rest


def read_versions(client: Elasticsearch, index: str, keys: Collection[RecordKey]) -> Iterator[list[Document]]:
    """Yield every version of each of these records, one record of one account at a time."""
    names = iter(sorted({record_id for _, record_id in keys}))
    while some := list(islice(names, RECORDS)):
        for page in read_records(client, index, {"terms": {"record_id": some}}):
            versions: dict[RecordKey, list[Document]] = {}
            for _, _, one in page:
                versions.setdefault((one["account"], one["record_id"]), []).append(one)
            yield from (found for key, found in versions.items() if key in keys)


def _read_hits(
    client: Elasticsearch, index: str, body: dict[str, Any], sort: Sequence[str] = ("record_id", "sequence")
) -> Iterator[list[dict[str, Any]]]:
    """Yield pages of hits, by default in the order of record IDs and sequences."""
    with speaking():
        point = client.open_point_in_time(index=index, keep_alive=KEEP)["id"]
    body |= {
        "size": PAGE,
        "pit": {"id": point, "keep_alive": KEEP},
        "sort": list(sort),
        "track_total_hits": False,
    }
    try:
        while True:
            with speaking():
                hits = client.search(body=body)["hits"]["hits"]
            if not hits:
                return
            yield hits
            body["search_after"] = hits[-1]["sort"]
    finally:
        with speaking():
            client.close_point_in_time(id=point)


def find_clauses(archive: Store, after: int, heads: RetentionHeads) -> list[Clause]:
    """Return the clauses of what changed in the ledger `retention` after an entry.

    After very many entries it is everything.
    """
    if heads.number - after > MOST_ENTRIES:
        return [EVERYTHING]
    chain = Ledger(archive, ledger.NAME)
    entries = (chain.entry(number) for number in range(after + 1, heads.number + 1))
    found: list[Clause] = []
    for entry in entries:
        found += (clause for clause in list_clauses(entry, heads.state) if clause not in found)
    return found
