"""Cut large files into pieces of complete items, in bounded memory.

Items are lines, or elements of a JSON list, byte for byte as the file has them.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import IO

from recordroom.imports.contract import LARGEST, ImportPiece, Reject
from recordroom.model import loads

LARGEST_ITEM = 16 * 1024**2
_READ = 1 << 20
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{},:]', re.DOTALL)
_OPENING_SIGNS, _CLOSING_SIGNS = (b"[", b"{"), (b"]", b"}")


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a file."""

    number: int  # its line, or its place in the list, from 1
    raw: bytes


def lines(file: IO[bytes]) -> Iterator[Item | Reject]:
    """Return the lines that are not blank, without a byte order mark.

    A line that is too long is skipped and becomes a Reject.
    """
    number, rest = 0, False
    while line := file.readline(LARGEST_ITEM):
        number += not rest
        line = line.removeprefix(BOM_UTF8) if number == 1 else line
        whole = line.endswith(b"\n") or len(line) < LARGEST_ITEM
        if rest:
            rest = not whole
        elif not whole:
            yield Reject(f"line {number}", f"it is longer than {LARGEST_ITEM:,} bytes")
            rest = True
        elif line.strip():
            yield Item(number, line.rstrip(b"\r\n"))


def elements(file: IO[bytes], key: str | None = None, member: str = "") -> Iterator[Item | Reject]:
    """Return the elements of a JSON list, or the pairs of a JSON object.

    key: the path `a/b` of the list, if the file is an object. None: the file is the list, perhaps after some
        JavaScript.
    member: the file's name, for Rejects.

    An element that is no JSON by itself is a Reject: it would make the complete piece unreadable. If the JSON
    breaks off, or is none, the last result is a Reject.
    """
    scan = _Scan(file)
    number = 0
    where = f" of {member}" if member else ""
    try:
        if not scan.enter(key):
            yield Reject(member or "the file", f"it has no list {key!r}" if key else "it has no list")
            return
        for raw in scan.values():
            number += 1
            if raw is None:
                yield Reject(f"item {number}{where}", f"it is larger than {LARGEST_ITEM:,} bytes")
            else:
                yield (
                    Item(number, raw)
                    if _is_json(raw)
                    else Reject(f"item {number}{where}", "it is not JSON in UTF-8")
                )
    except _Broken as problem:
        yield Reject(f"item {number + 1}{where}", str(problem))


def _is_json(raw: bytes) -> bool:
    """Whether the bytes are a JSON value, or a pair of an object."""
    for whole in (raw, b"{" + raw + b"}") if raw else ():
        with suppress(ValueError, RecursionError):
            loads(whole)
            return True
    return False


def outline(file: IO[bytes], depth: int) -> list[str]:
    """Return the paths `a/b/c` of all lists with content, in order, each once.

    depth: the most names in a path. Reading ends where the file is no longer JSON. Lists within lists are not
        included.
    """
    found: dict[str, None] = {}
    path: list[str | None] = []  # for each open object its current key, for each open list None
    tokens = _Scan(file).tokens()
    for token, following in pairwise(chain(tokens, [b""])):
        if token in _OPENING_SIGNS:
            if token == b"[" and following != b"]" and None not in path:
                found["/".join(name for name in path[:depth] if name)] = None
            path.append("" if token == b"{" else None)
        elif token in _CLOSING_SIGNS and path:
            path.pop()
        elif following == b":" and path and path[-1] is not None:
            path[-1] = token[1:-1].decode("utf-8", "replace")
    return list(found)


def batches(items: Iterable[Item | Reject], *, counted: bool = False) -> Iterator[list[Item] | Reject]:
    """Group items into pieces.

    counted: number the items of a piece from its first one, so that no Reject may be between them.
    """
    waiting: list[Item] = []
    size = 0
    for item in items:
        if isinstance(item, Reject):
            yield item
            continue
        if waiting and (
            size + len(item.raw) > LARGEST or (counted and item.number != waiting[-1].number + 1)
        ):
            yield waiting
            waiting, size = [], 0
        waiting.append(item)
        size += len(item.raw)
    if waiting:
        yield waiting


