"""Statements of people in a real archive: what is refused, what is stored, and the same fields everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import orjson
import pytest

from recordroom import clock
from recordroom.archive.ledger import Ledger, capture_chains
from recordroom.archive.quarantine.ledger import RECORD, QuarantineTarget
from recordroom.archive.verify import verify
from recordroom.errors import NotThere, UsageError
from recordroom.exports.production import ExportRequest, make_export
from recordroom.records import approvals, quarantine, statements
from recordroom.records.approvals import ChangedMeanwhile
from recordroom.records.statements import StatementOrder
from recordroom.retention import all_records, derivation, hold_entries, ledger
from recordroom.retention import statements as entries
from recordroom.retention.checks import check_files
from recordroom.retention.holds import HoldScope
from recordroom.retention.statements import CONFIRMATION, EVENT_DAY, WITHDRAWAL, Statement
from recordroom.search.filters import Filters
from recordroom.search.index.indexer import Index
from recordroom.search.index.retention import read_heads
from recordroom.search.searcher import Searcher
from tests.building import DAY, Building, account
from tests.retention.test_classification import SCHEDULE
from tests.retention.test_command import lines, run
from tests.verifier.agreement import broken_schemas
from tests.viewers import officer, reader

GONE, REPLY, SHOWN, INCIDENT, CLAIM, OLD, SECRET = (f"wordpress:x/posts/{n}" for n in range(1, 8))
HOUR = timedelta(hours=1)
TODAY = date(2026, 12, 1)
YESTERDAY = clock.today() - timedelta(days=1)
FILE = "schedules: [local.yaml]\nseries:\n" + "".join(
    f"  - {{schedule: local, version: '1', dan: {dan}, title: {dan}, trigger: {trigger}, {event}"
    " period: {years: 2}, action: destroy, designation: nonarchival, reviewed_by: Ana Reyes,"
    " reviewed_on: 2026-11-30}\n"
    for dan, trigger, event in (
        ("TWO", "received or provided", ""), ("EV", "event", "event: the incident is resolved,"),
    )
)  # fmt: skip
ACCOUNTS = (
    account("news", "wordpress", series="TWO"), account("incidents", "wordpress", series="EV"),
    account("old", "wordpress", series="TWO", closed_on="2026-06-30"),
    account("secret", "wordpress", series="TWO", confidential=True),
)  # fmt: skip
Fields = Mapping[tuple[str, str], Mapping[str, Any]]
Read = Callable[[], Fields]


@pytest.fixture
def searcher(building: Building, index: Index) -> Iterator[Searcher]:
    """A post that vanished with its reply, one that is published, one under a series with an event, an import;
    a closed account, and a confidential one.
    """
    building.enrol(*ACCOUNTS)
    building.capture(
        "news",
        [
            {"record_id": GONE, "text": "snow", "author_id": "ana", "published_at": DAY},
            {"record_id": REPLY, "text": "ice", "root_id": GONE, "parent_id": GONE, "kind": "comment",
             "author_id": "ben", "published_at": DAY},
            {"record_id": SHOWN, "text": "hail", "published_at": DAY},
            {"record_id": CLAIM, "source": "import: file", "late_arrival": True,
             "published_at": DAY - 1000 * HOUR},
        ],
        at=DAY + HOUR,
    )  # fmt: skip
    lost = [{"record_id": one, "status": "unavailable"} for one in (GONE, REPLY)]
    building.capture("news", lost, at=DAY + 48 * HOUR)
    building.capture("incidents", [{"record_id": INCIDENT, "published_at": DAY}], at=DAY + HOUR)
    building.capture("old", [{"record_id": OLD, "published_at": DAY}], at=DAY + HOUR)
    building.capture("secret", [{"record_id": SECRET, "published_at": DAY}], at=DAY + HOUR)
    building.capture("secret", [{"record_id": SECRET, "status": "hidden"}], at=DAY + 2 * HOUR)
    (building.settings.retention_file.parent / "local.yaml").write_text(SCHEDULE, "utf-8")
    building.settings.retention_file.write_text(FILE, "utf-8")
    files = check_files(building.settings.retention_file, TODAY)
    assert files.problems == ()
    ledger.apply_policy(building.archive, files)
    index.catch_up()
    found = Searcher(building.settings, building.archive, building.derived)
    with closing(found.client):
        yield found


@pytest.fixture
def fields(building: Building, index: Index, tmp_path: Path) -> Read:
    """The fields of each record by account, the same in the index, an export, and the run over all records."""

    def read() -> Fields:
        index.catch_up()
        indexed: dict[tuple[str, str], dict[str, Any]] = {}
        for hit in index.client.search(index=index.alias, size=1_000)["hits"]["hits"]:
            own = {name: hit["_source"].get(name) for name in derivation.FIELDS}
            key = hit["_source"]["account"], hit["_source"]["record_id"]
            assert indexed.setdefault(key, own) == own, "every version agrees"
        assert indexed == _derive_all(building) == _export(building, tmp_path)
        return indexed

    return read


def _derive_all(building: Building) -> dict[tuple[str, str], dict[str, Any]]:
    heads = read_heads(building.archive)
    state = heads.state
    acts = state.holds.values(), state.decisions.values(), state.statements.values()
    inputs = derivation.make_inputs(state.policy, heads.accounts, *acts)
    chains = capture_chains(building.archive)
    upto = {chain.id: Ledger(building.archive, chain.ledger).head() for chain in chains}
    with all_records.load(building.derived, building.settings, upto) as records:
        rows = [row for batch in records.derive(inputs) for row in batch.to_pylist()]
    return {(row.pop("account"), row.pop("record_id")): _write_days(row) for row in rows}


def _export(
    building: Building, folder: Path, as_of: datetime | None = None
) -> dict[tuple[str, str], dict[str, Any]]:
    out = folder / f"export{len(list(folder.iterdir()))}"
    request = ExportRequest("", out, "jsonl", Filters(), as_of, hidden_accounts=())
    make_export(building.settings, request)
    rows = [orjson.loads(line) for line in next(out.glob("*.jsonl")).read_bytes().splitlines()]
    names = [name for name in derivation.FIELDS if name != "on_hold"]  # which no export has
    return {
        (row["account"], row["record_id"]): {name: row.get(name) for name in names} | {"on_hold": False}
        for row in rows
    }


def _write_days(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, date) else value for name, value in fields.items()}


def order(kind: str = WITHDRAWAL, **given: Any) -> StatementOrder:
    """What a person states, with evidence; lists make the scope."""
    names = ("records", "conversations", "authors", "accounts")
    lists: dict[str, Any] = {name: frozenset(given.pop(name, ())) for name in names}
    values: dict[str, Any] = {"reason": "asked", "evidence": "Screenshot 12, evidence folder"} | given
    return StatementOrder(kind, HoldScope(**lists), **values)


def state(searcher: Searcher, kind: str = WITHDRAWAL, who: str = "ana@example", **given: Any) -> Statement:
    return statements.state(searcher, order(kind, **given), officer(searcher, who))


def dates(found: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    return found["retention_trigger"], found["retention_trigger_on"], found["eligible_on"]


def test_a_statement_of_withdrawal_counts_everywhere_until_it_is_revoked(
    searcher: Searcher, fields: Read
) -> None:
    before = fields()
    assert dates(before["news", GONE]) == ("not withdrawn", None, None)
    made = state(searcher, records=[GONE])
    after = fields()
    assert dates(after["news", GONE]) == ("withdrawal stated", "2026-03-04", "2028-03-05")
    assert {key for key, value in after.items() if value != before[key]} == {("news", GONE)}
    statements.revoke(searcher, made.id, "a mistake", officer(searcher))
    assert fields() == before
    with pytest.raises(UsageError, match="was revoked already"):
        statements.revoke(searcher, made.id, "again", officer(searcher))


def test_reappearance_cancels_a_statement_everywhere(
    searcher: Searcher, fields: Read, building: Building
) -> None:
    state(searcher, conversations=[GONE], on=YESTERDAY)
    assert fields()["news", REPLY]["retention_trigger_on"] == str(YESTERDAY)
    back = datetime.now(UTC)
    building.capture("news", [{"record_id": GONE, "status": "visible"}], at=back)
    assert dates(fields()["news", GONE]) == ("still published", None, None)
    building.capture("news", [{"record_id": GONE, "status": "unavailable"}], at=datetime.now(UTC))
    found = fields()
    assert found["news", GONE]["retention_trigger"] == "not withdrawn"
    assert found["news", REPLY]["retention_trigger"] == "withdrawal stated"


def test_a_statement_on_an_account_counts_while_it_is_closed(
    searcher: Searcher, fields: Read, building: Building
) -> None:
    state(searcher, accounts=["old"], on=date(2026, 7, 2))
    assert dates(fields()["old", OLD]) == ("withdrawal stated", "2026-07-02", "2028-07-03")
    opened = [replace_entry(one, closed_on=None) if one["id"] == "old" else one for one in ACCOUNTS]
    building.enrol(*opened)
    assert dates(fields()["old", OLD]) == ("still published", None, None)
    building.enrol(*ACCOUNTS)
    assert fields()["old", OLD]["retention_trigger"] == "withdrawal stated"


def replace_entry(entry: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {name: value for name, value in (entry | more).items() if value is not None}


def test_confirmed_imports_and_events_have_dates_everywhere(searcher: Searcher, fields: Read) -> None:
    assert fields()["news", CLAIM]["retention_trigger"] == "import not confirmed"
    state(searcher, CONFIRMATION, accounts=["news"])
    assert fields()["news", CLAIM]["retention_trigger"] == "not withdrawn"
    state(searcher, records=[CLAIM], on=date(2026, 2, 1))
    assert dates(fields()["news", CLAIM]) == ("withdrawal stated", "2026-02-01", "2028-02-02")
    state(searcher, EVENT_DAY, accounts=["incidents"], on=date(2026, 4, 1), series="EV")
    assert dates(fields()["incidents", INCIDENT]) == ("event", "2026-04-01", "2028-04-02")


def test_an_export_has_the_statements_of_its_moment(
    searcher: Searcher, fields: Read, building: Building, tmp_path: Path
) -> None:
    moment = datetime.now(UTC)
    state(searcher, records=[GONE])
    fields()
    found = _export(building, tmp_path, moment)
    assert found["news", GONE]["retention_trigger"] == "not withdrawn"


def test_a_rebuilt_index_has_the_same_fields(searcher: Searcher, fields: Read, index: Index) -> None:
    state(searcher, conversations=[GONE])
    state(searcher, accounts=["old"], on=YESTERDAY)
    before = fields()
    index.rebuild()
    assert fields() == before


def test_the_preview_says_what_changes_and_changes_nothing(searcher: Searcher, index: Index) -> None:
    preview = partial(statements.preview_statement, searcher, viewer=officer(searcher))
    both = preview(order(records=[GONE, SHOWN]))
    assert (both.found.records, both.found.changed, both.found.dated, both.still_published) == (2, 1, 1, 1)
    assert searcher.retention.refresh().statements == {}
    state(searcher, records=[GONE])
    index.catch_up()
    found = preview(order(records=[GONE], on=YESTERDAY)).found
    assert (found.records, found.changed, found.dated, found.weakened) == (1, 1, 0, 0)


def test_what_changed_after_the_preview_is_not_stated(searcher: Searcher) -> None:
    given, viewer = order(records=[GONE], on=YESTERDAY), officer(searcher)
    seen = statements.preview_statement(searcher, given, viewer).found.fingerprint
    state(searcher, records=[GONE])
    with pytest.raises(ChangedMeanwhile, match="nothing was stored"):
        statements.state(searcher, given, viewer, seen=seen)
    now = statements.preview_statement(searcher, given, viewer).found.fingerprint
    statements.state(searcher, given, viewer, seen=now)
    assert len(searcher.retention.refresh().statements) == 2


def shorten_by_event(searcher: Searcher, _: Building | None = None) -> tuple[str, str]:
    given: dict[str, Any] = {"records": [INCIDENT], "series": "EV"}
    state(searcher, EVENT_DAY, on=date(2026, 4, 1), **given)
    state(searcher, EVENT_DAY, on=date(2026, 5, 1), **given)
    return "incidents", INCIDENT


def shorten_by_withdrawal(searcher: Searcher, building: Building) -> tuple[str, str]:
    building.capture("news", [{"record_id": GONE, "status": "removed"}], at=DAY + 72 * HOUR)
    state(searcher, records=[GONE], on=date(2026, 5, 1))
    return "news", GONE


def shorten_by_confirmation(searcher: Searcher, building: Building) -> tuple[str, str]:
    building.capture("news", [{"record_id": GONE, "status": "removed"}], at=DAY + 72 * HOUR)
    claim = {"source": "import: file", "late_arrival": True, "published_at": DAY + 1000 * HOUR}
    building.capture("news", [{"record_id": GONE, **claim}], at=DAY + 80 * HOUR)
    state(searcher, CONFIRMATION, records=[GONE])
    return "news", GONE


@pytest.mark.parametrize("prepare", [shorten_by_event, shorten_by_withdrawal, shorten_by_confirmation])
def test_a_revocation_that_shortens_waits_for_a_second_person(
    searcher: Searcher,
    fields: Read,
    building: Building,
    index: Index,
    prepare: Callable[[Searcher, Building], tuple[str, str]],
) -> None:
    index.catch_up()
    key = prepare(searcher, building)
    before = fields()[key]["eligible_on"]
    made = list(searcher.retention.refresh().statements.values())[-1]
    first, second = officer(searcher, "ana@example"), officer(searcher, "ben@example")
    asked = statements.revoke(searcher, made.id, "a mistake", first)
    assert (asked.counts, asked.validity.waiting) == (True, asked.validity.revoking)
    assert fields()[key]["eligible_on"] == before
    assert approvals.preview_approval(searcher, statements.KIND, asked, second).weakened == 1
    with pytest.raises(UsageError, match="waits for a second person already"):
        statements.revoke(searcher, made.id, "again", second)
    with pytest.raises(UsageError, match="approved by a second person"):
        statements.approve(searcher, made.id, "myself", first)
    kept = statements.keep(searcher, made.id, "it is right", second)
    assert (kept.counts, kept.validity.waiting) == (True, None)
    with pytest.raises(UsageError, match="no revocation of this statement waits"):
        statements.keep(searcher, made.id, "again", second)
    statements.revoke(searcher, made.id, "a mistake", first)
    approved = statements.approve(searcher, made.id, "agreed", second)
    assert not approved.counts
    assert fields()[key]["eligible_on"] < before
    keys = list(searcher.archive.keys(f"ledger/{ledger.NAME}/"))
    assert broken_schemas({name: orjson.loads(searcher.archive.get(name)) for name in keys}) == []
    assert verify(searcher.archive).problems == []


def test_a_statement_that_shortens_counts_after_a_second_person_approved(
    searcher: Searcher, fields: Read, building: Building
) -> None:
    name = "wordpress:x/posts/9"
    comment = {"record_id": name, "kind": "comment", "status": "held", "published_at": None}
    claim = {"source": "import: file", "late_arrival": True, "published_at": DAY - 1000 * HOUR}
    building.capture("news", [comment], at=DAY + 60 * HOUR)
    building.capture("news", [{**comment, **claim}], at=DAY + 61 * HOUR)
    before = fields()["news", name]["eligible_on"]
    given, first = order(CONFIRMATION, records=[name]), officer(searcher, "ana@example")
    assert statements.preview_statement(searcher, given, first).found.needs_approval
    made = statements.state(searcher, given, first)
    assert (made.counts, made.validity.waiting) == (False, made.validity.made)
    assert fields()["news", name]["eligible_on"] == before
    with pytest.raises(UsageError, match="approved by a second person"):
        statements.approve(searcher, made.id, "myself", first)
    statements.approve(searcher, made.id, "agreed", officer(searcher, "ben@example"))
    assert fields()["news", name]["eligible_on"] < before
    with pytest.raises(UsageError, match="this statement needs no approval"):
        statements.approve(searcher, made.id, "again", officer(searcher, "cy@example"))
    waiting = statements.state(searcher, order(CONFIRMATION, records=[CLAIM]), first)
    assert waiting.counts, "it gives a date where there was none"
    keys = list(searcher.archive.keys(f"ledger/{ledger.NAME}/"))
    assert broken_schemas({key: orjson.loads(searcher.archive.get(key)) for key in keys}) == []
    assert verify(searcher.archive).problems == []


def test_the_commands_list_what_waits_and_refuse_the_same_person(
    searcher: Searcher, building: Building
) -> None:
    shorten_by_event(searcher)
    made = list(searcher.retention.refresh().statements.values())[-1]
    because = ("--reason", "a mistake")
    revoked = run(building, "revoke-statement", made.id, *because, "--json")
    assert revoked.returncode == 0, revoked.stderr
    state_ = "in force: its revocation waits for the approval of a second person"
    assert lines(revoked)[0]["state"] == state_
    listed = run(building, "statements")
    assert (listed.returncode, "2 statements in force, 1 waiting for approval." in listed.stderr) == (4, True)
    own = run(building, "approve-statement", made.id, *because)
    assert (own.returncode, "by a second person" in own.stderr) == (2, True)
    kept = run(building, "keep-statement", made.id, *because)
    assert (kept.returncode, kept.stdout) == (0, f"{made.id}: in force\n"), kept.stderr
    assert run(building, "statements").returncode == 0
    statements.revoke(searcher, made.id, "a mistake", officer(searcher, "ana@example"))
    approved = run(building, "approve-statement", made.id, *because)
    assert (approved.returncode, approved.stdout) == (0, f"{made.id}: revoked\n"), approved.stderr


def test_an_approval_is_of_what_the_person_saw(searcher: Searcher) -> None:
    shorten_by_event(searcher)
    made = list(searcher.retention.refresh().statements.values())[-1]
    first, second = officer(searcher, "ana@example"), officer(searcher, "ben@example")
    seen = statements.revoke(searcher, made.id, "a mistake", first)
    checked = searcher.retention.now()
    body = approvals.make_approval(statements.KIND, seen, "agreed", second)
    statements.keep(searcher, made.id, "it is right", first)
    with pytest.raises(ChangedMeanwhile):
        approvals.store(searcher, statements.KIND, body, second, checked=checked)
    assert searcher.retention.refresh().statements[made.id].counts


def test_two_revocations_at_once_do_not_shorten_a_period(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each alone shortens nothing, because the other statement has the same day."""
    shorten_by_event(searcher)
    state(searcher, EVENT_DAY, "ben@example", records=[INCIDENT], series="EV", on=date(2026, 5, 1))
    _, first, second = searcher.retention.refresh().statements.values()
    real, other = approvals.list_changes, [second.id]

    def late(searcher: Searcher, *given: Any) -> Any:
        changes = list(real(searcher, *given))
        if other:
            statements.revoke(searcher, other.pop(), "wrong", officer(searcher, "ben@example"))
        return iter(changes)

    monkeypatch.setattr(approvals, "list_changes", late)
    with pytest.raises(ChangedMeanwhile):
        statements.revoke(searcher, first.id, "wrong", officer(searcher, "ana@example"))
    asked = statements.revoke(searcher, first.id, "wrong", officer(searcher, "ana@example"))
    assert asked.validity.waiting


