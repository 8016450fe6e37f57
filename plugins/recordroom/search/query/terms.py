"""Single terms of a query: what they ask Elasticsearch, and the same in words.

Values are checked against the field's type.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from luqum.tree import Fuzzy, Item, Phrase, Proximity, Word

from recordroom.search import analysis
from recordroom.search.query import permalinks, syntax
from recordroom.search.query.fields import (
    BOOLEAN,
    CHOICE,
    CONTENT,
    DAY,
    EXACT,
    HANDLE,
    INSTANT,
    INTEGER,
    KEYWORD,
    TAG,
    TEXT,
    QueryField,
    Term,
    is_analyzed,
    match_any,
    match_present,
)
from recordroom.search.query.syntax import Trouble, quote_piece
from recordroom.search.query.values import (
    UNDECIDED,
    day_bounds,
    describe_day,
    quote,
    read_integer,
    read_span,
    read_text,
    read_truth,
    refuse_unknown,
    unescape,
)

_WITHOUT_PATTERNS = (INSTANT, DAY, INTEGER, BOOLEAN, CHOICE)  # types of fields
LONGEST = 1_000  # characters of an expression that Elasticsearch takes (index.max_regex_length)


def is_beyond_a_to_z(value: str) -> bool:
    """Whether the text has a letter outside of A to Z with an upper and a lower case."""
    return not value.isascii() and any(len(_cases(c)) > 1 for c in value)


def make_pattern(value: str) -> str:
    """Return a regular expression of Elasticsearch's for exactly these letters in either case."""
    return "".join(map(_letter, value))


def match_pattern(path: str, pattern: str) -> dict[str, Any]:
    return {"regexp": {path: {"value": pattern, "flags": "NONE", "case_insensitive": True}}}


def _letter(c: str) -> str:
    if c.isascii():
        return c if c.isalnum() else f"\\{c}"
    cases = _cases(c)
    return f"[{cases}]" if len(cases) > 1 else c


@lru_cache(maxsize=4096)
def _cases(c: str) -> str:
    r"""Return all forms of a letter, in the same order for each of them.

    "" for a letter of A to Z.

    The dotted \u0130 and the sharp s have only one.
    """
    return "".join(sorted({one for one in (c, c.lower(), c.upper()) if len(one) == 1 and not one.isascii()}))


FARTHEST = 1_000  # words between those of a phrase
MOST_WILDCARDS, LONGEST_PATTERN = 5, 100
_OF_HANDLES = "author_handle"  # as their platform gives them: YouTube with an @ before the name, most without
EVERYWHERE = QueryField(TEXT, CONTENT, "")
_PIECE = re.compile(r"\\(.)|([*?])|([^\\*?]+)", re.DOTALL)
_BOOLEAN_SIGNS = re.compile(r"&&|\|\|")
_WILD = re.compile(r"\w\*|\*\w|\w\?\w|[^\W\d_]!(?=\s+\w)")
_QUESTION = re.compile(r"(?<!\\)\?+(?=[^\w*\\]*$)")  # behind which no letter follows
_JOINTS = re.compile(r"[-/&+,;|\u2010-\u2015]+")  # between words that people mean side by side, or either of
_OF_LETTERS = (TEXT, EXACT, TAG, HANDLE)  # types of fields in which a word ends as it does in a sentence


@dataclass(frozen=True, slots=True)
class Sought:
    """One way in which a word is searched near others."""

    rule: dict[str, Any]  # Elasticsearch's rule of `intervals`
    as_written: bool = False  # whether it is searched among the words as written, not among their stems


def read_word(node: Word, field: QueryField | None) -> Term | None:
    """Read `closure`, `clos*`, `#tag`, `field:value`.

    None if it has nothing that can be searched.
    """
    if field is None:
        _refuse_foreign_operators(node)
    if node.value == "*":
        return match_present(field)
    given = strip_question(node.value, field)
    if root := find_root(given, field):
        return _root(node, root, field or EVERYWHERE)
    if _is_pattern(given) and (field is None or field.type not in _WITHOUT_PATTERNS):
        return _wildcard(node, given, field)
    return _value(node, unescape(given), field, quoted=False)


def strip_question(given: str, field: QueryField | None) -> str:
    """Return a word without the ? at its end, which is punctuation.

    In values that are compared whole, such as ids, it stands for one letter.
    """
    return given if field is not None and field.type not in _OF_LETTERS else _QUESTION.sub("", given)


def find_root(given: str, field: QueryField | None) -> str:
    """Return `threat` of `threat!`; "" for other words, and in fields without text."""
    return syntax.read_root(given) if field is None or is_of_words(field) else ""


