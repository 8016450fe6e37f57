"""Words near each other: `ice w/5 closed`, `"snow day" pre/3 (clos! OR cancel!)`.

Elasticsearch's `intervals` query counts the words between, in either order or in one, and takes patterns.
Both sides are searched in one analyzed field, by English stems or by Spanish ones, as a phrase is; a pattern
also among the words as written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from luqum.tree import (
    AndOperation,
    BaseGroup,
    Fuzzy,
    Item,
    Not,
    OrOperation,
    Phrase,
    Plus,
    Prohibit,
    SearchField,
    UnknownOperation,
    Word,
)

from recordroom.search import analysis
from recordroom.search.query import syntax, terms
from recordroom.search.query.fields import EXACT, QueryField, Term, match_any
from recordroom.search.query.syntax import NO_EDIT, Near, Trouble, split_alternatives
from recordroom.search.query.values import quote, read_text

Rule = dict[str, Any]
MOST_SIGNS = 5  # that contain each other: the query that Elasticsearch is sent doubles with each
AS_WRITTEN = ".exact"  # the subfield without stems
_SMALL_OR = re.compile(r"(?<=\s)or(?=\s)", re.IGNORECASE)
_SIDES = "a word, a phrase in quotes, or several of these in parentheses, joined with OR"


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a sign of proximity, or both of them together."""

    # (path of an analyzed field, subfield) -> Elasticsearch's rule of `intervals`
    rule: Callable[[str, str], Rule]
    words: str
    joined: bool = False  # whether the words need parentheses next to others

    @property
    def inside(self) -> str:
        return f"({self.words})" if self.joined else self.words


def read_near(node: Near, field: QueryField | None, text: str) -> Term:
    """Read words near each other.

    text: the whole query. Trouble for a side that is not made of words.
    """
    named = field or terms.EVERYWHERE
    if not terms.is_of_words(named):
        raise Trouble(f"a proximity search is not possible in {named.title}", node.pos, NO_EDIT)
    if sum(1 for _ in _signs(node)) > MOST_SIGNS:
        raise Trouble(
            f"more than {MOST_SIGNS} proximity operators are nested: split the query", node.pos, NO_EDIT
        )
    side = _Reading(named, text).near(node)
    forms = (AS_WRITTEN,) if named.type == EXACT else ("", ".es")
    asked = (
        {"intervals": {f"{path}{form}": side.rule(path, form)}} for path in named.paths for form in forms
    )
    return Term(match_any(asked), f"{side.words}{terms.describe_field(field)}")


def refuse_without(sign: syntax.Sign, at: int) -> Trouble:
    """Refuse `a NOT w/5 b`: it asks for a place in a text, and an index can only tell records apart."""
    words = f"NOT {sign.text} is not supported; NOT (a {sign.text} b) leaves out every record with both"
    return Trouble(words, at, NO_EDIT)


def describe_signs(node: Near) -> Iterator[str]:
    """Yield how each sign was read, in words."""
    for one in _signs(node):
        order = "in this order" if one.sign.in_order else "in either order"
        yield f'"{one.sign.text}" means up to {one.sign.between} words between, {order}'


def list_terms(node: Item) -> Iterator[Item]:
    """Yield the single terms of both sides."""
    if isinstance(node, (Word, Phrase, Fuzzy)):
        yield node
    for child in _below(node):
        yield from list_terms(child)


def _signs(node: Item) -> Iterator[Near]:
    if isinstance(node, Near):
        yield node
    for child in _below(node):
        yield from _signs(child)


def _below(node: Item) -> list[Item]:
    if isinstance(node, (Phrase, Fuzzy)):
        return []
    if isinstance(node, (OrOperation, UnknownOperation)):
        return [item for side in split_alternatives(node) for item in side]
    return list(node.children)


