"""Decide what counts as findable in a text.

The same functions run for indexing a document and for reading a query.

Elasticsearch's standard tokenizer drops `#` and `@`, keeps invisible characters inside words, and does not
know compatibility forms. So a document has two more fields, both made here:

- `tokens`: its hashtags (`#snowday`), handles (`@a.b`), and emoji as exact tokens, so that `#snow` is not the
  word "snow";
- `plain`: its text as people see it (no invisible characters, one Unicode form, letters instead of
  mathematical look-alikes), only if it differs from the text itself. It is copied into the text's index
  fields, and never shown.

Apostrophes need no copy: the analyzers of the index (index/mapping.py) read each of APOSTROPHES as the
typewriter's, and end a word at BREAKS.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# what editors make of the typewriter's ', and what people type for it
APOSTROPHES = "\u2019\u2018\u201b\u02bb\u02bc\uff07`\u00b4"
# At which people end a word (`closed.Schools`, `_now_`, `12;14`, also with the commas of Arabic and Chinese,
# which are in no number), and
# Unicode's rules, the tokenizer's, do not.
BREAKS = "._:;\u00b7\u060c\uff0c"
_STRETCH = "\u0640"  # between Arabic letters, to make a word longer
_STRAIGHT = str.maketrans(APOSTROPHES, "'" * len(APOSTROPHES))
UNSEEN = (
    "\u00ad\u034f\u061c\u070f\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
)
# what emoji are made with, too
_INVISIBLE = re.compile(f"[{UNSEEN}\u200d\ufe00-\ufe0f\U000e0000-\U000e0fff]")
# each is a word to the tokenizer
_ALONE = re.compile("([\u3040-\u309f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff])")
# Thai, Lao, Burmese, Khmer, except their digits: the tokenizer cuts there, as before digits and letters of
# others.
_RUN_ON = re.compile(r"(?:(?!\d)[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\uaa60-\uaa7f\ua9e0-\ua9ff])+")
_TONE = "\U0001f3fb-\U0001f3ff"
_SYMBOL = (
    "[©®™\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff〰〽㊗㊙"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
_KEYCAP, _FLAG, _SUBDIVISION = (
    "[0-9#*]\ufe0f?\u20e3",
    "[\U0001f1e6-\U0001f1ff]{2}",
    "[\U000e0020-\U000e007f]*",
)
_TONED = f"{_SYMBOL}[\ufe0f{_TONE}]*"
_EMOJI = re.compile(f"{_KEYCAP}|{_FLAG}|{_TONED}{_SUBDIVISION}(?:\u200d{_TONED})*")
_PERHAPS = re.compile("[©®\u20e3-\U0010ffff]")  # most texts have none of these, and looking is quick
_PRESENTATION = re.compile("\ufe0f")
_TONES = re.compile(f"[{_TONE}]")


@cache
def _marks() -> str:
    r"""Return characters that are part of a word but not `\w`.

    They follow a letter in Hindi, Punjabi, Thai, and other scripts, as vowels do.
    """
    return "".join(c for c in map(chr, range(0x300, 0x1F000)) if unicodedata.category(c) in ("Mn", "Mc"))


@cache
def _tags() -> re.Pattern[str]:
    """Hashtags, several in a row as one match.

    `#snow#day` is two, as people write them and platforms show them.

    The condition on the character before a hashtag is checked after its `#`, which makes the search thirty
    times as fast.
    """
    return re.compile(rf"#(?<![\w{_marks()}#&]#)#*\w[\w{_marks()}]*(?:#+\w[\w{_marks()}]*)*")


@cache
def _handles() -> re.Pattern[str]:
    """Return handles, also in `.@name`, which addresses everyone and still names the account."""
    name = rf"\w(?:[\w{_marks()}.-]*[\w{_marks()}])?"
    return re.compile(rf"(@(?<![\w{_marks()}@]@){name})(@{name})?")


@cache
def _of_no_word() -> re.Pattern[str]:
    """Characters that are not part of a word.

    Within a number, a comma or the stroke of a fraction is part of it: `1,200,000` is one word to the
    tokenizer, and so is `2½` in its plain form.
    """
    inside = ",\u2044"
    return re.compile(rf"[^\w{_marks()}'*?{inside}]|_|(?<!\d)[{inside}]|[{inside}](?![\d*?]|$)")


def to_plain(text: str) -> str:
    """Return the text as a person would type it.

    That is without invisible characters, and in Unicode's compatibility form.
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))


def normalize(text: str) -> str:
    """Return a piece of a query as the index has it.

    Plain, with the typewriter's apostrophes.
    """
    return to_plain(text.translate(_STRAIGHT))


def fold(text: str) -> str:
    """Return the text in lower case without accents, as tokens are compared."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize(
        "NFC", "".join(c for c in parts if not unicodedata.combining(c) and c != _STRETCH)
    )


@cache
def list_folded_letters() -> dict[str, str]:
    """Return folded letters of Greek, Cyrillic, Hebrew, and Arabic, and their replacements.

    Example: ё becomes е. Elasticsearch's own filter folds Latin letters alone.
    """
    of_words = (c for c in map(chr, range(0x386, 0x700)) if unicodedata.category(c)[0] in "LM")
    return {c: low for c in of_words if (low := fold(c)) != c.lower()}


def find_emoji(text: str) -> list[str]:
    """Return the emoji of a text in order, each without its presentation selector.

    ❤️ and ❤ are one.
    """
    if text.isascii() or not _PERHAPS.search(text):
        return []
    return [_PRESENTATION.sub("", found) for found in _EMOJI.findall(text)]


def is_emoji(text: str) -> bool:
    """Whether the text is made of emoji alone."""
    return not text.isascii() and not _PRESENTATION.sub("", _EMOJI.sub("", text)).strip()


def find_tokens(text: str, seen: str) -> set[str]:
    """Return the hashtags, handles, and emoji of a text.

    An emoji with a skin tone counts without it too, `@user@server` also as `@user`. seen: the plain form of
    the text.
    """
    found = {form for one in find_emoji(text) for form in (one, _TONES.sub("", one))}
    if "#" in seen:
        found |= {f"#{fold(tag)}" for run in _tags().findall(seen) for tag in run.split("#") if tag}
    if "@" in seen:
        for name, server in _handles().findall(seen):
            found |= {fold(name), fold(name + server)}
    return found


def remove_tokens(text: str) -> str:
    """Return the text without its hashtags, handles, and emoji."""
    return _EMOJI.sub(" ", _handles().sub(" ", _tags().sub(" ", text))).strip()


def split_words(text: str) -> str:
    """Return a piece of a query that has `*` or `?`, with a space wherever the index ends a word."""
    return _RUN_ON.sub(r" \g<0> ", _ALONE.sub(r" \1 ", _of_no_word().sub(" ", normalize(text))))


def count_words(text: str) -> int:
    """Count the words as people see them: `ice/closure` two, `8:30` two, `don't` one."""
    return sum(any(map(str.isalnum, one)) for one in _of_no_word().sub(" ", text).split())


def has_unspaced_script(text: str) -> bool:
    """Whether the text has letters of a script without spaces between words.

    The index has a sentence as one word.
    """
    return not text.isascii() and any(map(str.isalpha, "".join(_RUN_ON.findall(text))))


def make_tag(name: str) -> str:
    """Return the token of a hashtag or category that the platform gives, with or without `#`."""
    return f"#{fold(to_plain(name).lstrip('#'))}"


def make_handle(name: str) -> str:
    """Return the token of an account that the platform gives, with or without `@`."""
    return f"@{fold(to_plain(name).lstrip('@'))}"
