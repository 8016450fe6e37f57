"""The contract of an importer: a module of downloads/ or tables/ that has `FORM`.

```python
FORM = Form(name="jsonl", title="JSON Lines", parser=1, says=SIGNIFICANT)
def recognize(files) -> bool: ...                           # reads names and first bytes only
def about(files) -> About: ...                              # account that the file names, and its maker
def pieces(files, account, mapping) -> Iterator[Cut]: ...   # bounded memory; each piece becomes evidence
def parse(exchange) -> Iterator[Found]: ...                 # pure: no file, no clock, no settings
def item(exchange, pointer) -> str: ...                     # one item; only if pointers are not RFC 6901's
```

account: the register's entry with `identity` set to the identity that its first capture pinned, or None
    before that.
mapping: the content of `--map`, for tables only.

- A piece contains complete items as the file has them, wherever the form allows, and at most LARGEST bytes.
- In the exchange made of a piece, `context.import` has `format`, `name`, and `sha256` of the file, and what
  was given with it (`mapping`, `submission`). `context` has `platform`, `account`, and `server` as pinned,
  and the additions of the piece.
- `media[].url` of a Record is a name within the file, or None.
- Nothing is left out silently. Data that cannot be imported becomes a Reject with its place and the reason;
  so does an unknown part of a download. Data that is no record by its nature (a draft, a like) becomes a
  Passed, and is counted by its reason.
- Evidence is parsed again later, so `parse` must give the same records for good: a new rule of refusal
  belongs in `pieces`.
- The name of an importer must not be the name of a platform.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from recordroom.model import Exchange, Record

if TYPE_CHECKING:
    from recordroom.imports.files import ImportFiles
    from recordroom.register.models import Account

LARGEST = 256 * 1024  # bytes of a piece; a larger item is a piece of its own
SOURCE, SUBMISSION = "import", "submission"
MADE = "download/"  # prefix of a native_id made here, for an item to which its platform's download gives none


@dataclass(frozen=True, slots=True)
class Form:
    """One form of file that can be imported."""

    name: str
    title: str
    parser: int  # version of `parse`; raise it whenever `parse` reads something differently
    # significant fields that this form has; in the others it cannot differ from a capture
    says: frozenset[str]
    platforms: tuple[str, ...] = ()  # platforms that make these files; empty: any
    asked: bool = False  # the form is used only if the person names it, since its files look like any others


@dataclass(frozen=True, slots=True)
class About:
    """The account that a file says it belongs to."""

    native_id: str | None = None  # the account's id on its platform
    handle: str | None = None  # the account's name on its platform
    server: str | None = None
    maker: str | None = None  # who made the file, if not the platform


@dataclass(frozen=True, slots=True)
class ImportPiece:
    """A part of a file that becomes one evidence object."""

    body: bytes
    content_type: str
    place: str  # where it begins in the file, for people and for the address of the evidence
    context: Mapping[str, Any] = field(default_factory=dict)  # what `parse` needs in addition to the bytes


@dataclass(frozen=True, slots=True)
class Reject:
    """Data that was not imported."""

    place: str  # `line 17`, `item 4 of data/tweets.js`
    reason: str


@dataclass(frozen=True, slots=True)
class Passed:
    """Data that is no record."""

    reason: str  # the rule: `not public: its status is draft`


Cut = ImportPiece | Reject | Passed
Found = Record | Reject | Passed


class Importer(Protocol):
    """The type of an importer's module."""

    FORM: Form

    def recognize(self, files: ImportFiles) -> bool: ...
    def about(self, files: ImportFiles) -> About: ...
    def pieces(
        self, files: ImportFiles, account: Account, mapping: Mapping[str, Any] | None
    ) -> Iterator[Cut]: ...
    def parse(self, exchange: Exchange) -> Iterator[Found]: ...
