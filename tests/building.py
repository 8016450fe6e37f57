"""A builder of real archives without network.

Rows given as dicts become committed segments exactly as a capture would leave them.

```python
building = Building.at(s3, buckets, tmp_path, elasticsearch)  # two real buckets; `.settings` for the test
building.register(account("news", "wordpress"))
post = {"record_id": "wordpress:x/posts/1", "text": "Snow day"}
building.capture("news", [post], at=DAY)  # evidence, media, manifest, Parquet
building.capture("news", [post | {"status": "removed"}], at=DAY + timedelta(days=1))
```

A row needs `record_id` only; other fields are taken from the sequence before it, or filled in. tests/story.py
makes realistic rows, up to a million; `building.tell(story(rows))` commits them segment by segment in flat
memory.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from recordroom.archive import evidence, records
from recordroom.archive.ledger import Entry, Ledger, Tail, tail_of
from recordroom.archive.store import Store
from recordroom.canonical import SIGNIFICANT, select_significant, sha256, version_of
from recordroom.model import Exchange, instant
from recordroom.register import validation
from recordroom.register.models import Register
from recordroom.search.index.indexer import Index
from recordroom.settings import Settings
from tests.archives import stores
from tests.services import S3, Buckets
from tests.story import PLATFORMS, Told

DAY = datetime(2026, 3, 2, 16, tzinfo=UTC)
AGENCY = {"id": "district", "name": "Example School District", "contact": "records@district.example"}
GONE = ("removed", "unavailable")
_TOLD = (
    "record_id", "native_id", "kind", "sequence", "version", "canon", "status", "valid_from",
    "valid_from_source", "captured_at", "warc_record_id", "pointer", "root_id", "parent_id", "published_at",
    "acted_by", "status_reason", "changed",
)  # fmt: skip
_OF_ONE_ROW = ("late_arrival", "valid_from", "valid_from_source", "captured_at", "version", "canon")
_LISTS = ("changed", "media", "links", "mentions", "tags")


def account(name: str, platform: str, **more: Any) -> dict[str, Any]:
    """A complete entry of the register."""
    url = f"https://{platform}.example/{name}"
    return {
        "id": name,
        "platform": platform,
        "url": url,
        "title": name,
        "class": "official",
        "owner": "Communications",
        **more,
    }


def media(data: bytes, identity: str, **more: Any) -> dict[str, Any]:
    """A picture of a row whose bytes the archive holds."""
    return {
        "identity": identity,
        "type": "image",
        "sha256": sha256(data),
        "bytes": len(data),
        "position": 1,
        "data": data,
        **more,
    }


def building_settings(
    s3: S3, buckets: Buckets, folder: Path, elasticsearch: str, index: str = ""
) -> Settings:
    """Return the settings of an archive. index: the alias; a name of the archive's own if empty."""
    return Settings.model_validate(
        {
            "RECORDROOM_REGISTER": folder / "accounts.yaml",
            "RECORDROOM_RETENTION": folder / "retention.yaml",
            "bucket": buckets.archive,
            "derived_bucket": buckets.derived,
            "s3_endpoint": s3.endpoint,
            "s3_region": s3.region,
            "s3_access_key": s3.access_key,
            "s3_secret_key": s3.secret_key,
            "elasticsearch_url": elasticsearch,
            "index": index or f"records-{buckets.archive[-12:]}",
            "spool": folder / "spool",
            "journal": folder / "journal",
            "exports": folder / "exports",
        }
    )


