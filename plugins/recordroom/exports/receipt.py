"""The receipt: what was asked, how it was understood, what the archive was at `as_of`, what was handed over, and what is not in it.

It stands beside the files as JSON and as text that says the same. Two receipts of equal `as_of` and code differ in `who`, `when` and
`name` alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from functools import cache
from importlib import metadata
from typing import Any

import recordroom
from recordroom import dates, platforms
from recordroom.archive.gaps import Gap, merge_windows
from recordroom.archive.quarantine.ledger import Quarantine
from recordroom.canonical import CANONICAL_FORM
from recordroom.capture.segment import parsing
from recordroom.exports.as_of import Standing
from recordroom.exports.database import Desk
from recordroom.exports.formats import cells
from recordroom.exports.formats.columns import HELD_BACK, RELEASE
from recordroom.imports import registry
from recordroom.model import VISIBLE, instant, moment
from recordroom.search.filters import Filters, all_within
from recordroom.text import CONTROL_CHARACTERS, counted

JSON, TEXT, MANIFEST = (
    "WORKING-COPY_receipt.json",
    "WORKING-COPY_receipt.txt",
    "WORKING-COPY_manifest-sha256.txt",
)
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
_version = cache(metadata.version)  # a process has each once; to read them all takes a twentieth of a second


def versions() -> dict[str, Any]:
    """Of the code that made the files: equal ones make equal bytes."""
    return {
        "recordroom": recordroom.__version__, "canonical_form": CANONICAL_FORM,
        "parsers": [
            *(parsing.parser_of_platform(name).full_name for name in platforms.names()),
            *(parsing.parser_of_importer(name).full_name for name in registry.list_forms()),
        ],
        "python": f"{sys.version_info.major}.{sys.version_info.minor}", **{name.lower(): _version(name) for name in _LIBRARIES},
    }  # fmt: skip


def receipt(
    desk: Desk, standing: Standing, filters: Filters, *,
    matched: int, messages: int, copies_media: bool, quarantine: Quarantine | None, kept_out: int,
) -> dict[str, Any]:  # fmt: skip
    """What is exported and what is not, as it is known before anything is written. `matched`: versions that match at `as_of`, current or
    not; `messages`: private messages that do, and were not asked for; `kept_out`: records under quarantine that do, and were not.
    `quarantine`: in force; None: nothing here may depend on what is there, since a number alone says whether a hidden record has a word
    that was searched for. Files are no such words: those of the records here of which no copy is handed over are counted for everybody,
    as each record's page tells of them."""
    return {
        "release_status": RELEASE,
        "filters": filters.to_audit(),
        "as_of": instant(standing.as_of),
        "agency": dict(standing.agency),
        "archive": [
            {k: instant(v) if k == "time" else v for k, v in asdict(chain).items()}
            for chain in standing.chains
        ],
        "counts": (counts := _counts(desk)),
        "quarantine": quarantine and {"entry": quarantine.tail.number, "sha256": quarantine.tail.sha256},
        "gaps": [_gap(g) for g in standing.gaps if g.overlaps(filters.from_, filters.to)],
        "left_out": [
            *_messages_left_out(messages),
            *_versions_left_out(matched - (counts["rows"] - counts["context"]["rows"])),
            *(_under_quarantine(kept_out) if quarantine else ()),
            *_media_left_out(
                desk,
                copies_media=copies_media,
                why=f"{HELD_BACK}, as under quarantine" if quarantine else HELD_BACK,
            ),
            *(
                {"what": f"account {name}", "count": 0, "why": "never captured by that time"}
                for name in standing.uncaptured
            ),
            *([] if standing.chains else [_NOTHING_YET]),
        ],
        "versions": versions(),
    }


