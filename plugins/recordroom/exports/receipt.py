"""The receipt of an export.

It reports the query and how it was understood, the archive as of the moment, what is exported, and what is
not. It is stored next to the files as JSON, and as text with the same content. Two receipts of equal `as_of`
and code differ only in `who`, `when`, and `name`. A receipt here is the content of that JSON.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib import metadata
from typing import Any

import recordroom
from recordroom import dates
from recordroom.archive.gaps import Gap, merge_windows
from recordroom.archive.quarantine.ledger import Quarantine
from recordroom.canonical import CANONICAL_FORM
from recordroom.capture.segment import parsing
from recordroom.exports.as_of import ArchiveState
from recordroom.exports.counts import RowCounts
from recordroom.exports.formats import cells
from recordroom.exports.formats.columns import HELD_BACK, RELEASE
from recordroom.exports.formats.media import MediaCounts
from recordroom.imports import registry
from recordroom.model import instant, moment
from recordroom.platforms import registry as platform_registry
from recordroom.search.filters import Filters, all_within
from recordroom.text import CONTROL_CHARACTERS, counted

JSON = "WORKING-COPY_receipt.json"
TEXT = "WORKING-COPY_receipt.txt"
MANIFEST = "WORKING-COPY_manifest-sha256.txt"
UNTOLD = "what is there is not in this export; whether a record is, is not told here"
_NOTHING_YET = {
    "what": "captures",
    "count": 0,
    "why": "none of what was asked for was in the archive by that time",
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
    why_files = f"{HELD_BACK}, as under quarantine" if quarantine else HELD_BACK
    return {
        "release_status": RELEASE,
        "filters": filters.to_audit(),
        "as_of": instant(state.as_of),
        "agency": dict(state.agency),
        "archive": [
            {k: instant(v) if k == "time" else v for k, v in asdict(c).items()} for c in state.chains
        ],
        "counts": contents.rows.describe() | {"media": contents.media.describe()},
        "quarantine": quarantine and {"entry": quarantine.tail.number, "sha256": quarantine.tail.sha256},
        "gaps": [_describe_gap(gap) for gap in state.gaps if gap.overlaps(filters.from_, filters.to)],
        "left_out": [
            *_messages_left_out(contents.messages),
            *_versions_left_out(versions_left_out),
            *(_under_quarantine(contents.quarantined) if quarantine else ()),
            *_media_left_out(contents.media, copies_media=copies_media, why=why_files),
            *(
                {"what": f"account {name}", "count": 0, "why": "never captured by that time"}
                for name in state.uncaptured
            ),
            *([] if state.chains else [_NOTHING_YET]),
        ],
        "versions": list_versions(),
    }


def _messages_left_out(count: int) -> Iterator[dict[str, Any]]:
    if count:
        yield {"what": "private messages that match", "count": count, "why": "not asked for"}


def _versions_left_out(count: int) -> Iterator[dict[str, Any]]:
    if count:
        yield {
            "what": "versions that match and were not current at that time",
            "count": count,
            "why": "not asked for",
        }


def _under_quarantine(records: int) -> Iterator[dict[str, Any]]:
    """Yield the number alone: the reader of the receipt may not know the records."""
    if records:
        yield {"what": "records that match", "count": records, "why": "under quarantine"}


def _media_left_out(media: MediaCounts, *, copies_media: bool, why: str) -> Iterator[dict[str, Any]]:
    """Yield the media files that are not copied.

    why: those under quarantine are held back.
    """
    if media.quarantined:
        yield {
            "what": "media files",
            "count": media.quarantined,
            "why": f"{why}; the words of their records are here",
        }
    for missing in media.missing:
        what = f"media files of {missing.account}, as often as rows name them"
        yield {"what": what, "count": missing.references, "why": f"not in the archive: {missing.reason}"}
    if media.available and not copies_media:
        why = "named by their place in the archive; JSON Lines and PDF copy them"
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
    """Return the platforms that name no people, in words.

    The query could not find their people by name. Older receipts do not have the list.
    """
    return [
        f"{one['title']} ({', '.join(one['accounts'])}): {one['words']}"
        for one in receipt.get("nameless", ())
    ]


def write_text(receipt: Mapping[str, Any]) -> str:
    """Return the receipt as text.

    Texts of others in it (the detail of a gap, a query) cannot begin a line that looks like one of ours.
    """
    return "".join(f"{CONTROL_CHARACTERS.sub(' ', line)}\n" for line in _lines(receipt))


def _lines(receipt: Mapping[str, Any]) -> Iterator[str]:
    yield f"WORKING COPY: {receipt['release_status']}"
    yield ""
    yield from _request_lines(receipt)
    yield from _count_lines(receipt)
    yield ""
    yield from _check_lines(receipt["checked"])
    yield from _lists(receipt)
    yield ""
    yield f"SHA-256 of {MANIFEST}: {receipt['manifest_sha256']}"


def _request_lines(receipt: Mapping[str, Any]) -> Iterator[str]:
    made = f"made by {receipt['who']} on {_exactly(receipt['when'])}"
    yield f"Export {receipt['name']} ({receipt['format']}), {made}"
    everything = f"({all_within(receipt['filters'])})"
    yield f"Query: {receipt['query'] or everything}"
    yield f"Understood as: {receipt['understood']}"
    yield f"As of: {_exactly(receipt['as_of'])}"
    yield f"Files: {', '.join(receipt['files'])}"


def _count_lines(receipt: Mapping[str, Any]) -> Iterator[str]:
    counts = receipt["counts"]
    noun = "Versions" if receipt["filters"]["versions"] else "Records"
    yield f"{noun}, a row each: {counts['rows']:,}; different records: {counts['records']:,}"
    if around := counts["context"]["rows"]:
        yield f"  found by the query: {counts['rows'] - around:,}; beside these as context: {around:,}"
    for account, kinds in counts["by_account_and_kind"].items():
        yield f"  {account}: " + ", ".join(counted(count, kind) for kind, count in kinds.items())
    statuses = (f"{count:,} {status}" for status, count in counts["by_status"].items())
    yield f"  status: {', '.join(statuses) or 'none'}"
    media = counts["media"]
    files = counted(media["files"], "different file")
    yield f"  media: {counted(media['references'], 'reference')}, {files}{_handed_over(media)}"
    if receipt["quarantine"] is None:
        yield f"Quarantine: {UNTOLD}"
    elif entry := receipt["quarantine"]["entry"]:
        yield f"Quarantine: as of entry {entry} of its ledger, SHA-256 {receipt['quarantine']['sha256']}"


def _check_lines(checked: Mapping[str, Any]) -> Iterator[str]:
    manifests = counted(checked["manifests"], "manifest")
    yield (
        "Checked: each row against its content hash;"
        f" {counted(checked['rows'], 'row')} of {manifests} against the digests of these;"
        f" {counted(checked['evidence_objects'], 'evidence object')} against its SHA-256"
        f"{'; the evidence parsed again' if checked['parsed_again'] else ''}"
    )
    if checked["reparsed_manifests"]:
        yield (
            f"  {checked['reparsed_manifests']:,} manifests were compared in number only:"
            " a later parser made their rows"
        )


def _lists(receipt: Mapping[str, Any]) -> Iterator[str]:
    yield from _listed("The archive at that time", (_reached(c) for c in receipt["archive"]))
    gaps = (
        f"{g.account}: {g.reason}: {g.detail} (since {dates.format_exact(g.opened_at)})"
        for g in gaps_of(receipt)
    )
    yield from _listed("Gaps that were open then", gaps)
    if unfound := list_nameless(receipt):
        yield from _listed("Not everybody is found by a name, but by what they wrote", iter(unfound))
    left_out = (f"{o['what']}: {o['count']:,}: {o['why']}" for o in receipt["left_out"])
    yield from _listed("Not in this export", left_out)
    notes = (f"{note}: {count:,}{_meant(note)}" for note, count in receipt["cells_noted"].items())
    title = "Notes (in the last column of their rows, or with the records that they are about)"
    yield from _listed(title, notes)
    made_with = (
        f"{name} {', '.join(value) if isinstance(value, list) else value}"
        for name, value in receipt["versions"].items()
    )
    yield from _listed("Made with", made_with)


def _exactly(at: str) -> str:
    return dates.format_exact(moment(at))


def _handed_over(media: Mapping[str, Any]) -> str:
    """Return the number of copied files; older receipts have none."""
    return f"; handed over: {media['handed_over']:,}" if "handed_over" in media else ""


def _meant(note: str) -> str:
    """Return the meaning of a note such as `Author id: apostrophe`."""
    meaning = cells.MEANINGS.get(note.rpartition(": ")[2])
    return f" ({meaning})" if meaning else ""


def _reached(chain: Mapping[str, Any]) -> str:
    ledger = f"capture/{chain['platform']}/{chain['account']}"
    return f"{chain['account']}: entry {chain['number']} of {ledger}, SHA-256 {chain['sha256']}"


def _listed(title: str, items: Iterator[str]) -> Iterator[str]:
    yield ""
    yield f"{title}:"
    yield from [f"  {item}" for item in items] or ["  none"]
