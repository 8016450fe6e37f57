"""A real WordPress, captured through its own API after each act of a person there.

The tests check versions, statuses, parents, media, and totals.
"""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.sandbox.pictures import png
from recordroom.archive import media
from recordroom.canonical import sha256
from tests.archives import TestArchive, make
from tests.services import S3, Buckets, WordPressSite


class Author:
    """The site's administrator, who uses its REST API."""

    def __init__(self, site: WordPressSite) -> None:
        self._http = httpx.Client(
            base_url=site.api, auth=(site.user, site.password), timeout=120, trust_env=False
        )

    def post(self, path: str, **fields: Any) -> dict[str, Any]:
        answer = self._http.post(path, json=fields)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def delete(self, path: str, *, force: bool) -> None:
        answer = self._http.delete(path, params={"force": str(force).lower()})
        assert answer.is_success, answer.text

    def upload(self, name: str, data: bytes, alt: str) -> dict[str, Any]:
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Type": "image/png"}
        answer = self._http.post("/media", content=data, headers=headers)
        assert answer.is_success, answer.text
        return self.post(f"/media/{answer.json()['id']}", alt_text=alt)


@pytest.fixture
def archive(
    s3: S3, buckets: Buckets, tmp_path: Path, wordpress: WordPressSite, monkeypatch: pytest.MonkeyPatch
) -> TestArchive:
    connection = {"conn_type": "http", "login": wordpress.user, "password": wordpress.password}
    monkeypatch.setenv("AIRFLOW_CONN_SITE", json.dumps(connection))
    return make(
        s3,
        buckets,
        tmp_path,
        {"id": "site", "platform": "wordpress", "url": wordpress.url, "connection": "site"},
    )


def of(archive: TestArchive, item: str) -> list[dict[str, Any]]:
    """Return the rows of one item that are no late arrivals."""
    return [r for r in archive.rows("site") if r["record_id"].endswith(item) and not r["late_arrival"]]


def chain(archive: TestArchive, item: str) -> list[tuple[int, str, tuple[str, ...]]]:
    return [(r["sequence"], r["status"], tuple(r["changed"])) for r in of(archive, item)]


def test_the_life_of_a_post_and_its_comments(archive: TestArchive, wordpress: WordPressSite) -> None:
    author = Author(wordpress)
    archive.capture("site")
    photo = png("bus", 64, 48)
    upload = author.upload("bus.png", photo, "A yellow bus in the snow")
    post = author.post(
        "/posts",
        title="Snow",
        content="<p>Closed <b>today</b></p>",
        status="publish",
        featured_media=upload["id"],
    )
    name = f"/posts/{post['id']}"
    assert archive.capture("site").new == 1
    [row] = of(archive, name)
    assert (row["kind"], row["title"], row["text"]) == ("post", "Snow", "Closed today")
    [file] = row["media"]
    assert (file["alt_text"], file["sha256"]) == ("A yellow bus in the snow", sha256(photo))
    assert hashlib.sha256(archive.archive.get(media.key_of(file["sha256"]))).hexdigest() == file["sha256"]

    author.post(name, content="<p>Open at ten</p>")
    archive.capture("site")
    author.post(name, content="<p>Closed <b>today</b></p>")
    archive.capture("site")
    assert chain(archive, name) == [(1, "visible", ()), (2, "visible", ("text",)), (3, "visible", ("text",))]
    rows = of(archive, name)
    assert rows[0]["version"] == rows[2]["version"]

    comment = author.post(
        "/comments",
        post=post["id"],
        content="And the buses?",
        author_name="A parent",
        author_email="p@example.org",
    )
    reply = author.post("/comments", post=post["id"], parent=comment["id"], content="They run")
    assert archive.capture("site").new == 2
    of_comment, of_reply = f"/comments/{comment['id']}", f"/comments/{reply['id']}"
    [first], [second] = of(archive, of_comment), of(archive, of_reply)
    assert (first["kind"], first["parent_id"]) == ("comment", rows[0]["record_id"])
    assert (second["kind"], second["parent_id"], second["root_id"]) == (
        "reply",
        first["record_id"],
        rows[0]["record_id"],
    )

    for status in ("approved", "hold", "approved", "spam", "trash", "approved"):
        author.post(of_comment, status=status)
        archive.capture("site")
    assert [s for _, s, _ in chain(archive, of_comment)] == [
        "held",
        "visible",
        "held",
        "visible",
        "spam",
        "trashed",
        "visible",
    ]

    author.delete(of_comment, force=True)
    assert archive.capture("site").absent == 1
    assert chain(archive, of_comment)[-1][1:] == ("removed", ("status",))
    assert of(archive, of_reply)[-1]["parent_id"] == first["record_id"], (
        "the first-seen parent is kept when WordPress re-parents"
    )

    author.delete(name, force=False)
    archive.capture("site")
    assert chain(archive, name)[-1][1] == "trashed"
    moved = of(archive, of_reply)[-1]
    assert (moved["sequence"], moved["kind"], moved["parent_id"]) == (2, "reply", first["record_id"])
    author.post(name, status="publish")
    archive.capture("site")
    assert chain(archive, name)[-1][1] == "visible"
    author.delete(name, force=True)
    archive.capture("site")
    assert chain(archive, name)[-1][1] == "removed"
    assert archive.capture("site").changed == 0
    assert archive.capture("site", "full").changed == 0
    assert archive.outcomes[-1].failure is None


