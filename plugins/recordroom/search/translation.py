"""From luqum's tree to Elasticsearch's query and to words: operators, groups and fields here, single terms in terms.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from luqum.tree import (
    AndOperation,
    BaseGroup,
    Boost,
    Fuzzy,
    Item,
    Not,
    OpenRange,
    OrOperation,
    Phrase,
    Plus,
    Prohibit,
    Proximity,
    Range,
    Regex,
    SearchField,
    UnknownOperation,
    Word,
)

from recordroom.search import fields, foreign, ranges, terms
from recordroom.search.clauses import Term
from recordroom.search.fields import KEYWORD, Named
from recordroom.search.parsing import DEEPEST, Trouble, chunk, quoting

MOST_TERMS = 150  # each becomes up to six clauses; Elasticsearch allows at least 1,024
_IMPLICIT = "Words side by side must all occur (AND)"
_OF_A_POST = "An address is that of a post: what names it is found by the address in quotes alone, what leads there by link:"
_BY_WHOM = "Who hid or removed something is known only where the platform proves it; else it stands as acted_by:unknown"
_MIXED = "AND is read before OR; parentheses say otherwise"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the query and what it says in words. `joined`: by which word its own parts are, if it has several."""

    dsl: dict[str, Any]
    words: str
    negative: bool = False
    joined: str = ""

    def inside(self, joined: str) -> str:
        """Its words within a piece that is joined so."""
        return f"({self.words})" if self.joined not in ("", joined) else self.words


