"""Parse a text into luqum's tree.

Each reason why it fails is a Trouble with its place and an edit that would fix it.

Checked before luqum sees the text: its length, quotes within words, open quotes, parentheses, and numbers
after ~ and ^. “Curly” and «angled» quotes count as straight ones; 'single' ones too around several words, and
as spaces around one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from luqum.exceptions import IllegalCharacterError, ParseSyntaxError
from luqum.thread import parse as parse_lucene
from luqum.tree import AndOperation, BaseGroup, Item, OrOperation, UnknownOperation, Word

from recordroom.search.analysis import UNSEEN

KQL_NEAR = 8  # words between, where NEAR names no number: KQL's own default
SENTENCE, PARAGRAPH = 25, 75  # words that are proposed in the place of what the index does not know
_SLASH = "\uff0f"  # replaces a slash that begins a sign: luqum takes `/` there for a regular expression
_UNITS = "s|p|sent|para|seg"
_LEADING_SLASH = re.compile(
    rf"""("(?:[^\\"]|\\.)*"|\\.)|(?<![^\s()])/(?=(?:\d+|{_UNITS})[,;]?(?![^\s()]))""",
    re.IGNORECASE | re.DOTALL,
)
_SIGN = re.compile(
    rf"(?:(?P<name>w|n|near|within|onear|pre)/|{_SLASH})(?:(?P<between>[0-9]+)|(?P<unit>{_UNITS}))[,;]?",
    re.IGNORECASE,
)
# NEAR(5), NEAR(n=5), Google's AROUND(5): whether the words are in order
_KQL = {"NEAR": False, "ONEAR": True, "AROUND": False}
_IN_PARENTHESES = re.compile(r"(?:n=)?(\d+)")
# within five words of
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_ROOT = re.compile(r"([^\W\d_]{3,})!+[,;]?")
_IDLE_ROOT = re.compile(r"(?!\u00a1).*?\w!+(?!\w)")  # O'Brien!, but not ¡hielo!


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of proximity."""

    text: str  # as it was typed
    between: int | None  # words between the two sides at most; None: it names a sentence or a paragraph
    in_order: bool
    instead: str = ""  # the sign to propose where `between` is None
    size: int = 1  # items of the query that it is made of


class Near(Item):  # type: ignore[misc]  # luqum has no types
    """Two sides of a sign of proximity, as one item of luqum's tree."""

    _children_attrs = ("left", "right")

    def __init__(self, left: Item, right: Item, sign: Sign, **more: Any) -> None:
        super().__init__(**more)
        self.left, self.right, self.sign = left, right, sign

    def __str__(self, head_tail: bool = False) -> str:
        left, right = str(self.left).strip(), str(self.right).strip()
        return str(self._head_tail(f"{left} {self.sign.text} {right}", head_tail))


def protect_slashes(text: str) -> str:
    """Return a query in which luqum reads `/5` and `/s` outside of quotes as words."""
    return _LEADING_SLASH.sub(lambda found: found[1] or _SLASH, text)


def read_sign(word: str) -> Sign | None:
    """Return the sign that a word is by itself: `w/5`, `pre/3`, `/5`, `/s`."""
    found = _SIGN.fullmatch(word)
    if found is None:
        return None
    text, in_order = word.replace(_SLASH, "/").rstrip(",;"), (found["name"] or "").lower() in ("pre", "onear")
    if found["between"]:
        return Sign(text, int(found["between"]), in_order)
    between = SENTENCE if found["unit"].lower() in ("s", "sent") else PARAGRAPH
    return Sign(text, None, in_order, f"{'pre' if in_order else 'w'}/{between}")


def join_near(side: list[Item]) -> list[Item]:
    """Join each sign of proximity with its neighbors.

    A sign without both stays a word.

    side: items that must all occur.
    """
    joined: list[Item] = []
    at = 0
    while at < len(side):
        sign = find_sign(side, at)
        after = at + sign.size if sign else len(side)
        if sign and joined and after < len(side) and find_sign(side, after) is None:
            left, right = joined.pop(), side[after]
            size = right.pos + right.size - left.pos
            joined.append(Near(left, right, sign, pos=left.pos, size=size, head=left.head, tail=right.tail))
            at = after + 1
        else:
            joined.append(side[at])
            at += 1
    return joined


def read_root(word: str) -> str:
    """Return `threat` of `threat!`, which finds words that begin with it.

    "" for other words.
    """
    found = _ROOT.fullmatch(word)
    return found[1] if found else ""


