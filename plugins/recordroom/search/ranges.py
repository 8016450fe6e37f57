"""Ranges: `published:[2026-01 TO 2026-03]`, `likes:>=100`. A date as an end stands for all the time that it names."""

from __future__ import annotations

from typing import Any

from luqum.tree import Item, OpenRange, Phrase, Range, To, Word

from recordroom.model import instant
from recordroom.search.clauses import Term, any_of, present
from recordroom.search.fields import INSTANT, INTEGER, KEYWORD, Named
from recordroom.search.parsing import Trouble, quoting
from recordroom.search.values import day, integer, shown, span_of, typed

_SAID = {("g", True): "from", ("g", False): "after", ("l", True): "up to", ("l", False): "before"}


def between(node: Range | OpenRange, field: Named | None, text: str) -> Term:
    """`text`: the whole query."""
    whole = (node.pos, node.pos + node.size)
    if field is None:
        raise Trouble("a range needs a field before it, such as published:", node.pos, quoting(text, *whole))
    if field.type not in (INSTANT, INTEGER, KEYWORD):
        raise Trouble(f"{field.title} takes no range", node.pos, quoting(text, *whole))
    if isinstance(node, Range):
        low, high, with_low, with_high = node.low, node.high, node.include_low, node.include_high
    elif isinstance(node, To):
        low, high, with_low, with_high = None, node.a, True, node.include
    else:
        low, high, with_low, with_high = node.a, None, node.include, True
    bounds: dict[str, Any] = {}
    said: list[str] = []
    for item, name, inclusive in ((low, "g", with_low), (high, "l", with_high)):
        if item is not None and not (isinstance(item, Word) and item.value == "*"):
            operator, value, named = _bound(item, field, name, inclusive)
            bounds[operator] = value
            said.append(f"{_SAID[name, inclusive]} {named}")
    if not bounds:
        return present(field)
    if low is not None and high is not None:
        _refuse_empty(low, high, field, bounds, text)
    return Term(any_of({"range": {path: bounds}} for path in field.paths), f"{field.title} {' and '.join(said)}")


def _refuse_empty(low: Item, high: Item, field: Named, bounds: dict[str, Any], text: str) -> None:
    """A range that ends before it begins would find nothing, and hide why."""
    ends = [value for _, value in sorted(bounds.items())]  # gt or gte stands before lt or lte
    if field.type == KEYWORD or len(ends) == 1 or ends[0] <= ends[1]:
        return
    first, between, last = text[low.pos : low.pos + low.size], text[low.pos + low.size : high.pos], text[high.pos : high.pos + high.size]
    if first == last:
        raise Trouble("nothing lies within this range", low.pos - 1, (low.pos - 1, high.pos + high.size + 1, first))
    raise Trouble("this range ends before it begins", low.pos, (low.pos, high.pos + high.size, f"{last}{between}{first}"))


def _bound(item: Item, field: Named, side: str, inclusive: bool) -> tuple[str, Any, str]:
    """(operator, value, in words) of one end of a range."""
    if not isinstance(item, (Word, Phrase)):
        raise Trouble("a range goes from one value to another", item.pos, (item.pos, item.pos + item.size, "*"))
    value = typed(item)
    if field.type == INSTANT:
        span = span_of(item, value)
        if side == "g":
            return "gte", instant(span.start if inclusive else span.end), day(value, span)
        [(operator, end)] = span.before.items() if inclusive else [("lt", instant(span.start))]
        return operator, end, day(value, span)
    return f"{side}te" if inclusive else f"{side}t", integer(item, value) if field.type == INTEGER else value, shown(value)