def is_of_words(field: QueryField) -> bool:
    """Whether everything that is searched in the field is words of a text."""
    return field.type in (TEXT, EXACT) and all(map(is_analyzed, field.paths))


def _is_pattern(given: str) -> bool:
    return any(sign for _, sign, _ in _PIECE.findall(given))


def _root(node: Word, root: str, field: QueryField) -> Term | None:
    """Search the word in all its forms, and what begins with it: `closed!` finds closing too."""
    alone, beginning = _text(root, field), _wildcard(node, f"{root}*", field)
    if alone is None or beginning is None:
        return None
    exactly = "exactly " if field.type == EXACT else ""
    said = f"{exactly}the word {quote(root)} or words that begin with it{describe_field(field)}"
    return Term(match_any([alone.dsl, beginning.dsl]), said)


def split_joined(given: str) -> list[str]:
    """Return `ice`, `closure` of `ice/closure`.

    Empty for a word, an address, a tag, or a handle.
    """
    if given[:1] in ("#", "@") or "://" in given or not _JOINTS.search(given):
        return []
    parts = [part for part in _JOINTS.split(given) if has_words(part)]
    return parts if len(parts) > 1 else []


def read_near_word(node: Word | Phrase | Fuzzy, field: QueryField) -> tuple[str, list[Sought]] | None:
    """Return (what it says, each way in which it is searched near other words).

    None where it holds no word.

    field: one of words (`is_of_words`).
    """
    exact = field.type == EXACT
    said = "exactly " if exact else ""
    if isinstance(node, Fuzzy):
        value, fuzziness, letters = _fuzzy(node, field)
        if not has_words(value):
            return None
        differing = {"term": value.lower(), "fuzziness": fuzziness, "prefix_length": 1}
        sought = [Sought({"fuzzy": differing}, as_written=True)]
        return f"words that differ from {quote(value)} in {letters}", sought
    given = strip_question(node.value, field) if isinstance(node, Word) else ""
    root = syntax.read_root(given)
    if root or _is_pattern(given):
        patterns = _patterns(node, f"{root}*" if root else given)
        alone = [_matching(root)] if root else []
        form = (
            f"the word {quote(root)} or words that begin with it"
            if root
            else f"words of the form {quote(given)}"
        )
        return f"{said}{form}", [*alone, *(patterns[:1] if exact else patterns)]
    value = analysis.normalize(unescape(given) if isinstance(node, Word) else read_text(node))
    if not has_words(value):
        return None
    return f"{said}{_noun(value)} {quote(value)}", [_matching(value)]


def _matching(value: str) -> Sought:
    return Sought({"match": {"query": value, "max_gaps": 0, "ordered": True}})


def _patterns(node: Word, given: str) -> list[Sought]:
    """Return a pattern for the words as written, and one for their stems without accents."""
    _check_pattern(node, given)
    pieces = _of_one_word(node, _PIECE.findall(given.strip(f"'{analysis.APOSTROPHES}")))
    as_written, folded = ({"wildcard": {"pattern": _pattern(pieces, fold=fold)}} for fold in (False, True))
    return [Sought(as_written, as_written=True), Sought(folded)]


def read_phrase(node: Phrase, field: QueryField | None) -> Term | None:
    """Read `"snow day"`, `field:"a value"`."""
    return _value(node, read_text(node), field, quoted=True)


def read_proximity(node: Proximity, field: QueryField | None) -> Term | None:
    """Read `"levy vote"~5`: up to five words between."""
    start = node.pos + node.term.size
    if node.degree > FARTHEST:
        raise Trouble(
            f"words can be at most {FARTHEST:,} words apart",
            start,
            (start, node.pos + node.size, f"~{FARTHEST}"),
        )
    if field is not None and field.type not in (TEXT, EXACT):
        raise Trouble(
            f"a proximity search is not possible in {field.title}",
            start,
            (start, node.pos + node.size, ""),
        )
    value = analysis.normalize(read_text(node.term))
    if not has_words(value):
        return None
    between = f"{node.degree} word{'' if node.degree == 1 else 's'}"
    said = (
        f"{_noun(value)} {quote(value)}"
        if len(_parts(value)) > 1
        else f"the words {quote(value)} within {between} of their order"
    )
    return Term(_in_text(field or EVERYWHERE, value, node.degree), f"{said}{describe_field(field)}")


