"""Searches of the index: pages and streams of hits with exact totals, and what each result may be missing.

- A total counts documents: with current versions that is one for each account and record. It is exact; there
  is no window of 10,000 hits.
- The next page begins after the last hit's `cursor`. For the best match that is a number of hits, up to
  DEEPEST: a score is calculated from all records, hidden ones included, and is shown to no one. A stream
  reads a point in time, so that captures meanwhile neither add nor hide hits.
- Every search is in the audit journal, on this machine's disk, before it is answered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

from elasticsearch import Elasticsearch

from recordroom.archive.audit.journal import Journal
from recordroom.archive.gaps import Gap, find_open
from recordroom.archive.quarantine.history import QuarantineHistory
from recordroom.archive.quarantine.watch import QuarantineWatch
from recordroom.archive.store import Store
from recordroom.canonical import encode_canonical
from recordroom.errors import QueryError, RecordroomError, UsageError
from recordroom.model import MESSAGE
from recordroom.retention.watch import RetentionWatch
from recordroom.search import client, facets
from recordroom.search.access import Viewer
from recordroom.search.caveats import ArchiveStatus, NamelessPlatform, StatusReader, list_nameless_platforms
from recordroom.search.client import Dsl
from recordroom.search.facets import Facet
from recordroom.search.filters import Filters
from recordroom.search.hit_counts import HitCounts, count_versions_and_replies
from recordroom.search.hits import MARK, UNMARK, Hit, Reads, build_hit, find_conversation
from recordroom.search.index import mapping
from recordroom.search.index.watermarks import Marks
from recordroom.search.query.query import Query, read
from recordroom.search.scope import Reach, find_holders
from recordroom.search.suggestions import Suggestions, suggest
from recordroom.settings import Settings

LARGEST_PAGE = 1_000
# hits that can be paged through by the best match: Elasticsearch's own limit of what has no place but its
# number
DEEPEST = 10_000
TOO_WIDE = (
    "this search is too large: split it, or write more letters before * and !"
)  # fmt: skip
KEEP_ALIVE = "2m"  # how long a point in time waits for the next page
NEWEST, OLDEST, BEST, ELIGIBLE = "newest", "oldest", "best", "eligible"
_TIES: list[dict[str, Any]] = [{"record_id": "asc"}, {"account": "asc"}, {"sequence": "desc"}]
_SORTS: Mapping[str, list[dict[str, Any]]] = {
    NEWEST: [{"published_at": {"order": "desc", "missing": "_last"}}, *_TIES],
    OLDEST: [{"published_at": {"order": "asc", "missing": "_last"}}, *_TIES],
    ELIGIBLE: [{"eligible_on": {"order": "asc", "missing": "_last"}}, *_TIES],
    BEST: [{"_score": "desc"}, {"published_at": {"order": "desc", "missing": "_last"}}, *_TIES],
}
_ALIKE = {
    f: {"matched_fields": [f, f"{f}.es", f"{f}.exact"]}
    for f in ("text", "title", "media.alt_text", "author_name")
}
# of a text of a million characters
_PIECES = {"number_of_fragments": 3, "fragment_size": 160, "max_analyzed_offset": 900_000}
_HIGHLIGHT = {"pre_tags": [MARK], "post_tags": [UNMARK], "fields": _ALIKE, **_PIECES}
SCOPES = 1_000  # whose number of files without text is remembered
SOME = 100  # hits that are made ready together
_SOURCE = {"excludes": ["tokens", "plain"]}


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that a page or a command shows of a search."""

    query: Query
    filters: Filters
    total: int
    messages_left_out: int  # private messages that match too, if the filters did not ask for them
    # records under quarantine that match too, likewise; for viewers who may know of them
    quarantined_left_out: int
    media_without_text: int  # files of the records in scope (whatever the query) that no words can find
    gaps: tuple[Gap, ...] | None  # open ones in the accounts and days in scope; None: see `problem`
    # account -> committed entries that are not indexed yet; None: see `problem`
    behind: Mapping[str, int] | None
    problem: str  # why gaps and backlog are not known; "" if they are
    outdated: bool  # another version of recordroom made the index, and may have missed words
    unnamed: tuple[NamelessPlatform, ...]  # platforms in scope that do not give the names of all authors
    hits: Iterator[Hit]  # may be read once
    counts: HitCounts | None = None  # of a page that asked for them
    suggestions: Suggestions | None = None  # if they were asked for, and there are any
    more: bool = False  # whether hits follow those of a page

    @property
    def understood(self) -> str:
        return f"{self.query.understood}; {self.filters.describe()}"


