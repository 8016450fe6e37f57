"""The texts that archives store and captures compare.

They describe gaps and missing files. They are compared by code, never as text: schemas/stored-texts.yaml
lists each by its code, with the wordings that older archives may have. A text that matches none of them is
compared as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

import yaml

from recordroom.model import SCHEMAS

TEXTS: dict[str, tuple[str, ...]] = {
    code: tuple(texts)
    for code, texts in yaml.safe_load((SCHEMAS / "stored-texts.yaml").read_text("utf-8")).items()
}
# they name nothing that is missing: help, beginnings, explanations
IGNORED = frozenset({"see-page", "tiktok-scopes", "linkedin", "counts-unshown"})
PART_CODE = "part-"  # codes of texts that are parts of others begin with it
_LONGEST = 1000  # characters of one part: a detail of many kilobytes must not be compared for minutes
_PART = re.compile(r"\{(\w+)\}")
_NEXT = re.compile(r"; | and ")
_FIRST = re.compile(r" \(first: \S+\)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBERED = re.compile(r"(\d+(?:,\d{3})*)( [a-z]+\b)?")
# Wordings that parts of older texts may have -> the present ones. Messages of failures are such parts.
_REWORDED = tuple(
    (re.compile(old), new)
    for old, new in (
        (r"(?<=\d )answer\b", "reply"),
        (r"(?<=\d )answers\b", "replies"),
        (r" gave no whole answer in (?=\d+ tries)", " sent no complete response in "),
        (r" answers with more than (?=\d+ bytes)", " sent more than "),
        (r"the server only drips: (?=\d+ bytes)", "the server sent only "),
        (
            r": (\S+) stands in it twice, with other content each time",
            r": the response has \1 twice, with different content",
        ),
        (r" is of a type that no row can hold", " has a type that cannot be stored"),
        (
            r"the platform said nothing about (.*?) that it was asked for(?= \()",
            r"the platform's response does not mention \1 that were requested",
        ),
    )
)

Meaning = tuple[str, ...]  # a code and its parts; ("", the text) if it is unknown


def text(code: str, **parts: object) -> str:
    """Return the present wording."""
    return TEXTS[code][0].format_map({name: str(value) for name, value in parts.items()})


def code_of(stored: str) -> str:
    """Return the code of a complete text; "" if it is unknown."""
    return _match_text(stored)[0]


def parts_of(stored: str) -> Mapping[str, str]:
    """Return the parts of a complete text; none if it is unknown."""
    return MappingProxyType(_match_text(stored)[1])


def meanings(stored: str, *, numbers: bool = False, examples: bool = True) -> frozenset[Meaning]:
    """Return what the texts of a gap mean, whatever their wording and order.

    numbers: False leaves out numbers (but not years) and the plural that they give their nouns.
    examples: False leaves out parts that only name one of several.
    """
    return frozenset(_list_meanings(stored, numbers=numbers, examples=examples))


def _list_meanings(stored: str, *, numbers: bool, examples: bool) -> Iterator[Meaning]:
    place = 0
    while place < len(stored):
        found = next(
            (
                (code, match)
                for code, form in _list_patterns(_list_texts())
                if not code.startswith(PART_CODE) and (match := form.match(stored, place))
            ),
            None,
        )
        if found is None:
            end = at if (at := stored.find("; ", place)) >= 0 else len(stored)
            words = stored[place:end] if examples else _FIRST.sub("", stored[place:end])
            yield "", _strip_numbers(_use_present_wording(words), numbers=numbers)
        else:
            code, match = found
            end = match.end()
            parts = {
                name: _name_part(value)
                for name, value in match.groupdict().items()
                if examples or not name.endswith("_first")
            }
            if code not in IGNORED:
                yield (
                    code,
                    *(
                        f"{name}={_strip_numbers(_use_present_wording(value), numbers=numbers)}"
                        for name, value in sorted(parts.items())
                    ),
                )
        following = _NEXT.match(stored, end)
        place = following.end() if following else end


def _use_present_wording(said: str) -> str:
    """Return a part of a text with the words that captures use today."""
    for old, new in _REWORDED:
        said = old.sub(new, said)
    return said


def _strip_numbers(said: str, *, numbers: bool) -> str:
    """Leave out numbers, but keep years.

    A limit in another year is another limit: it excludes other posts.
    """
    if numbers:
        return said
    return _NUMBERED.sub(
        lambda found: (found[1] if _YEAR.fullmatch(found[1]) else "") + _make_singular(found[2] or ""), said
    )


def _make_singular(noun: str) -> str:
    """Return the singular: `reply` for `replies`."""
    return re.sub("s$", "", re.sub("ies$", "y", noun))


def _match_text(stored: str) -> tuple[str, dict[str, str]]:
    for code, form in _list_patterns(_list_texts(), whole=True):
        if match := form.fullmatch(stored):
            return code, match.groupdict()
    return "", {}


def _name_part(value: str) -> str:
    """Return a part of a text, by its code if it has one, whatever its wording."""
    code, parts = _match_text(value)
    return ": ".join((code, *map(_name_part, parts.values()))) if code.startswith(PART_CODE) else value


def _list_texts() -> tuple[tuple[str, str], ...]:
    """Return (code, text) of all known texts."""
    return tuple((code, one) for code, each in TEXTS.items() for one in each)


@lru_cache(maxsize=8)
def _list_patterns(
    texts: tuple[tuple[str, str], ...], *, whole: bool = False
) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return how each text is recognized, in the order in which to try.

    First come the beginnings of lists, then texts with the most words of their own. A complete text that
    begins with a word of its own comes before one that begins with a part, which would match that word.
    """
    in_order = sorted(
        texts,
        key=lambda one: (
            not one[1].endswith(" "),
            whole and one[1].startswith("{"),
            -len(_PART.sub("", one[1])),
        ),
    )
    return tuple(
        (code, re.compile(_make_pattern(code, one, whole=whole), re.DOTALL)) for code, one in in_order
    )


def _make_pattern(code: str, one: str, *, whole: bool) -> str:
    """Return the pattern of a text.

    If a text begins with a part, the part must not match the text before it. LinkedIn's texts are joined by "
    and " too.
    """
    ends = "; | and " if code.startswith("linkedin") else "; "
    pieces = _PART.split(one)
    parts = [
        f"(?:(?!{ends}).)+?" if at == 1 and not pieces[0] else f".{{0,{_LONGEST}}}?"
        for at in range(len(pieces))
    ]
    form = "".join(
        f"(?P<{piece}>{parts[at]})" if at % 2 else re.escape(piece) for at, piece in enumerate(pieces)
    )
    return form if whole or one.endswith(" ") else f"{form}(?={ends}|$)"