def test_an_approval_by_the_same_person_changes_nothing_whoever_wrote_its_entry(searcher: Searcher) -> None:
    shorten_by_event(searcher)
    made = list(searcher.retention.refresh().statements.values())[-1]
    statements.revoke(searcher, made.id, "a mistake", officer(searcher, "ana@example"))
    body = {"act_id": made.id, "approves": True}
    for who, counts in (("ana@example", True), ("ben@example", False)):
        ledger.append(searcher.archive, entries.APPROVED, lambda _: body, who)
        assert searcher.retention.refresh().statements[made.id].counts == counts


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"records": [GONE], "kind": "lost"}, "no kind of statement 'lost'"),
        ({}, "names records, conversations, authors, or accounts"),
        ({"records": [GONE], "reason": " "}, "reason is missing"),
        ({"records": [GONE], "evidence": " "}, "evidence is missing"),
        ({"records": [GONE], "evidence": "x" * 20_001}, "evidence has 20,001 characters"),
        ({"records": [GONE], "on": YESTERDAY + timedelta(days=2)}, "in the future"),
        ({"records": [GONE], "series": "EV"}, "only the statement of an event names a series"),
        ({"records": [GONE, "wordpress:x/none"]}, "the index has no record 'wordpress:x/none'"),
        ({"conversations": ["wordpress:x/none"]}, "the index has none of these"),
        ({"records": [SHOWN]}, "found these records public"),
        ({"records": [CLAIM]}, "they come from a file"),
        ({"accounts": ["old"]}, "the day is missing"),
        ({"accounts": ["old"], "on": date(2026, 3, 1)}, "the capture of Mar 2, 2026 still found records"),
        ({"accounts": ["news"], "on": YESTERDAY}, "does not say that each of these accounts is closed"),
        ({"accounts": ["nope"], "on": YESTERDAY}, "there is no account 'nope'"),
        ({"kind": CONFIRMATION, "conversations": [GONE]}, "names records or accounts"),
        ({"kind": CONFIRMATION, "records": [CLAIM], "on": YESTERDAY}, "has no day"),
        ({"kind": EVENT_DAY, "records": [INCIDENT], "series": "EV"}, "the day is missing"),
        ({"kind": EVENT_DAY, "records": [INCIDENT], "on": YESTERDAY}, "no schedule in force"),
        ({"kind": EVENT_DAY, "records": [INCIDENT], "on": YESTERDAY, "series": "TWO"}, "begins with an event"),
    ],
)  # fmt: skip
def test_what_cannot_be_stated_is_refused(searcher: Searcher, given: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        state(searcher, **given)
    assert caught.value.mend
    assert searcher.retention.refresh().statements == {}


def test_a_scope_of_dates_or_a_query_is_refused(searcher: Searcher) -> None:
    for scope in (HoldScope(query="snow"), HoldScope(records=frozenset({GONE}), everything=True)):
        with pytest.raises(UsageError, match="names records"):
            statements.state(searcher, replace(order(), scope=scope), officer(searcher))


def test_what_a_viewer_may_not_see_does_not_exist(searcher: Searcher) -> None:
    quarantine.put(searcher, QuarantineTarget(RECORD, GONE), "an address", officer(searcher))
    viewer = reader(searcher, "cy@example", hidden=["secret"])
    for given, words in (
        ({"records": [GONE]}, "there is no such record"),
        ({"conversations": [GONE]}, "there is no such record"),
        ({"records": [SECRET]}, f"the index has no record '{SECRET}'"),
        ({"accounts": ["secret"], "on": YESTERDAY}, "there is no account 'secret'"),
    ):
        with pytest.raises((UsageError, NotThere), match=words):
            statements.state(searcher, order(**given), viewer)
    made = [state(searcher, records=[GONE]), state(searcher, records=[SECRET])]
    state(searcher, CONFIRMATION, accounts=["secret"])
    for one in (*made, *searcher.retention.refresh().statements.values()):
        with pytest.raises(NotThere, match="no such statement"):
            statements.revoke(searcher, one.id, "why", viewer)
    with pytest.raises(NotThere):
        statements.revoke(searcher, "0" * 32, "why", officer(searcher))
    found = statements.preview_statement(searcher, order(authors=[("wordpress", "ben")]), viewer)
    assert found.found.records == 1


def test_many_records_take_several_entries_and_count_with_the_last(
    searcher: Searcher, building: Building, index: Index
) -> None:
    many = [f"wordpress:z/posts/{n}" for n in range(hold_entries.MOST_IDS + 1)]
    building.capture("news", [{"record_id": one, "status": "hidden"} for one in many], at=DAY + 60 * HOUR)
    index.catch_up()
    made = state(searcher, records=many)
    stored = [one for one in Ledger(searcher.archive, ledger.NAME).entries() if one.type == "statement"]
    assert [(one.body["part"], one.body["parts"]) for one in stored] == [(1, 2), (2, 2)]
    assert made.counts
    assert made.validity.made.at == stored[0].at
    half = entries.fold({}, stored[0])
    assert not half[made.id].counts
    index.catch_up()
    stated = {"query": {"term": {"retention_trigger": "withdrawal stated"}}}
    assert index.client.count(index=index.alias, body=stated)["count"] == len(many)


def test_two_people_state_at_once_and_the_later_day_counts(searcher: Searcher, fields: Read) -> None:
    days = [YESTERDAY - timedelta(days=n) for n in range(3)]
    threads = [Thread(target=state, args=(searcher,), kwargs={"records": [GONE], "on": on}) for on in days]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(searcher.retention.refresh().statements) == 3
    assert fields()["news", GONE]["retention_trigger_on"] == str(YESTERDAY)


def test_the_audit_has_each_act_with_the_nonce_of_its_entry(searcher: Searcher, building: Building) -> None:
    made = state(searcher, records=[GONE])
    statements.revoke(searcher, made.id, "a mistake", officer(searcher, "ben@example"))
    stored = {one.type: one for one in Ledger(searcher.archive, ledger.NAME).entries()}
    texts = [path.read_bytes() for path in Path(building.settings.journal).rglob("*") if path.is_file()]
    lines = [orjson.loads(line) for text in texts for line in text.splitlines() if b'"statement' in line]
    events = [one for one in lines if one["type"].startswith("statement")]
    assert [(one["type"], one["actor"]) for one in events] == [
        ("statement", "ana@example"), ("statement revoked", "ben@example"),
    ]  # fmt: skip
    assert [one["act"] for one in events] == [
        stored["statement"].nonce, stored["statement-revoked"].nonce,
    ]  # fmt: skip


def test_entries_follow_their_schemas(searcher: Searcher) -> None:
    first = state(searcher, records=[GONE], evidence="<script>alert(1)</script> \u202e")
    statements.revoke(searcher, first.id, "a mistake", officer(searcher))
    state(searcher, accounts=["old"], on=YESTERDAY)
    state(searcher, CONFIRMATION, records=[CLAIM], evidence="")
    state(searcher, EVENT_DAY, records=[INCIDENT], on=YESTERDAY, series="EV")
    keys = list(searcher.archive.keys(f"ledger/{ledger.NAME}/"))
    assert len(keys) == 6
    assert broken_schemas({key: orjson.loads(searcher.archive.get(key)) for key in keys}) == []
    assert verify(searcher.archive).problems == []


@pytest.mark.parametrize("missing", ["kind", "scope", "reason", "evidence"])
def test_verify_reports_a_statement_without_a_part_of_it(searcher: Searcher, missing: str) -> None:
    body = {
        "act_id": "0" * 32, "part": 1, "parts": 1, "kind": WITHDRAWAL, "scope": {"records": [GONE]},
        "reason": "why", "evidence": "seen", "covered": {"news": 1},
    }  # fmt: skip
    del body[missing]
    chain = Ledger(searcher.archive, ledger.NAME)
    chain.append("statement", body, ledger.read(searcher.archive).tail)
    [problem] = verify(searcher.archive).problems
    assert "not valid for type 'statement'" in problem.problem


def test_a_part_after_the_last_one_changes_nothing(searcher: Searcher) -> None:
    body = {"act_id": "0" * 32, "part": 1, "parts": 1, "kind": WITHDRAWAL, "reason": "why", "covered": {}}
    chain = Ledger(searcher.archive, ledger.NAME)
    for scope in ({"records": [GONE]}, {"records": [SHOWN]}):
        chain.append("statement", body | {"scope": scope}, ledger.read(searcher.archive).tail)
    [made] = ledger.read(searcher.archive).statements.values()
    assert made.counts
    assert made.scope.records == {GONE}