class _Reading:
    """Reads both sides of the signs of one query, in one field."""

    def __init__(self, field: QueryField, text: str) -> None:
        self._field, self._text = field, text

    def near(self, node: Near) -> _Side:
        sign = node.sign
        if sign.between is None:
            at = self._text.find(sign.text, node.left.pos + node.left.size)
            why = "the index has no sentences or paragraphs"
            message = f"{sign.text} is not supported, because {why}; {sign.instead} is similar"
            raise Trouble(message, at, (at, at + len(sign.text), sign.instead))
        if sign.between > terms.FARTHEST:
            raise Trouble(f"words can be at most {terms.FARTHEST:,} words apart", node.pos, NO_EDIT)
        self._refuse_outside(node)
        left, right = self._side(node.left, sign), self._side(node.right, sign)

        def rule(path: str, form: str) -> Rule:
            both = [left.rule(path, form), right.rule(path, form)]
            if sign.in_order:
                return _in_order(both, sign.between)
            return _either([_in_order(both, sign.between), _in_order(both[::-1], sign.between)])

        joint = f"at most {sign.between} words before" if sign.in_order else f"within {sign.between} words of"
        return _Side(rule, f"{left.inside} {joint} {right.inside}", joined=True)

    def _refuse_outside(self, node: Near) -> None:
        """Refuse `NOT a w/5 b` and `title:a w/5 b`.

        The part before the first side is meant for both.
        """
        start, end = node.left.pos, node.pos + node.size
        if isinstance(node.left, Word) and node.left.value.lower() == "not":
            raise refuse_without(node.sign, start)
        rest = f" {self._text[node.left.pos + node.left.size : end].strip()}"
        if isinstance(node.left, (Not, Prohibit)):
            sign = "NOT " if isinstance(node.left, Not) else "-"
            whole = f"{sign}({self._piece(node.left.a).strip()}{rest})"
            raise Trouble(f"{node.sign.text} cannot join an excluded word", start, (start, end, whole))
        if isinstance(node.left, SearchField):
            whole = f"{node.left.name}:({self._piece(node.left.expr).strip()}{rest})"
            message = f"{node.sign.text} joins words of one field; put both in parentheses"
            raise Trouble(message, start, (start, end, whole))

    def _side(self, node: Item, sign: syntax.Sign) -> _Side:
        if isinstance(node, Near):
            return self.near(node)
        if isinstance(node, Plus):
            return self._side(node.a, sign)
        if isinstance(node, BaseGroup):
            return self._group(node, sign)
        if isinstance(node, (Word, Phrase, Fuzzy)):
            return self._term(node, sign)
        raise self._trouble(node, sign)

    def _group(self, node: BaseGroup, sign: syntax.Sign) -> _Side:
        inner = node.expr
        if isinstance(inner, (OrOperation, UnknownOperation)):
            either = split_alternatives(inner)
            if any(len(side) > 1 for side in either):
                raise self._trouble(node, sign)
            sides = [self._side(side[0], sign) for side in either]
            if len(sides) == 1:
                return sides[0]
            said = " or ".join(one.inside for one in sides)
            return _Side(
                lambda path, form: _either([one.rule(path, form) for one in sides]), said, joined=True
            )
        if isinstance(inner, AndOperation):
            raise self._trouble(node, sign)
        return self._side(inner, sign)

    def _term(self, node: Word | Phrase | Fuzzy, sign: syntax.Sign) -> _Side:
        value = analysis.normalize(read_text(node.term if isinstance(node, Fuzzy) else node))
        if analysis.has_unspaced_script(value):
            message = f"{sign.text} counts words, and {quote(value)} has no spaces between words"
            raise Trouble(message, node.pos, NO_EDIT)
        term = terms.read_near_word(node, self._field)
        if term is None:
            raise self._trouble(node, sign)
        said, asked = term
        return _Side(lambda path, form: _either([_at(one, path, form) for one in asked]), said)

    def _trouble(self, node: Item, sign: syntax.Sign) -> Trouble:
        piece = self._piece(node)
        edit = NO_EDIT
        if isinstance(node, BaseGroup) and isinstance(node.expr, UnknownOperation):
            end = node.pos + node.size
            if _SMALL_OR.search(piece):
                edit = (node.pos, end, _SMALL_OR.sub("OR", piece))
            elif '"' not in piece:
                edit = (node.pos, end, f'"{piece[1:-1].strip()}"')
        return Trouble(f"{sign.text} cannot join {piece}; each side must be {_SIDES}", node.pos, edit)

    def _piece(self, node: Item) -> str:
        return self._text[node.pos : node.pos + node.size]


def _at(one: terms.Sought, path: str, form: str) -> Rule:
    """Return the rule for a subfield.

    All subfields of `path` have the same words at the same places.
    """
    [(kind, body)] = one.rule.items()
    return {
        kind: body | ({"use_field": f"{path}{AS_WRITTEN}"} if one.as_written and form != AS_WRITTEN else {})
    }


def _in_order(rules: list[Rule], between: int | None) -> Rule:
    """Return a rule for one order.

    In either order Elasticsearch would take one word for both sides: `closes w/5 clos*`.
    """
    return {"all_of": {"intervals": rules, "max_gaps": between, "ordered": True}}


def _either(rules: list[Rule]) -> Rule:
    return rules[0] if len(rules) == 1 else {"any_of": {"intervals": rules}}
