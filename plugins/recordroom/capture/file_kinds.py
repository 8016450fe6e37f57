"""Whether what a server gave is the file that was meant: signed addresses that have ended, sign-ins and proxies answer 200 with a page of
words. Told by its first bytes, since the type that is declared is often another; a picture made of text (SVG) is one all the same."""

from __future__ import annotations

import re

HEAD = 65_536  # bytes: a drawing may begin with a long licence
_SEEN = frozenset({"image", "video", "audio"})  # as records call files that are not made of words
_WORDS = re.compile(r"text/|application/(?:(?:[\w.-]+\+)?(?:json|xml)|javascript)$")
# Atomic: a comment ends at its first end, else each number of comments could be read as one, and a small file would be judged for years.
_PAGE = re.compile(rb"(?:<\?xml[^>]*>\s*)?(?><!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(rb"<[?!/a-z]|[\[{]\s*[\"\[{\]}]", re.IGNORECASE)
_DRAWN = re.compile(rb"<(?:[\w.-]+:)?svg\b", re.IGNORECASE)


def instead(kind: str, declared: str, head: bytes) -> str:
    """What stands in the place of a file, "" where it is one. `kind`: Media.type; `declared`: Content-Type; `head`: its first bytes."""
    start, said = head.removeprefix(b"\xef\xbb\xbf").lstrip(), declared.partition(";")[0].strip().lower()
    if said in ("text/html", "application/xhtml+xml") or _PAGE.match(start):
        return "a web page"
    if kind not in _SEEN or _DRAWN.search(head):
        return ""
    if _MARKUP.match(start) or (_WORDS.match(said) and _is_text(head)):
        return "words"
    return ""


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as problem:
        text = head[: problem.start].decode("utf-8") if len(head) - problem.start < 4 else "\0"  # cut within a character
    return text.isprintable() or not any(ord(c) < 32 and c not in "\t\n\r\f" for c in text)
