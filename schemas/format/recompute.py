"""Recomputes the version of each record of a copy of an archive, from the stored responses and the rules.

python recompute.py FOLDER [PLATFORM/ACCOUNT ...]

FOLDER is a copy of the archive bucket (`aws s3 sync s3://BUCKET FOLDER`). Prints one line for each version
that is not the one of the ledger, then the numbers. Exits with 1 if there is any such line, and with 2 if
there is no such folder or account.

It needs Python with the packages jq, nh3, feedparser, and warcio, and nothing of recordroom. The numbers in
comments are sections of archive-format.md.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import feed_input
from consistency import UNREADABLE
from parsing_rules import Rules, follow, version
from warcio.archiveiterator import ArchiveIterator

HERE = Path(__file__).parent
RULES = next(folder for folder in (HERE / "rules", HERE.parent / "rules") if folder.is_dir())


class Response:
    """A stored response, with what its capture noted beside it."""

    def __init__(self, url: str, content_type: str, body: bytes, context: dict[str, Any]) -> None:
        self.url, self.content_type, self.body, self.context = url, content_type, body, context

    @classmethod
    def read(cls, data: bytes, exchange: str) -> Response:  # 7.2, 7.3
        """Return the response from the bytes of its exchange."""
        url, content_type, body = "", "", b""
        noted: dict[str, Any] = {}
        for record in ArchiveIterator(BytesIO(data)):
            stream = record.content_stream().read()
            if record.rec_headers.get_header("WARC-Record-ID") == exchange:
                url = record.rec_headers.get_header("WARC-Target-URI")
                content_type = (record.http_headers and record.http_headers.get_header("Content-Type")) or ""
                body = stream
            elif record.rec_type == "metadata":
                noted |= json.loads(stream)
        return cls(url, content_type, body, noted.get("context", {}))

    def item(self, pointer: str) -> dict[str, Any]:
        """Return what the rules read of the item at a pointer."""
        shared = {"context": self.context, "url": self.url, "pointer": pointer}
        if pointer == "feed" or pointer.startswith("entry/"):
            return shared | {"item": feed_input.read(self.body, self.content_type, self.url, pointer)}
        body = whole(json.loads(self.body))
        return shared | {"item": follow(body, pointer), "body": body}


def whole(value: Any) -> Any:
    """Return JSON with U+FFFD in place of half a character, as parsers read it (6.3)."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {whole(name): whole(one) for name, one in value.items()}
    return [whole(one) for one in value] if isinstance(value, list) else value


@cache
def rules_of(parser: str) -> Rules | None:
    """Return the rules of `mastodon 2`; None if there are none."""
    try:
        return Rules(RULES, parser)
    except KeyError:
        return None


def read_range(folder: Path, key: str, offset: int, length: int) -> bytes:
    with (folder / key).open("rb") as file:
        file.seek(offset)
        return file.read(length)


def place_of(delta: dict[str, Any], manifest: dict[str, Any]) -> tuple[str, int, int, str, str]:
    """Return object, offset, length, exchange, and pointer of the content of a delta (9.8, 13.1)."""
    if content := delta.get("content"):
        exchange, pointer = content["warc_record_id"], content["pointer"]
        return content["key"], content["offset"], content["length"], exchange, pointer
    for evidence in manifest["evidence"]:
        for one in evidence["records"]:
            if one["id"] == delta["warc_record_id"]:
                return evidence["key"], one["offset"], one["length"], one["id"], delta["pointer"]
    raise KeyError(delta["warc_record_id"])


def recompute(folder: Path, account: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield (result, delta, words) of each version: `equal`, `differs`, or `no rules`."""
    for file in sorted((folder / "ledger/capture" / account).glob("*.json")):  # 9
        try:
            manifest = json.loads(file.read_bytes())["body"]
            told = [delta for delta in manifest["deltas"] if "sequence" in delta]
        except UNREADABLE as problem:
            yield "differs", {"record_id": file.name}, f"cannot be read ({type(problem).__name__}: {problem})"
            continue
        for delta in told:
            try:
                yield check(folder, manifest, delta)
            except UNREADABLE as problem:
                yield "differs", delta, f"cannot be computed ({type(problem).__name__}: {problem})"


def check(folder: Path, manifest: dict[str, Any], delta: dict[str, Any]) -> tuple[str, dict[str, Any], str]:
    parser = delta["canon"].partition("/")[2]
    rules = rules_of(parser)
    if rules is None:
        return "no rules", delta, parser
    key, offset, length, exchange, pointer = place_of(delta, manifest)
    response = Response.read(read_range(folder, key, offset, length), exchange)
    found = version(rules.read(response.item(pointer)))
    return (
        ("equal", delta, "") if found == delta["version"] else ("differs", delta, f"is {found} by the rules")
    )


def main() -> int:
    folder, accounts = Path(sys.argv[1]), sys.argv[2:]
    known = sorted(str(p.relative_to(folder / "ledger/capture")) for p in folder.glob("ledger/capture/*/*"))
    if unknown := [one for one in accounts if one not in known] or not known:
        print(f"{folder} has no manifests{f' of {unknown}' if known else ': it is no copy of an archive'}")
        print(f"It has these accounts: {', '.join(known) or 'none'}")
        return 2
    counts = Counter[str]()
    for account in accounts or known:
        for result, delta, words in recompute(folder, account):
            counts[result] += 1
            if result == "differs":
                said = [str(delta.get(name, "")) for name in ("record_id", "sequence", "version")]
                print("".join(c if c.isprintable() else " " for c in " ".join([account, *said, words])))
    print(", ".join(f"{result}: {number:,}" for result, number in sorted(counts.items())) or "no versions")
    return 1 if counts["differs"] else 0


if __name__ == "__main__":
    sys.exit(main())
