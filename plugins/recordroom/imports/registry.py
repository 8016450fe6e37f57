"""Find the importers in downloads/ and tables/, and read pieces with them."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from recordroom.errors import ImportRefused, UsageError
from recordroom.imports import downloads, tables
from recordroom.imports.contract import SOURCE, SUBMISSION, Found, Importer, Reject
from recordroom.imports.record_fields import find_mistyped
from recordroom.model import VISIBLE, Exchange, Record

if TYPE_CHECKING:
    from recordroom.imports.files import ImportFiles


@cache
def _importers() -> dict[str, Importer]:
    names = [
        f"{package.__name__}.{module.name}"
        for package in (downloads, tables)
        for module in pkgutil.iter_modules(package.__path__)
    ]
    modules = [importlib.import_module(name) for name in names]
    importers = [cast(Importer, module) for module in modules if hasattr(module, "FORM")]
    return {one.FORM.name: one for one in sorted(importers, key=lambda one: one.FORM.name)}


def list_forms() -> tuple[str, ...]:
    return tuple(_importers())


def find_importer(name: str) -> Importer:
    if name not in list_forms():
        raise UsageError(f"there is no import format {name!r}", f"Formats: {', '.join(list_forms())}.")
    return _importers()[name]


def recognize(files: ImportFiles, platform: str) -> Importer:
    """Return the importer for a file.

    ImportRefused if there is none, or if the file's form is of another platform.
    """
    known = [one for one in _importers().values() if not one.FORM.asked and one.recognize(files)]
    for importer in known:
        if not importer.FORM.platforms or platform in importer.FORM.platforms:
            return importer
    if known:
        form = known[0].FORM
        words = (
            f"{files.name} is a {form.title}, of {' or '.join(form.platforms)}, but the account is on"
            f" {platform}"
        )
        raise ImportRefused(words, "Import it into the account that it belongs to.")
    words = f"the format of {files.name} cannot be imported"
    mend = (
        "docs/admin/import.md lists the formats. A table can be imported with --map, other data as JSON "
        "Lines. If the download is in HTML, or from TikTok in TXT, request it from the platform in JSON. If "
        "it is an archive within an archive, unpack the outer one. If it is the part of a split download "
        "that has only media files, import the part with the records, and name this one with --beside."
    )
    raise ImportRefused(words, mend)


def parse_piece(exchange: Exchange) -> Iterator[Found]:
    """Return what a piece contains, marked as claims of the file.

    A record that no row could store becomes a Reject, whichever importer read it.
    """
    told = exchange.context["import"]
    form = find_importer(told["format"]).FORM
    source = (
        f"{SUBMISSION}: {told['submission']['submitter']}"
        if SUBMISSION in told
        else f"{SOURCE}: {told.get('maker', form.title)}"
    )
    for one in find_importer(told["format"]).parse(exchange):
        if not isinstance(one, Record):
            yield one
        elif odd := find_mistyped(one):
            yield Reject(one.pointer, f"its field {odd} has an unexpected type")
        else:
            yield _claimed(one, source)


def item_at(exchange: Exchange, pointer: str) -> str | None:
    """Return the text of one item alone, if the form has pointers of its own.

    None if its pointers are those of JSON.
    """
    told = getattr(find_importer(exchange.context["import"]["format"]), "item", None)
    return str(told(exchange, pointer)) if told else None


def records_in(exchange: Exchange) -> Iterator[Record]:
    return (one for one in parse_piece(exchange) if isinstance(one, Record))


def _claimed(record: Record, source: str) -> Record:
    """Mark a record as a claim of its file.

    Its time is that of its edit or publication, as the file says. Its status is the file's claim, not an
    observation.
    """
    since = record.valid_from or record.edited_at or record.published_at
    reason = record.status_reason
    if reason or record.status != VISIBLE:
        reason = f"{source} says so" + (f": {reason}" if reason else "")
    return replace(record, source=source, valid_from=since, historical=True, status_reason=reason)