def read_fuzzy(node: Fuzzy, field: QueryField | None) -> Term | None:
    """Read `recieve~`: words that differ in a letter (short ones) or two."""
    value, fuzziness, letters = _fuzzy(node, field or EVERYWHERE)
    if not has_words(value):
        return None
    alike = [one for path in (field or EVERYWHERE).paths for one in _alike(path, value, fuzziness)]
    return Term(
        match_any(alike), f"words that differ from {quote(value)} in {letters}{describe_field(field)}"
    )


def _fuzzy(node: Fuzzy, field: QueryField) -> tuple[str, str, str]:
    """Return (the word, Elasticsearch's fuzziness, how many letters may differ in words)."""
    start = node.pos + node.term.size
    value = analysis.normalize(unescape(strip_question(node.term.value, field)))
    given = "AUTO" if node.degree == 0.5 and str(node).endswith("~") else str(node.degree)
    if given not in ("AUTO", "1", "2"):
        raise Trouble("a word can differ in 1 or 2 letters", start, (start, node.pos + node.size, "~1"))
    if field.type not in (TEXT, EXACT, KEYWORD):
        raise Trouble(
            f"a search for similar words is not possible in {field.title}",
            start,
            (start, node.pos + node.size, ""),
        )
    if has_words(value) and all(map(is_analyzed, field.paths)):
        _refuse_several(node, value, str(node)[len(str(node.term)) :].strip())
        value = analysis.split_words(value).strip(" ',") or value
    return value, given, {"AUTO": "one or two letters", "1": "one letter", "2": "two letters"}[given]


def _alike(path: str, value: str, fuzziness: str) -> Iterator[dict[str, Any]]:
    """Yield the searches for similar words.

    In a field that is indexed as written, capital letters count as letters that differ: the word is searched
    as typed and in lower case.
    """
    options = {"fuzziness": fuzziness, "max_expansions": 100}
    if is_analyzed(path):
        yield {"fuzzy": {f"{path}.exact": {"value": value.lower(), "prefix_length": 1, **options}}}
    else:
        yield from (
            {"fuzzy": {path: {"value": one, **options}}} for one in dict.fromkeys((value, value.lower()))
        )


def _value(node: Item, value: str, field: QueryField | None, *, quoted: bool) -> Term | None:
    if field is None and (not quoted or analysis.is_emoji(value)):
        return _with_tokens(value)
    field = field or EVERYWHERE
    if field.type in (TEXT, EXACT):
        return _text(value, field)
    if field.type in (TAG, HANDLE):
        token = analysis.make_tag(value) if field.type == TAG else analysis.make_handle(value)
        return Term({"term": {"tokens": token}}, _said_token(token))
    if field.type == KEYWORD:
        refuse_unknown(node, value, field)
        if field.paths == ("series",) and value.lower() in UNDECIDED:
            return Term({"bool": {"must_not": match_present(field).dsl}}, "series is undecided: retain")
        return Term(
            match_any(one for path in field.paths for one in _whole(path, value)),
            f"{field.title} is {quote(value)}",
        )
    return _exact_value(node, value, field)


def _text(value: str, field: QueryField) -> Term | None:
    seen = analysis.normalize(value)
    if not has_words(seen) and all(is_analyzed(path) for path in field.paths):
        return None
    exactly = "exactly " if field.type == EXACT else ""
    return Term(_in_text(field, seen), f"{exactly}{_noun(seen)} {quote(seen)}{describe_field(field)}")


def _exact_value(node: Item, value: str, field: QueryField) -> Term:
    """Read a date, a number, a truth value, or one of a few choices."""
    if field.type == CHOICE:
        refuse_unknown(node, value, field)
        return Term({"term": {field.paths[0]: value.lower()}}, f"{field.title} is {quote(value)}")
    if field.type == INSTANT:
        span = read_span(node, value)
        return Term(
            match_any({"range": {path: span.bounds}} for path in field.paths),
            f"{field.title} in {describe_day(value, span)}",
        )
    if field.type == DAY:
        bounds = day_bounds(read_span(node, value))
        return Term(match_any({"range": {path: bounds}} for path in field.paths), f"{field.title} in {value}")
    given = read_integer(node, value) if field.type == INTEGER else read_truth(node, value)
    return Term(match_any({"term": {path: given}} for path in field.paths), f"{field.title} is {value}")