def has_idle_root(word: str) -> bool:
    """Whether a word ends with a ! that is punctuation: `O'Brien!`, `covid19!`, `AB!`."""
    return not read_root(word) and bool(_IDLE_ROOT.match(word))


def find_quoted_sign(phrase: str) -> str:
    """Return the first sign of proximity between the words of a quoted phrase; "" if none.

    It counts as letters there.
    """
    return next((word for word in phrase.split()[1:-1] if read_sign(word)), "")


def explain_sign(word: str) -> str:
    """Return what to know of a word that looks like a sign and is none.

    "" for other words.
    """
    if word == "NEAR":
        return '"NEAR" is a word here; as a proximity operator, write it between two words'
    if word.lower() == "near":
        return f'"{word}" is a word here; the proximity operator is NEAR, as in snow NEAR/5 closed'
    return ""


def find_sign(side: list[Item], at: int) -> Sign | None:
    """Return the sign that begins at this item, which may be several words: `within 3 words of`."""
    word = _word(side, at)
    if word in _KQL:
        number = _IN_PARENTHESES.fullmatch(_word_in_parentheses(side, at + 1))
        if number:
            return Sign(f"{word}({number[0]})", int(number[1]), _KQL[word], size=2)
        return Sign(word, KQL_NEAR, _KQL[word]) if word != "AROUND" else None
    return _sign_in_words(side, at) or read_sign(word)


def _sign_in_words(side: list[Item], at: int) -> Sign | None:
    """Read `within 3 words of`."""
    said = [_word(side, at + n) for n in range(4)]
    within, number, words, of = (one.lower() for one in said)
    between = _number(number)
    if within != "within" or words not in ("word", "words") or of != "of" or between is None:
        return None
    return Sign(" ".join(said), between, in_order=False, size=4)


def _number(word: str) -> int | None:
    if re.fullmatch(r"[0-9]+", word):
        return int(word)
    return _NUMBERS.index(word) + 1 if word in _NUMBERS else None


def _word(side: list[Item], at: int) -> str:
    """Return the word at this place; "" if there is none."""
    return str(side[at].value) if at < len(side) and isinstance(side[at], Word) else ""


def _word_in_parentheses(side: list[Item], at: int) -> str:
    item = side[at] if at < len(side) else None
    return str(item.expr.value) if isinstance(item, BaseGroup) and isinstance(item.expr, Word) else ""


LONGEST = 4_000
DEEPEST = 12  # Elasticsearch refuses more than 30 levels of its own; each of ours makes two
_QUOTES = "“”„‟"
_CURLY = str.maketrans(_QUOTES, '""""')
# Within other quotes, alone, or around such they are letters: "the school «Raduga»".
_ANGLED = re.compile(r"""("(?:[^\\"]|\\.)*"|\\.)|«([^«»"\\]*)»""", re.DOTALL)
# Single quotes around words, straight or curly. An apostrophe within a word is none: 'don't know'.
_SINGLE = re.compile(
    r"""
    ("(?:[^\\"]|\\.)*"|\\.)
    | (?<![^\s(:+-])(?!'\d0s\b)  # the '90s
      (?: '((?:[^'"\\]|(?<=\w)'(?=\w))+)' | \u2018((?:[^\u2018\u2019"\\]|(?<=\w)\u2019(?=\w))+)\u2019 )
      (?![\w'\u2019])
    """,
    re.DOTALL | re.VERBOSE,
)
# what is quoted stays as it is
_SEEN = re.compile(rf"""(\\.|["{_QUOTES}](?:[^\\"{_QUOTES}]|\\.)*["{_QUOTES}])|[{UNSEEN}]+""", re.DOTALL)
_DIGITS = re.compile(r"[\d.]*")
_NUMBER = re.compile(r"\d{0,3}(?:\.\d{1,3})?(?![\d.])")
_LETTERS = re.compile(r"\w+")
_PLACE = re.compile(r"at position (\d+)")
_OPERATOR = re.compile(r"(?:AND|OR|NOT|TO|[-+:~^<>=]+)$")
# A quoted phrase, a number behind ~ or ^, an order, or a word as luqum reads it: its first sign may be no
# quote, but the others may.
_TOKEN = re.compile(
    r"""
    "(?:[^\\"]|\\.)*" | [~^][\d.]* | [<>]=?
    | (?P<word> (?:[^\s:^~(){}\[\]/"'+\-\\<>]|\\.) (?:[^\s:^~(){}\[\]\\]|\\.)* )
    | .
    """,
    re.DOTALL | re.VERBOSE,
)
_UPTO_QUOTE = re.compile(r'(?:[^\\"]|\\.)*(?=")', re.DOTALL)
_IDLE = re.compile(r"\s*(?<![^\s(])(AND|OR|NOT)\s*$")  # before a closing parenthesis it joins nothing

