"""Legal holds: what a hold covers, and the conditions that find its records.

A hold applies to a record if any version of it matches any part of the scope:

- the record is listed, or its conversation, or its author;
- it is of the accounts and dates of the hold (no accounts: of all; no dates: of any time). A record without a
  time of publication is within any dates. An edit within the dates counts too.

A hold with a query applies to the records of its accounts and dates that the query found in any version, as
the ledger lists them. What it has not been asked about yet is held: every record whose newest entry is later
than the last evaluation. If the query failed, everything in its accounts and dates is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from recordroom.model import instant, moment

LITIGATION, ANTICIPATED, REQUEST, AUDIT, OTHER = (
    "litigation", "anticipated litigation", "records request", "audit", "other",
)  # fmt: skip
KINDS = (LITIGATION, ANTICIPATED, REQUEST, AUDIT, OTHER)
WITH_COUNSEL = (LITIGATION, ANTICIPATED)  # kinds whose release names counsel
Author = tuple[str, str]  # platform, author_id
Key = Callable[[str], str]  # SQL of a record ID -> SQL of what rows have in its place


@dataclass(frozen=True, slots=True)
class HoldScope:
    """What a hold covers."""

    records: frozenset[str] = frozenset()  # record IDs
    conversations: frozenset[str] = frozenset()  # record IDs of root posts
    authors: frozenset[Author] = frozenset()
    accounts: frozenset[str] = frozenset()  # IDs of the register
    from_: datetime | None = None  # aware; inclusive
    to: datetime | None = None  # aware; inclusive
    query: str = ""
    everything: bool = False  # all accounts and dates

    @property
    def has_range(self) -> bool:
        """Whether accounts, dates, or a query say what is covered, in addition to the lists."""
        return bool(self.accounts or self.from_ or self.to or self.query or self.everything)

    @property
    def is_empty(self) -> bool:
        """Whether it covers nothing."""
        return not (self.records or self.conversations or self.authors or self.has_range)

    def reaches(self, account: str) -> bool:
        """Whether a record of this account may be covered; True in doubt."""
        lists = self.records or self.conversations or self.authors
        return bool(lists) or (self.has_range and (not self.accounts or account in self.accounts))

    def lists(self, record: Mapping[str, Any]) -> bool:
        """Whether the lists name a version of a record, its conversation, or its author.

        record: record_id, root_id, platform, and author_id; a document of the index, for example.
        """
        return (
            record["record_id"] in self.records
            or (record.get("root_id") or record["record_id"]) in self.conversations
            or (record["platform"], record.get("author_id")) in self.authors
        )

    def to_body(self) -> dict[str, Any]:
        """Return what an entry stores: only what is given, lists sorted."""
        found: dict[str, Any] = {
            "records": sorted(self.records),
            "conversations": sorted(self.conversations),
            "authors": [{"platform": p, "author_id": a} for p, a in sorted(self.authors)],
            "accounts": sorted(self.accounts),
            "from": self.from_ and instant(self.from_),
            "to": self.to and instant(self.to),
            "query": self.query,
            "everything": self.everything,
        }
        return {name: value for name, value in found.items() if value}

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> HoldScope:
        """Return the scope of an entry. TypeError or ValueError if it is not valid."""
        authors = [(one["platform"], one["author_id"]) for one in body.get("authors", ())]
        read_texts([text for author in authors for text in author])
        times = {name: moment(body[key]) for name, key in (("from_", "from"), ("to", "to")) if body.get(key)}
        return cls(
            read_texts(body.get("records", ())),
            read_texts(body.get("conversations", ())),
            frozenset(authors),
            read_texts(body.get("accounts", ())),
            query=body.get("query", ""),
            everything=body.get("everything", False),
            **times,
        )

    def plus(self, other: HoldScope) -> HoldScope:
        """Return the scope with the lists of another part of the same act."""
        return HoldScope(
            self.records | other.records, self.conversations | other.conversations,
            self.authors | other.authors, self.accounts | other.accounts,
            self.from_ or other.from_, self.to or other.to, self.query or other.query,
            self.everything or other.everything,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Act:
    """Who did something about a hold, when, and why."""

    who: str
    at: datetime
    reason: str = ""
    counsel: str = ""  # of a release: who advised it


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold, as the ledger has it."""

    id: str
    title: str
    kind: str  # one of KINDS
    scope: HoldScope  # in force
    placed: Act
    review_on: date | None = None  # the day by which a person reviews it
    confidential: bool = False  # others learn only that there is a hold
    request: str = ""  # number of the records request
    closed_on: date | None = None  # day of the letter that closed the request
    earlier: tuple[HoldScope, ...] = ()  # scopes before they were changed
    changes: tuple[Act, ...] = ()  # acts that changed the scope
    coming: HoldScope | None = None  # the stored parts of another scope whose last part is not stored yet
    caught: frozenset[str] = frozenset()  # record IDs that the query found
    upto: Mapping[str, int] = field(default_factory=dict)  # account -> entry up to which the query was asked
    problem: str = ""  # why the query could not be asked; "" if it could
    # account -> who acknowledged the instruction for it, since the scope was last changed
    acknowledged: Mapping[str, Act] = field(default_factory=dict)
    acknowledged_before: Mapping[str, Act] = field(default_factory=dict)  # of an earlier scope
    released: Act | None = None

    @property
    def in_force(self) -> bool:
        """Whether it applies."""
        return self.released is None

    @property
    def waits_for_query(self) -> bool:
        """Whether its query was never asked with success."""
        return bool(self.scope.query) and (not self.upto or bool(self.problem))


