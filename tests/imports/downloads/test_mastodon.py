"""A Mastodon archive, in the form in which Mastodon writes it, of the account that was captured through its
API. Mastodon itself does not run here: the archive is made from what the API gave, in the words of its
BackupService and of the documentation of its ActivityPub.
"""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from recordroom.errors import ImportRefused
from recordroom.imports.files import ImportFiles
from recordroom.imports.registry import find_importer, recognize
from recordroom.model import Identity
from tests.capture.stage import PARENT, US, Play, opened
from tests.imports.reading import account, read
from tests.imports.taking import taken
from tests.services import S3, Buckets
from tests.verifier.agreement import check

OUTBOX = find_importer("outbox")
HOST = "https://social.test"
ACTOR = {
    "id": f"{HOST}/users/district",
    "type": "Person",
    "preferredUsername": "district",
    "name": "The district",
}
PUBLIC, FOLLOWERS = "https://www.w3.org/ns/activitystreams#Public", f"{HOST}/users/district/followers"
OURS = account("mastodon", f"{HOST}/@district", Identity("1", "social.test"))


@pytest.fixture
def play(s3: S3, buckets: Buckets, tmp_path: Path) -> Iterator[Play]:
    yield opened(s3, buckets, tmp_path / "place")
    check(s3, buckets, tmp_path / "place")


def note(number: str, html: str, **more: Any) -> dict[str, Any]:
    """An activity of Mastodon's outbox; `more`: of its object."""
    uri = f"{ACTOR['id']}/statuses/{number}"
    parts: dict[str, Any] = {
        "id": uri, "type": "Note", "summary": None, "inReplyTo": None, "published": "2019-02-04T14:10:00Z",
        "attributedTo": ACTOR["id"], "url": f"{HOST}/@district/{number}", "to": [PUBLIC], "cc": [FOLLOWERS],
        "sensitive": False, "atomUri": uri, "content": html,
        "conversation": f"tag:social.test,2019-02-04:objectId={number}:objectType=Conversation",
        "contentMap": {"en": html}, "attachment": [], "tag": [],
        "replies": {"id": f"{uri}/replies", "type": "Collection"},
    }  # fmt: skip
    whole = parts | more
    act = {"id": f"{uri}/activity", "type": "Create", "actor": ACTOR["id"], "published": whole["published"]}
    return act | {"to": whole["to"], "cc": whole["cc"], "object": whole}


def archived(
    path: Path,
    *activities: dict[str, Any],
    actor: dict[str, Any] | None = None,
    files: Mapping[str, bytes] = MappingProxyType({}),
) -> Path:
    outbox = {
        "@context": "x",
        "id": "outbox.json",
        "type": "OrderedCollection",
        "totalItems": len(activities),
        "orderedItems": activities,
    }
    inside = {
        "outbox.json": json.dumps(outbox).encode(),
        "actor.json": json.dumps(actor or ACTOR).encode(),
        **files,
    }
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as made:
            for name, data in inside.items():
                made.writestr(name, data)
        return path
    with tarfile.open(path, "w:gz") as packed:
        for name, data in inside.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            packed.addfile(member, io.BytesIO(data))
    return path


def of_row(row: dict[str, Any]) -> dict[str, Any]:
    """The activity of a status that the API gave."""
    files = [
        {
            "type": "Document",
            "mediaType": "image/jpeg",
            "name": m["alt_text"],
            "url": f"/{_path(m['identity'])}",
            "width": m["width"],
        }
        for m in row["media"]
    ]
    times = {"published": row["published_at"].strftime("%Y-%m-%dT%H:%M:%SZ")}
    times |= {"updated": row["edited_at"].strftime("%Y-%m-%dT%H:%M:%SZ")} if row["edited_at"] else {}
    thread = {"conversation": row["root_id"], "inReplyTo": None}
    if row["parent_id"] and row["parent_id"] != row["record_id"]:
        thread["inReplyTo"] = "https://elsewhere.test/users/parent/statuses/1"
    return note(row["native_id"], row["text_html"], attachment=files, **times, **thread)


