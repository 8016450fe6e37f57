"""Our own texts (of a gap, a failure, a difference) for viewers who may not see everything.

Removed are the IDs of records, complete or as their platform writes them, and the names of accounts. An
address keeps only its host, whatever is hidden: a requested address names records (`?ids=1,2`, a page's
cursor) in forms that cannot be listed, and an address that was removed only if something is hidden would
reveal that something is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from recordroom.search.client import Dsl
from recordroom.search.hits import LINKS, mentions_any

_WHOLE = ("term", "terms")  # compare a whole value
_LEAVES = (*_WHOLE, "wildcard", "regexp", "prefix", "fuzzy", "range", "exists")


def withhold_links(dsl: Dsl, barred: Collection[str]) -> Dsl:
    """Return the query to which each field is empty that names one of these records.

    barred: IDs of the records that the viewer may not learn.
    """
    return _guard(dsl, barred) if barred else dsl


def _guard(dsl: Any, barred: Collection[str]) -> Any:
    if isinstance(dsl, list):
        return [_guard(one, barred) for one in dsl]
    if not isinstance(dsl, Mapping) or not dsl:
        return dsl
    [kind, *more] = dsl
    body = dsl[kind]
    if more or kind not in _LEAVES or not isinstance(body, Mapping):
        return {name: _guard(value, barred) for name, value in dsl.items()}
    field = body["field"] if kind == "exists" else next(iter(body))
    hidden = _find_hidden(kind, field, body.get(field), barred)
    if not hidden:
        return dsl
    fields = LINKS if field == "url" else (field,)
    return {"bool": {"must": [dsl], "must_not": [{"terms": {name: hidden}} for name in fields]}}


def _find_hidden(kind: str, field: str, asked: Any, barred: Collection[str]) -> list[str]:
    """Return the barred IDs that a single clause could find a record by.

    An address shows the ID of the record that it names; that an address exists shows none.
    """
    if field not in (*LINKS, "url") or (field, kind) == ("url", "exists"):
        return []
    if kind not in _WHOLE:
        return sorted(barred)
    values = asked if isinstance(asked, list) else [asked["value"] if isinstance(asked, Mapping) else asked]
    wanted = {str(value).lower() for value in values}
    if field == "url":
        return sorted(one for one in barred if any(mentions_any(value, (one.lower(),)) for value in wanted))
    return sorted(one for one in barred if one.lower() in wanted)


SURE = 6  # characters from which on an id is no other word or number
_TOKEN = re.compile(r"\w[\w-]*")
# `https://api.x.com/2/tweets?ids=1,2: HTTP 500`; but not within the id of a record, as `bluesky:at://...` and
# `feed:blog.example#https://...`
_ADDRESS = re.compile(
    r"(?<![\w:#])(?:(https?://[\w.:\[\]-]*[\w\]])[/?#]|(?!https?:)([a-z][a-z0-9+.-]{0,30}:/)/)(\S*)",
    re.IGNORECASE,
)
_BEHIND = "\"'”’).,:;"  # punctuation of the sentence around an address


def make_mask(record_ids: Iterable[str], accounts: Iterable[str] = ()) -> Callable[[str], str]:
    """Return a function that removes these names from a text.

    A text from which they were removed stays as it is.
    """
    records, names = tuple(record_ids), tuple(accounts)
    bare = {one for name in records for one in _bare(name) if len(one) >= SURE}

    def unnamed(text: str) -> str:
        for name in records:
            if name in text:
                text = re.sub(rf"{re.escape(name)}(?!\w)", "a record", text)
        text = _ADDRESS.sub(_host, text)
        text = _TOKEN.sub(
            lambda found: (
                found[0] if bare.isdisjoint((found[0], *re.split("[_-]", found[0]))) else "a record"
            ),
            text,
        )
        for name in names:
            if name in text:
                text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", "an account", text)
        return text

    return unnamed


def _host(found: re.Match[str]) -> str:
    return f"{found[1] or found[2]}/…{found[3][len(found[3].rstrip(_BEHIND)) :]}"


def _bare(record_id: str) -> Iterator[str]:
    """Yield the parts of a record ID by which people may name the record.

    `1_998877` and `998877` of `facebook:1_998877`; `a-post` of
    `feed:blog.example#https://blog.example/a-post/`.
    """
    for last in _TOKEN.findall(record_id)[-1:]:
        yield from (last, last.rpartition("_")[2])
