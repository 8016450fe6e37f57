"""Every fixture of every platform, and the records that `parse` reads from it.

The records of tests/platforms/<platform>/<case>.json|.xml are in <case>.records.json.

A fixture is a bare body (it goes through `saved`, with no address and no server) or `{request: {method, url},
status, headers, body, context}`, `body` being text or JSON. A failure is expected as `{"failure":
"Throttled", ...}`. With `known: {record_id, native_id, kind}` the connector's `lookup` is called instead, and
the expected result is `{"absences": [...], "records": [...]}`. Every request is then answered with this
response, the first ones with the bodies of `before`, those whose address holds a key of `beside` with its
body; `secrets` make them authenticated ones; `index` is the address at which the account was identified. A
missing expected file is written, and the test fails until a person has read it.
"""

from __future__ import annotations

import json
from datetime import datetime
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import orjson
import pytest
from msgspec import structs

from recordroom.canonical import version_of
from recordroom.errors import PlatformFailure, Throttled
from recordroom.model import Absence, Exchange, Identity, Media, Record, instant
from recordroom.platforms.contract import Connector, KnownRecord
from recordroom.platforms.registry import load
from tests.platforms.scripted import NOW, Answer, Scripted, account

HERE = Path(__file__).parent
CASES = ("ordinary", "empty", "edited", "removed", "replies", "media", "throttled", "token_expired")
FIXTURES = sorted(
    p for p in HERE.glob("*/*") if p.suffix in {".json", ".xml"} and not p.name.endswith(".records.json")
)


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_a_fixture_is_read_as_expected(fixture: Path) -> None:
    found = read(load(fixture.parent.name), fixture)
    expected = fixture.with_name(f"{fixture.stem}.records.json")
    if not expected.exists():
        expected.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
        pytest.fail(f"{expected.name} was missing and has been written: read it, then run again")
    assert found == json.loads(expected.read_text("utf-8"))


@pytest.mark.parametrize("platform", sorted({p.parent.name for p in FIXTURES}))
def test_a_platform_has_all_cases(platform: str) -> None:
    assert set(CASES) <= {p.stem.split("-")[0] for p in FIXTURES if p.parent.name == platform}


def read(connector: Connector, fixture: Path) -> Any:
    raw = fixture.read_bytes()
    wrapped = _wrapped(raw) if fixture.suffix == ".json" else None
    try:
        if wrapped is None:
            return [plain(r) for r in connector.parse(connector.saved(raw, None, None))]
        if "known" in wrapped:
            return _looked_up(connector, wrapped)
        return [plain(r) for r in connector.parse(exchange_of(wrapped))]
    except PlatformFailure as problem:
        told = {"failure": type(problem).__name__, "message": problem.message}
        return told | {"until": instant(problem.until)} if isinstance(problem, Throttled) else told


def exchange_of(wrapped: dict[str, Any]) -> Exchange:
    request = wrapped.get("request", {})
    body = Answer(wrapped.get("body", "")).bytes
    headers = tuple(wrapped.get("headers", {}).items())
    return Exchange(
        request.get("method", "GET"),
        request.get("url", ""),
        wrapped["status"],
        headers,
        body,
        wrapped.get("context", {}),
        fetched_at=NOW,
    )


def plain(record: Record) -> dict[str, Any]:
    """Return a record as JSON without empty values, with its version, for people to read and compare."""
    return _without_empty(record) | {"version": version_of(record)}


def _without_empty(thing: Record | Media) -> dict[str, Any]:
    given = structs.asdict(thing)
    flags = {"repaired", "historical", "partial", "counts_replies", "more_files", "with_token"}
    return {
        n: _value(v)
        for n, v in given.items()
        if v is not None and v not in ([], ()) and not (n in flags and v is False)
    }


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, Media):
        return _without_empty(value)
    return [_value(v) for v in value] if isinstance(value, list | tuple) else value


def _wrapped(raw: bytes) -> dict[str, Any] | None:
    given = orjson.loads(raw)
    return given if isinstance(given, dict) and "body" in given and "status" in given else None


def _looked_up(connector: Connector, wrapped: dict[str, Any]) -> dict[str, Any]:
    context = wrapped["context"]
    first = Exchange("GET", wrapped.get("index", ""), 200, (), b"{}", context)
    who = account(
        connector.PLATFORM.name,
        f"https://{context['server']}/",
        Identity(context["account"], context["server"], exchange=first),
    )
    answer = Answer(wrapped.get("body", ""), wrapped["status"], wrapped.get("headers", {}))
    answers, beside = chain(map(Answer, wrapped.get("before", ())), repeat(answer)), wrapped.get("beside", {})

    def answered(url: str) -> Answer:
        return next((Answer(body) for part, body in beside.items() if part in url), None) or next(answers)

    found = list(
        connector.lookup(
            who,
            [KnownRecord(**wrapped["known"], visibility=lambda: "public")],
            Scripted(answered, wrapped.get("secrets", {})),
        )
    )
    absences = [
        {"record_id": a.record_id, "status": a.status, "reason": a.reason, "acted_by": a.acted_by}
        for a in found
        if isinstance(a, Absence)
    ]
    return {
        "absences": absences,
        "records": [plain(r) for e in found if isinstance(e, Exchange) for r in connector.parse(e)],
    }
