"""The shape of one item of a platform, declared once as data: which fields are read, of which types, and
which are left out and why.

```python
TAG = Shape({"name": TEXT, "url": TEXT | NULL}, {"history": "use of the tag by everybody"})
left = TAG.check(item, exchange, "/0/tags/1")     # () usually; else the names of fields that nobody decided about
```
`check` raises UnexpectedResponse, naming the field and what was found, where a field that is read has another
type than promised; one that may be absent has NULL among its types. JSON gives exactly these Python types, so
a comparison of types is enough, and after `check` the fields can be read without further care.
`Reading(exchange)` checks the parts of an answer that lie one in another, and gathers what nobody decided
about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from recordroom.model import Exchange, moment
from recordroom.platforms.http import json_of, wrong
from recordroom.text import replace_surrogates

TEXT, NUMBER, FLAG, LIST, ITEM, NULL = (frozenset({t}) for t in (str, int, bool, list, dict, type(None)))
ANY_NUMBER = frozenset({int, float})
ID = TEXT | NUMBER  # ids arrive as text or as numbers; str() makes them one

_WORDS = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "an object",
    type(None): "null",
}
_BIGGEST = 2**63
_ALIKE = 1000


class Shape:
    """`read`: a set of types for each field; `ignored`: the reason for each field that is not read."""

    __slots__ = ("_plain", "fields", "known")

    def __init__(self, read: Mapping[str, frozenset[type]], ignored: Mapping[str, str] | None = None) -> None:
        self.fields = tuple(read.items())
        self.known = frozenset(read) | frozenset(ignored or ())
        self._plain: set[tuple[str | type, ...]] = (
            set()
        )  # names and types of items in which all was as it must be: most are alike

    def only(self, *names: str) -> Shape:
        """The shape of these fields alone: what a walk goes on with. What else is odd in an item is for
        `parse` to tell, at which nothing stops: one that is odd would else keep from the archive whatever is
        listed after it."""
        return Shape({name: types for name, types in self.fields if name in names})

    def passes(self, item: Any) -> bool:
        """Whether one of the same names and types was looked at before, and all was as it must be: one
        look-up, where most are alike.
        """
        return type(item) is dict and (*item, *map(type, item.values())) in self._plain

    def check(self, item: Any, exchange: Exchange, pointer: str, where: str = "") -> tuple[str, ...]:
        """The fields of `item` that this shape does not know, as `where.name`."""
        if self.passes(item):
            return ()
        if type(item) is not dict:
            raise wrong(exchange, pointer, "an object", item)
        for name, types in self.fields:
            if type(item.get(name)) not in types:
                words = " or ".join(sorted(_WORDS[t] for t in types))
                raise wrong(exchange, f"{pointer}/{name}", words, item.get(name, "nothing"))
        left = sorted(item.keys() - self.known)
        if not left and len(self._plain) < _ALIKE:
            self._plain.add((*item, *map(type, item.values())))
        return tuple(f"{where}.{name}" if where else name for name in left)


@dataclass(slots=True)
class Reading:
    """One answer while it is read. `me`: native id of the captured account, None where nobody captured it;
    `touched`: as shapes.tree_of gives it; `left`: fields that nobody decided about, of the record that is
    being read."""

    exchange: Exchange
    touched: frozenset[int] = frozenset()
    left: list[str] = field(default_factory=list)
    context: Mapping[str, Any] = field(init=False)
    me: str | None = field(init=False)

    def __post_init__(self) -> None:
        self.context = self.exchange.context
        self.me = self.context.get("account")

    def check(self, shape: Shape, item: Any, pointer: str, where: str = "") -> None:
        if not shape.passes(item):
            self.left += shape.check(item, self.exchange, pointer, where)

    def part(self, shape: Shape, holder: Mapping[str, Any], name: str, pointer: str) -> dict[str, Any]:
        """The object that stands under `name`; an empty one where there is none."""
        found: dict[str, Any] | None = holder.get(name)
        if found is None:
            return {}
        if not shape.passes(
            found
        ):  # most do: what names the place of one that does not is put together for that one alone
            self.check(shape, found, f"{pointer}/{name}", name)
        return found

    def each(self, shape: Shape, holder: Mapping[str, Any], name: str, pointer: str) -> list[dict[str, Any]]:
        """The objects of the list that stands under `name`, which `holder`'s own shape knows to be one."""
        found: list[dict[str, Any]] | None = holder.get(name)
        if not found:
            return []
        for i, one in enumerate(found):
            if not shape.passes(one):
                self.check(shape, one, f"{pointer}/{name}/{i}", name)
        return found

    def taken(self) -> tuple[str, ...]:
        """What is left of a record that is ready."""
        if not self.left:
            return ()
        left, self.left = tuple(dict.fromkeys(self.left)), []
        return left

    def taken_with(self, words: str | None, pointer: str) -> tuple[str, ...]:
        """The same of a record whose author wrote `words`, which stand at `pointer`. Only what was asked for
        is answered: a field that nobody knows, where the words are lacking, is the words under another name.
        """
        if not self.left:
            return ()
        left = self.taken()
        unknown = [name for name in left if "." not in name]
        if self.me is not None and unknown and words is None:
            raise wrong(
                self.exchange,
                pointer,
                f"there, or no unknown field beside it ({', '.join(unknown)})",
                "nothing",
            )
        return left


def items(value: Any, exchange: Exchange, pointer: str) -> list[Any]:
    if type(value) is not list:
        raise wrong(exchange, pointer, "a list", value)
    return value


def when(text: str, exchange: Exchange, pointer: str) -> datetime:
    """The UTC instant of an ISO 8601 text; UnexpectedResponse where it is none or has no time zone."""
    try:
        return moment(text)
    except (ValueError, OverflowError):
        raise wrong(exchange, pointer, "a date and time with its zone", text) from None


def tree_of(exchange: Exchange) -> tuple[Any, frozenset[int]]:
    """The JSON of a body, and the id() of each object in it that held something which Unicode cannot hold (it
    became U+FFFD).
    """
    try:
        return orjson.loads(exchange.body), frozenset()
    except orjson.JSONDecodeError:
        touched: set[int] = set()
        try:
            return _mended(json_of(exchange), touched)[0], frozenset(touched)
        except RecursionError:
            raise wrong(exchange, "", "JSON that is not nested without end", exchange.body[:40]) from None


def content_of(exchange: Exchange) -> Any:
    """The JSON of a body, repaired: what `fetch` reads becomes part of the next address."""
    return tree_of(exchange)[0]


def _mended(value: Any, touched: set[int]) -> tuple[Any, bool]:
    """`value` with lone surrogates repaired, and whether there were any; numbers beyond 64 bits as orjson
    would give them.
    """
    if isinstance(value, str):
        good = replace_surrogates(value)
        return good, good != value
    if isinstance(value, int) and not -_BIGGEST <= value < _BIGGEST:
        return float("inf"), False
    if isinstance(value, list):
        parts = [_mended(v, touched) for v in value]
        return [v for v, _ in parts], any(changed for _, changed in parts)
    if isinstance(value, dict):
        pairs = [(_mended(k, touched), _mended(v, touched)) for k, v in value.items()]
        made = {k: v for (k, _), (v, _) in pairs}
        changed = any(a or b for (_, a), (_, b) in pairs)
        if changed:
            touched.add(id(made))
        return made, changed
    return value, False