def _counts(desk: Desk) -> dict[str, Any]:
    """What was exported, by account and kind and by status."""
    by_kind: dict[str, dict[str, int]] = {}
    query = (
        "SELECT name, kind, count(*) FROM chosen JOIN accounts ON number = account GROUP BY ALL ORDER BY ALL"
    )
    for account, kind, count in desk.all(query):
        by_kind.setdefault(account, {})[kind] = count
    [(rows, records)] = desk.all("SELECT count(*), count(DISTINCT record) FROM chosen")
    [(references, files)] = desk.all("SELECT count(*), count(DISTINCT sha256) FROM file")
    [(handed_over,)] = desk.all("SELECT count(*) FROM copied")
    status = f"CASE WHEN status = '{VISIBLE}' AND NOT public THEN '{VISIBLE} to a narrower audience' ELSE status END"
    status = f"{status} || CASE WHEN claimed THEN ' (says a file that was handed in)' ELSE '' END"
    by_status = dict(desk.all(f"SELECT {status} AS told, count(*) FROM chosen GROUP BY told ORDER BY told"))  # noqa: S608 (words of ours)
    [(around, records_around)] = desk.all("SELECT count(*), count(DISTINCT record) FROM chosen WHERE context")
    context = {"rows": around, "records": records_around}
    counted = {
        "rows": rows,
        "records": records,
        "context": context,
        "by_account_and_kind": by_kind,
        "by_status": by_status,
    }
    return counted | {"media": {"references": references, "files": files, "handed_over": handed_over}}


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
    """The number alone: whoever has the receipt may not know what it is."""
    if records:
        yield {"what": "records that match", "count": records, "why": "under quarantine"}


def _media_left_out(desk: Desk, *, copies_media: bool, why: str) -> Iterator[dict[str, Any]]:
    """`why` those that are shut are not handed over."""
    [(shut,)] = desk.all("SELECT count(DISTINCT sha256) FROM file SEMI JOIN shut USING (sha256)")
    if shut:
        yield {"what": "media files", "count": shut, "why": f"{why}; the words of their records are here"}
    query = (
        "SELECT name, coalesce(reason, 'unknown'), count(*) FROM file JOIN chosen USING (place) JOIN accounts a ON a.number = account"
        " WHERE sha256 IS NULL GROUP BY ALL ORDER BY ALL"
    )
    for account, reason, count in desk.all(query):
        yield {
            "what": f"media files of {account}, as often as rows name them",
            "count": count,
            "why": f"not in the archive: {reason}",
        }
    [(uncopied,)] = desk.all("SELECT count(DISTINCT sha256) FROM file ANTI JOIN shut USING (sha256)")
    if uncopied and not copies_media:
        yield {
            "what": "media files",
            "count": uncopied,
            "why": "named by their place in the archive; JSON Lines and PDF copy them",
        }


def _gap(gap: Gap) -> dict[str, Any]:
    told = {
        "account": gap.account,
        "reason": gap.reason,
        "detail": gap.detail,
        "opened_at": instant(gap.opened_at),
    }
    return told | {
        name: instant(value) for name, value in (("from", gap.from_), ("to", gap.to)) if value is not None
    }


def unnamed(told: Mapping[str, Any], unnaming: Callable[[str], str]) -> dict[str, Any]:
    """A receipt whose gaps are told as they are on the pages (search/masking.py). Its query stays: whoever ordered typed it, and other
    words in the place of an id would tell them that it is hidden."""
    return {**told, "gaps": [{**gap, "detail": unnaming(gap["detail"])} for gap in told["gaps"]]}


def gaps_of(told: Mapping[str, Any]) -> list[Gap]:
    """A receipt's gaps as people are told of them."""
    return merge_windows(
        Gap("", g["account"], g["reason"], g["detail"], None, None, moment(g["opened_at"]))
        for g in told["gaps"]
    )


def nameless(told: Mapping[str, Any]) -> list[str]:
    """Where people have no name by which the query could find them, in words. Older receipts do not say it."""
    return [
        f"{one['title']} ({', '.join(one['accounts'])}): {one['words']}" for one in told.get("nameless", ())
    ]