def _with_tokens(value: str) -> Term | None:
    """Read a word as typed: its hashtags, handles, and emoji as such, and the rest as words."""
    seen = analysis.normalize(value)
    tokens = sorted(analysis.find_tokens(value, seen))
    rest = analysis.remove_tokens(seen)
    wanted: list[dict[str, Any]] = [{"term": {"tokens": token}} for token in tokens]
    said = [
        _said_token(token)
        for token in tokens
        if not any(other != token and other.startswith(f"{token}@") for other in tokens)
    ]
    if has_words(rest):
        wanted.append(_in_text(EVERYWHERE, rest))
        said.append(f"{_noun(rest)} {quote(rest)}")
    if not wanted:
        return None
    marked = {"should": [_in_text(EVERYWHERE, seen)]} if tokens else {}  # so that hits show the tag
    return Term({"bool": {"must": wanted, **marked}} if tokens else wanted[0], " and ".join(said))


def _in_text(field: QueryField, value: str, slop: int = 0) -> dict[str, Any]:
    """Search the words of `value` one after the other in any of the field's paths.

    In a script without spaces between words, each piece is searched within the words of the index.
    """
    analysed = [path for path in field.paths if is_analyzed(path)]
    forms = (".exact",) if field.type == EXACT else ("", ".es")
    paths = [f"{path}{form}" for path in analysed for form in forms]
    inside = {"multi_match": {"query": value, "type": "phrase", "fields": paths, "slop": slop}}
    found = match_any(
        [inside, *(one for path in field.paths if path not in analysed for one in _whole(path, value))]
    )
    parts = _parts(value) if analysed else []
    if not parts:
        return found
    if len(parts) > 1:  # of a long run the parts, too: the index cuts it elsewhere
        return match_any([found, {"bool": {"must": [_in_text(field, part) for part in parts]}}])
    within = _pattern([("", "*", ""), ("", "", parts[0]), ("", "*", "")], fold=False)
    return match_any(_wild(f"{path}.exact" if is_analyzed(path) else path, within) for path in field.paths)


def _parts(value: str) -> list[str]:
    """Return the pieces of a script without spaces between words.

    Nothing for other scripts.
    """
    pieces = (
        re.split(r"[\s*?']+", analysis.split_words(value).strip(" *?'"))
        if analysis.has_unspaced_script(value)
        else []
    )
    return [
        piece[at : at + LONGEST_PATTERN] for piece in pieces for at in range(0, len(piece), LONGEST_PATTERN)
    ]


def _check_pattern(node: Word, given: str) -> str:
    """Return the letters of a pattern; Trouble for one that costs too much."""
    pieces = _PIECE.findall(given)
    letters = analysis.normalize("".join(escaped or plain for escaped, _, plain in pieces))
    if sum(bool(sign) for _, sign, _ in pieces) > MOST_WILDCARDS or len(given) > LONGEST_PATTERN:
        message = f"a word can have at most {MOST_WILDCARDS} of * and ?, and {LONGEST_PATTERN} letters"
        raise Trouble(
            message, node.pos, (node.pos, node.pos + node.size, quote_piece(letters, 0, len(letters))[2])
        )
    return letters


def _wildcard(node: Word, given: str, field: QueryField | None) -> Term | None:
    pieces = _PIECE.findall(given)
    letters = _check_pattern(node, given)
    if not letters.strip():
        return match_present(field) if field else None
    token = field is None and letters[0] in "#@"
    field = field or (QueryField(KEYWORD, ("tokens",), "tag or handle") if token else EVERYWHERE)
    if all(map(is_analyzed, field.paths)):
        pieces = _of_one_word(node, _PIECE.findall(given.strip(f"'{analysis.APOSTROPHES}")))
    if field.type in (TAG, HANDLE):
        pieces = [("", "", "#" if field.type == TAG else "@"), *pieces]
    stems = [path for path in field.paths if is_analyzed(path) and field.type != EXACT]
    paths = [*(f"{path}.exact" if is_analyzed(path) else path for path in field.paths), *stems]
    folded = _pattern(pieces, fold=True)
    alike = (
        _wild(path, folded) if path in stems or path == "tokens" else _as_it_stands(path, pieces)
        for path in paths
    )
    handles = [_as_it_stands(_OF_HANDLES, _otherwise(pieces))] if _OF_HANDLES in paths else []
    return Term(match_any([*alike, *handles]), f"words of the form {quote(given)}{describe_field(field)}")