def _path(identity: str) -> str:
    parts = "/".join(identity[at : at + 3] for at in range(0, len(identity), 3))
    return f"media_attachments/files/{parts}/original/a.jpg"


@pytest.mark.parametrize("name", ["archive.zip", "archive.tar.gz"])
def test_an_archive_is_what_captures_saw(play: Play, tmp_path: Path, name: str) -> None:
    network = play.network
    post = network.publish(
        US,
        "Closed today & tomorrow <ice>\n\nStay home: https://example.org/a",
        photos=[network.photo("mastodon", "A bus")],
    )
    network.edit(network.publish(US, "Another one"), "Another one, corrected")
    network.comment(US, network.comment(PARENT, post, "And the buses?"), "They don't run.")
    play.sound()
    before = play.rows()
    own = [row for row in before if row["author_is_account"] and not row["late_arrival"]]
    assert len(own) == 3
    done = taken(play, archived(tmp_path / name, *map(of_row, own)))
    assert (done.new, done.changed, done.known, done.rejected, done.compared) == (0, 0, 3, 0, True)
    assert play.rows() == before


def test_what_captures_never_saw(play: Play, tmp_path: Path) -> None:
    play.sound()
    path = "media_attachments/files/109/112/233/original/a.jpg"
    files = [{"type": "Document", "mediaType": "image/jpeg", "name": "Snow", "url": f"/{path}"}]
    done = taken(
        play,
        archived(tmp_path / "a.zip", note("7", "<p>Old</p>", attachment=files), files={path: b"picture"}),
    )
    assert (done.new, done.media, done.lacking) == (1, 1, 0)
    [row] = play.rows()
    pinned = play.archive.state(play.name).sums.identity
    assert pinned is not None
    assert (row["record_id"], row["author_id"], row["author_is_account"]) == (
        "mastodon:social.test/statuses/7",
        pinned["native_id"],
        True,
    )
    assert [(m["identity"], m["alt_text"], m["bytes"]) for m in row["media"]] == [("109112233", "Snow", 7)]


def test_everything_that_a_status_has(tmp_path: Path) -> None:
    mention = {"type": "Mention", "href": "https://elsewhere.test/@parent", "name": "@parent@elsewhere.test"}
    tag = {"type": "Hashtag", "href": f"{HOST}/tags/snow", "name": "#snow"}
    html = (
        f'<p><a href="{mention["href"]}" class="u-url mention">@parent</a> see <a'
        ' href="https://example.org/x">x</a></p>'
    )
    poll = {
        "type": "Question",
        "oneOf": [{"type": "Note", "name": "Yes"}, {"type": "Note", "name": "No"}],
        "endTime": "2019-02-05T00:00:00Z",
    }
    boost = {
        "id": f"{ACTOR['id']}/statuses/5/activity", "type": "Announce", "actor": ACTOR["id"],
        "published": "2019-02-04T14:10:00Z", "to": [PUBLIC], "cc": [FOLLOWERS],
        "object": "https://elsewhere.test/users/parent/statuses/9",
    }  # fmt: skip
    first = note("1", html, tag=[mention, tag], summary="Weather", updated="2019-03-01T00:00:00Z", zeal=1)
    thread = {"conversation": first["object"]["conversation"]}
    quiet = note("6", "<p>Quiet</p>", to=[FOLLOWERS], cc=[])
    again = boost | {
        "id": f"{ACTOR['id']}/statuses/10/activity",
        "to": [FOLLOWERS],
        "cc": [],
        "object": quiet["object"],
    }
    activities = [
        first, note("2", "<p>Own answer</p>", inReplyTo=first["object"]["id"], **thread),
        note("3", "<p>To a stranger</p>", inReplyTo="https://elsewhere.test/users/parent/statuses/8", conversation="tag:elsewhere"),
        note("4", "<p>Poll</p>", **poll), boost, quiet,
        note("7", "<p>Secret</p>", to=["https://elsewhere.test/users/parent"], cc=[]),
        note("8", "<p>Listed not</p>", to=[FOLLOWERS], cc=[PUBLIC]),
        {**note("9", "x"), "type": "Move"}, again,
    ]  # fmt: skip
    records, rejects = read(OUTBOX, archived(tmp_path / "a.zip", *activities), OURS)
    assert rejects == []
    one, two, three, four, five, six, seven, eight, ten = records
    assert (one.text, one.title, one.links, one.mentions, one.tags) == (
        "@parent see x", "Weather", ["https://example.org/x"], ["parent@elsewhere.test"], ["snow"],
    )  # fmt: skip
    assert (one.language, one.leftover) == ("en", ("object.zeal",))
    assert one.valid_from == one.edited_at
    assert (two.kind, two.parent_id, two.root_id) == ("comment", one.record_id, one.record_id)
    assert (three.kind, three.parent_id, three.root_id) == ("post", None, None)
    assert four.text == "Poll\n\nYes\nNo"
    assert (five.kind, five.text, five.shared_id) == (
        "post",
        None,
        "https://elsewhere.test/users/parent/statuses/9",
    )
    assert [r.visibility for r in (one, six, seven, eight)] == ["public", "private", "direct", "unlisted"]
    assert seven.kind == "message"
    assert (ten.text, ten.shared_id, ten.visibility) == (None, quiet["object"]["id"], "private")


