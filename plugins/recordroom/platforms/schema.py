"""The declared fields of an item: those that are read with their types, and those that are ignored and why.

```python
TAG = Shape({"name": TEXT, "url": TEXT | NULL}, {"history": "use of the tag by everybody"})
left = TAG.check(item, exchange, "/0/tags/1")  # usually (); else the names of undeclared fields
```

`check` raises UnexpectedResponse with the field and what was found if a field has another type than declared;
an optional field has NULL among its types. JSON gives exactly these Python types, so comparing types is
enough, and after `check` the fields can be read safely. `Reading(exchange)` checks the nested parts of a
response, and collects the undeclared fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from recordroom.model import Exchange, moment
from recordroom.platforms.http import read_json, unexpected_field
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
    """The declared fields of one kind of item.

    read: field -> its permitted types.
    ignored: field -> why it is not read.
    """

    __slots__ = ("_plain", "fields", "ignored", "known")

    def __init__(self, read: Mapping[str, frozenset[type]], ignored: Mapping[str, str] | None = None) -> None:
        self.fields, self.ignored = tuple(read.items()), dict(ignored or {})
        self.known = frozenset(read) | self.ignored.keys()
        # names and types of the fields of valid items; most items have the same
        self._plain = set[tuple[str | type, ...]]()

    def only(self, *names: str) -> Shape:
        """Return the shape of the fields that a crawl needs in order to continue.

        `parse` reports what else is wrong with an item. A crawl that checked all fields would stop at one
        such item, and lose everything after it.
        """
        return Shape({name: types for name, types in self.fields if name in names})

    def is_known_valid(self, item: Any) -> bool:
        """Report whether a valid item with the same names and types was checked before."""
        return type(item) is dict and (*item, *map(type, item.values())) in self._plain

    def check(self, item: Any, exchange: Exchange, pointer: str, where: str = "") -> tuple[str, ...]:
        """Check an item, and return the names of its undeclared fields as `where.name`."""
        if self.is_known_valid(item):
            return ()
        if type(item) is not dict:
            raise unexpected_field(exchange, pointer, "an object", item)
        for name, types in self.fields:
            if type(item.get(name)) not in types:
                words = " or ".join(sorted(_WORDS[t] for t in types))
                raise unexpected_field(exchange, f"{pointer}/{name}", words, item.get(name, "nothing"))
        left = sorted(item.keys() - self.known)
        if not left and len(self._plain) < _ALIKE:
            self._plain.add((*item, *map(type, item.values())))
        return tuple(f"{where}.{name}" if where else name for name in left)


@dataclass(slots=True)
class Reading:
    """A response that is being read."""

    exchange: Exchange
    repaired: frozenset[int] = frozenset()  # from `load_tree`
    leftover: list[str] = field(default_factory=list)  # undeclared fields of the current record
    context: Mapping[str, Any] = field(init=False)
    me: str | None = field(init=False)  # native ID of the captured account; None outside of a capture

    def __post_init__(self) -> None:
        self.context = self.exchange.context
        self.me = self.context.get("account")

    def check(self, shape: Shape, item: Any, pointer: str, where: str = "") -> None:
        """Check an item, and collect its undeclared fields."""
        if not shape.is_known_valid(item):
            self.leftover += shape.check(item, self.exchange, pointer, where)

    def read_object(self, shape: Shape, holder: Mapping[str, Any], name: str, pointer: str) -> dict[str, Any]:
        """Return the object in the field `name`, checked; {} if there is none."""
        found: dict[str, Any] | None = holder.get(name)
        if found is None:
            return {}
        if not shape.is_known_valid(found):  # the pointer is built only for the few that do not
            self.check(shape, found, f"{pointer}/{name}", name)
        return found

    def read_objects(
        self, shape: Shape, holder: Mapping[str, Any], name: str, pointer: str
    ) -> list[dict[str, Any]]:
        """Return the objects in the list `name`, checked; the shape of `holder` declares it as a list."""
        found: list[dict[str, Any]] | None = holder.get(name)
        if not found:
            return []
        for i, one in enumerate(found):
            if not shape.is_known_valid(one):
                self.check(shape, one, f"{pointer}/{name}/{i}", name)
        return found

    def take_leftover(self) -> tuple[str, ...]:
        """Return and clear the undeclared fields of a completed record."""
        if not self.leftover:
            return ()
        left, self.leftover = tuple(dict.fromkeys(self.leftover)), []
        return left

    def take_leftover_of_text(self, words: str | None, pointer: str) -> tuple[str, ...]:
        """Return and clear the undeclared fields of a record with a text.

        The platform sends only requested fields. So if the text is missing and there is an unknown field,
        that field is the text under a new name: UnexpectedResponse.
        words: the text. pointer: where it is.
        """
        if not self.leftover:
            return ()
        left = self.take_leftover()
        unknown = [name for name in left if "." not in name]
        if self.me is not None and unknown and words is None:
            raise unexpected_field(
                self.exchange,
                pointer,
                f"present, or no unknown field with it ({', '.join(unknown)})",
                "nothing",
            )
        return left


def require_list(value: Any, exchange: Exchange, pointer: str) -> list[Any]:
    """Return a value that must be a list; UnexpectedResponse otherwise."""
    if type(value) is not list:
        raise unexpected_field(exchange, pointer, "a list", value)
    return value


def read_time(text: str, exchange: Exchange, pointer: str) -> datetime:
    """Return the UTC time of an ISO 8601 text; UnexpectedResponse if it is not one, or has no time zone."""
    try:
        return moment(text)
    except (ValueError, OverflowError):
        raise unexpected_field(exchange, pointer, "a date and time with a time zone", text) from None


def load_tree(exchange: Exchange) -> tuple[Any, frozenset[int]]:
    """Return the JSON of a body, with U+FFFD for what is not valid Unicode.

    Also returns the id() of each object in which something was replaced.
    """
    try:
        return orjson.loads(exchange.body), frozenset()
    except orjson.JSONDecodeError:
        touched: set[int] = set()
        try:
            return _mended(read_json(exchange), touched)[0], frozenset(touched)
        except RecursionError:
            raise unexpected_field(exchange, "", "JSON with limited nesting", exchange.body[:40]) from None


def load_content(exchange: Exchange) -> Any:
    """Return the repaired JSON of a body, for `fetch`, which puts parts of it into addresses."""
    return load_tree(exchange)[0]


def _mended(value: Any, touched: set[int]) -> tuple[Any, bool]:
    """Return a value without lone surrogates, and whether it had any.

    Numbers beyond 64 bits become what orjson makes of them.
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