def _otherwise(pieces: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Return a handle's pattern without the @ that it has, or with the one that is missing."""
    escaped, sign, plain = pieces[0]
    return [(escaped, sign, plain[1:]), *pieces[1:]] if plain.startswith("@") else [("", "", "@"), *pieces]


def _refuse_several(node: Item, given: str, behind: str = "") -> None:
    """Refuse a pattern of several words.

    Single words are searched, none of which contains a sign, so `co-op*` finds nothing.

    behind: the signs at its end.
    """
    several = _words_in(given)
    if len(several) > 1:
        message = "*, ?, and ~ work in single words, and these are several"
        raise Trouble(message, node.pos, (node.pos, node.pos + node.size, f"({' '.join(several)}{behind})"))


def _words_in(given: str) -> list[str]:
    return [one for one in analysis.split_words(given).split() if one.strip("*?")]


def _of_one_word(node: Word, pieces: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Return the pieces of a pattern without signs at its ends."""
    given = "".join(sign or analysis.normalize(escaped or plain) for escaped, sign, plain in pieces)
    _refuse_several(node, given)
    if not _words_in(given):
        return pieces
    return [
        (analysis.split_words(escaped).strip(), sign, analysis.split_words(plain).strip())
        for escaped, sign, plain in pieces
    ]


def _as_it_stands(path: str, pieces: list[tuple[str, str, str]]) -> dict[str, Any]:
    """Return the pattern for a field that keeps accents."""
    if not any(is_beyond_a_to_z(escaped or plain) for escaped, _, plain in pieces):
        return _wild(path, _pattern(pieces, fold=False))
    signs = {"*": ".*", "?": "."}
    return match_pattern(
        path,
        "".join(
            signs.get(sign) or make_pattern(analysis.normalize(escaped or plain))
            for escaped, sign, plain in pieces
        ),
    )


def _wild(path: str, pattern: str) -> dict[str, Any]:
    return {"wildcard": {path: {"value": pattern, "case_insensitive": True}}}


def _pattern(pieces: list[tuple[str, str, str]], *, fold: bool) -> str:
    """Return Elasticsearch's pattern.

    Letters as they are indexed, every sign of its own escaped.
    """
    parts = []
    for escaped, sign, plain in pieces:
        letters = analysis.normalize(escaped or plain)
        parts.append(
            sign or re.sub(r"([*?\\])", r"\\\1", analysis.fold(letters) if fold else letters.lower())
        )
    return "".join(parts)


def _whole(path: str, value: str) -> Iterator[dict[str, Any]]:
    """Yield the searches for a value that is compared complete.

    An address in each of its spellings, a handle with and without its @.
    """
    if path == _OF_HANDLES:
        yield from (_keyword(path, f"{sign}{value.removeprefix('@')}") for sign in ("", "@"))
        return
    yield _keyword(path, value)
    if path != "url":
        return
    alike, patterns = permalinks.list_spellings(value)
    yield {"terms": {path: alike}}
    yield from ({"wildcard": {path: {"value": one, "case_insensitive": True}}} for one in patterns)


def _keyword(path: str, value: str) -> dict[str, Any]:
    if is_beyond_a_to_z(value) and len(form := make_pattern(value)) <= LONGEST:
        return match_pattern(path, form)
    return {"term": {path: {"value": value, "case_insensitive": True}}}


def _refuse_foreign_operators(node: Word) -> None:
    """Refuse `&&`, `||`, and `!`, which mean AND, OR, and NOT elsewhere.

    Read as letters they would silently turn a query into its opposite.
    """
    sign = _BOOLEAN_SIGNS.search(node.value)
    if sign:
        at = node.pos + sign.start()
        name = "AND" if sign[0] == "&&" else "OR"
        raise Trouble(f"{sign[0]} is not an operator here: write {name}", at, (at, at + 2, f" {name} "))
    if node.value.startswith("!") and has_words(node.value):
        raise Trouble("! is not an operator here: write NOT", node.pos, (node.pos, node.pos + 1, "NOT "))


def has_words(value: str) -> bool:
    return any(c.isalnum() for c in value) or bool(analysis.find_emoji(value))


def looks_wild(node: Phrase | Proximity) -> bool:
    """Whether a sign within these quotes was perhaps meant as a wildcard."""
    return bool(_WILD.search(read_text(node.term if isinstance(node, Proximity) else node)))


def find_quoted_sign(node: Phrase | Proximity) -> str:
    """Return the sign of proximity that these quotes make a word of.

    "" if there is none.
    """
    return syntax.find_quoted_sign(read_text(node.term if isinstance(node, Proximity) else node))


def _noun(value: str) -> str:
    if len(_parts(value)) > 1:
        return "the parts, in any order and place, of"
    return "the phrase" if analysis.count_words(value) > 1 else "the word"


def _said_token(token: str) -> str:
    return {"#": "the hashtag ", "@": "the handle "}.get(token[0], "the emoji ") + token


def describe_field(field: QueryField | None) -> str:
    return f" in {field.title}" if field is not None and field.title else ""
