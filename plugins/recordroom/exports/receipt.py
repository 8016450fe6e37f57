"""The receipt of an export.

It reports the query and how it was understood, the archive as of the moment, what is exported, and what is
not. It is stored next to the files as JSON, and as text with the same content. Two receipts of equal `as_of`
and code differ only in `who`, `when`, and `name`. A receipt here is the content of that JSON.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from importlib import metadata
from typing import Any

import recordroom
from recordroom.archive.gaps import Gap, merge_windows
from recordroom.archive.quarantine.ledger import Quarantine
from recordroom.canonical import CANONICAL_FORM
from recordroom.capture.segment import parsing
from recordroom.dates import format_exact
from recordroom.exports.as_of import ArchiveState
from recordroom.exports.counts import RowCounts
from recordroom.exports.formats import cells
from recordroom.exports.formats.columns import HELD_BACK, RELEASE
from recordroom.exports.formats.media import MediaCounts
from recordroom.exports.labels import count_kind, label_account, label_status, list_limits
from recordroom.imports import registry
from recordroom.model import instant, moment
from recordroom.platforms import registry as platform_registry
from recordroom.search.filters import Filters, all_within
from recordroom.text import CONTROL_CHARACTERS, counted

JSON = "WORKING-COPY_receipt.json"
TEXT = "WORKING-COPY_receipt.txt"
MANIFEST = "WORKING-COPY_manifest-sha256.txt"
UNTOLD = "Records under quarantine are not included. Whether any match the search is not stated."
NO_GAPS = "No known gaps in the accounts and dates of this export."
BETWEEN_CAPTURES = "Content that appeared and disappeared between two captures was not archived."
INCOMPLETE_NAMES = "The platform does not name all authors, so a search by name may miss records"
NOT_ARCHIVED = "not in the archive"
_NOTHING_YET = {
    "what": "captures",
    "count": 0,
    "why": "the archive had nothing from the requested accounts by that time",
}
_LIBRARIES = (
    "duckdb",
    "pyarrow",
    "XlsxWriter",
    "typst",
    "manimgx-fonts",
    "manimgx-fonts-cjk",
    "fonttools",
    "imagesize",
)
_version = cache(metadata.version)  # reading them all takes a twentieth of a second


def list_versions() -> dict[str, Any]:
    """Return the versions of the code that made the files.

    Equal versions make equal bytes.
    """
    parsers = [
        *(parsing.parser_of_platform(name).full_name for name in platform_registry.list_names()),
        *(parsing.parser_of_importer(name).full_name for name in registry.list_forms()),
    ]
    return {
        "recordroom": recordroom.__version__, "canonical_form": CANONICAL_FORM,
        "parsers": parsers,
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        **{name.lower(): _version(name) for name in _LIBRARIES},
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contents:
    """The numbers of what an export contains and leaves out."""

    rows: RowCounts
    media: MediaCounts
    matched: int  # versions that match at `as_of`, current or not
    messages: int  # private messages that match, and were not asked for
    quarantined: int  # records under quarantine that match, and were not asked for


def describe_export(
    state: ArchiveState,
    filters: Filters,
    contents: Contents,
    quarantine: Quarantine | None,
    *,
    copies_media: bool,
) -> dict[str, Any]:
    """Return what the receipt reports before a file is written.

    quarantine: the one in force. None: nothing here may depend on its content, since a number alone shows
        whether a hidden record has a word that was searched for. Media files are counted anyway: the page of
        each record shows that a file of it is held back.
    """
    versions_left_out = contents.matched - contents.rows.found_rows
    why_files = f"{HELD_BACK} because they are under quarantine" if quarantine else HELD_BACK
    used = {chain.account for chain in state.chains}.union(state.uncaptured, (g.account for g in state.gaps))
    return {
        "release_status": RELEASE,
        "filters": filters.to_audit(),
        "as_of": instant(state.as_of),
        "agency": dict(state.agency),
        "account_names": {name: label for name, label in state.account_names.items() if name in used},
        "archive": [
            {k: instant(v) if k == "time" else v for k, v in asdict(c).items()} for c in state.chains
        ],
        "counts": contents.rows.describe() | {"media": contents.media.describe()},
        "quarantine": quarantine and {"entry": quarantine.tail.number, "sha256": quarantine.tail.sha256},
        "retention": {"entry": state.retention.tail.number, "sha256": state.retention.tail.sha256},
        "gaps": [_describe_gap(gap) for gap in state.gaps if gap.overlaps(filters.from_, filters.to)],
        "left_out": [
            *_messages_left_out(contents.messages),
            *_versions_left_out(versions_left_out),
            *(_under_quarantine(contents.quarantined) if quarantine else ()),
            *_media_left_out(state, contents.media, copies_media=copies_media, why=why_files),
            *(
                {"what": f"account {_name(state, name)}", "count": 0, "why": "no capture by that time"}
                for name in state.uncaptured
            ),
            *([] if state.chains else [_NOTHING_YET]),
        ],
        "versions": list_versions(),
    }


def _messages_left_out(count: int) -> Iterator[dict[str, Any]]:
    if count:
        yield {"what": "private messages that match", "count": count, "why": "not requested"}


def _versions_left_out(count: int) -> Iterator[dict[str, Any]]:
    if count:
        yield {
            "what": "matching versions that were not current at that time",
            "count": count,
            "why": "not requested",
        }


def _under_quarantine(records: int) -> Iterator[dict[str, Any]]:
    """Yield the number alone: the reader of the receipt may not know the records."""
    if records:
        yield {"what": "records that match", "count": records, "why": "under quarantine"}


def _name(state: ArchiveState, account: str) -> str:
    return state.account_names.get(account, account)


def _media_left_out(
    state: ArchiveState, media: MediaCounts, *, copies_media: bool, why: str
) -> Iterator[dict[str, Any]]:
    """Yield the media files that are not copied.

    why: those under quarantine are held back.
    """
    if media.quarantined:
        yield {
            "what": "media files",
            "count": media.quarantined,
            "why": f"{why}; the text of their records is included",
        }
    for missing in media.missing:
        account = _name(state, missing.account)
        what = f"media files of account {account}, counted once for each row that names them"
        yield {"what": what, "count": missing.references, "why": f"{NOT_ARCHIVED}: {missing.reason}"}
    if media.available and not copies_media:
        why = "each row names the file's location in the archive; JSON Lines and PDF exports include copies"
        yield {"what": "media files", "count": media.available, "why": why}


def _describe_gap(gap: Gap) -> dict[str, Any]:
    period = {
        name: instant(value) for name, value in (("from", gap.from_), ("to", gap.to)) if value is not None
    }
    described = {"account": gap.account, "reason": gap.reason, "detail": gap.detail}
    return described | {"opened_at": instant(gap.opened_at)} | period


def mask_gaps(receipt: Mapping[str, Any], mask: Callable[[str], str]) -> dict[str, Any]:
    """Return the receipt with the details of its gaps masked.

    Pages show gaps in the same way (search/masking.py).
    Its query stays: the person who ordered typed it, and other words in place of an ID would reveal that the
    record is hidden.
    """
    return {**receipt, "gaps": [{**gap, "detail": mask(gap["detail"])} for gap in receipt["gaps"]]}


def gaps_of(receipt: Mapping[str, Any]) -> list[Gap]:
    """Return the gaps of a receipt as people see them: equal ones as one."""
    gaps = receipt["gaps"]
    return merge_windows(
        Gap("", g["account"], g["reason"], g["detail"], None, None, moment(g["opened_at"])) for g in gaps
    )


def list_nameless(receipt: Mapping[str, Any]) -> list[str]:
    """Return the accounts in whose platforms a search by author name may miss records.

    Older receipts do not have the list, or no labels of accounts.
    """
    return [
        f"{', '.join(label_account(receipt, account) for account in one['accounts'])}: {one['words']}"
        if "account_names" in receipt
        else f"{one['title']} ({', '.join(one['accounts'])}): {one['words']}"
        for one in receipt.get("nameless", ())
    ]


def list_missing(receipt: Mapping[str, Any], format_time: Callable[[datetime], str]) -> list[str]:
    """Return what is known to be missing: the gaps, and what `left_out` lists as not in the archive."""
    gaps = (
        f"{label_account(receipt, gap.account)}: {_describe_reason(gap)}"
        f"; known since {format_time(gap.opened_at)}"
        for gap in gaps_of(receipt)
    )
    return [*gaps, *(_describe_left_out(one) for one in receipt["left_out"] if _is_missing(one))]


def list_omitted(receipt: Mapping[str, Any]) -> list[str]:
    """Return what the archive has and this export leaves out."""
    return [_describe_left_out(one) for one in receipt["left_out"] if not _is_missing(one)]


def _describe_reason(gap: Gap) -> str:
    """Return, for example, `counts differ: the platform counts 3 more`.

    A code in the reason, as in `capture-failed: TokenExpired`, is shown if there is no detail.
    """
    reason, colon, code = gap.reason.partition(": ")
    words = reason.replace("-", " ")
    return f"{words}: {gap.detail}" if gap.detail else f"{words}{colon}{code}"


def _is_missing(left_out: Mapping[str, Any]) -> bool:
    """Return whether an entry of `left_out` names something that the archive does not have."""
    return left_out["count"] == 0 or str(left_out["why"]).startswith(NOT_ARCHIVED)


def _describe_left_out(left_out: Mapping[str, Any]) -> str:
    what = f"{left_out['what'][:1].upper()}{left_out['what'][1:]}"
    if left_out["count"] == 0:
        return f"{what}: {left_out['why']}"
    return f"{what}: {left_out['count']:,} ({left_out['why']})"


def write_text(receipt: Mapping[str, Any]) -> str:
    """Return the receipt as text.

    Texts of others in it (the detail of a gap, a query) cannot begin a line that looks like one of ours.
    """
    return "".join(f"{CONTROL_CHARACTERS.sub(' ', line)}\n" for line in _lines(receipt))


def _lines(receipt: Mapping[str, Any]) -> Iterator[str]:
    yield f"WORKING COPY: {receipt['release_status']}"
    yield ""
    yield from _request_lines(receipt)
    yield ""
    yield from _count_lines(receipt)
    yield from _listed("Checks passed", _check_lines(receipt["checked"]))
    yield from _lists(receipt)
    yield ""
    yield f"SHA-256 of {MANIFEST}: {receipt['manifest_sha256']}"


def _request_lines(receipt: Mapping[str, Any]) -> Iterator[str]:
    ordered = f"ordered by {receipt['who']} on {_exactly(receipt['when'])}"
    yield f"Export {receipt['name']} ({receipt['format']}), {ordered}"
    yield from describe_search(receipt)
    yield f"Archive as of: {_exactly(receipt['as_of'])}"
    yield f"Files: {', '.join(receipt['files'])}"


def describe_search(receipt: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for the query, for how it was interpreted, and for each filter."""
    if "query_understood" not in receipt:  # an older receipt
        yield f"Search terms: {receipt['query'] or all_within(receipt['filters'])}"
        yield f"Interpreted as: {receipt['understood']}"
        return
    yield f"Search terms: {receipt['query'] or 'none'}"
    yield f"Interpreted as: {receipt['query_understood']}"
    yield from list_limits(receipt)
    if receipt["with_context"]:
        yield "Context: the records that each match replies to, and all replies to it"