@dataclass
class Building:
    """One archive in the making; remembers the last row of each record that came through `capture`, not of
    those that `tell` streams.
    """

    settings: Settings
    archive: Store
    derived: Store
    platforms: dict[str, str] = field(default_factory=dict)
    _tails: dict[str, Tail] = field(default_factory=dict)
    _totals: dict[str, int] = field(default_factory=dict)
    _last: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    _media: set[str] = field(default_factory=set)

    @classmethod
    def at(
        cls,
        s3: S3,
        buckets: Buckets,
        folder: Path,
        elasticsearch: str = "http://127.0.0.1:1",
        index: str = "",
    ) -> Building:
        """Makes the two buckets. `index`: the alias; a name of this archive's own where none is given."""
        client = s3.client()
        client.create_bucket(Bucket=buckets.archive, ObjectLockEnabledForBucket=True)
        client.create_bucket(Bucket=buckets.derived)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "retention.yaml").write_text("schedules: [core, k12]\nseries: []\n", "utf-8")
        settings = building_settings(s3, buckets, folder, elasticsearch, index)
        return cls(settings, *stores(s3, settings))

    def environment(self) -> dict[str, str]:
        """The settings as environment variables, for a command in a process of its own."""
        given = self.settings.model_dump(exclude_none=True)
        given |= {k: v.get_secret_value() for k, v in given.items() if hasattr(v, "get_secret_value")}
        names = {"register_file": "REGISTER", "retention_file": "RETENTION"}
        return {f"RECORDROOM_{names.get(k, k.upper())}": str(v) for k, v in given.items()}

    def register(self, *entries: dict[str, Any]) -> Register:
        """Put a register in force, as an entry of its ledger."""
        body = {"agency": AGENCY, "accounts": list(entries)}
        register = validation.check_register(body, tuple(PLATFORMS))
        self.platforms = {entry["id"]: entry["platform"] for entry in entries}
        body |= {"problems": [], "file_sha256": sha256(json.dumps(body, default=str).encode())}
        self._append("register", "register", body, datetime.now(UTC))
        return register

    def enrol(self, *entries: dict[str, Any]) -> Register:
        """The same, and the register's file says so too."""
        self.write(*entries)
        return self.register(*entries)

    def write(self, *entries: dict[str, Any]) -> None:
        """The register's file."""
        self.settings.register_file.write_text(
            yaml.safe_dump({"agency": AGENCY, "accounts": list(entries)}), "utf-8"
        )

    def index(self) -> None:
        """Let the index catch up with the archive."""
        index = Index(self.settings, self.archive, self.derived)
        index.catch_up()
        index.client.close()

    def capture(
        self,
        name: str,
        *segments: Sequence[dict[str, Any]],
        at: datetime,
        window: str = "full",
        since: datetime | None = None,
        missing: Sequence[str] = (),
        returned: Sequence[str] = (),
        complete: bool = True,
        **more: Any,
    ) -> list[Entry]:
        """One capture of `name` in as many segments as given (none: a look that found nothing new); its
        manifests.

        `missing`: record_ids that it expected and did not see, `returned`: those that were missing before and
        are there again. `complete` False: it was stopped, and claims nothing of what it did not see. `more`:
        further fields of its final body.
        """
        entries = []
        for number, given in enumerate(segments or ([],), 1):
            final = number == max(len(segments), 1)
            rows = [self._complete(name, row, at) for row in given]
            body: dict[str, Any] = {"window": _window(window, since), "started": instant(at)}
            if final:
                body |= {"ended": instant(at), "complete": complete}
            if final and complete:
                there = [
                    r
                    for (a, r), row in self._last.items()
                    if a == name and _is_there(row) and r not in missing
                ]
                body["seen"] = _seen(there) | {"added": list(returned), "missing": list(missing)}
            entries.append(
                self._segment(
                    name, number, final=final, rows=rows, at=at, body=body | (more if final else {})
                )
            )
        return entries

    def tell(self, told: Iterable[Told]) -> int:
        """Commit a story's segments; the number of rows."""
        count = 0
        for part in told:
            body: dict[str, Any] = {"window": _window(part.window, part.since), "started": instant(part.at)}
            if part.final:
                body |= {
                    "ended": instant(part.at),
                    "complete": True,
                    "seen": _seen(part.seen) | {"added": [], "missing": []},
                }
            rows = [self._filled(part.account, row, part.at) for row in part.rows]
            self._segment(part.account, part.segment, final=part.final, rows=rows, at=part.at, body=body)
            count += len(rows)
        return count

    def _complete(self, name: str, given: dict[str, Any], at: datetime) -> dict[str, Any]:
        """Return the next sequence of a record; fields that `given` leaves out stay as they were."""
        key = (name, given["record_id"])
        was = self._last.get(key)
        carried = {k: v for k, v in (was or {}).items() if k not in _OF_ONE_ROW}
        row = self._filled(name, {**carried, **given, "sequence": was["sequence"] + 1 if was else 1}, at)
        if was:
            row["changed"] = given.get("changed") or ([] if row["late_arrival"] else _changed(was, row))
            row["was"] = {"kind": was["kind"], "status": was["status"]}
        if was is None or not row["late_arrival"]:
            self._last[key] = {k: v for k, v in row.items() if k not in ("was", "window_at")}
        else:
            was["sequence"] = row["sequence"]  # the number is taken, the content is not current
        return row

    def _filled(self, name: str, given: dict[str, Any], at: datetime) -> dict[str, Any]:
        """A row of every field; `_segment` adds what only the commit knows."""
        platform = self.platforms[name]
        row: dict[str, Any] = dict.fromkeys(records.schema().names)
        row |= {k: [] for k in _LISTS}
        row |= {
            "kind": "post",
            "status": "visible",
            "late_arrival": False,
            "repaired": False,
            "author_is_account": False,
            "source": "api",
        }
        row |= {"native_id": given["record_id"].rsplit("/", 1)[-1], "captured_at": at}
        row |= {"valid_from": at, "valid_from_source": "capture"}
        row |= {
            "published_at": at - timedelta(hours=1),
            "parser": f"{platform} 0",  # no rules know it: its evidence is made up
            "canon": f"1/{platform} 0",
        }
        row |= given
        row |= {"agency": AGENCY["id"], "account": name, "platform": platform}
        row["root_id"] = row["root_id"] or (
            None if "root_id" in given else row["parent_id"] or row["record_id"]
        )
        row["media"] = [self._picture(m) for m in row["media"]]
        row["version"] = version_of(row)
        return row

    def _picture(self, given: dict[str, Any]) -> dict[str, Any]:
        """A picture as a row has it, its bytes put."""
        picture: dict[str, Any] = {
            "alt_text": None,
            "width": None,
            "height": None,
            "duration": None,
            "missing_reason": None,
            **given,
        }
        data = picture.pop("data", None)
        if data is not None and picture["sha256"] not in self._media:
            self.archive.put_new(f"media/sha256/{picture['sha256'][:2]}/{picture['sha256']}", data)
            self._media.add(picture["sha256"])
        return picture

    def _segment(
        self,
        name: str,
        segment: int,
        *,
        final: bool,
        rows: list[dict[str, Any]],
        at: datetime,
        body: dict[str, Any],
    ) -> Entry:
        """Evidence, manifest, Parquet, in that order."""
        platform, ledger = self.platforms[name], f"capture/{self.platforms[name]}/{name}"
        capture_id = f"{at:%Y%m%dT%H%M%SZ}-{sha256(f'{name} {at}'.encode())[:8]}"
        objects = [self._evidence(platform, name, f"{capture_id}-{segment}", rows, at)] if rows else []
        number = self._tails.get(ledger, Tail()).number + 1
        for place, row in enumerate(rows):
            row |= {
                "capture_id": capture_id,
                "pointer": f"/{place}",
                "warc_record_id": objects[0]["records"][0]["id"],
            }
            row |= {"ledger_number": number, "committed_at": at}
        deltas = [self._delta(row, row.pop("window_at", None), row.pop("was", None)) for row in rows]
        self._totals[name] = self._totals.get(name, 0) + len(rows)
        body = {
            "format": 1, "agency": AGENCY["id"], "capture_id": capture_id, "segment": segment, "final": final,
            "account": name, "platform": platform,
            "identity": {"native_id": name, "server": f"{platform}.example"}, "requests": 1, "pages": 1,
            "versions": {"recordroom": "0.1.0", "connector": platform, "parser": f"{platform} 0", "canonical_form": 1},
            "new": sum(r["sequence"] == 1 for r in rows), "changed": sum(r["sequence"] > 1 for r in rows),
            "evidence": objects,
            "media": [{"sha256": m["sha256"], "bytes": m["bytes"]} for r in rows for m in r["media"] if m["sha256"]],
            "deltas": deltas,
            "rows": {"count": len(rows), "total": self._totals[name], "sha256": records.rows_digest(rows)},
            **body,
        }  # fmt: skip
        entry = self._append(ledger, "manifest", body, at)
        if rows:
            records.put(
                self.derived,
                records.catalog(self.derived).generation,
                capture_id,
                segment,
                records.table_of(rows),
            )
        return entry

    def _evidence(
        self, platform: str, name: str, file: str, rows: list[dict[str, Any]], at: datetime
    ) -> dict[str, Any]:
        """One exchange whose response holds the rows' texts."""
        payload = json.dumps([{"id": row["record_id"], "text": row["text"]} for row in rows]).encode()
        kind = (("Content-Type", "application/json"),)
        exchange = Exchange(
            "GET", f"https://{platform}.example/{name}", 200, kind, payload, fetched_at=at, reason="OK"
        )
        items = [{"record_id": row["record_id"], "pointer": f"/{place}"} for place, row in enumerate(rows)]
        stored = evidence.encode_exchange(
            exchange, _urn(file), {"format": 1, "account": name, "context": {}, "items": items}
        )
        key = f"evidence/{platform}/{name}/{at:%Y}/{at:%m}/{file}.warc.gz"
        assert self.archive.put_new(key, stored)
        found = [{"id": _urn(file), "offset": 0, "length": len(stored)}]
        return {"key": key, "bytes": len(stored), "sha256": sha256(stored), "records": found}

    def _delta(
        self, row: dict[str, Any], window_at: datetime | None, was: dict[str, Any] | None
    ) -> dict[str, Any]:
        """Return a row's part of the manifest.

        `window_at`: the root's publication; looked up if the row does not have it.
        """
        known = {name: row[name] for name in _TOLD if row[name] is not None}
        root = self._last.get((row["account"], row["root_id"]), row)
        known["window_at"] = window_at or root["published_at"] or row["captured_at"]
        delta = {
            name: instant(value) if isinstance(value, datetime) else value for name, value in known.items()
        }
        if row["media"]:
            outcomes = ("sha256", "bytes", "missing_reason")
            delta["media"] = {
                m["identity"]: {k: m[k] for k in outcomes if m[k] is not None} for m in row["media"]
            }
        return delta | ({"late": True} if row["late_arrival"] else {"was": was} if was else {})

    def _append(self, ledger: str, type_: str, body: dict[str, Any], at: datetime) -> Entry:
        entry = Ledger(self.archive, ledger).append(type_, body, self._tails.get(ledger, Tail()), at=at)
        self._tails[ledger] = tail_of(entry)
        return entry


def _window(kind: str, since: datetime | None) -> dict[str, Any]:
    return {"kind": kind} | ({"since": instant(since)} if since else {})


def _is_there(row: dict[str, Any]) -> bool:
    """Whether a whole look must see it."""
    return row["status"] not in GONE and row["kind"] != "message"


def _seen(record_ids: Iterable[str]) -> dict[str, Any]:
    ids = sorted(set(record_ids))
    return {"count": len(ids), "sha256": sha256("\n".join(ids).encode())}


def _changed(was: dict[str, Any], row: dict[str, Any]) -> list[str]:
    before, after = select_significant(was), select_significant(row)
    changed = [name for name in SIGNIFICANT if before.get(name) != after.get(name)]
    return changed + (["status"] if was["status"] != row["status"] else [])


def _urn(name: str) -> str:
    digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
    return f"<urn:uuid:{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}>"
