"""Translate luqum's tree to Elasticsearch's query and to words.

Operators, groups, and fields; single terms are in terms.py.
"""

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

from recordroom.search.query import fields, proximity, syntax, terms, values
from recordroom.search.query.fields import KEYWORD, QueryField, Term, match_any
from recordroom.search.query.foreign_fields import suggest_query
from recordroom.search.query.syntax import (
    DEEPEST,
    Edit,
    Near,
    Trouble,
    find_chunk,
    quote_piece,
    split_alternatives,
)
from recordroom.search.query.values import read_text

MOST_TERMS = 150  # each becomes up to six clauses; Elasticsearch allows at least 1,024
SIDE_BY_SIDE = "Without an operator, all words must occur (AND)"
_OF_A_POST = (
    "An address finds its post. To search for text that contains the address, put it in quotes; for links to"
    " it, use link:"
)
_BY_WHOM = (
    "It is known who hid or removed something only if the platform proves it; otherwise use acted_by:unknown"
)
_MIXED = "AND comes before OR; use parentheses to change this"
_NEAR_FIRST = "Proximity operators come before OR; use parentheses to change this"
_QUESTION = "? at the end of a word is punctuation; inside a word it replaces one letter"
_SINGLE = "Single quotes around several words make a phrase"
_IDLE_ROOT = (
    "The ! of {} is punctuation here; it finds other endings only at the end of a word of at least three"
    " letters without other characters"
)
_QUOTED_SIGN = "{} is a word of the phrase here; write a proximity operator outside the quotes"
_QUOTED = "*, ?, and ! do not replace letters inside quotes"


@dataclass(frozen=True, slots=True)
class TranslatedPart:
    """A piece of the query, and the piece in words."""

    dsl: dict[str, Any]
    words: str
    negative: bool = False
    joined: str = ""  # the word that joins its own parts, if it has several

    def inside(self, joined: str) -> str:
        """Return its words within a piece that is joined by this word."""
        return f"({self.words})" if self.joined not in ("", joined) else self.words


