"""The records that an act on retention is about, as a form names them.

They are the results of a search; or one record, its conversation, or the records of its author or account.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import QueryParams

from recordroom.errors import NotThere, UsageError
from recordroom.records.classification import find_records
from recordroom.records.record import list_documents
from recordroom.retention.holds import HoldScope
from recordroom.search.access import Viewer
from recordroom.search.filters import Filters
from recordroom.search.index.documents import Document
from recordroom.search.searcher import Searcher
from recordroom.web.params import SearchAddress

RECORD, CONVERSATION, AUTHOR, ACCOUNT = "record", "conversation", "author", "account"
COVERS = (RECORD, CONVERSATION, AUTHOR, ACCOUNT)


@dataclass(frozen=True, slots=True)
class FoundRecords:
    """What was chosen, looked up for one viewer."""

    scope: HoldScope
    query: str = ""  # of the search
    filters: Filters | None = None  # of the search; None: a record was chosen
    document: Document | None = None  # the chosen record


@dataclass(frozen=True, slots=True)
class ChosenRecords:
    """The part of a form, or of its address, that names records."""

    asked: SearchAddress  # the search, unless a record is chosen
    id: str = ""  # record ID; "": the results of the search
    cover: str = RECORD  # one of COVERS: what of the record

    @classmethod
    def parse(cls, given: QueryParams) -> ChosenRecords:
        """Read the fields; UsageError for values that no page of ours writes."""
        cover = given.get("cover") or RECORD
        if cover not in COVERS:
            raise UsageError(f"{cover[:20]!r} is not a choice of records", "Open the page again.")
        return cls(SearchAddress.parse(given), given.get("id", "").strip(), cover)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is chosen: neither a record nor anything that narrows a search."""
        asked = self.asked
        return not (self.id or asked.text.strip() or asked.chosen or asked.from_ or asked.to)

    def find(self, searcher: Searcher, viewer: Viewer) -> FoundRecords:
        """Look up what is chosen now, as far as the viewer may see it.

        QueryError or UsageError if there is nothing; ServiceUnavailable if Elasticsearch is away.
        """
        if not self.id:
            filters = self.asked.make_filters(viewer)
            found = find_records(searcher, self.asked.text, filters, viewer)
            return FoundRecords(HoldScope(records=found), self.asked.text, filters)
        documents = list_documents(searcher, self.id, viewer)
        if not documents:
            raise NotThere("there is no such record", "Open the form from the page of the record.")
        document = next((one for one in documents if one["current"]), documents[-1])
        return FoundRecords(self._make_scope(document), document=document)

    def _make_scope(self, document: Document) -> HoldScope:
        if self.cover == CONVERSATION:
            return HoldScope(conversations=frozenset({document.get("root_id") or self.id}))
        if self.cover == AUTHOR:
            if not (author := document.get("author_id")):
                raise UsageError("the platform did not say who wrote this record", "Choose another option.")
            return HoldScope(authors=frozenset({(document["platform"], author)}))
        if self.cover == ACCOUNT:
            return HoldScope(accounts=frozenset({document["account"]}))
        return HoldScope(records=frozenset({self.id}))
