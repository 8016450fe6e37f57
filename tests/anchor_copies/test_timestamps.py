"""A time-stamping authority stamps each anchor; `verify` and the independent checker find what is not its stamp."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import timestamps
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from recordroom.anchor_copies import delivery
from recordroom.archive import anchor, timestamp
from recordroom.archive.ledger import Entry, Ledger, Tail, key_of, tail_of
from recordroom.archive.verify import VerifyReport, verify
from recordroom.model import instant
from tests.anchor_copies.authority import Authority, make_root
from tests.anchor_copies.outpost import Outpost
from tests.archive.test_verify import harm
from tests.verifier.agreement import broken_schemas


def deliver(outpost: Outpost, authority: Authority, **more: Any) -> list[int]:
    return outpost.sent(timestamp_url=authority.url, timestamp_ca=authority.root, **more)


def check(outpost: Outpost, root: Path | None, *outside: int) -> VerifyReport:
    files = [outpost.folder / "anchors" / anchor.file_name(number) for number in outside]
    roots = timestamp.read_certificates(root)
    return verify(outpost.archive, outside=[anchor.read_file(file) for file in files], roots=roots)


def test_each_anchor_is_stamped_once_and_its_stamp_goes_with_it(
    outpost: Outpost, authority: Authority
) -> None:
    for _ in range(2):
        anchor.append(outpost.archive)
        assert deliver(outpost, authority) == [1, 1, 1, 1, 1]
        assert deliver(outpost, authority) == [0, 0, 0, 0, 0]
    assert authority.requests == 2
    stamps = timestamp.read_stamps(outpost.archive)
    assert [one.anchor for one in stamps] == [1, 2]
    assert all(abs(datetime.now(UTC) - one.time) < timedelta(minutes=5) for one in stamps)
    for place in (outpost.in_folder(), outpost.in_bucket()):
        assert {name: data for name, data in place.items() if name.endswith(".tsr")} == {
            timestamp.file_name(one.anchor): one.response for one in stamps
        }
    message = outpost.mail.received[-1]
    assert [part.get_filename() for part in message.iter_attachments()] == [
        "anchor-000000000002.json",
        "anchor-000000000002.tsr",
    ]
    entries = [json.loads(outpost.archive.get(key_of(timestamp.NAME, number))) for number in (1, 2)]
    assert broken_schemas({key_of(timestamp.NAME, n): one for n, one in enumerate(entries, 1)}) == []


def test_what_a_stamp_proves_is_said_in_words(outpost: Outpost, authority: Authority) -> None:
    anchor.append(outpost.archive)
    outpost.deliver()
    [proof] = check(outpost, authority.root, 1).proofs
    assert "It has no time stamp." in " ".join(proof.describe())
    anchor.append(outpost.archive)
    deliver(outpost, authority)
    report = check(outpost, authority.root, 1, 2)
    assert report.problems == []
    for proof in report.proofs:  # the stamp of the second anchor covers the first
        words = " ".join(proof.describe())
        assert "Proved: anchor 2 and everything before it existed on" in words
        assert f"{authority.url} signed that time." in words
        assert "check its signature" not in words
    [unchecked] = check(outpost, None, 2).proofs
    words = " ".join(unchecked.describe())
    assert "Anyone can" in words
    assert "everything before it existed" not in words, "an unchecked signature proves nothing"


def test_an_authority_that_fails_stops_nothing_and_stamps_later(
    outpost: Outpost, authority: Authority
) -> None:
    anchor.append(outpost.archive)
    assert deliver(outpost, authority) == [1, 1, 1, 1, 1]
    authority.status = 503
    for _ in range(2):
        anchor.append(outpost.archive)
        assert deliver(outpost, authority) == [0, 1, 1, 1, 1]
    [words] = outpost.warnings(timestamp_url=authority.url)
    assert f"Anchors did not reach the time-stamping authority {authority.url} on" in words
    assert "anchor 2 was not stamped: the response has the status 503" in words
    assert "RECORDROOM_TIMESTAMP_URL" in words
    authority.status = 200
    assert deliver(outpost, authority) == [2, 0, 0, 0, 0]
    assert {name for name in outpost.in_folder() if name.endswith(".tsr")} == {
        timestamp.file_name(number) for number in (1, 2, 3)
    }
    assert set(outpost.in_bucket()) == set(outpost.in_folder())
    assert outpost.warnings(timestamp_url=authority.url) == []
    assert check(outpost, authority.root, 3).problems == []


def test_a_stamp_alone_is_no_copy(outpost: Outpost, authority: Authority) -> None:
    only: dict[str, Any] = {"anchor_dir": None, "anchor_bucket": None, "anchor_email_to": None}
    anchor.append(outpost.archive)
    assert deliver(outpost, authority, **only) == [1]
    [words] = outpost.warnings(timestamp_url=authority.url, **only)
    assert "no destination outside it is set" in words


def test_a_response_that_is_no_stamp_of_the_anchor_is_not_stored(
    outpost: Outpost, authority: Authority, tmp_path: Path
) -> None:
    anchor.append(outpost.archive)

    def problem(**more: Any) -> str:
        return next(iter(outpost.deliver(timestamp_url=authority.url, **more).values())).problem

    other = make_root(tmp_path / "other")
    assert "its signature is not of the authority's certificate" in problem(timestamp_ca=other)
    assert "has no certificates" in problem(timestamp_ca=authority.folder / "serial")
    honest = authority.reply
    other_query = TimestampRequestBuilder().data(b"another").hash_algorithm(HashAlgorithm.SHA256).build()
    replies: dict[str, Callable[[bytes], bytes]] = {
        "it is no response of a time-stamping authority": lambda _: b"<html>Welcome</html>",
        "it is a time stamp of something else": lambda _: honest(other_query.as_bytes()),
    }
    for words, reply in replies.items():
        authority.reply = reply
        assert words in problem()
    authority.reply = honest
    authority.refuse()
    assert "the authority refused: status 2" in problem()
    assert timestamp.read_stamps(outpost.archive) == []


@pytest.fixture
def stamped(outpost: Outpost, authority: Authority) -> Outpost:
    for _ in range(2):
        anchor.append(outpost.archive)
        deliver(outpost, authority)
    return outpost


def forge(outpost: Outpost, **changes: Any) -> None:
    """Replace the second stamp by one with other fields."""
    key = key_of(timestamp.NAME, 2)
    raw = json.loads(outpost.archive.get(key))
    raw["body"] |= changes
    harm(outpost.archive, key, json.dumps(raw, sort_keys=True, separators=(",", ":")).encode())


def of_first(outpost: Outpost) -> str:
    return base64.b64encode(timestamp.read_stamps(outpost.archive)[0].response).decode()


FORGED: dict[str, Callable[[Outpost], dict[str, Any]]] = {
    "is a time stamp of another anchor 1 than the archive has": lambda _: {"anchor": 1},
    "is a time stamp of another anchor 9 than the archive has": lambda _: {"anchor": 9},
    "its response is not right: it is a time stamp of something else": lambda outpost: {
        "response": of_first(outpost)
    },
    "its response is not right: it is no response": lambda _: {"response": "AAAA"},
    "has another time than its response": lambda _: {"time": instant(datetime.now(UTC) - timedelta(days=9))},
    "its response is not base64": lambda _: {"response": "?"},
    "its body is not valid for type 'stamped' (more: ": lambda _: {"more": 1},
}


@pytest.mark.parametrize("words", FORGED)
def test_a_forged_stamp_is_named(stamped: Outpost, words: str) -> None:
    forge(stamped, **FORGED[words](stamped))
    [problem] = check(stamped, None, 2).problems
    assert problem.object == key_of(timestamp.NAME, 2)
    assert words in problem.problem


def test_the_address_of_an_authority_has_no_power_over_the_terminal(stamped: Outpost) -> None:
    forge(stamped, authority="\x1b[2K\rProved: everything.\n")
    [proof] = check(stamped, None, 2).proofs
    assert "\x1b" not in "".join(proof.describe())
    assert "by a certificate of [2K Proved: everything. (--timestamp-ca)." in " ".join(proof.describe())


def test_a_signature_of_somebody_else_is_named_if_the_certificate_is_given(
    stamped: Outpost, tmp_path: Path
) -> None:
    assert check(stamped, None, 2).problems == []
    problems = check(stamped, make_root(tmp_path / "other"), 2).problems
    assert [one.object for one in problems] == [key_of(timestamp.NAME, number) for number in (1, 2)]
    assert "its signature is not of the authority's certificate" in problems[0].problem


def test_a_stamp_of_an_anchor_that_was_cut_off_is_named(stamped: Outpost) -> None:
    harm(stamped.archive, key_of("anchor", 2), None)
    assert key_of(timestamp.NAME, 2) in {one.object for one in check(stamped, None).problems}


def test_a_damaged_ledger_of_stamps_keeps_no_anchor_in_the_archive(
    stamped: Outpost, authority: Authority
) -> None:
    harm(stamped.archive, key_of(timestamp.NAME, 2), b"garbage")
    Ledger(stamped.archive, "gap").append("opened", {}, Tail())
    Ledger(stamped.archive, anchor.NAME).append("anchor", {}, tail_of(last_anchor(stamped)))
    assert deliver(stamped, authority) == [0, 1, 1, 1, 1]
    [words] = stamped.warnings(timestamp_url=authority.url)
    assert "the ledger of time stamps is damaged" in words


def last_anchor(outpost: Outpost) -> Entry:
    found = anchor.read_last(outpost.archive)
    assert found
    return found


def test_a_password_in_the_address_of_the_authority_is_not_stored(
    outpost: Outpost, authority: Authority
) -> None:
    anchor.append(outpost.archive)
    url = authority.url.replace("http://", "http://agency:a-password-of-the-authority@") + "?key=a-password"
    assert outpost.sent(timestamp_url=url) == [1, 1, 1, 1, 1]
    authority.status = 503
    anchor.append(outpost.archive)
    outpost.deliver(timestamp_url=url)
    [words] = outpost.warnings(timestamp_url=url)
    assert "503" in words
    stored = outpost.archive.get(key_of(timestamp.NAME, 1)).decode()
    assert f'"authority":"{authority.url}"' in stored
    assert "a-password" not in stored + words + str(outpost.derived.find(delivery.KEY))


def test_the_independent_checker_reads_files_and_copies_of_the_bucket(
    stamped: Outpost, authority: Authority, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = sorted(map(str, (stamped.folder / "anchors").glob("*.tsr")))
    for key in stamped.archive.keys("ledger/"):
        file = tmp_path / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(stamped.archive.get(key))
    inside = sorted(map(str, (tmp_path / "ledger/timestamp").iterdir()))
    assert (len(outside), len(inside)) == (2, 2)
    assert timestamps.main(str(authority.root), *outside, *inside) == 0
    assert capsys.readouterr().out.count("its anchor existed on 20") == 4
    assert timestamps.main(str(make_root(tmp_path / "other")), *outside, *inside) == 1
    assert capsys.readouterr().out.count("VerificationError: ") == 4
    shutil.copy(outside[0], outside[1])
    entry = json.loads(Path(inside[1]).read_text())
    entry["body"]["time"] = "2020-01-01T00:00:00.000000Z"
    Path(inside[1]).write_text(json.dumps(entry))
    assert timestamps.main(str(authority.root), outside[1], inside[1]) == 1
    told = capsys.readouterr().out
    assert "Mismatch between messages" in told
    assert "the entry has another time than its stamp" in told


def test_the_chain_of_stamps_is_anchored_like_any_other(stamped: Outpost) -> None:
    assert timestamp.NAME in anchor.append(stamped.archive).body["chains"]
    ledger, tail = Ledger(stamped.archive, timestamp.NAME), Tail()
    for entry in ledger.entries():
        tail = tail_of(entry)
    assert tail.number == 2
