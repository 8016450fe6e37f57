"""The contract of a form of file that can be imported: a module of downloads/ or tables/ that has `FORM`.

```python
FORM = Form(name="jsonl", title="JSON Lines", parser=1, says=SIGNIFICANT)
def recognize(files) -> bool: ...                        # is it this form? looks at names and first bytes only
def about(files) -> About: ...                           # whose the file says it is, and who made it
def pieces(files, account, mapping) -> Iterator[Cut]: ...   # cuts the file, in bounded memory; each becomes evidence
def parse(exchange) -> Iterator[Found]: ...              # pure: no file, no clock, no settings
def item(exchange, pointer) -> str: ...                  # what stands there alone; only where pointers are not those of JSON (RFC 6901)
```
`account` is the register's entry with `identity` set to who was pinned at its first capture, None where nobody was; `mapping` is what
`--map` gave, for tables only. A piece holds whole items as they stand in the file wherever the form allows, at most LARGEST bytes. In the
exchange that it becomes, `context.import` says `format`, `name` and `sha256` of the file and what was ordered beside it (`mapping`,
`submission`); `context` has `platform`, `account` and `server` as pinned, and what the piece adds. A Record's `media[].url` is a name
within the file, or None. Whatever cannot be taken is a Reject, with its place and the reason, and so is a part of a download that
nobody knows; what is no record by its nature (a draft, a like) is Passed and counted by its reason: nothing is left out silently. What
`parse` gave once it gives for good, since evidence is read again: what an importer learns to refuse, `pieces` refuses. An importer's
name is no platform's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from recordroom.model import Exchange, Record

if TYPE_CHECKING:
    from recordroom.imports.files import Files
    from recordroom.register.models import Account

LARGEST = 256 * 1024  # of a piece; an item that is larger is a piece of its own
SOURCE, SUBMISSION = "import", "submission"
MADE = "download/"  # with what the native_id begins of an item to which its platform's download gives none


@dataclass(frozen=True, slots=True)
class Form:
    """`parser` rises whenever `parse` reads something differently. `says`: the significant fields that this form tells at all: in the
    others it cannot differ from what a capture read. `platforms`: those whose files these are; empty: any. `asked`: it is taken only where
    whoever imports names it, since its files look like any other's."""

    name: str
    title: str
    parser: int
    says: frozenset[str]
    platforms: tuple[str, ...] = ()
    asked: bool = False


@dataclass(frozen=True, slots=True)
class About:
    """What a file tells of the account that it belongs to: its id, name and server; and `maker`: who made the file, where that is not the
    platform."""

    native_id: str | None = None
    handle: str | None = None
    server: str | None = None
    maker: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """`place`: where it begins in the file, for people and for the address of the evidence. `context`: what `parse` has to know beside."""

    body: bytes
    content_type: str
    place: str
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reject:
    """What was not taken: `line 17`, `item 4 of data/tweets.js`; and why."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Passed:
    """What is no record, and by which rule: `not public: its status is draft`."""

    reason: str


Cut = Piece | Reject | Passed
Found = Record | Reject | Passed


class Importer(Protocol):
    FORM: Form

    def recognize(self, files: Files) -> bool: ...
    def about(self, files: Files) -> About: ...
    def pieces(self, files: Files, account: Account, mapping: Mapping[str, Any] | None) -> Iterator[Cut]: ...
    def parse(self, exchange: Exchange) -> Iterator[Found]: ...
