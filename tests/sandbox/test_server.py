"""The server as a process: it starts at once, on the loopback address only.

After a restart it has the same story.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.services.service import PLAIN
from infra.sandbox.story.cast import YOUTUBE_KEY

SERVE = Path(__file__).parents[2] / "infra/sandbox/serve.py"


PATIENT = 60  # seconds: the lexicons load while the first requests come
ask = partial(httpx.get, timeout=PATIENT, verify=PLAIN)
tell = partial(httpx.post, timeout=PATIENT, verify=PLAIN)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    def __init__(self, port: int, state: Path) -> None:
        self.port, self.state, self.base = port, state, f"http://127.0.0.1:{port}"
        self.process = self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, SERVE, "--port", str(self.port), "--state", self.state],
            stderr=subprocess.DEVNULL,
        )
        for _ in range(2400):  # two minutes
            try:
                ask(f"{self.base}/sandbox/health").raise_for_status()
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return process
        raise AssertionError("the sandbox does not answer")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)

    def post(self, path: str, **keys: Any) -> Any:
        return tell(f"{self.base}/sandbox/{path}", json=keys).json()

    def statuses(self) -> Any:
        account = ask(f"{self.base}/mastodon/api/v1/accounts/lookup?acct=cascadevalley").json()
        return ask(f"{self.base}/mastodon/api/v1/accounts/{account['id']}/statuses").json()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    started = Server(free_port(), tmp_path_factory.mktemp("sandbox") / "folder/state.json")
    yield started
    started.stop()


def test_a_restart_tells_the_same_story(server: Server) -> None:
    assert ask(f"{server.base}/sandbox/health").json()["act"] == 1
    before = server.statuses()
    said = server.post("comment", account="mastodon/wendell", parent="mastodon:closure", text="And tomorrow?")
    assert server.post("act/2") == {"act": 2}
    assert server.post("act/2") == {"act": 2}
    assert server.post("edit", post=said["key"], text="And on Friday?")["id"] == said["id"]
    assert "LookupError" in server.post("nothing")["error"]
    assert "Unsupported" in server.post("hide", post="mastodon:closure")["error"]
    after = server.statuses()
    assert [one["id"] for one in after] != [one["id"] for one in before]
    server.stop()
    server.process = server.start()
    assert server.statuses() == after
    told = ask(f"{server.base}/mastodon/api/v1/statuses/{said['id']}/history").json()
    assert [one["content"] for one in told] == ["<p>And tomorrow?</p>", "<p>And on Friday?</p>"]
    assert ask(f"{server.base}/sandbox/health").json()["invalid"] == []


def test_addresses_lead_back_into_the_mounted_faces(server: Server) -> None:
    site = ask(f"{server.base}/wordpress/district/wp-json/wp/v2/media?per_page=1").json()[0]
    assert ask(site["source_url"]).status_code == 200
    first = ask(f"{server.base}/wordpress/district/wp-json/wp/v2/posts?per_page=5")
    assert ask(first.links["next"]["url"]).json()[0]["id"] != first.json()[0]["id"]
    assert ask(f"{server.base}/feed/news/atom.xml").status_code == 200
    described = ask(
        f"{server.base}/bluesky/xrpc/com.atproto.repo.describeRepo?repo=cascadevalley.test"
    ).json()
    assert described["didDoc"]["service"][0]["serviceEndpoint"] == f"{server.base}/bluesky"
    page = ask(
        f"{server.base}/facebook/v26.0/me/published_posts?access_token=sandboxFacebookPageToken&limit=2&fields=full_picture"
    ).json()
    assert ask(page["paging"]["next"]).json()["data"][0]["id"] != page["data"][0]["id"]
    pictures = [one["full_picture"] for one in page["data"] if "full_picture" in one]
    assert [ask(one).status_code for one in pictures] == [200] * len(pictures)
    told = ask(
        f"{server.base}/youtube/youtube/v3/channels?part=snippet&forHandle=cascadevalley&key={YOUTUBE_KEY}"
    ).json()
    portrait = told["items"][0]["snippet"]["thumbnails"]["default"]["url"]
    assert portrait.startswith(f"{server.base}/youtube/ytc/")
    assert ask(portrait).status_code == 200
    assert ask(f"{server.base}/elsewhere").status_code == 404


def test_a_video_is_told_as_json(server: Server) -> None:
    """Its lengths, times, captions, and disabled comments are the same after a restart."""
    video = {"seconds": 90, "started": "2026-11-01T02:00:00+00:00", "ended": "2026-11-01T02:01:30+00:00"}
    said = server.post(
        "publish", account="youtube/cascadevalley", title="Short meeting", text="x", video=video
    )
    assert server.post("caption", post=said["key"], language="en", text="Hello") == {"done": "caption"}
    assert server.post("switch_comments", post=said["key"])["id"] == said["id"]
    assert (
        "Unsupported"
        in server.post("comment", account="youtube/mira", parent=said["key"], text="And now?")["error"]
    )
    server.stop()
    server.process = server.start()
    asked = f"{server.base}/youtube/youtube/v3/videos?part=contentDetails,statistics,liveStreamingDetails&id={said['id']}&key={YOUTUBE_KEY}"
    (found,) = ask(asked).json()["items"]
    assert (found["contentDetails"]["duration"], found["contentDetails"]["caption"]) == ("PT1M30S", "true")
    assert found["liveStreamingDetails"] == {
        "actualStartTime": "2026-11-01T02:00:00Z",
        "actualEndTime": "2026-11-01T02:01:30Z",
    }
    assert "commentCount" not in found["statistics"]


def test_private_messages_and_settings_are_told_as_json(server: Server) -> None:
    who, page = {"who": "facebook/mira", "whom": "facebook/cascadevalley"}, "facebook/v26.0/me"
    sent = server.post("message", **who, text="A question", photos=[{"alt": "A map"}])
    answer = server.post("message", who=who["whom"], whom=who["who"], text="An answer", answers=sent["key"])
    assert server.post("block", who=who["whom"], whom=who["who"]) == {"done": "block"}
    assert server.post("filter_words", who="mastodon/cascadevalley", title="Rude", words=["darn"]) == {
        "done": "filter_words"
    }
    assert server.post("unsend", message=answer["key"])["status"] == "removed"
    server.stop()
    server.process = server.start()
    asked = f"{server.base}/{page}/conversations?access_token=sandboxFacebookPageToken&fields=messages{{id,attachments}}&limit=1"
    found, *_ = ask(asked).json()["data"][0]["messages"]["data"]
    assert (found["id"], len(found["attachments"]["data"])) == (sent["id"], 1)
    blocked = ask(f"{server.base}/{page}/blocked?access_token=sandboxFacebookPageToken").json()["data"]
    assert [one["name"] for one in blocked] == ["Mira Okonjo"]


def test_a_port_in_use_is_said_clearly(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        arguments: list[str | Path] = [
            sys.executable,
            SERVE,
            "--port",
            str(taken.getsockname()[1]),
            "--state",
            tmp_path / "state.json",
        ]
        ended = subprocess.run(arguments, capture_output=True, text=True, timeout=PATIENT, check=False)
    assert ended.returncode == 1
    assert "is in use by another program" in ended.stderr
