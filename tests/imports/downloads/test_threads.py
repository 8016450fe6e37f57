"""An account's posts on Threads, in the Instagram download that contains them, in the form that public
programs read.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from recordroom.imports.files import ImportFiles
from recordroom.imports.registry import find_importer, recognize
from tests.archives import make
from tests.imports.downloads.test_meta import DAY, archived, damaged
from tests.imports.reading import account, read
from tests.imports.taking import take
from tests.services import S3, Buckets

THREADS, INSTAGRAM = find_importer("threadsdownload"), find_importer("instagramdownload")
ACTIVITY = "your_instagram_activity"
WHOSE = {"profile_user": [{"string_map_data": {"Username": {"value": "district"}}}]}


def said(text: str, *files: str, is_reply: bool = False, at: int = DAY, **more: Any) -> dict[str, Any]:
    """As Meta writes it: of a post without files one without a name."""
    about = {"is_reply": is_reply, "reply_control": "everyone", "geo_gated_country_list": "", **more}
    part = {
        "creation_timestamp": at,
        "title": damaged(text),
        "cross_post_source": {"source_app": "FB"},
        "text_app_post": about,
    }
    return {"media": [part | {"uri": name} for name in files or ("",)]}


def download(tmp_path: Path, *items: dict[str, Any]) -> Path:
    files = {
        f"{ACTIVITY}/threads/threads_and_replies.json": {"text_post_app_text_posts": items},
        f"{ACTIVITY}/media/posts_1.json": [{"media": [{"uri": "media/posts/b.jpg", "creation_timestamp": DAY, "title": "On Instagram"}]}],
        "media/posts/a.jpg": b"a picture", "media/posts/b.jpg": b"another",
        "personal_information/personal_information/personal_information.json": WHOSE,
    }  # fmt: skip
    return archived(tmp_path / "a.zip", files)


def test_posts_and_answers_on_threads(tmp_path: Path) -> None:
    two = ("media/posts/a.jpg", "media/posts/c.jpg")
    path = download(
        tmp_path,
        said("Sí, mañana 🌨️"),
        said("Two", *two, at=DAY + 1, mood="x"),
        said("They run", is_reply=True),
        {"media": []},
    )
    files = ImportFiles(path, tmp_path)
    assert [recognize(files, platform) for platform in ("threads", "instagram")] == [THREADS, INSTAGRAM]
    assert THREADS.about(files).handle == "district"
    (first, second, answer), [reject] = read(
        THREADS, path, account("threads", "https://www.threads.com/@district")
    )
    assert (first.kind, first.text, first.media, first.leftover) == ("post", "Sí, mañana 🌨️", [], ())
    assert first.published_at == datetime.fromtimestamp(DAY, UTC)
    assert ([m.url for m in second.media], second.text, second.leftover) == (
        [*two],
        "Two",
        ("text_app_post.mood",),
    )
    assert (answer.kind, answer.text, answer.parent_id) == ("comment", "They run", None)
    assert reject.place == f"item 4 of {ACTIVITY}/threads/threads_and_replies.json"


def test_a_download_is_imported_into_both_accounts(s3: S3, buckets: Buckets, tmp_path: Path) -> None:
    register = [
        {"id": name, "platform": name, "url": f"https://www.{name}.com/@district", "import_only": True}
        for name in ("threads", "instagram")
    ]
    archive = make(s3, buckets, tmp_path / "place", *register)
    path = download(tmp_path, said("On Threads", "media/posts/a.jpg"))
    done = take(archive, "threads", path)
    assert (done.new, done.media, done.rejected, done.compared) == (1, 1, 0, True)
    assert [row["text"] for row in archive.rows("threads")] == ["On Threads"]
    done = take(archive, "instagram", path)
    words = "posts and replies on Threads: import the same file into the Threads account too"
    assert (done.new, done.rejected, done.gaps, done.passed) == (
        1,
        0,
        [],
        {words: 1},
    ), "nothing of this account is missing"
    assert [row["text"] for row in archive.rows("instagram")] == ["On Instagram"]
    assert take(archive, "threads", path).before