def _count_lines(receipt: Mapping[str, Any]) -> Iterator[str]:
    counts = receipt["counts"]
    row = "version of a record" if receipt["filters"]["versions"] else "record"
    noun = "Items" if receipt["format"] == "pdf" else "Rows"
    yield f"{noun}: {counts['rows']:,}, one for each {row} in an account"
    yield f"  different records: {counts['records']:,}"
    if context := counts["context"]["rows"]:
        yield f"  match the search: {counts['rows'] - context:,}; added as context: {context:,}"
    for account, kinds in counts["by_account_and_kind"].items():
        listed = ", ".join(count_kind(count, kind) for kind, count in kinds.items())
        yield f"  {label_account(receipt, account)}: {listed}"
    yield f"  status on the platform: {describe_statuses(counts) or 'none'}"
    yield f"  images, videos, and other files: {describe_files(counts['media'])}"
    if receipt["quarantine"] is None:
        yield f"Quarantine: {UNTOLD}"
    elif entry := receipt["quarantine"]["entry"]:
        yield f"Quarantine: as of entry {entry} of its ledger, SHA-256 {receipt['quarantine']['sha256']}"
    yield from _retention_lines(receipt)


def _retention_lines(receipt: Mapping[str, Any]) -> Iterator[str]:
    if (head := receipt.get("retention")) is None:
        return  # an older receipt
    if head["entry"]:
        entry = f"entry {head['entry']} of the ledger retention"
        yield f"Retention fields: as of {entry}, SHA-256 {head['sha256']}"
    else:
        yield "Retention fields: no retention file is in force, so no record has a date"