@pytest.mark.parametrize("before", ["/", "/system/", "/bucket/"])
def test_a_file_is_found_wherever_the_server_keeps_it(tmp_path: Path, before: str) -> None:
    shown = {
        "type": "Document",
        "mediaType": "image/png",
        "name": None,
        "url": f"{before}{_path('109112233')}",
    }
    [record], _ = read(OUTBOX, archived(tmp_path / "a.zip", note("1", "<p>x</p>", attachment=[shown])), OURS)
    assert [(m.identity, m.url) for m in record.media] == [("109112233", _path("109112233"))]


def test_half_a_character_hides_no_answer(tmp_path: Path) -> None:
    first = note("1", "Snow \ud83d")
    answer = note(
        "2", "<p>x</p>", inReplyTo=first["object"]["id"], conversation=first["object"]["conversation"]
    )
    (one, two), rejects = read(OUTBOX, archived(tmp_path / "a.zip", first, answer), OURS)
    assert (one.text, one.repaired, two.root_id, rejects) == ("Snow \ufffd", True, one.record_id, [])


def test_what_is_no_activity_is_told(tmp_path: Path) -> None:
    bad = note("2", "x") | {"object": "https://elsewhere.test"}
    records, [first, second] = read(
        OUTBOX, archived(tmp_path / "a.zip", note("1", "<p>x</p>"), bad, note("x", "<p>x</p>")), OURS
    )
    assert [r.native_id for r in records] == ["1"]
    assert (first.place, second.place) == ("item 2 of outbox.json", "item 3 of outbox.json")


def test_an_archive_of_somebody_else_is_refused(play: Play, tmp_path: Path) -> None:
    play.sound()
    other = ACTOR | {"id": f"{HOST}/users/other", "preferredUsername": "other"}
    with pytest.raises(ImportRefused, match="is a file of other"):
        taken(play, archived(tmp_path / "a.zip", note("1", "x"), actor=other))
    with pytest.raises(
        ImportRefused, match=r"is a Mastodon archive, of mastodon, but the account is on wordpress"
    ):
        _recognized(archived(tmp_path / "b.zip", note("1", "x")))


def _recognized(path: Path) -> None:
    recognize(ImportFiles(path, path.parent), "wordpress")