def readable(told: Mapping[str, Any]) -> str:
    """The receipt as text. What others wrote in it (a gap's detail, a query) can begin no line that looks like one of ours."""
    return "".join(f"{CONTROL_CHARACTERS.sub(' ', line)}\n" for line in _lines(told))


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    counts, checked = told["counts"], told["checked"]
    yield f"WORKING COPY: {told['release_status']}"
    yield ""
    yield f"Export {told['name']} ({told['format']}), made by {told['who']} on {_exactly(told['when'])}"
    everything = f"({all_within(told['filters'])})"
    yield f"Query: {told['query'] or everything}"
    yield f"Understood as: {told['understood']}"
    yield f"As of: {_exactly(told['as_of'])}"
    yield f"Files: {', '.join(told['files'])}"
    noun = "Versions" if told["filters"]["versions"] else "Records"
    yield f"{noun}, a row each: {counts['rows']:,}; different records: {counts['records']:,}"
    if around := counts["context"]["rows"]:
        yield f"  found by the query: {counts['rows'] - around:,}; beside these as context: {around:,}"
    for account, kinds in counts["by_account_and_kind"].items():
        yield f"  {account}: " + ", ".join(counted(count, kind) for kind, count in kinds.items())
    yield "  status: " + (
        ", ".join(f"{count:,} {status}" for status, count in counts["by_status"].items()) or "none"
    )
    media = counts["media"]
    yield f"  media: {counted(media['references'], 'reference')}, {counted(media['files'], 'different file')}{_handed_over(media)}"
    if told["quarantine"] is None:
        yield f"Quarantine: {UNTOLD}"
    elif entry := told["quarantine"]["entry"]:
        yield f"Quarantine: as of entry {entry} of its ledger, SHA-256 {told['quarantine']['sha256']}"
    yield ""
    manifests = counted(checked["manifests"], "manifest")
    yield (
        f"Checked: each row against its content hash; {counted(checked['rows'], 'row')} of {manifests} against the digests of these;"
        f" {counted(checked['evidence_objects'], 'evidence object')} against its SHA-256"
        f"{'; the evidence parsed again' if checked['parsed_again'] else ''}"
    )
    if checked["reparsed_manifests"]:
        yield f"  {checked['reparsed_manifests']:,} manifests were compared in number only: a later parser made their rows"
    yield from _listed("The archive at that time", (_reached(c) for c in told["archive"]))
    gaps = (
        f"{g.account}: {g.reason}: {g.detail} (since {dates.format_exact(g.opened_at)})"
        for g in gaps_of(told)
    )
    yield from _listed("Gaps that were open then", gaps)
    if unfound := nameless(told):
        yield from _listed("Not everybody is found by a name, but by what they wrote", iter(unfound))
    lacking = (f"{o['what']}: {o['count']:,}: {o['why']}" for o in told["left_out"])
    yield from _listed("Not in this export", lacking)
    notes = (f"{note}: {count:,}{_meant(note)}" for note, count in told["cells_noted"].items())
    yield from _listed(
        "Notes (in the last column of their rows, or with the records that they are about)", notes
    )
    made_with = (
        f"{name} {', '.join(value) if isinstance(value, list) else value}"
        for name, value in told["versions"].items()
    )
    yield from _listed("Made with", made_with)
    yield ""
    yield f"SHA-256 of {MANIFEST}: {told['manifest_sha256']}"


def _exactly(at: str) -> str:
    return dates.format_exact(moment(at))


def _handed_over(media: Mapping[str, Any]) -> str:
    """Older receipts do not say it."""
    return f"; handed over: {media['handed_over']:,}" if "handed_over" in media else ""


def _meant(note: str) -> str:
    """`Author id: apostrophe` in words."""
    meaning = cells.MEANINGS.get(note.rpartition(": ")[2])
    return f" ({meaning})" if meaning else ""


def _reached(chain: Mapping[str, Any]) -> str:
    return f"{chain['account']}: entry {chain['number']} of capture/{chain['platform']}/{chain['account']}, SHA-256 {chain['sha256']}"


def _listed(title: str, items: Iterator[str]) -> Iterator[str]:
    yield ""
    yield f"{title}:"
    yield from [f"  {item}" for item in items] or ["  none"]