def describe_statuses(counts: Mapping[str, Any]) -> str:
    """Return, for example, `2 removed, 30 visible`."""
    return ", ".join(f"{count:,} {label_status(key)}" for key, count in counts["by_status"].items())


def describe_files(media: Mapping[str, Any]) -> str:
    """Return, for example, `4 references; 1 different file in the archive; 1 included`."""
    references, files = counted(media["references"], "reference"), counted(media["files"], "different file")
    included = f"; {media['handed_over']:,} included" if "handed_over" in media else ""
    return f"{references}; {files} in the archive{included}"


def _check_lines(checked: Mapping[str, Any]) -> Iterator[str]:
    manifests = counted(checked["manifests"], "manifest")
    yield "each row matches its content hash"
    yield f"{counted(checked['rows'], 'row')} of {manifests} match the digests in the manifests"
    if checked["reparsed_manifests"]:
        changed = counted(checked["reparsed_manifests"], "manifest")
        yield f"except for {changed}: a later parser made the rows, so only their number was compared"
    yield f"{counted(checked['evidence_objects'], 'evidence object')} matched by SHA-256"
    if checked["parsed_again"]:
        yield "the evidence was parsed again and gave the same rows"


def _lists(receipt: Mapping[str, Any]) -> Iterator[str]:
    yield from _listed(
        "Accounts in the archive at that time", (_reached(receipt, c) for c in receipt["archive"])
    )
    yield from _listed("Known gaps at that time", list_missing(receipt, format_exact), NO_GAPS)
    if nameless := list_nameless(receipt):
        yield from _listed(INCOMPLETE_NAMES, nameless)
    yield from _listed("Not included in this export", list_omitted(receipt))
    notes = (f"{note}: {count:,}{_meant(note)}" for note, count in receipt["cells_noted"].items())
    title = "Notes (also in the last column of each row, or with each record, that they concern)"
    yield from _listed(title, notes)
    made_with = (
        f"{name} {', '.join(value) if isinstance(value, list) else value}"
        for name, value in receipt["versions"].items()
    )
    yield from _listed("Software versions", made_with)


def _exactly(at: str) -> str:
    return format_exact(moment(at))


def _meant(note: str) -> str:
    """Return the meaning of a note such as `Author id: apostrophe`."""
    meaning = cells.MEANINGS.get(note.rpartition(": ")[2])
    return f" ({meaning})" if meaning else ""


def _reached(receipt: Mapping[str, Any], chain: Mapping[str, Any]) -> str:
    ledger = f"capture/{chain['platform']}/{chain['account']}"
    label = label_account(receipt, chain["account"])
    return f"{label}: entry {chain['number']} of {ledger}, SHA-256 {chain['sha256']}"


def _listed(title: str, items: Iterable[str], nothing: str = "none") -> Iterator[str]:
    yield ""
    yield f"{title}:"
    yield from [f"  {item}" for item in items] or [f"  {nothing}"]
