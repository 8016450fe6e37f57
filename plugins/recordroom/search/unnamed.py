"""Where nobody is found by name: platforms that do not name whoever writes. Of a search for an author it is told beside the results, in a
term report, before an export and in its receipt: what somebody wrote there is lacking in all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from recordroom.platforms import load, names
from recordroom.search.filters import Filters
from recordroom.search.query import Query
from recordroom.search.reach import Reach

_NAMES = ("author_name", "author_handle")


@dataclass(frozen=True, slots=True)
class Unnamed:
    """`title` of the platform, `words` on whom it names, and its `accounts` that the search reaches."""

    title: str
    words: str
    accounts: tuple[str, ...]


def asks_for_a_name(query: Query) -> bool:
    return _has(query.dsl, _NAMES)


def asks_by_whom(query: Query) -> bool:
    """Whether it asks who hid or removed something: most platforms do not prove that, and it stands as unknown."""
    return _has(query.dsl, ("acted_by",))


def unnamed(chains: Iterable[str], queries: Sequence[Query], filters: Filters) -> list[Unnamed]:
    """By the platform's title. `chains`: the ledgers of captures, `capture/<platform>/<account>`; `queries`: those that ask for a name."""
    if not queries:
        return []
    reach, found = Reach.of(filters, [query.dsl for query in queries]), dict[str, list[str]]()
    for _, platform, account in (chain.split("/") for chain in sorted(chains)):
        if platform in names() and "names" in load(platform).PLATFORM.not_offered and reach.has(account, platform):
            found.setdefault(platform, []).append(account)
    platforms = {name: load(name).PLATFORM for name in found}
    return [Unnamed(one.title, one.not_offered["names"], tuple(found[name])) for name, one in platforms.items()]


def _has(dsl: Any, names: tuple[str, ...]) -> bool:
    """Whether such a field is asked for, at any depth: as a key, or in a list of `fields`."""
    if isinstance(dsl, Mapping):
        return any(_is_one_of(names, key) or _has(value, names) for key, value in dsl.items() if key != "terms")
    return isinstance(dsl, list) and any(_has(one, names) or _is_one_of(names, one) for one in dsl)


def _is_one_of(names: tuple[str, ...], field: object) -> bool:
    return isinstance(field, str) and field.partition(".")[0] in names
