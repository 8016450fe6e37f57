"""The client for Elasticsearch, and its failures in words.

No other module knows its exceptions.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from elastic_transport import TransportError
from elasticsearch import (
    ApiError,
    AuthenticationException,
    AuthorizationException,
    Elasticsearch,
    NotFoundError,
)
from elasticsearch.serializer import OrjsonSerializer

from recordroom.errors import ArchiveError, ServiceUnavailable, UsageError
from recordroom.settings import Settings

# of a count by id: else the first one after each refresh numbers the ids of the whole index again
OF_FEW = {"execution_hint": "map"}


_TOO_WIDE = (
    "too_many_clauses", "too many clauses", "too_many_nested_clauses", "maxclausecount",
    "expanded to too many terms", "too many disjunctions",
)  # fmt: skip


class IndexMissing(ServiceUnavailable):
    """The index, or the one that was written to, does not exist, or no longer."""

    code = "IndexMissing"


def connect(settings: Settings, timeout: float = 60) -> Elasticsearch:
    """Return a client; nothing is sent yet. timeout: seconds that a response may take."""
    key = settings.elasticsearch_api_key
    ca: dict[str, Any] = {"ca_certs": str(settings.elasticsearch_ca)} if settings.elasticsearch_ca else {}
    return Elasticsearch(
        settings.elasticsearch_url,
        api_key=key.get_secret_value() if key else None,
        request_timeout=timeout,
        serializer=OrjsonSerializer(),
        **ca,
    )


class TooSlow(UsageError):
    """A search that was stopped after its time limit.

    Its hits are incomplete, and are not shown.
    """

    code = "TooSlow"


class TooWide(ArchiveError):
    """A query with more clauses than this node accepts."""

    code = "TooWide"


@contextmanager
def speaking() -> Iterator[None]:
    """Turn each failure of the client into one of ours."""
    try:
        yield
    except NotFoundError as problem:
        raise IndexMissing(
            "Elasticsearch has no such index", "Run `recordroom rebuild index`.", _reason(problem)
        ) from problem
    except (AuthenticationException, AuthorizationException) as problem:
        raise ArchiveError(
            "Elasticsearch refuses the credential",
            "Correct RECORDROOM_ELASTICSEARCH_API_KEY or its rights.",
            _reason(problem),
        ) from problem
    except ApiError as problem:
        if _is_too_wide(str(problem.body)):
            words = f"Elasticsearch responded with status {problem.status_code}"
            raise TooWide(words, "Search for less at once.", _reason(problem)) from problem
        if problem.status_code == 429 or problem.status_code >= 500:
            raise ServiceUnavailable(
                f"Elasticsearch responded with status {problem.status_code}",
                "Nothing is lost. Try again later.",
                _reason(problem),
            ) from problem
        raise ArchiveError(
            f"Elasticsearch responded with status {problem.status_code}",
            "Report this: recordroom sent a wrong request.",
            _reason(problem),
        ) from problem
    except TransportError as problem:
        raise ServiceUnavailable(
            "Elasticsearch cannot be reached",
            "Start it (`make up`), or correct RECORDROOM_ELASTICSEARCH_URL.",
            problem.message,
        ) from problem


def check(answer: Mapping[str, Any]) -> None:
    """Raise the same failures as `speaking` for one of several responses, and TooSlow if it is incomplete."""
    if answer.get("timed_out"):
        mend = (
            "Search fewer dates or accounts, or use fewer words with *, ?, or ~. These cost most at the"
            " beginning of a word."
        )
        raise TooSlow("the search took too long and was stopped", mend)
    if "error" not in answer:
        return
    words, why = f"Elasticsearch responded with status {answer['status']}", _cause(answer["error"])
    if answer["status"] == 404:
        raise IndexMissing("Elasticsearch has no such index", "Run `recordroom rebuild index`.", why)
    if _is_too_wide(str(answer["error"])):  # before the status, which may be 500 for a pattern in `intervals`
        raise TooWide(words, "Search for less at once.", why)
    if answer["status"] == 429 or answer["status"] >= 500:
        raise ServiceUnavailable(words, "Nothing is lost. Try again later.", why)
    raise ArchiveError(words, "Report this: recordroom sent a wrong request.", why)


def there(documents: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the documents of a multi-get that the index has.

    IndexMissing if the index no longer exists: Elasticsearch reports that for each document, in a successful
    response.
    """
    for one in documents:
        if "error" in one:
            gone = one["error"]["type"] == "index_not_found_exception"
            raise (IndexMissing if gone else ServiceUnavailable)(
                "Elasticsearch cannot return a document", "Try again.", _cause(one["error"])
            )
    return [one for one in documents if one["found"]]


def _is_too_wide(error: str) -> bool:
    return any(words in error.lower() for words in _TOO_WIDE)


def _reason(problem: ApiError) -> str:
    """Return the root cause in Elasticsearch's words."""
    body = problem.body
    error = body.get("error") if isinstance(body, dict) else None
    return _cause(error) if isinstance(error, dict) else problem.message


def _cause(error: Mapping[str, Any]) -> str:
    causes = [c.get("reason") for c in error.get("root_cause", ()) if isinstance(c, dict)]
    return str(next(iter(causes), None) or error.get("reason"))


BYTES, BUCKETS = 8_000_000, 500_000  # of one request; that many buckets take some 60 MB of the node's memory
# what a node says that has no memory left now; how often it is asked again, how long after (seconds)
BUSY, TRIES, PAUSE = 429, 5, 1.0
Dsl = dict[str, Any]


# to keep a response of many buckets costs as much as to count a part of them
_HEADER = b'{"request_cache":false}'


@dataclass(frozen=True, slots=True)
class Search:
    """A search, and the largest number of buckets that its response can have."""

    body: Dsl
    buckets: int = 0


@dataclass(frozen=True, slots=True)
class Batches:
    """Sends many searches in few requests."""

    client: Elasticsearch
    told: str  # the paths of a response to send back, and no others

    def ask(self, searches: Sequence[Search]) -> list[dict[str, Any]]:
        """Return the responses in order; a failed one has `error` and `status`.

        ServiceUnavailable if Elasticsearch is away.
        """
        return [answer for batch in _packed(searches) for answer in self._patiently(batch)]

    def _patiently(self, batch: list[bytes]) -> list[dict[str, Any]]:
        """Send the searches for which the node had no memory again, one after the other."""
        found = self.send(batch)
        for _ in range(TRIES):
            busy = [place for place, answer in enumerate(found) if answer.get("status") == BUSY]
            if not busy:
                break
            time.sleep(PAUSE)
            again = self.send([batch[place] for place in busy], at_once=1)
            for place, answer in zip(busy, again, strict=True):
                found[place] = answer
        return found

    def send(self, batch: Sequence[bytes], at_once: int | None = None) -> list[dict[str, Any]]:
        """Send one request.

        at_once: how many of its searches the node may run at a time; None: its own choice.
        """
        # ready-made: the client would parse and dump them again
        lines: list[Any] = [line for body in batch for line in (_HEADER, body)]
        with speaking():
            answer = self.client.msearch(
                searches=lines, filter_path=self.told, max_concurrent_searches=at_once
            )
        found: list[dict[str, Any]] = answer.body["responses"]
        return found


def _packed(searches: Sequence[Search]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = buckets = 0
    for search in searches:
        line = orjson.dumps(search.body)
        if batch and (size + len(line) > BYTES or buckets + search.buckets > BUCKETS):
            yield batch
            batch, size, buckets = [], 0, 0
        batch.append(line)
        size += len(line)
        buckets += search.buckets
    if batch:
        yield batch
