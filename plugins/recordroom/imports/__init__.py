"""The contract of a form of file that can be imported, and their discovery: a form is one file here that has `FORM`.

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

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, cast

from recordroom.errors import ImportRefused, UsageError
from recordroom.imports.record_fields import mistyped
from recordroom.model import VISIBLE, Exchange, Record

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


@cache
def _found() -> dict[str, Importer]:
    modules = [importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    return {module.FORM.name: cast(Importer, module) for module in modules if hasattr(module, "FORM")}


def names() -> tuple[str, ...]:
    return tuple(_found())


def load(name: str) -> Importer:
    if name not in names():
        raise UsageError(f"there is no form {name!r} of files to import", f"Forms: {', '.join(names())}.")
    return _found()[name]


def recognized(files: Files, platform: str) -> Importer:
    """The importer whose form the file has; ImportRefused where none knows it, or that form is another platform's."""
    known = [one for one in _found().values() if not one.FORM.asked and one.recognize(files)]
    for importer in known:
        if not importer.FORM.platforms or platform in importer.FORM.platforms:
            return importer
    if known:
        form = known[0].FORM
        words = f"{files.name} is a {form.title}, of {' or '.join(form.platforms)}; the account is on {platform}"
        raise ImportRefused(words, "Import it into the account that it belongs to.")
    words = f"{files.name} has no form that can be imported"
    mend = (
        "docs/importing.md lists the forms; any table can be imported with --map, and anything as JSON Lines. "
        "A download in HTML is for people to read: ask the platform for it in JSON. So is TikTok's in TXT. "
        "An archive within an archive is not looked into: unpack the outer one. "
        "A part of a split download that holds media only is named with --beside where the part with the records is imported."
    )
    raise ImportRefused(words, mend)


def parsed(exchange: Exchange) -> Iterator[Found]:
    """What a piece of a file holds, marked as what the file claims; a record that no row could hold is a Reject, whoever reads it."""
    told = exchange.context["import"]
    form = load(told["format"]).FORM
    source = f"{SUBMISSION}: {told['submission']['submitter']}" if SUBMISSION in told else f"{SOURCE}: {told.get('maker', form.title)}"
    for one in load(told["format"]).parse(exchange):
        if not isinstance(one, Record):
            yield one
        elif odd := mistyped(one):
            yield Reject(one.pointer, f"its {odd} is not what the file promises")
        else:
            yield _claimed(one, source)


def item_at(exchange: Exchange, pointer: str) -> str | None:
    """What stands at the place of a record and nothing beside it, in a form whose places are its own; None where they are those of JSON."""
    told = getattr(load(exchange.context["import"]["format"]), "item", None)
    return str(told(exchange, pointer)) if told else None


def records_in(exchange: Exchange) -> Iterator[Record]:
    return (one for one in parsed(exchange) if isinstance(one, Record))


def _claimed(record: Record, source: str) -> Record:
    """Its time is that of its edit or publication, as the file tells; a status is the file's word and nobody's observation."""
    since = record.valid_from or record.edited_at or record.published_at
    reason = record.status_reason
    if reason or record.status != VISIBLE:
        reason = f"{source} says so" + (f": {reason}" if reason else "")
    return replace(record, source=source, valid_from=since, historical=True, status_reason=reason)