class Translation:
    """One query.

    to_mark: whether it only marks words in hits that another query found.
    notes: sentences on how it was read. doubts: sentences on why a result of nothing may be wrong.
    fields: fields of the index that it searches. has_fuzzy: whether it searches for words that differ in some
    letters.
    has_near: whether any of its words have to be near each other.
    """

    def __init__(self, text: str, *, to_mark: bool = False) -> None:
        self._text, self._to_mark = text, to_mark
        self._terms = 0
        self.notes: dict[str, None] = {}
        self.doubts: dict[str, None] = {}
        self.fields: set[str] = set()
        self.has_fuzzy = self.has_near = False

    def whole(self, tree: Item) -> tuple[dict[str, Any], str]:
        """(Elasticsearch's query, the query in words)."""
        part = self._part(tree, None, 0)
        if part is None:
            raise Trouble("there is nothing to search for here", 0, (0, len(self._text), "*"))
        return part.dsl, part.words

    def _part(self, node: Item, field: QueryField | None, depth: int) -> TranslatedPart | None:
        """Translate one node; None for signs that no search can find."""
        if depth > 2 * DEEPEST:
            raise Trouble("too many nested levels", node.pos, None)
        if isinstance(node, (OrOperation, AndOperation, UnknownOperation)):
            return self._operation(node, field, depth)
        if isinstance(node, Boost):
            return self._boost(node, field, depth)
        if isinstance(node, Near):
            return self._near(node, field)
        if isinstance(node, SearchField) and str(node).strip() == "*:*":  # Lucene's "everything"
            return self._term(node.expr, None)
        inner = _inside(node)
        _refuse_not([node])
        if inner is None:
            return self._term(node, field)
        part = self._part(inner, self._named(node) if isinstance(node, SearchField) else field, depth + 1)
        return _negated(part) if part is not None and isinstance(node, (Not, Prohibit)) else part

    def _operation(self, node: Item, field: QueryField | None, depth: int) -> TranslatedPart | None:
        either = split_alternatives(node)
        flat = [item for side in either for item in side]
        if len(either) > 1 and len(flat) > len(either):
            self._doubt(_MIXED)
        if len(either) > 1 and any(isinstance(item, Near) for item in flat):
            self._doubt(_NEAR_FIRST)
        if _implicit(node) > sum(map(_signed, flat)):
            self._doubt(SIDE_BY_SIDE)
        for side in either:
            for at in range(len(side)):
                _refuse_not(side[at:])
        for item in flat:
            if field is None and isinstance(item, Word) and item.value.lower() in ("and", "or", "not"):
                self._doubt(f'"{item.value}" is a word here; the operator is {item.value.upper()}')
        sides = [
            _all_of([p for item in side if (p := self._part(item, field, depth + 1))]) for side in either
        ]
        return _any_of([side for side in sides if side is not None])

    def _named(self, node: SearchField) -> QueryField:
        found = fields.find_field(node.name)
        if found is None:
            raise Trouble(fields.explain_unknown(node.name), node.pos, self._other_field(node))
        if found.paths == ("acted_by",):
            self._doubt(_BY_WHOM)
        if found.paths == ("url",):
            self._doubt(_OF_A_POST)
        return found

    def _other_field(self, node: SearchField) -> Edit:
        """Return the edit for an unknown field: what was perhaps meant."""
        start, end = node.pos, node.pos + node.size
        if node.name == "*":  # any field: without one it is sought in all of the text
            return start, start + 2, ""
        if isinstance(node.expr, (Word, Phrase)) and (
            meant := suggest_query(node.name, read_text(node.expr))
        ):
            return start, node.expr.pos + node.expr.size, meant
        if close := fields.suggest_field(node.name):
            return start, start + len(node.name), close
        end = max(end, find_chunk(self._text, start)[1])  # an address is one piece to people
        return quote_piece(self._text, start, end)

    def _near(self, node: Near, field: QueryField | None) -> TranslatedPart:
        for leaf in proximity.list_terms(node):
            self._count(leaf)
        found = proximity.read_near(node, field, self._text)
        self.has_near = True
        for leaf in proximity.list_terms(node):
            self._use(leaf, field)
        self.notes |= dict.fromkeys(proximity.describe_signs(node))
        for leaf in proximity.list_terms(node):
            self._note_of(leaf, field)
        if not self._to_mark:
            return TranslatedPart(found.dsl, found.words, joined="near")
        terms_alone = (self._read_term(leaf, field) for leaf in proximity.list_terms(node))
        return TranslatedPart(match_any(term.dsl for term in terms_alone if term is not None), found.words)

    def _doubt(self, words: str) -> None:
        self.notes[words] = self.doubts[words] = None

    def _boost(self, node: Boost, field: QueryField | None, depth: int) -> TranslatedPart | None:
        part = self._part(node.expr, field, depth + 1)
        if part is None or node.force == 0:
            return part
        dsl = {"bool": {"must": [part.dsl], "boost": float(node.force)}}
        return TranslatedPart(dsl, f"{part.inside('')} (weight {node.force})")

    def _count(self, node: Item) -> None:
        self._terms += 1
        if self._terms > MOST_TERMS:
            message = f"the query has more than {MOST_TERMS} terms: split it"
            raise Trouble(message, node.pos, (node.pos, len(self._text), ""))

    def _term(self, node: Item, field: QueryField | None) -> TranslatedPart | None:
        self._count(node)
        term = self._read_term(node, field)
        if term is None:
            self._pass_over(node)
            return None
        self._use(node, field)
        self._note_of(node, field)
        return TranslatedPart(term.dsl, term.words)

    def _use(self, node: Item, field: QueryField | None) -> None:
        self.fields.update((field or terms.EVERYWHERE).paths)
        self.has_fuzzy = self.has_fuzzy or isinstance(node, Fuzzy)

    def _pass_over(self, node: Item) -> None:
        shown = self._text[node.pos : node.pos + node.size]
        if shown == "&":
            self.notes['"&" means AND'] = None
        else:
            self._doubt(f"{shown} has nothing to search for and is ignored")

    def _note_of(self, node: Item, field: QueryField | None) -> None:
        """Note what to know of how a term was read."""
        if isinstance(node, (Phrase, Proximity)):
            self._note_of_phrase(node, field)
        if isinstance(node, Word):
            self._note_of_word(node, field)

    def _note_of_phrase(self, node: Phrase | Proximity, field: QueryField | None) -> None:
        if (field is None or field.type != KEYWORD) and terms.looks_wild(node):
            self._doubt(_QUOTED)
        if (field is None or terms.is_of_words(field)) and (sign := terms.find_quoted_sign(node)):
            self._doubt(_QUOTED_SIGN.format(sign))
        if isinstance(node, Phrase) and self._text[node.pos] in "'\u2018":
            self._doubt(_SINGLE)

    def _note_of_word(self, node: Word, field: QueryField | None) -> None:
        given = terms.strip_question(node.value, field)
        if given != node.value:
            self._doubt(_QUESTION)
        if root := terms.find_root(given, field):
            self.notes[f'"{root}!" finds the word and words that begin with it'] = None
        elif syntax.has_idle_root(given) and (field is None or terms.is_of_words(field)):
            self._doubt(_IDLE_ROOT.format(given))
        if field is not None:
            return
        if note := syntax.explain_sign(node.value):
            self._doubt(note)
        if parts := terms.split_joined(given):
            either = " OR ".join(parts)
            self.doubts[f"{given} finds its words in this order; for any of them, write {either}"] = None

    def _read_term(self, node: Item, field: QueryField | None) -> Term | None:
        if isinstance(node, Word):
            self._refuse_sign(node, field)
            return terms.read_word(node, field)
        if isinstance(node, Phrase):
            return terms.read_phrase(node, field)
        if isinstance(node, Proximity):
            return terms.read_proximity(node, field)
        if isinstance(node, Fuzzy):
            return terms.read_fuzzy(node, field)
        if isinstance(node, (Range, OpenRange)):
            return values.read_range(node, field, self._text)
        if isinstance(node, Regex):
            edit = quote_piece(self._text, node.pos + 1, node.pos + node.size - 1)
            raise Trouble(
                "regular expressions are not supported; * and ? replace letters",
                node.pos,
                (node.pos, node.pos + node.size, edit[2]),
            )
        raise Trouble(f"{self._text[node.pos : node.pos + node.size]} cannot be read", node.pos, None)

    def _refuse_sign(self, node: Word, field: QueryField | None) -> None:
        """Refuse a sign of proximity that joins nothing.

        As letters it would find nothing, and hide why.
        """
        sign = syntax.read_sign(node.value)
        if sign is None or (field is not None and not terms.is_of_words(field)):
            return
        start, end = node.pos, node.pos + node.size
        alone = self._text.strip() == self._text[start:end]
        edit = quote_piece(self._text, start, end) if alone else (start, end, "")
        message = f"{sign.text} has nothing to join here: write a word or a phrase before it and after it"
        raise Trouble(message, start, edit)