def test_a_draft_is_never_archived(archive: TestArchive, wordpress: WordPressSite) -> None:
    author = Author(wordpress)
    draft = author.post("/posts", title="Not yet", content="secret plans", status="draft")
    archive.capture("site")
    assert not of(archive, f"/posts/{draft['id']}")
    author.post(f"/posts/{draft['id']}", status="publish")
    archive.capture("site")
    assert [r["status"] for r in of(archive, f"/posts/{draft['id']}")] == ["visible"]


def test_a_post_that_gets_a_later_date_keeps_what_it_said_before(
    archive: TestArchive, wordpress: WordPressSite
) -> None:
    author = Author(wordpress)
    post = author.post(
        "/posts", title="Snow", content="closed", status="publish", date_gmt="2020-01-05T16:00:00"
    )
    name = f"/posts/{post['id']}"
    archive.capture("site")
    author.post(name, content="open at ten")
    time.sleep(1.1)  # WordPress reports whole seconds: this text is older than the date that follows
    last = author.post(name, content="open at noon")
    author.post(name, content="open again", date_gmt=last["modified_gmt"])
    archive.capture("site")
    rows = [row for row in archive.rows("site") if row["record_id"].endswith(name)]
    assert {row["text"] for row in rows} == {"closed", "open at ten", "open at noon", "open again"}
    late = {row["published_at"] for row in rows if row["late_arrival"]}
    assert late == {rows[0]["published_at"]}, "they were there under the earlier date"
    assert of(archive, name)[-1]["text"] == "open again"


def test_a_post_that_gets_an_earlier_date_gives_no_draft_away(
    archive: TestArchive, wordpress: WordPressSite
) -> None:
    author = Author(wordpress)
    name = f"/posts/{author.post('/posts', title='Snow', content='too early', status='draft')['id']}"
    author.post(name, content="still too early")
    time.sleep(1.1)  # WordPress reports whole seconds: that text is older than the publication
    author.post(name, content="closed", status="publish")
    archive.capture("site")
    author.post(name, content="open at ten", date_gmt="2020-01-05T16:00:00")
    archive.capture("site")
    assert {row["text"] for row in archive.rows("site") if row["record_id"].endswith(name)} == {
        "closed",
        "open at ten",
    }


def test_a_change_of_settings_is_no_earlier_wording(archive: TestArchive, wordpress: WordPressSite) -> None:
    """Each changes the time of the post's last edit, and with it that of the revision with its text."""
    author = Author(wordpress)
    name = f"/posts/{author.post('/posts', title='Snow', content='closed', status='draft')['id']}"
    author.post(name, status="publish")
    time.sleep(1.1)  # WordPress reports whole seconds: the next edit is later than the publication
    author.post(name, content="open at ten")
    archive.capture("site")
    for kind, status in ((None, "closed"), ("full", "open")):
        time.sleep(1.1)
        author.post(name, comment_status=status)
        assert archive.capture("site", kind).changed == 0
    author.post(name, content="closed again")
    time.sleep(1.1)  # an edit back to an earlier text makes a new version
    author.post(name, content="open at ten")
    archive.capture("site")
    rows = [row for row in archive.rows("site") if row["record_id"].endswith(name)]
    said = [row["text"] for row in sorted(rows, key=lambda row: row["valid_from"])]
    assert said == ["closed", "open at ten", "closed again", "open at ten"]
