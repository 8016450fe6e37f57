"""The command line as a person or a script uses it: real services and processes, stdout, and exit codes."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.network import Network
from infra.sandbox.server import create_server
from recordroom.archive import store
from recordroom.archive.gaps import Gaps
from recordroom.model import ZONE
from tests.archives import settings_for
from tests.running import recordroom
from tests.services import S3, Buckets

ACCOUNT = "mastodon/district"


class Desk:
    """A command line with settings of its own, and a made-up Mastodon to capture."""

    def __init__(self, folder: Path, s3: S3, buckets: Buckets, elasticsearch: str) -> None:
        self.s3 = s3
        self.network = Network(datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3))
        self.network.place("mastodon", "District Social", host="social.test")
        self.network.account(ACCOUNT, "The district")
        self.server = create_server(self.network, 0)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.register = folder / "accounts.yaml"
        self.enter("social")
        self.settings = {
            "RECORDROOM_LOCAL": str(folder / "local"),
            "RECORDROOM_REGISTER": str(self.register),
            "RECORDROOM_BUCKET": buckets.archive,
            "RECORDROOM_DERIVED_BUCKET": buckets.derived,
            "RECORDROOM_S3_ENDPOINT": s3.endpoint,
            "RECORDROOM_S3_ACCESS_KEY": s3.access_key,
            "RECORDROOM_S3_SECRET_KEY": s3.secret_key,
            "RECORDROOM_ELASTICSEARCH_URL": elasticsearch,
            "RECORDROOM_INDEX": buckets.archive,
            "RECORDROOM_SPOOL": str(folder / "spool"),
            "RECORDROOM_JOURNAL": str(folder / "journal"),
            "RECORDROOM_ANCHOR_DIR": str(folder / "anchors"),
        }

    def enter(self, *accounts: str) -> None:
        agency = "agency: {id: esd, name: Test district, contact: records@example.org}\n"
        self.register.write_text(agency + "accounts:\n" + "".join(map(self.entry, accounts)))

    def entry(self, account: str) -> str:
        url = f"http://127.0.0.1:{self.server.port}/mastodon"
        return (
            f"  - {{id: {account}, platform: mastodon, url: 'https://social.test/@district', api_url:"
            f" '{url}',\n     title: Social, class: official, owner: Communications, private_messages:"
            " none}\n"
        )

    def run(self, *words: str, **settings: str) -> tuple[int, str, str]:
        """(exit code, stdout, stderr)."""
        done = recordroom(*words, environment={**self.settings, **settings})
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout, done.stderr

    def close(self) -> None:
        self.server.shutdown()

    def objects(self, *words: str) -> tuple[int, list[dict[str, Any]]]:
        code, out, _ = self.run(*words, "--json")
        return code, [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def desk(tmp_path: Path, s3: S3, buckets: Buckets, elasticsearch: str) -> Iterator[Desk]:
    with closing(Desk(tmp_path, s3, buckets, elasticsearch)) as found:
        assert found.run("setup")[0] == 0
        yield found


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory, s3: S3, elasticsearch: str) -> Iterator[Desk]:
    """A desk that no test changes."""
    with closing(Desk(tmp_path_factory.mktemp("unchanged"), s3, Buckets(), elasticsearch)) as found:
        assert found.run("setup")[0] == 0
        yield found


def test_a_damaged_journal_of_the_audit_is_told(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir(exist_ok=True)
    (tmp_path / "journal/20260301T000000Z-1-ab.damaged").write_bytes(b"\0\n")
    code, _, told = desk.run("status")
    assert (code, "20260301T000000Z-1-ab.damaged" in told) == (1, True)


def test_from_an_account_to_a_verified_archive(desk: Desk, tmp_path: Path) -> None:
    desk.network.publish(ACCOUNT, "Closed today")
    code, [first] = desk.objects("capture")
    assert code == 0
    expected = {
        "account": "social",
        "new": 2,
        "changed": 0,
        "absent": 0,
        "gaps": [],
        "not_before": None,
        "failure": None,
    }
    assert {k: first[k] for k in expected} == expected
    code, [status] = desk.objects("status")
    assert (code, status["account"], status["gaps"]) == (0, "social", [])
    assert status["completeness"]["kinds"][0]["why"] == "equal"
    code, [counted, unread] = desk.objects("status", "--counts")
    assert (code, counted) == (
        0,
        {
            "account": "social",
            "what": "everything that the account published",
            "platform": 1,
            "ours": 1,
            "why": "equal",
        },
    )
    code, out, _ = desk.run("status", "--budget")
    assert (
        code,
        "1 at each capture" in " ".join(out.split()),
        "96 readings a day" in " ".join(out.split()),
    ) == (0, True, True)
    assert (unread["what"], "mention or quote the account" in unread["why"]) == ("without a token", True)
    code, out, _ = desk.run("anchor")
    assert code == 0
    assert len(out.strip()) == 64
    [anchor] = (tmp_path / "anchors").iterdir()
    code, told = desk.objects("verify", "--full", "--anchor", str(anchor))
    assert (code, told[-1]["problems"]) == (0, 0)
    assert told[-1]["checked"] > 0
    assert (told[-2]["anchor"], told[-2]["number"], told[-2]["proved"]) == (str(anchor), 1, True)
    assert told[-2]["ledgers"] | {"register": 1, "anchor": 1} == told[-2]["ledgers"]
    code, out, _ = desk.run("verify", "--anchor", str(anchor))
    assert (code, "Proved: since this file left the archive" in out) == (0, True)
    (tmp_path / "file").write_text("no folder")
    for command, words in (
        ("anchor", "Not everything was sent"),
        ("status", "Anchors did not reach the folder"),
    ):
        code, _, err = desk.run(command, RECORDROOM_ANCHOR_DIR=str(tmp_path / "file"))
        assert (code, f"{words}" in err, "Mount the folder (RECORDROOM_ANCHOR_DIR)" in err) == (4, True, True)
    code, _, err = desk.run("anchor", RECORDROOM_ANCHOR_DIR="")
    assert (code, "No destination outside the archive is set" in err) == (0, True)
    code, _, err = desk.run("anchor")
    assert (code, "3 anchors sent" in err, desk.run("status")[0]) == (0, True, 0)
    for what in ("records", "state", "index"):
        code, [receipt] = desk.objects("rebuild", what)
        assert (code, receipt["rebuilt"]) == (0, what)
    assert desk.objects("verify", "--full")[0] == 0


def test_what_nobody_has_counted_yet_is_no_number(desk: Desk) -> None:
    why = "not known: no complete capture has run yet"
    code, [found, unread, *_] = desk.objects("status", "--counts")
    assert (code, found) == (1, {"account": "social", "what": "", "platform": None, "ours": None, "why": why})
    assert (unread["what"], unread["platform"]) == ("without a token", None)
    code, out, _ = desk.run("status", "--counts")
    assert (code, "not known" in out, "None" in out) == (1, True, False)


def test_one_conversation_is_captured_at_once_and_a_receipt_says_whether_it_is_whole(desk: Desk) -> None:
    post = desk.network.publish(ACCOUNT, "Closed today")
    url = f"https://social.test/@district/{native_id(desk.network, post)}"
    code, out, _ = desk.run("capture", "--url", url)
    assert (code, out.splitlines()[-1]) == (0, "Safe to moderate now.")
    code, out, _ = desk.run("capture", "--url", url.replace("@district", "@cnn"))
    assert (code, out.splitlines()[-1]) == (
        0,
        "Safe to moderate now if you meant that post: the address names cnn.",
    )
    assert "By The district (@district): " in out
    code, [told] = desk.objects("capture", "social", "--url", url)
    assert told["receipt"]["on_hold"] is False
    assert (code, told["window"], told["receipt"]["whole"], len(told["receipt"]["records"])) == (
        0,
        "one",
        True,
        1,
    )
    desk.network.account("mastodon/parent@elsewhere.test", "A parent")
    desk.network.comment("mastodon/parent@elsewhere.test", post, "And the buses?")
    code, [told] = desk.objects("capture", "--url", url)
    [comment] = [found for found in desk.objects("search", "buses")[1] if found["kind"] == "comment"]
    code, out, _ = desk.run("capture", "--url", comment["url"])
    assert (code, out.splitlines()[-1]) == (0, "Safe to moderate now.")
    assert "That address is a comment in the archive. Its conversation was captured: " in out
    assert ": 1 comment, 1 post, 0 files\n" in out
    desk.network.comment("mastodon/parent@elsewhere.test", post, "And the meals?")
    assert ": 2 comments, 1 post, 0 files\n" in desk.run("capture", "--url", comment["url"])[1]
    assert (
        desk.objects("capture", "--url", comment["url"])[1][0]["receipt"]["instead"]["record_id"]
        == comment["record_id"]
    )
    given = (
        "--kind",
        "other",
        "--reason",
        "a claim",
        "--account",
        "social",
        "--from",
        "2001",
        "--to",
        "2002",
    )
    assert desk.run("hold", "place", "Claim", *given)[0] == 0
    code, out, _ = desk.run("capture", "--url", url)
    assert (code, out.splitlines()[-1]) == (
        0,
        "A hold is in force for this account. Do not delete, hide, or edit anything. Ask counsel.",
    )
    assert "Safe to moderate" not in out
    assert desk.objects("capture", "--url", url)[1][0]["receipt"]["on_hold"] is True
    desk.network.remove(post)
    code, out, err = desk.run("capture", "--url", url)
    assert (code, out) == (2, "")
    assert "The post may be removed, or not public." in err
    assert desk.run("capture", "--url", "https://elsewhere.test/1")[0] == 2
    assert desk.run("capture", "--url", url, "--full")[0] == 2


def test_a_failed_capture_and_its_gap_end_with_1(desk: Desk) -> None:
    desk.network.publish(ACCOUNT, "Closed today")
    desk.network.fail("mastodon", 500, times=100)
    code, [outcome] = desk.objects("capture", "social")
    assert (code, len(outcome["gaps"])) == (1, 1)
    assert "HTTP 500" in outcome["failure"]
    code, [status] = desk.objects("status")
    assert (code, status["gaps"][0]["reason"]) == (1, "capture-failed: UnexpectedResponse (whole account)")
    assert status["first_capture"] == {"posts": 0, "of": None, "back_to": None}
    assert "no date" not in desk.run("status")[1]


def test_status_says_what_is_held_in_words(desk: Desk) -> None:
    for words in ("Closed today", "Open tomorrow"):
        desk.network.publish(ACCOUNT, words)
    assert desk.run("capture")[0] == 0
    assert "2 posts" in desk.run("status")[1]


def test_what_came_while_it_was_throttled_is_asked_for_again_and_status_says_when(desk: Desk) -> None:
    assert desk.run("capture")[0] == 0
    desk.network.publish(ACCOUNT, "Closed today")
    desk.network.throttle("mastodon", datetime.now(UTC) + timedelta(hours=1))
    assert desk.run("capture")[0] == 0
    code, [equal, waits, _] = desk.objects("status", "--counts")
    assert (code, equal["why"], waits["what"]) == (0, "equal", "since then")
    assert waits["why"].startswith("throttled: missing items are requested again ")


def test_what_is_known_to_be_lacking_stands_beside_the_counts_with_its_reason(
    desk: Desk, buckets: Buckets, tmp_path: Path
) -> None:
    assert desk.run("capture")[0] == 0
    gaps = Gaps(store.archive(settings_for(desk.s3, buckets, tmp_path)))
    for reason, detail in (
        ("platform-limit", "no more than 600 posts a year are listed"),
        ("capture-failed: Blocked", "the role is lost"),
    ):
        gaps.open_("social", reason, detail)
    gaps.open_("other", "platform-limit", "of another account")
    gaps.open_("social", "counts-differ (whole account)", "seen by a sweep")
    code, [equal, limit, role, swept, _] = desk.objects("status", "--counts")
    assert (code, equal["why"]) == (1, "equal")
    assert (
        limit["why"]
        == "GAP: beyond a limit of the platform, or not offered by it: no more than 600 posts a year are listed"
    )
    assert role["why"] == "GAP: not permitted: the role is lost"
    assert swept["why"] == "GAP: counts-differ (whole account): seen by a sweep"
    gaps.open_("social", "counts-differ", "seen by a sweep")
    assert desk.run("status")[1].count("seen by a sweep") == 1, (
        "in the last days and in the whole account it is one"
    )
    assert (
        len([gap for gap in desk.objects("status")[1][-1]["gaps"] if gap["detail"] == "seen by a sweep"]) == 2
    )


def test_a_large_removal_is_confirmed_in_the_register_and_found_as_removed(desk: Desk) -> None:
    posts = [desk.network.publish(ACCOUNT, f"Post {number}") for number in range(40)]
    assert desk.run("capture")[0] == 0
    for post in posts[:30]:
        desk.network.remove(post)
    code, [outcome] = desk.objects("capture", "--full")
    assert (code, outcome["absent"], len(outcome["gaps"])) == (1, 0, 1)
    code, [status] = desk.objects("status")
    [gap] = status["gaps"]
    assert (code, gap["reason"], gap["detail"][:32]) == (
        1,
        "mass-absence",
        "30 records disappeared at once (",
    )
    today = datetime.now(ZONE).date().isoformat()
    word = (
        f"     explained: {{mass-absence: {{until: {today}, why: 'the office removed them, says J."
        " Doe'}}}\n"
    )
    desk.register.write_text(desk.register.read_text().rstrip().removesuffix("}") + f",\n{word}")
    assert desk.run("accounts")[0] == 0
    code, [outcome] = desk.objects("capture", "--full")
    assert (code, outcome["absent"], outcome["gaps"]) == (0, 30, [])
    code, [status] = desk.objects("status")
    assert (code, status["gaps"]) == (0, [])
    _, found = desk.objects("search", "Post", "--status", "unavailable", "--limit", "100")
    hits = [one for one in found if "record_id" in one]
    assert len(hits) == 30
    assert (
        "the register confirms that so many disappeared at once (mass-absence, "
        in desk.run("show", hits[0]["record_id"], "--json")[1]
    )
    assert desk.objects("verify", "--full")[0] == 0


def test_a_broken_chain_hides_no_other_account(desk: Desk) -> None:
    desk.network.publish(ACCOUNT, "Closed today")
    desk.objects("capture")
    key = f"ledger/capture/mastodon/social/{2:012d}.json"
    desk.s3.client().put_object(Bucket=desk.settings["RECORDROOM_BUCKET"], Key=key, Body=b"{}")
    desk.enter("other", "social")
    code, [other, broken] = desk.objects("status")
    assert code == 1
    assert other["failure"] is None
    assert f"{key}: is not a ledger entry" in broken["failure"]["message"]


def test_an_entry_with_an_error_hides_nothing_of_what_is_held(desk: Desk) -> None:
    desk.network.publish(ACCOUNT, "Closed today")
    assert desk.run("capture")[0] == 0
    desk.register.write_text(desk.register.read_text().replace("class: official", "class: offical"))
    code, [status] = desk.objects("status")
    assert (code, status["held"]) == (1, {"post": 1, "profile": 1})
    assert status["last_capture"] is not None
    code, [line] = desk.objects("status", "--counts")
    assert (code, line["account"], line["why"]) == (
        1,
        "social",
        "not known: not captured, because the register has no valid entry for it",
    )


def test_a_broken_entry_stops_only_its_account_and_a_broken_file_none(desk: Desk) -> None:
    desk.network.publish(ACCOUNT, "Closed today")
    desk.register.write_text(
        desk.register.read_text()
        + "  - {id: other, platform: myspace, url: 'https://x.test', title: X, class: big}\n"
    )
    code, problems = desk.objects("accounts")
    assert code == 1
    assert {(p["field"], p["line"]) for p in problems if p["level"] == "error"} == {
        ("platform", 5),
        ("class", 5),
        ("owner", 5),
    }
    code, [outcome] = desk.objects("capture")
    assert (code, outcome["account"], outcome["new"]) == (1, "social", 2)
    code, _, err = desk.run("capture", "social")
    assert (code, "recordroom: not captured: other\n" in err) == (1, True), "why it ends with 1"
    desk.register.write_text("agency: [")
    code, out, err = desk.run("capture", "--json")
    assert json.loads(out)["account"] == "social"
    assert "ALARM" in err
    assert "stays in force" in err
    assert code == 1
    desk.enter("social")
    assert desk.run("capture")[0] == 0
    desk.register.unlink()
    for verb in ("capture", "status"):
        code, _, err = desk.run(verb)
        assert (code, "ALARM" in err) == (1, True)


def test_the_register_names_accounts_whose_server_is_at_a_private_address(desk: Desk) -> None:
    """`127.1` is resolved like a name. The key ends the warning."""
    desk.register.write_text(desk.register.read_text().replace("//127.0.0.1:", "//127.1:"))
    code, problems = desk.objects("accounts")
    [found] = [p for p in problems if "private address" in p["message"]]
    assert (code, found["account"], found["field"], found["line"], found["level"]) == (
        0,
        "social",
        "api_url",
        3,
        "warning",
    )
    assert f"WARNING social {desk.register}:3 api_url: 127.1" in desk.run("accounts", COLUMNS="500")[1]
    desk.register.write_text(
        desk.register.read_text().replace("title: Social", "title: Social, private_network: true")
    )
    assert not [p for p in desk.objects("accounts")[1] if "private address" in p["message"]]
    assert desk.run("capture")[0] == 0


@pytest.mark.parametrize(
    ("settings", "words", "code", "told"),
    [
        ({"RECORDROOM_BUKET": "x"}, ("status",), 2, "RECORDROOM_BUKET"),
        ({"RECORDROOM_S3_ENDPOINT": "http://127.0.0.1:9"}, ("status",), 3, "RECORDROOM_S3_ENDPOINT"),
        ({"RECORDROOM_BUCKET": "misspelt"}, ("status",), 1, "the bucket does not exist: misspelt"),
        ({"RECORDROOM_DERIVED_BUCKET": "misspelt"}, ("capture",), 1, "the bucket does not exist: misspelt"),
        ({}, ("capture", "nobody"), 2, "Accounts: social"),
        ({}, ("capture", "social", "nobody"), 2, "no account 'nobody'"),
        ({}, ("verify", "--anchor", "nofile"), 2, "nofile is not an anchor"),
        ({}, ("capture", "--since", "soon"), 2, "11/27/2026"),
        ({}, ("capture", "--since", "2999"), 2, "has not come yet"),
    ],
)
def test_what_is_wrong_is_said_and_how_to_mend_it(
    unchanged: Desk, settings: dict[str, str], words: tuple[str, ...], code: int, told: str
) -> None:
    found, out, err = unchanged.run(*words, **settings)
    assert (found, out) == (code, "")
    assert told in err


def test_elasticsearch_away_loses_nothing_of_a_capture(desk: Desk) -> None:
    desk.network.publish(ACCOUNT, "Closed today")
    code, out, err = desk.run("capture", "--json", RECORDROOM_ELASTICSEARCH_URL="http://127.0.0.1:9")
    assert (code, json.loads(out)["new"]) == (3, 2)
    assert "the index is behind" in err
    code, [again] = desk.objects("capture")
    assert (code, again["new"]) == (0, 0)


def test_parse_reads_saved_answers_without_any_service(tmp_path: Path) -> None:
    saved = tmp_path / "error.json"
    saved.write_text(
        json.dumps(
            {
                "url": "https://social.test/api/v1/statuses/1",
                "status": 429,
                "headers": {},
                "body": {"error": "Too many"},
            }
        )
    )
    done = recordroom("parse", "mastodon", saved, environment={})
    assert (done.returncode, done.stdout) == (1, "")
    assert "Throttled" in done.stderr