@dataclass(frozen=True, slots=True)
class Caveats:
    """The caveats of a result: its fields of these names."""

    gaps: tuple[Gap, ...] | None
    behind: Mapping[str, int] | None
    problem: str
    outdated: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """The numbers and hits of Elasticsearch's response."""

    hits: list[dict[str, Any]]
    total: int
    messages_left_out: int
    quarantined_left_out: int
    media_without_text: int


class Searcher:
    """Searches the index of one archive.

    One for a process, whose threads may share it.
    """

    def __init__(self, settings: Settings, archive: Store, derived: Store) -> None:
        self.archive, self.derived = archive, derived
        self.client: Elasticsearch = client.connect(settings)
        self.alias = settings.index
        # of each part of a search; nothing that it found till then is shown
        self.patience = {"timeout": f"{settings.search_seconds}s"}
        self.journal = Journal(settings.journal)
        self.quarantine = QuarantineWatch(archive, settings.journal)
        self.quarantine_history = QuarantineHistory(archive)
        self.retention = RetentionWatch(archive)
        self.status_reader = StatusReader(self.client, self.alias, archive, derived)
        self._without_text: dict[tuple[float, bytes], int] = {}

    def page(
        self,
        text: str,
        filters: Filters | None = None,
        *,
        viewer: Viewer,
        size: int = 20,
        sort: str = NEWEST,
        after: Sequence[Any] = (),
        with_counts: bool = False,
        with_suggestions: bool = False,
    ) -> Result:
        """Return the first hits, or those after a cursor, with everything that is shown next to them.

        after: the cursor of the last hit of the page before; suggestions come with the first page only.
        QueryError, UsageError (TooSlow is one); ServiceUnavailable if Elasticsearch is away.
        """
        if not 0 < size <= LARGEST_PAGE:
            raise UsageError(f"a page has 1 to {LARGEST_PAGE} hits, not {size}", "Read them page by page.")
        query, filters = read(text), filters or Filters()
        marks = self.read_marks(filters, viewer)
        query = replace(query, dsl=filters.restrict(query.dsl, viewer))
        body = {
            **_body(query, filters.clauses(viewer), sort),
            "track_total_hits": True,
            "highlight": _HIGHLIGHT,
        }
        if query.marks is not None:
            body["highlight"] = _HIGHLIGHT | {"highlight_query": query.marks}
        body |= _from(sort, after, size)
        # Behind a cursor one more says whether there is a next page; before it the total does, and no hit
        # more has to be highlighted.
        body["size"] = min(size + bool(after), DEEPEST - body.get("from", 0))
        found = self._answer(body, query, filters, viewer)
        more = len(found.hits) > size if after else found.total > size
        found = replace(found, hits=found.hits[:size])
        if sort == BEST:
            found = replace(
                found,
                hits=[hit | {"sort": [place]} for place, hit in enumerate(found.hits, body["from"] + 1)],
            )
        hits = list(self._shown(found.hits, marks, filters.limit(viewer).withheld_records))
        seen = list(dict.fromkeys(hit.record["record_id"] for hit in hits))
        told = {"sort": sort, "total": found.total, "shown": len(hits), "further": bool(after)}
        self.note("search", viewer.name, **_told(query, filters), **told, records=seen)
        result = replace(self._result(query, filters, viewer, marks, found), hits=iter(hits), more=more)
        if with_counts:
            records = [hit.record for hit in hits]
            counts = count_versions_and_replies(self.client, self.alias, records, filters.limit(viewer))
            result = replace(result, counts=counts)
        return self._with_suggestions(result, viewer) if with_suggestions and not after else result

    def count_facets(
        self, text: str, filters: Filters | None = None, *, viewer: Viewer, is_noted: bool = False
    ) -> tuple[Facet, ...]:
        """Count what each choice next to a result would find, in a search of its own.

        It takes about twice as long as the hits, which a page therefore shows before.
        is_noted: the audit has this search of this person already. Fails as `page` does.
        """
        query, filters = read(text), filters or Filters()
        self.read_marks(filters, viewer)
        query = replace(query, dsl=filters.restrict(query.dsl, viewer))
        # its query knows no choices, so that what is not chosen is counted too
        searches = self._counting(
            query, filters.scope(viewer), aggs=facets.aggregations(filters), track_total_hits=False
        )
        if not is_noted:
            searches += self._counting(query, filters.clauses(viewer))
        counted, *hits = self._search_together(searches, query)
        for answer in hits:
            total = answer["hits"]["total"]["value"]
            self.note("search", viewer.name, **_told(query, filters), total=total, shown=0)
        return facets.read(counted["aggregations"], filters)

    def stream(
        self,
        text: str,
        filters: Filters | None = None,
        *,
        viewer: Viewer,
        limit: int = 0,
        sort: str = NEWEST,
        with_suggestions: bool = False,
    ) -> Result:
        """Return all hits, or the first `limit`, without highlights.

        They are read as they are asked for.
        """
        query, filters = read(text), filters or Filters()
        marks = self.read_marks(filters, viewer)
        query = replace(query, dsl=filters.restrict(query.dsl, viewer))
        asked = _body(query, filters.clauses(viewer), sort)
        found = self._answer({**asked, "size": 0, "track_total_hits": True}, query, filters, viewer)
        shown = min(limit, found.total) if limit else found.total
        self.note("search", viewer.name, **_told(query, filters), sort=sort, total=found.total, shown=shown)
        hits = self._shown(
            self.read_hits({**asked, "_source": _SOURCE}), marks, filters.limit(viewer).withheld_records
        )
        result = replace(self._result(query, filters, viewer, marks, found), hits=islice(hits, limit or None))
        return self._with_suggestions(result, viewer) if with_suggestions else result

    def find_ids(self, text: str, filters: Filters, *, viewer: Viewer, most: int) -> frozenset[str]:
        """Return the IDs of all records that a search finds, which costs less than their hits.

        UsageError for more than `most` hits; fails as `page` does.
        """
        query = read(text)
        self.read_marks(filters, viewer)
        query = replace(query, dsl=filters.restrict(query.dsl, viewer))
        asked = _body(query, filters.clauses(viewer), NEWEST)
        total = self._answer({**asked, "size": 0, "track_total_hits": True}, query, filters, viewer).total
        if total > most:
            raise UsageError(
                f"the search finds {total:,} records", f"The limit is {most:,}. Narrow the search."
            )
        self.note("search", viewer.name, **_told(query, filters), total=total, shown=0)
        hits = self.read_hits({**asked, "sort": ["_shard_doc"], "_source": ["record_id"]})
        return frozenset(hit["_source"]["record_id"] for hit in hits)

    def count_many(
        self, searches: Sequence[tuple[str, Filters]], viewer: Viewer
    ) -> list[int | RecordroomError]:
        """Count the hits of each search, in one request; an error in place of one that cannot run.

        ServiceUnavailable if Elasticsearch is away.
        """
        made = [self._make_count(text, filters, viewer) for text, filters in searches]
        asked = [part for one in made if isinstance(one, list) for part in one]
        if not asked:
            return [one for one in made if not isinstance(one, list)]
        with client.speaking():
            answers = iter(self.client.msearch(searches=asked)["responses"])
        return [self._read_count(next(answers)) if isinstance(one, list) else one for one in made]

    def _make_count(
        self, text: str, filters: Filters, viewer: Viewer
    ) -> list[dict[str, Any]] | RecordroomError:
        try:
            query = read(text)
            self.read_marks(filters, viewer)
        except UsageError as problem:
            return problem
        query = replace(query, dsl=filters.restrict(query.dsl, viewer))
        return self._counting(query, filters.clauses(viewer))

    @staticmethod
    def _read_count(answer: Mapping[str, Any]) -> int | RecordroomError:
        try:
            client.check(answer)
        except (UsageError, client.TooWide) as problem:
            return problem
        return int(answer["hits"]["total"]["value"])

    def _with_suggestions(self, result: Result, viewer: Viewer) -> Result:
        count = partial(self._count_each, result.filters, viewer)
        return replace(result, suggestions=suggest(result.query, result.total, count))

    def _count_each(self, filters: Filters, viewer: Viewer, queries: Sequence[Query]) -> list[int]:
        """Count the hits of each query, within the same filters.

        One search for each: to filter the records in scope by every word would read the whole scope, which
        may be the whole index.
        """
        clauses = filters.clauses(viewer)
        allowed = [replace(query, dsl=filters.restrict(query.dsl, viewer)) for query in queries]
        with client.speaking():
            searches = [part for query in allowed for part in self._counting(query, clauses)]
            answers = self.client.msearch(searches=searches)["responses"]
        for answer in answers:
            client.check(answer)
        return [answer["hits"]["total"]["value"] for answer in answers]

    def _shown(
        self, found: Iterable[Mapping[str, Any]], marks: Marks, barred: Collection[str]
    ) -> Iterator[Hit]:
        rest = iter(found)
        while some := list(islice(rest, SOME)):
            reads = self.find_read_times((hit["_source"] for hit in some), marks)
            yield from (build_hit(hit, marks, reads, barred) for hit in some)

    def find_read_times(self, documents: Iterable[Mapping[str, Any]], marks: Marks) -> Reads:
        """Return when the conversations of these documents were last read.

        Only of documents whose last_seen_at depends on it.
        """
        wanted = {
            found for document in documents if (found := find_conversation(document, marks)) is not None
        }
        if not wanted:
            return {}
        accounts, roots = ({pair[n] for pair in wanted} for n in (0, 1))
        clauses: list[dict[str, Any]] = [
            {"terms": {"account": sorted(accounts)}},
            {"terms": {"record_id": sorted(roots)}},
        ]
        body = {
            "query": {"bool": {"filter": [*clauses, {"term": {"current": True}}]}},
            "size": len(accounts) * len(roots),
        }
        with client.speaking():
            answer = self.client.search(
                index=self.alias, body={**body, "_source": ["account", "record_id", "read_at"]}
            )
        told = (hit["_source"] for hit in answer["hits"]["hits"])
        return {(one["account"], one["record_id"]): one["read_at"] for one in told if "read_at" in one}

    def note(self, type_: str, who: str | None, **body: Any) -> None:
        """Write an event into the audit journal."""
        self.journal.note(type_, body, who)

    def record_release(self, type_: str, who: str | None, **body: Any) -> None:
        """Record that something is about to be released, in the audit and in the archive.

        ServiceUnavailable if the archive is away; nothing may be released then.
        """
        self.note(type_, who, **body)
        self.journal.ship(self.archive)

    def read_marks(self, filters: Filters, viewer: Viewer) -> Marks:
        """Return the marks of the index. UsageError for filters that nothing can have."""
        marks = self.status_reader.read_marks()
        filters.check(marks.chains, viewer)
        return marks

    def _answer(
        self,
        body: dict[str, Any],
        query: Query,
        filters: Filters,
        viewer: Viewer,
    ) -> _Found:
        """Run all searches of a result in one request.

        The files without text are remembered as long as the marks are: refining a query does not change them.
        """
        clauses, read_at = filters.clauses(viewer), self.status_reader.read_at
        scope = (read_at, encode_canonical(clauses))
        without_text = self._without_text.get(scope)
        searches: list[dict[str, Any]] = [
            {"index": self.alias},
            {**body, **self.patience, "_source": _SOURCE},
        ]
        if leaves_out := filters.leaves_messages_out and not filters.kind:
            searches += self._counting(query, replace(filters, kind=(MESSAGE,)).clauses(viewer))
        kept_out = filters.kept_out(viewer)
        if kept_out is not None:
            searches += self._counting(query, kept_out)
        if without_text is None:
            without = {"bool": {"filter": [*clauses, {"range": {"media_without_text": {"gt": 0}}}]}}
            files = {"files": {"sum": {"field": "media_without_text"}}}
            searches += [
                {"index": self.alias},
                {"size": 0, "query": without, "aggs": files, "track_total_hits": False},
            ]
        answers = self._search_together(searches, query)
        if without_text is None:
            without_text = int(answers[-1]["aggregations"]["files"]["value"])
            known = {k: v for k, v in self._without_text.items() if k[0] == read_at}
            # a bucket that hangs makes nothing old
            self._without_text = (known if len(known) < SCOPES else {}) | {scope: without_text}
        own, rest = answers[0], iter(answers[1:])
        left = next(rest)["hits"]["total"]["value"] if leaves_out else 0
        barred = next(rest)["hits"]["total"]["value"] if kept_out is not None else 0
        return _Found(own["hits"]["hits"], own["hits"]["total"]["value"], left, barred, without_text)

    def _search_together(self, searches: list[dict[str, Any]], query: Query) -> list[dict[str, Any]]:
        """Run several searches of a query in one request. Elasticsearch runs them at the same time.

        QueryError if the query is too wide for Elasticsearch.
        """
        with client.speaking():
            answers: list[dict[str, Any]] = self.client.msearch(searches=searches)["responses"]
        for answer in answers:
            try:
                client.check(answer)
            except client.TooWide as problem:
                raise QueryError(TOO_WIDE, query.text, len(query.text)) from problem
        return answers

    def _counting(self, query: Query, clauses: list[dict[str, Any]], **more: Any) -> list[dict[str, Any]]:
        """Return one search of a multi-search that counts hits, or what `more` asks for."""
        body = {
            "size": 0,
            "query": _body(query, clauses, NEWEST)["query"],
            "track_total_hits": True,
            **self.patience,
            **more,
        }
        return [{"index": self.alias}, body]

    def _result(self, query: Query, filters: Filters, viewer: Viewer, marks: Marks, found: _Found) -> Result:
        """Return the result without hits."""
        caveats = self.find_caveats(filters, [query.dsl], marks, viewer)
        return Result(
            query,
            filters,
            found.total,
            found.messages_left_out,
            found.quarantined_left_out,
            found.media_without_text,
            caveats.gaps,
            caveats.behind,
            caveats.problem,
            caveats.outdated,
            tuple(list_nameless_platforms(marks.chains, [query], filters, viewer)),
            iter(()),
        )

    def find_caveats(self, filters: Filters, queries: Iterable[Dsl], marks: Marks, viewer: Viewer) -> Caveats:
        """Return the gaps and the backlog of what any of the queries can find within the filters."""
        around = self.status_reader.read_status()
        known = find_holders(self.client, self.alias, filters, viewer)
        reach = replace(Reach.of(filters, queries, viewer), holders=known)
        reached = {
            account for account in _named(around) if reach.has(account, around.platforms.get(account, ""))
        }
        told = find_open(
            gap
            for gap in around.gaps or ()
            if gap.account in reached and gap.overlaps(filters.from_, filters.to)
        )
        mask = filters.limit(viewer).masking()
        gaps = None if around.gaps is None else tuple(replace(gap, detail=mask(gap.detail)) for gap in told)
        behind = around.behind and {a: n for a, n in around.behind.items() if a in reached}
        return Caveats(gaps, behind, viewer.reword(around.problem), marks.made_by != mapping.digest())

    @contextmanager
    def open_point(self) -> Iterator[str]:
        """Open a point in time: captures meanwhile neither add nor hide anything."""
        with client.speaking():
            point = self.client.open_point_in_time(index=self.alias, keep_alive=KEEP_ALIVE)["id"]
        try:
            yield point
        finally:
            with client.speaking():
                self.client.close_point_in_time(id=point)

    def read_hits(self, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Yield all hits of a point in time."""
        with self.open_point() as point:
            pit = {"id": point, "keep_alive": KEEP_ALIVE}
            after: list[Any] | None = None
            while True:
                more = {"search_after": after} if after else {}
                with client.speaking():
                    answer = self.client.search(
                        body={**body, **more, "pit": pit, "size": LARGEST_PAGE, "track_total_hits": False}
                    )
                hits = answer["hits"]["hits"]
                yield from hits
                if len(hits) < LARGEST_PAGE:
                    return
                after, pit["id"] = hits[-1]["sort"], answer["pit_id"]


def _body(query: Query, clauses: list[dict[str, Any]], sort: str) -> dict[str, Any]:
    """Return query and order; only the order by score has to calculate scores."""
    if sort not in _SORTS:
        raise UsageError(f"{sort!r} is not a sort order", f"Sort orders: {', '.join(_SORTS)}.")
    if sort == BEST:
        return {"query": {"bool": {"must": [query.dsl], "filter": clauses}}, "sort": _SORTS[BEST]}
    return {"query": {"bool": {"filter": [query.dsl, *clauses]}}, "sort": _SORTS[sort]}


def _from(sort: str, after: Sequence[Any], size: int) -> dict[str, Any]:
    """Return where a page begins.

    UsageError for an invalid place in that order, or one beyond DEEPEST.
    """
    if sort != BEST:
        return {"search_after": list(after)} if after else {}
    begin = after[0] if after else 0
    if len(after) > 1 or type(begin) is not int or begin < 0:
        raise UsageError("this page of the best matches does not exist", "Start at the first page.")
    if begin + size > DEEPEST:
        words = f"with the best match first, only {DEEPEST:,} results are shown"
        raise UsageError(words, "Sort by newest first to see all results, or narrow the search.")
    return {"from": begin}


def _told(query: Query, filters: Filters) -> dict[str, Any]:
    return {"query": query.text, "understood": query.understood, "filters": filters.to_audit()}


def _named(around: ArchiveStatus) -> set[str]:
    """Return the accounts that a status names."""
    return {gap.account for gap in around.gaps or ()} | set(around.behind or ())