def read_texts(listed: Any) -> frozenset[str]:
    """Return the texts of a list in an entry.

    TypeError or ValueError for anything else, which SQL could not have.
    """
    if not isinstance(listed, list | tuple) or not all(isinstance(one, str) for one in listed):
        raise TypeError("a list of texts is expected")
    if any("\0" in one for one in listed):
        raise ValueError("a text has a null character")
    return frozenset(listed)


def in_force(holds: Iterable[Hold]) -> Iterator[Hold]:
    """Yield the holds that apply."""
    return (hold for hold in holds if hold.in_force)


def list_ids(hold: Hold) -> Iterator[tuple[str, str]]:
    """Yield (kind of list, value) for the table of listed values: record, conversation, or author."""
    yield from (("record", one) for one in sorted(hold.scope.records | hold.caught))
    yield from (("conversation", one) for one in sorted(hold.scope.conversations))
    yield from (("author", f"{platform}\n{author}") for platform, author in sorted(hold.scope.authors))


def make_condition(hold: Hold, table: str, key: Key = lambda sql: sql) -> str:
    """Return the SQL condition on a row that the hold covers it.

    table: the relation of `list_ids`, with columns hold_id, kind, and value. Rows have the columns of
    derivation.ROWS; `record`, `root`, and `author` are what `key` makes of their text.
    """
    found = []
    columns = {"record": "record", "conversation": "root", "author": "author"}
    given = {kind for kind, _ in list_ids(hold)}
    for kind in sorted(given):
        where = f"hold_id = '{hold.id}' AND kind = '{kind}'"
        found.append(f"{columns[kind]} IN (SELECT {key('value')} FROM {table} WHERE {where})")  # noqa: S608 (ids of ours)
    if hold.scope.has_range:
        found.append(_range_condition(hold))
    return f"({' OR '.join(found)})" if found else "FALSE"


def _range_condition(hold: Hold) -> str:
    scope, parts = hold.scope, []
    if scope.accounts:
        parts.append(f"account_name IN ({', '.join(_quote(name) for name in sorted(scope.accounts))})")
    dates = [
        f"{{}} {sign} TIMESTAMPTZ '{instant(bound)}'"
        for sign, bound in ((">=", scope.from_), ("<=", scope.to))
        if bound
    ]
    if dates:
        within = [" AND ".join(one.format(name) for one in dates) for name in ("published_at", "edited_at")]
        parts.append(f"(published_at IS NULL OR ({within[0]}) OR coalesce({within[1]}, FALSE))")
    if scope.query and not hold.waits_for_query:
        asked = " ".join(f"WHEN {_quote(name)} THEN {number}" for name, number in sorted(hold.upto.items()))
        parts.append(f"ledger_number > CASE account_name {asked} ELSE 0 END")
    return f"({' AND '.join(parts) or 'TRUE'})"


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