def _inside(node: Item) -> Item | None:
    """Return what a sign, a pair of parentheses, or a field contains; None for a term."""
    if isinstance(node, (Not, Prohibit, Plus)):
        return node.a
    return node.expr if isinstance(node, (BaseGroup, SearchField)) else None


def _refuse_not(side: list[Item]) -> None:
    """Refuse items that begin as `NOT w/5 b` or `-NEAR b`.

    The sign would count as a word that must not occur.
    """
    node = side[0]
    if isinstance(node, (Not, Prohibit)) and (sign := syntax.find_sign([node.a, *side[1:]], 0)):
        raise proximity.refuse_without(sign, node.pos)


def _implicit(node: Item) -> int:
    """Count the pairs of items of this level that have nothing between them."""
    if isinstance(node, UnknownOperation):
        return len(node.operands) - 1 + sum(map(_implicit, node.operands))
    return sum(map(_implicit, node.operands)) if isinstance(node, (OrOperation, AndOperation)) else 0


def _signed(item: Item) -> int:
    """Count the pairs of items of a level that have a sign of proximity between them."""
    return item.sign.size + 1 + _signed(item.left) if isinstance(item, Near) else 0


def _all_of(parts: list[TranslatedPart]) -> TranslatedPart | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    wanted = [p.dsl for p in parts if not p.negative]
    unwanted = [p.dsl["bool"]["must_not"][0] for p in parts if p.negative]
    dsl = {"bool": {k: v for k, v in (("must", wanted), ("must_not", unwanted)) if v}}
    return TranslatedPart(dsl, " and ".join(p.inside("and") for p in parts), joined="and")


def _any_of(parts: list[TranslatedPart]) -> TranslatedPart | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    dsl = {"bool": {"should": [p.dsl for p in parts], "minimum_should_match": 1}}
    return TranslatedPart(dsl, " or ".join(p.inside("or") for p in parts), joined="or")


def _negated(part: TranslatedPart) -> TranslatedPart:
    return TranslatedPart({"bool": {"must_not": [part.dsl]}}, f"not {part.inside('')}", negative=True)