class Translation:
    """One query. `notes`: sentences on how it was read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._terms = 0
        self._notes: dict[str, None] = {}

    @property
    def notes(self) -> list[str]:
        return list(self._notes)

    def whole(self, tree: Item) -> tuple[dict[str, Any], str]:
        """(Elasticsearch's query, the query in words)."""
        part = self._part(tree, None, 0)
        if part is None:
            raise Trouble("there is nothing to search for in this", 0, (0, len(self._text), "*"))
        return part.dsl, part.words

    def _part(self, node: Item, field: Named | None, depth: int) -> Part | None:
        """None: only signs that no search can find."""
        if depth > 2 * DEEPEST:
            raise Trouble("too many levels within each other", node.pos, None)
        if isinstance(node, (OrOperation, AndOperation, UnknownOperation)):
            return self._operation(node, field, depth)
        if isinstance(node, Boost):
            return self._boost(node, field, depth)
        inner = _inside(node)
        if inner is None:
            return self._term(node, field)
        part = self._part(inner, self._named(node) if isinstance(node, SearchField) else field, depth + 1)
        return _negated(part) if part is not None and isinstance(node, (Not, Prohibit)) else part

    def _operation(self, node: Item, field: Named | None, depth: int) -> Part | None:
        either = alternatives(node)
        flat = [item for side in either for item in side]
        if len(either) > 1 and len(flat) > len(either):
            self._notes[_MIXED] = None
        if _has_implicit(node):
            self._notes[_IMPLICIT] = None
        for item in flat:
            if field is None and isinstance(item, Word) and item.value.lower() in ("and", "or", "not"):
                self._notes[f'"{item.value}" is a word here; the operator is {item.value.upper()}'] = None
        sides = [_all_of([p for item in side if (p := self._part(item, field, depth + 1))]) for side in either]
        return _any_of([side for side in sides if side is not None])

    def _named(self, node: SearchField) -> Named:
        found = fields.find(node.name)
        if found is None:
            close = fields.close_to(node.name)
            end = max(node.pos + node.size, chunk(self._text, node.pos)[1])  # an address is one piece to people
            edit = (node.pos, node.pos + len(node.name), close) if close else quoting(self._text, node.pos, end)
            raise Trouble(fields.why_not(node.name), node.pos, edit)
        if found.paths == ("acted_by",):
            self._notes[_BY_WHOM] = None
        if found.paths == ("url",):
            self._notes[_OF_A_POST] = None
        return found

    def _boost(self, node: Boost, field: Named | None, depth: int) -> Part | None:
        part = self._part(node.expr, field, depth + 1)
        if part is None or node.force == 0:
            return part
        dsl = {"bool": {"must": [part.dsl], "boost": float(node.force)}}
        return Part(dsl, f"{part.inside('')} (weighing {node.force} times)")

    def _term(self, node: Item, field: Named | None) -> Part | None:
        self._terms += 1
        if self._terms > MOST_TERMS:
            message = f"the query has more than {MOST_TERMS} terms: split it"
            raise Trouble(message, node.pos, (node.pos, len(self._text), ""))
        term = self._read_term(node, field)
        if term is None:
            shown = self._text[node.pos : node.pos + node.size]
            self._notes[f"{shown} holds nothing that can be searched and is passed over"] = None
            return None
        if isinstance(node, (Phrase, Proximity)) and (field is None or field.type != KEYWORD) and terms.looks_wild(node):
            self._notes["* and ? stand for no letters within quotes"] = None
        if field is None and isinstance(node, Word) and (note := foreign.note(node.value)):
            self._notes[note] = None
        return Part(term.dsl, term.words)

    def _read_term(self, node: Item, field: Named | None) -> Term | None:
        if isinstance(node, Word):
            return terms.word(node, field)
        if isinstance(node, Phrase):
            return terms.phrase(node, field)
        if isinstance(node, Proximity):
            return terms.near(node, field)
        if isinstance(node, Fuzzy):
            return terms.fuzzy(node, field)
        if isinstance(node, (Range, OpenRange)):
            return ranges.between(node, field, self._text)
        if isinstance(node, Regex):
            edit = quoting(self._text, node.pos + 1, node.pos + node.size - 1)
            raise Trouble(
                "regular expressions are not searched for; * and ? stand for letters", node.pos, (node.pos, node.pos + node.size, edit[2])
            )
        raise Trouble(f"{self._text[node.pos : node.pos + node.size]} cannot be read", node.pos, None)


def _inside(node: Item) -> Item | None:
    """What stands inside a sign, a pair of parentheses or a field; None for a term."""
    if isinstance(node, (Not, Prohibit, Plus)):
        return node.a
    return node.expr if isinstance(node, (BaseGroup, SearchField)) else None


def alternatives(node: Item) -> list[list[Item]]:
    """What stands between the ORs of one level, each as what stands between its ANDs; side by side is AND."""
    if isinstance(node, OrOperation):
        return [side for operand in node.operands for side in alternatives(operand)]
    if isinstance(node, (AndOperation, UnknownOperation)):
        sides = alternatives(node.operands[0])
        for operand in node.operands[1:]:
            first, *rest = alternatives(operand)
            sides = [*sides[:-1], [*sides[-1], *first], *rest]
        return sides
    return [[node]]


def _has_implicit(node: Item) -> bool:
    """Whether words stand side by side on this level."""
    if isinstance(node, UnknownOperation):
        return True
    return isinstance(node, (OrOperation, AndOperation)) and any(_has_implicit(operand) for operand in node.operands)


def _all_of(parts: list[Part]) -> Part | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    wanted = [p.dsl for p in parts if not p.negative]
    unwanted = [p.dsl["bool"]["must_not"][0] for p in parts if p.negative]
    dsl = {"bool": {k: v for k, v in (("must", wanted), ("must_not", unwanted)) if v}}
    return Part(dsl, " and ".join(p.inside("and") for p in parts), joined="and")


def _any_of(parts: list[Part]) -> Part | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    dsl = {"bool": {"should": [p.dsl for p in parts], "minimum_should_match": 1}}
    return Part(dsl, " or ".join(p.inside("or") for p in parts), joined="or")


def _negated(part: Part) -> Part:
    return Part({"bool": {"must_not": [part.dsl]}}, f"not {part.inside('')}", negative=True)