def json_pieces(
    file: IO[bytes],
    member: str,
    key: str | None = None,
    but: Callable[[bytes], bool] | None = None,
    **more: object,
) -> Iterator[ImportPiece | Reject]:
    """Return the pieces of a JSON list; each is a list itself.

    `context.member` and `context.first` say where a piece comes from. but: whether to leave out an item; with
    it, each other item becomes a piece of its own. more: further context.
    """
    found = elements(file, key, member)
    alone = (
        [one] if isinstance(one, Item) else one
        for one in found
        if isinstance(one, Reject) or not (but and but(one.raw))
    )
    for batch in batches(found, counted=True) if but is None else alone:
        if isinstance(batch, Reject):
            yield batch
            continue
        body = b"[" + b",".join(item.raw for item in batch) + b"]"
        context = {"member": member, "first": batch[0].number, **more}
        yield ImportPiece(body, "application/json", f"{member}/{batch[0].number}", context)


class _Broken(Exception):
    pass


class _Scan:
    """Reads a JSON file token by token.

    _start: where the value that is being read begins in _buffer. _dropped: the value was too large, and its
        beginning was dropped.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._buffer = b""
        self._at = 0
        self._start: int | None = None
        self._dropped = self._ended = False

    def enter(self, path: str | None) -> bool:
        """Read past the character that opens the list or object at that path.

        False if none.
        """
        token = self._token()
        while token is not None and token not in (b"[", b"{"):
            token = self._token()
        if path is None or token == b"[":
            return token == b"["
        for key in path.split("/"):
            if token != b"{":
                return False
            token = self._value_of(key)
        return token in (b"[", b"{")

    def tokens(self) -> Iterator[bytes]:
        """Return the remaining tokens, up to where the file is no JSON."""
        try:
            while (token := self._token()) is not None:
                yield token
        except _Broken:
            return

    def _value_of(self, key: str) -> bytes | None:
        """Return the first token of a key's value in this object.

        None if it has no such key.
        """
        depth, wanted = 1, f'"{key}"'.encode()
        while depth and (token := self._token()) is not None:
            if token in (b"{", b"["):
                depth += 1
            elif token in (b"}", b"]"):
                depth -= 1
            elif depth == 1 and token == wanted and self._token() == b":":
                return self._token()
        return None

    def values(self) -> Iterator[bytes | None]:
        """Return the values up to the end of the list or object; None for one too large."""
        depth, self._start = 0, self._at
        while (token := self._token()) is not None:
            if token in (b"{", b"["):
                depth += 1
            elif token in (b"}", b"]"):
                depth -= 1
            if depth < 0 or (depth == 0 and token == b","):
                raw, dropped, self._dropped = (
                    self._buffer[self._start : self._at - 1].strip(),
                    self._dropped,
                    False,
                )
                if dropped or raw or depth == 0:
                    yield None if dropped else raw
                if depth < 0:
                    return
                self._start = self._at
        raise _Broken("the JSON ends here before it is complete")

    def _token(self) -> bytes | None:
        """Return the next string or character; None at the end."""
        while True:
            found = _TOKEN.search(self._buffer, self._at)
            if found is not None and found[0] != b'"':
                self._at = found.end()
                return found[0]
            if self._ended:
                return None
            self._more(found.start() if found else len(self._buffer))

    def _more(self, at: int) -> None:
        """Read on, and forget what precedes the value that is being read."""
        if self._start is not None and at - self._start > LARGEST_ITEM:
            self._dropped, self._start = True, at
        keep = at if self._start is None else min(self._start, at)
        chunk = self._file.read(_READ)
        self._ended = not chunk
        self._buffer = self._buffer[keep:] + chunk
        self._at = at - keep
        if self._start is not None:
            self._start -= keep
        if len(self._buffer) > LARGEST_ITEM + _READ:
            raise _Broken(
                f"nothing is imported from here on: it is larger than {LARGEST_ITEM:,} bytes, or not JSON"
            )