Edit = tuple[int, int, str]  # from, to, replacement
NO_EDIT: Edit = (0, 0, "")  # nothing that a program could propose: the person has to choose


class Trouble(Exception):
    """The reason why a text is no query.

    edit: fixes it, as far as that is possible; None: nothing does, except keeping only its words.
    """

    def __init__(self, message: str, position: int, edit: Edit | None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.edit = edit


def remove_invisible(text: str) -> str:
    """Return a text as the person who pasted it sees it.

    Next to an operator, a field, or a quote, an invisible character would become a letter of it.
    """
    return _SEEN.sub(r"\1", text)


def parse(text: str) -> Item:
    """Return luqum's tree of a text that is not blank.

    Its positions are those of the text.
    """
    if len(text) > LONGEST:
        words = (
            f"the query has {len(text):,} characters; the limit is {LONGEST:,}, and a term report takes a"
            " list of queries"
        )
        raise Trouble(words, LONGEST, NO_EDIT)
    straight = _ANGLED.sub(lambda found: found[1] or f'"{found[2]}"', text.translate(_CURLY))
    straight = protect_slashes(_SINGLE.sub(_unquoted, straight))
    _check(straight)
    try:
        return parse_lucene(straight)
    except (ParseSyntaxError, IllegalCharacterError) as problem:
        raise _trouble(straight, str(problem)) from None


def split_alternatives(node: Item) -> list[list[Item]]:
    """Return the sides of the ORs of one level, each as the items that its ANDs join.

    Side by side is AND.

    A sign of proximity and its two neighbors are one item.
    """
    return [join_near(side) for side in _alternatives(node)]


def _alternatives(node: Item) -> list[list[Item]]:
    if isinstance(node, OrOperation):
        return [side for operand in node.operands for side in _alternatives(operand)]
    if isinstance(node, (AndOperation, UnknownOperation)):
        sides = _alternatives(node.operands[0])
        for operand in node.operands[1:]:
            first, *rest = _alternatives(operand)
            sides = [*sides[:-1], [*sides[-1], *first], *rest]
        return sides
    return [[node]]


def _unquoted(found: re.Match[str]) -> str:
    """Return what single quotes hold, at its place.

    A phrase of several words, or one word without quotes.

    One word may have a wildcard, which a phrase cannot have.
    """
    if found[1]:
        return found[1]
    inner = found[2] or found[3]
    sign = '"' if re.search(r"\S\s+\S", inner) else " "
    return f"{sign}{inner}{sign}"


def _check(text: str) -> None:
    """Raise Trouble for what luqum would report without a place."""
    _check_words(text)
    signs = list(_signs(text))
    for at, sign in signs:
        if sign == '"':
            raise Trouble(
                "this quote is not closed",
                at,
                (len(text), len(text), '"' if not text.endswith("\\") else ' "'),
            )
        if sign == "\\":
            raise Trouble("a backslash at the end escapes nothing", at, (at, at + 1, ""))
        if sign in "~^":
            _check_number(text, at, sign)
    _check_parentheses(text, [(at, sign) for at, sign in signs if sign in "()"])


def _check_words(text: str) -> None:
    """Refuse a quote within a word, which luqum takes for a letter.

    `"snow day"OR"ice storm"` would be a phrase and two words.
    """
    for token in _TOKEN.finditer(text):
        if token["word"] and (before := _UPTO_QUOTE.match(token["word"])):
            at = token.start() + before.end()
            words = (
                "this quote is inside a word: put a space before it, or a backslash if it belongs to the word"
            )
            raise Trouble(words, at, (at, at, " "))


def _check_number(text: str, at: int, sign: str) -> None:
    found = _DIGITS.match(text, at + 1)
    given = found[0] if found else ""
    behind = _LETTERS.match(text, at + 1 + len(given))
    end = at + 1 + len(given) + (len(behind[0]) if behind else 0)
    if sign == "^" and not given:
        message = "^ needs a number after it, such as ^3, which raises the rank of the term"
        raise Trouble(message, at, (at, end, ""))
    whole = sign == "~" and text[:at].rstrip().endswith('"')
    if behind or not _NUMBER.fullmatch(given) or (whole and "." in given):
        raise Trouble(f"{text[at:end]} is not a valid number here", at, (at, end, ""))


def _check_parentheses(text: str, signs: list[tuple[int, str]]) -> None:
    opened: list[int] = []
    for at, sign in signs:
        if sign == "(":
            opened.append(at)
            if len(opened) > DEEPEST:
                raise Trouble(f"more than {DEEPEST} nested parentheses", at, None)
        elif not opened:
            raise Trouble("this closing parenthesis has no opening one", at, (at, at + 1, ""))
        elif not text[(start := opened.pop()) + 1 : at].strip():
            raise Trouble("these parentheses are empty", start, (start, at + 1, ""))
    if opened:
        raise Trouble("this parenthesis is not closed", opened[-1], (len(text), len(text), ")"))


def _signs(text: str) -> Iterator[tuple[int, str]]:
    """Yield (place, sign) outside of quotes and escapes.

    ( ) ~ ^, a quote that stays open, a backslash at the end.
    """
    at = 0
    while at < len(text):
        sign = text[at]
        if sign == "\\":
            if at + 1 == len(text):
                yield at, sign
            at += 1
        elif sign == '"':
            end = re.compile(r'(?:[^\\"]|\\.)*"', re.DOTALL).match(text, at + 1)
            if end is None:
                yield at, sign
                return
            at = end.end() - 1
        elif sign in "()~^":
            yield at, sign
        at += 1


def _trouble(text: str, words: str) -> Trouble:
    """Turn luqum's message into a Trouble.

    An operator without its side is dropped, anything else is put in quotes.
    """
    found = _PLACE.search(words)
    place = int(found[1]) if found else len(text.rstrip())
    start, end = find_chunk(text, min(place, len(text.rstrip()) - 1))
    piece = text[start:end]
    operator = _OPERATOR.search(piece)
    if found is None:
        message = "the query ends too early"
        if operator:
            return Trouble(message, place, (start + operator.start(), end, ""))
        return Trouble(message, place, quote_piece(text, start, end))
    message = f"{text[place]!r} is not possible here" if place < len(text) else "something is missing here"
    idle = _IDLE.search(text, 0, place) if text[place : place + 1] == ")" else None
    if idle is not None:
        return Trouble(f"{idle[1]} has nothing to join here", idle.start(1), (idle.start(), place, ""))
    if operator and operator[0] == piece:
        return Trouble(f"{piece} has nothing to join here", place, (start, end, ""))
    return Trouble(message, place, quote_piece(text, start, end))


def find_chunk(text: str, place: int) -> tuple[int, int]:
    """Return where the piece around `place` begins and ends, from white space to white space."""
    start = max(text.rfind(c, 0, place + 1) for c in " \t\r\n") + 1
    found = re.compile(r"\s").search(text, place)
    return start, found.start() if found else len(text)


def quote_piece(text: str, start: int, end: int) -> Edit:
    """Return the edit that puts a piece in quotes.

    Characters that cannot be in quotes become a space.
    """
    inner = re.sub(r'["\\“”„‟]', " ", text[start:end]).strip()
    return start, end, f' "{inner}" ' if inner else " "


TRIES = 25
WORDS = 8  # of a text that is read as words alone: for a longer one it would be a guess at what was meant
_WORD = re.compile(r"[^\W_]+")
_OPERATORS = ("AND", "OR", "NOT", "TO")


def repair_query(text: str, trouble: Trouble, read: Callable[[str], object]) -> str:
    """Return the corrected query; "" if there is none.

    `read` raises Trouble for what cannot be read.
    """
    for _ in range(TRIES):
        if trouble.edit is None:
            break
        if trouble.edit == NO_EDIT:
            return ""
        start, end, new = trouble.edit
        text = re.sub(r"  +", " ", text[:start] + new + text[end:]).strip()
        if not text:
            break
        try:
            read(text)
        except Trouble as next_trouble:
            trouble = next_trouble
        else:
            return text
    words = [word for word in _WORD.findall(text[:LONGEST]) if word not in _OPERATORS]
    if len(words) > WORDS:
        return ""
    try:
        read(" ".join(words))
    except Trouble:
        return ""
    return " ".join(words)
