"""YouTube in the sandbox: the result of each action of a story in its API."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.faces.youtube.ids import channel_id, comment_id, comment_number, uploads_id
from infra.sandbox.model import Post, Video
from infra.sandbox.moderation import Unsupported
from infra.sandbox.network import Network

DISTRICT, ANA, BO = "youtube/district", "youtube/ana", "youtube/bo"
READONLY = "https://www.googleapis.com/auth/youtube.readonly"


class Client:
    """A client with a key, as anyone has one, or with the token of a channel's owner."""

    def __init__(self, opened: Callable[..., httpx.Client], network: Network) -> None:
        self.network, self.public, self.own = (
            network,
            opened(network, "youtube", key="key"),
            opened(network, "youtube", token="token"),
        )

    def answer(self, method: str, *, own: bool = False, **parameters: Any) -> httpx.Response:
        asked = {
            name: value for name, value in {"part": "snippet", **parameters}.items() if value is not None
        }
        return (self.own if own else self.public).get(f"/youtube/v3/{method}", params=asked)

    def __call__(self, method: str, **parameters: Any) -> Any:
        answer = self.answer(method, **parameters)
        assert answer.status_code == 200, answer.text
        assert self.network.invalid == []
        return answer.json()

    def items(self, method: str, **parameters: Any) -> list[Any]:
        found: list[Any] = self(method, **parameters)["items"]
        return found

    def refused(self, method: str, **parameters: Any) -> tuple[int, str, str]:
        answer = self.answer(method, **parameters)
        one = answer.json()["error"]["errors"][0]
        assert self.network.invalid == []
        return answer.status_code, one["domain"], one["reason"]

    def video(self, post: Post, part: str, *, own: bool = False) -> Any:
        return self.items("videos", part=part, id=native_id(self.network, post), own=own)[0].get(part)

    def threads(self, post: Post, **more: Any) -> list[Any]:
        return self.items(
            "commentThreads", videoId=native_id(self.network, post), part="snippet,replies", **more
        )

    def uploads(self, account: str, **more: Any) -> list[str]:
        playlist = uploads_id(self.network.accounts[account].number)
        return [one["snippet"]["title"] for one in self.items("playlistItems", playlistId=playlist, **more)]


@pytest.fixture
def ask(network: Network, open_face: Any) -> Client:
    return Client(open_face, network)


def texts(items: list[Any]) -> list[str]:
    return [(one["snippet"].get("topLevelComment") or one)["snippet"]["textOriginal"] for one in items]


@pytest.fixture
def video(network: Network) -> Post:
    return network.publish(DISTRICT, "Ice on Route 9", title="Closed", video=Video(95))


# -- channels and videos --------------------------------------------------------------------------


def test_a_channel_by_id_by_handle_and_as_ones_own(network: Network, ask: Client) -> None:
    number = network.accounts[DISTRICT].number
    for asked in (
        {"id": channel_id(number)},
        {"forHandle": "@District"},
        {"forHandle": "district"},
        {"mine": "true", "own": True},
    ):
        (found,) = ask.items("channels", part="snippet,contentDetails", **asked)
        assert (found["id"], found["snippet"]["title"], found["snippet"]["customUrl"]) == (
            channel_id(number),
            "The District",
            "@district",
        )
        assert found["contentDetails"]["relatedPlaylists"]["uploads"] == uploads_id(number)
    assert ask.refused("channels", mine="true") == (401, "youtube.parameter", "authorizationRequired")
    network.rename(DISTRICT, handle="district-2", name="The New District")
    assert "items" not in ask("channels", forHandle="district")
    assert ask.items("channels", id=channel_id(number))[0]["snippet"]["title"] == "The New District"


def test_who_sees_which_video(network: Network, ask: Client) -> None:
    posts = [
        network.publish(DISTRICT, "x", title=one, visibility=one) for one in ("public", "unlisted", "private")
    ]
    wanted = ",".join(native_id(network, one) for one in posts)
    assert [one["snippet"]["title"] for one in ask.items("videos", id=wanted)] == ["public", "unlisted"]
    assert [
        one["status"]["privacyStatus"] for one in ask.items("videos", part="status", id=wanted, own=True)
    ] == [
        "public",
        "unlisted",
        "private",
    ]
    assert (ask.uploads(DISTRICT), ask.uploads(DISTRICT, own=True)) == (
        ["public"],
        ["private", "unlisted", "public"],
    )
    assert (
        ask.items("channels", part="statistics", forHandle="district", own=True)[0]["statistics"][
            "videoCount"
        ]
        == "1"
    )
    network.hold(posts[0])
    assert (ask.uploads(DISTRICT), ask.items("videos", id=native_id(network, posts[0]))) == ([], [])
    network.restore(posts[0])
    network.remove(posts[1])
    assert [one["snippet"]["title"] for one in ask.items("videos", id=wanted, own=True)] == [
        "public",
        "private",
    ]


def test_a_title_that_was_edited_has_no_stamp(network: Network, ask: Client, video: Post) -> None:
    before = ask.video(video, "snippet")
    network.edit(video, title="Closed (updated)")
    after = ask.video(video, "snippet")
    assert {name for name in after if after[name] != before[name]} == {"title", "localized"}
    assert after["title"] == "Closed (updated)"


@pytest.mark.parametrize(
    ("premiere", "lengths", "finished"),
    [(False, ["P0D", "P0D", "PT1H30S"], False), (True, ["PT1H30S"] * 3, True)],
)
def test_a_broadcast_is_to_come_runs_and_is_over(
    network: Network, ask: Client, *, premiere: bool, lengths: list[str], finished: bool
) -> None:
    begin = network.now() + timedelta(hours=1)
    film = Video(
        3630, scheduled=begin, started=begin, ended=begin + timedelta(seconds=3630), premiere=premiere
    )
    post = network.publish(DISTRICT, "x", title="Live", video=film)
    seen = []
    for hours in (0, 1.5, 2):
        network.wait(hours=hours)
        seen.append(
            [
                ask.video(post, part)
                for part in ("snippet", "contentDetails", "status", "liveStreamingDetails")
            ]
        )
    assert [one[0]["liveBroadcastContent"] for one in seen] == ["upcoming", "live", "none"]
    assert [one[1]["duration"] for one in seen] == lengths
    assert [one[2]["uploadStatus"] for one in seen] == [
        *(["processed" if finished else "uploaded"] * 2),
        "processed",
    ]
    assert [sorted(name for name in one[3] if "Time" in name) for one in seen] == [
        ["scheduledStartTime"],
        ["actualStartTime", "scheduledStartTime"],
        ["actualEndTime", "actualStartTime", "scheduledStartTime"],
    ]
    assert ask.video(network.publish(DISTRICT, "x", title="No broadcast"), "liveStreamingDetails") is None


def test_a_short_is_told_by_its_shape_only(network: Network, ask: Client, video: Post) -> None:
    short = network.publish(DISTRICT, "x", title="Short", video=Video(31, 1080, 1920))
    assert set(ask.video(short, "snippet")["thumbnails"]) - set(
        ask.video(video, "snippet")["thumbnails"]
    ) == {"shortsAspectRatio"}
    assert ask.video(short, "contentDetails")["duration"] == "PT31S"


def test_a_suspended_channel_is_nowhere_and_comes_back(network: Network, ask: Client, video: Post) -> None:
    network.comment(ANA, video, "Said")
    number = network.accounts[DISTRICT].number
    network.suspend(DISTRICT)
    assert "items" not in ask("channels", id=channel_id(number))
    assert ask.items("videos", id=native_id(network, video)) == []
    assert ask.refused("playlistItems", playlistId=uploads_id(number)) == (
        404,
        "youtube.playlistItem",
        "playlistNotFound",
    )
    assert ask.refused("commentThreads", videoId=native_id(network, video)) == (
        404,
        "youtube.commentThread",
        "videoNotFound",
    )
    assert (
        ask.refused("commentThreads", allThreadsRelatedToChannelId=channel_id(number))[2] == "channelNotFound"
    )
    assert ask.refused("channels", mine="true", own=True)[2] == "authenticatedUserAccountSuspended"
    network.suspend(DISTRICT, suspended=False)
    assert texts(ask.threads(video)) == ["Said"]
    network.suspend(ANA)
    assert ask.threads(video) == []


def test_more_than_fifty_ids_are_too_many(network: Network, ask: Client) -> None:
    posts = [network.publish(DISTRICT, "x", title=str(number)) for number in range(51)]
    wanted = [native_id(network, one) for one in posts]
    assert len(ask.items("videos", id=",".join(wanted[:50]))) == 50
    assert ask.refused("videos", id=",".join(wanted)) == (400, "youtube.parameter", "invalidFilters")


# -- comments -------------------------------------------------------------------------------------


def test_a_thread_holds_five_answers_and_counts_all(network: Network, ask: Client, video: Post) -> None:
    question = network.comment(ANA, video, "When?")
    answers = [network.comment(BO, question, f"Answer {number}") for number in range(7)]
    under = network.comment(ANA, answers[0], "An answer to an answer")
    (thread,) = ask.threads(video)
    assert thread["snippet"]["totalReplyCount"] == 8
    assert len(thread["replies"]["comments"]) == 5
    all_of_them = ask.items("comments", parentId=thread["id"], maxResults=100)
    assert len(all_of_them) == 8
    assert {one["snippet"]["parentId"] for one in all_of_them} == {thread["id"]}
    assert texts(all_of_them)[0] == under.now.text
    assert "videoId" not in all_of_them[0]["snippet"]
    assert ask.video(video, "statistics")["commentCount"] == "9"
    assert [one["id"] for one in all_of_them[:5]] == [one["id"] for one in thread["replies"]["comments"]]


def test_an_edited_comment_is_updated_later_than_published(
    network: Network, ask: Client, video: Post
) -> None:
    comment = network.comment(ANA, video, "Tommorow?")
    before = ask.threads(video)[0]["snippet"]["topLevelComment"]["snippet"]
    network.edit(comment, "Tomorrow?")
    after = ask.threads(video)[0]["snippet"]["topLevelComment"]["snippet"]
    assert before["publishedAt"] == before["updatedAt"] == after["publishedAt"] == "2026-11-24T18:30:02Z"
    assert (after["updatedAt"], after["textOriginal"]) == ("2026-11-24T18:30:03Z", "Tomorrow?")


def test_a_removed_comment_is_absent_and_takes_its_answers_along(
    network: Network, ask: Client, video: Post
) -> None:
    question = network.comment(ANA, video, "Why?")
    answer, other = network.comment(BO, question, "Ice."), network.comment(BO, video, "Thanks.")
    wanted = ",".join(native_id(network, one) for one in (question, answer, other))
    assert len(ask.items("comments", id=wanted)) == 3
    network.remove(answer)
    assert texts(ask.items("comments", id=wanted)) == ["Why?", "Thanks."]
    assert ask.threads(video)[1]["snippet"]["totalReplyCount"] == 0
    network.remove(question)
    assert texts(ask.items("comments", id=wanted)) == ["Thanks."]
    assert texts(ask.items("commentThreads", id=native_id(network, question))) == []
    assert ask.refused("comments", parentId=native_id(network, question)) == (
        404,
        "youtube.comment",
        "commentNotFound",
    )
    assert ask.refused("commentThreads", id="UgNothing") == (
        404,
        "youtube.commentThread",
        "commentThreadNotFound",
    )
    network.remove(video)
    assert ask.refused("commentThreads", videoId=native_id(network, video)) == (
        404,
        "youtube.commentThread",
        "videoNotFound",
    )
    assert ask.items("comments", id=native_id(network, other)) == []


def test_what_is_held_is_the_owners(network: Network, ask: Client, video: Post) -> None:
    said = {word: network.comment(ANA, video, word) for word in ("fine", "held", "spam", "rejected")}
    below = network.comment(BO, said["fine"], "held answer")
    network.hold(said["held"])
    network.spam(said["spam"])
    network.hide(said["rejected"])
    network.hold(below)
    assert texts(ask.threads(video)) == ["fine"]
    for status, found in (
        ("published", ["fine"]),
        ("heldForReview", ["held", "fine"]),
        ("likelySpam", ["spam"]),
        ("rejected", []),
    ):
        assert texts(ask.threads(video, moderationStatus=status, own=True)) == found
    held, fine = ask.threads(video, moderationStatus="heldForReview", own=True)
    assert (
        held["snippet"]["topLevelComment"]["snippet"]["moderationStatus"],
        held["snippet"]["isPublic"],
    ) == ("heldForReview", False)
    assert [one["snippet"]["moderationStatus"] for one in fine["replies"]["comments"]] == ["heldForReview"]
    assert fine["snippet"]["totalReplyCount"] == 0
    assert ask.refused(
        "commentThreads", videoId=native_id(network, video), moderationStatus="heldForReview"
    ) == (
        403,
        "youtube.commentThread",
        "forbidden",
    )
    wanted = native_id(network, said["held"])
    assert ask.items("comments", id=wanted) == []
    assert "moderationStatus" not in ask.items("comments", id=wanted, own=True)[0]["snippet"]
    assert ask.items("comments", id=native_id(network, said["rejected"]), own=True) == []
    network.restore(said["held"])
    assert texts(ask.threads(video)) == ["held", "fine"]
    with pytest.raises(Unsupported, match="youtube cannot hide a post"):
        network.hide(video)


def test_comments_that_are_switched_off(network: Network, ask: Client, video: Post) -> None:
    comment = network.comment(ANA, video, "Said before")
    network.switch_comments(video)
    for own in (False, True):
        assert ask.refused("commentThreads", videoId=native_id(network, video), own=own) == (
            403,
            "youtube.commentThread",
            "commentsDisabled",
        )
    assert "commentCount" not in ask.video(video, "statistics")
    assert ask.items("comments", id=native_id(network, comment)) == []
    with pytest.raises(Unsupported, match="switched off"):
        network.comment(ANA, video, "And now?")
    network.switch_comments(video, off=False)
    assert texts(ask.threads(video)) == ["Said before"]


def test_a_channel_tells_that_comments_wait_for_approval(network: Network, ask: Client) -> None:
    def settings() -> Any:
        (found,) = ask.items("channels", part="brandingSettings", forHandle="district")
        return found["brandingSettings"]["channel"]

    assert "moderateComments" not in settings()
    network.approve_comments(DISTRICT)
    assert settings()["moderateComments"] is True
    network.approve_comments(DISTRICT, needed=False)
    assert "moderateComments" not in settings()
    with pytest.raises(Unsupported, match="instagram cannot ask for the approval of comments"):
        network.approve_comments("instagram/district")


def test_a_private_videos_comments_are_forbidden_to_others(
    network: Network, ask: Client, video: Post
) -> None:
    network.comment(ANA, video, "Said")
    network.hold(video)
    assert ask.refused("commentThreads", videoId=native_id(network, video)) == (
        403,
        "youtube.commentThread",
        "forbidden",
    )
    (thread,) = ask.threads(video, own=True)
    assert thread["snippet"]["isPublic"] is False


def test_all_threads_of_a_channel(network: Network, ask: Client, video: Post) -> None:
    other = network.publish(DISTRICT, "x", title="Other")
    closed = network.publish(DISTRICT, "x", title="Closed")
    for number, post in enumerate((video, other, closed, video)):
        network.comment(ANA, post, str(number))
    network.switch_comments(closed)
    network.comment(BO, network.publish(BO, "x", title="Not theirs"), "elsewhere")
    wanted = channel_id(network.accounts[DISTRICT].number)
    assert texts(ask.items("commentThreads", allThreadsRelatedToChannelId=wanted)) == ["3", "1", "0"]


def test_order_and_text_format(network: Network, ask: Client, video: Post) -> None:
    loved = network.comment(ANA, video, "See https://a.test/?x=1&y=2\nand <b>", likes=9)
    network.comment(BO, video, "New")
    assert [texts(ask.threads(video, order=order))[0] for order in ("time", "relevance")] == [
        "New",
        loved.now.text,
    ]
    (html, plain) = (
        ask.items("comments", id=native_id(network, loved), textFormat=form)[0]["snippet"]
        for form in ("html", "plainText")
    )
    assert html["textDisplay"] == (
        'See <a href="https://a.test/?x=1&amp;y=2">https://a.test/?x=1&amp;y=2</a><br>and &lt;b&gt;'
    )
    assert plain["textDisplay"] == plain["textOriginal"] == html["textOriginal"] == loved.now.text


def test_a_comments_image_is_signed_for_six_hours(network: Network, ask: Client, video: Post) -> None:
    network.comment(ANA, video, "Look", photos=[network.photo("youtube", "A ditch")])
    address = ask.threads(video)[0]["snippet"]["topLevelComment"]["snippet"]["imageUrl"]
    assert ask.public.get(address).headers["content-type"] == "image/jpeg"
    assert ask.public.get(address.replace("sig=", "sig=0")).status_code == 403
    network.wait(hours=6)
    assert ask.public.get(address).status_code == 403


# -- captions and files ---------------------------------------------------------------------------


def test_captions_are_the_owners(network: Network, ask: Client, video: Post) -> None:
    assert ask.video(video, "contentDetails")["caption"] == "false"
    network.caption(video, "en", "heard by a machine", automatic=True)
    assert ask.video(video, "contentDetails")["caption"] == "false"
    network.caption(video, "es", "Hola\nAdiós", name="Español")
    assert ask.video(video, "contentDetails")["caption"] == "true"
    wanted = native_id(network, video)
    assert ask.refused("captions", videoId=wanted) == (401, "global", "required")
    tracks = ask.items("captions", videoId=wanted, own=True)
    assert [(one["snippet"]["language"], one["snippet"]["trackKind"]) for one in tracks] == [
        ("en", "ASR"),
        ("es", "standard"),
    ]
    address = f"captions/{tracks[1]['id']}"
    assert ask.answer(address, part=None, tfmt="srt", own=True).content.decode() == (
        "1\n00:00:00,000 --> 00:00:47,500\nHola\n\n2\n00:00:47,500 --> 00:01:35,000\nAdiós\n\n"
    )
    assert ask.answer(address, part=None, tfmt="vtt", own=True).text.startswith("WEBVTT\n")
    assert ask.answer(address, part=None, own=True).text.startswith("0:00:00.000,0:00:47.500\n")
    assert ask.refused(address, part=None, tfmt="doc", own=True) == (
        400,
        "youtube.caption",
        "couldNotConvert",
    )
    assert ask.refused("captions/nothing", part=None, own=True) == (404, "youtube.caption", "captionNotFound")
    theirs = network.publish(BO, "x", title="y", video=Video(5))
    network.caption(theirs, "en", "Mine")
    assert ask.refused("captions", videoId=native_id(network, theirs), own=True) == (
        403,
        "youtube.caption",
        "forbidden",
    )
    network.caption(video, "es", "Hola otra vez", name="Español")
    assert "otra vez" in ask.answer(address, part=None, own=True).text
    assert network.invalid == []


def test_thumbnails_keep_their_address_whatever_they_show(network: Network, ask: Client, video: Post) -> None:
    address = ask.video(video, "snippet")["thumbnails"]["medium"]["url"]
    before = ask.public.get(address)
    network.edit(video, photos=[network.photo("youtube", "A better picture")])
    after = ask.public.get(ask.video(video, "snippet")["thumbnails"]["medium"]["url"])
    assert (before.status_code, before.headers["content-type"]) == (200, "image/jpeg")
    assert before.content != after.content
    network.remove(video)
    gone = ask.public.get(address)
    assert (gone.status_code, gone.headers["content-type"]) == (404, "image/jpeg")


# -- pages, tags, keys and tokens, quota ---------------------------------------------------------


def test_a_page_token_is_bound_to_its_list(network: Network, ask: Client, video: Post) -> None:
    other = network.publish(DISTRICT, "x", title="Other")
    for number in range(3):
        network.comment(ANA, video, str(number))
    wanted, uploads = native_id(network, video), uploads_id(network.accounts[DISTRICT].number)
    token = ask("commentThreads", videoId=wanted, maxResults=2)["nextPageToken"]
    assert texts(ask.items("commentThreads", videoId=wanted, maxResults=100, pageToken=token)) == ["0"]
    failure = (400, "youtube.commentThread", "processingFailure")
    assert ask.refused("commentThreads", videoId=native_id(network, other), pageToken=token) == failure
    assert ask.refused("commentThreads", videoId=wanted, order="relevance", pageToken=token) == failure
    for broken in (token, "CAoQAA", "%"):
        assert ask.refused("playlistItems", playlistId=uploads, pageToken=broken) == (
            400,
            "youtube.parameter",
            "invalidPageToken",
        )
    later = ask("playlistItems", playlistId=uploads, maxResults=1)["nextPageToken"]
    assert "nextPageToken" not in ask("playlistItems", playlistId=uploads, maxResults=1, pageToken=later)


def test_uploads_shift_while_they_are_paged_and_comments_do_not(
    network: Network, ask: Client, video: Post
) -> None:
    posts = [video, *(network.publish(DISTRICT, "x", title=str(number)) for number in range(3))]
    comments = [network.comment(ANA, video, str(number)) for number in range(4)]
    uploads, wanted = uploads_id(network.accounts[DISTRICT].number), native_id(network, video)
    first = ask("playlistItems", playlistId=uploads, maxResults=2)
    talk = ask("commentThreads", videoId=wanted, maxResults=2)
    network.remove(posts[3])
    network.remove(comments[2])
    network.comment(BO, video, "Newest")
    rest = ask.items("playlistItems", playlistId=uploads, maxResults=2, pageToken=first["nextPageToken"])
    # "0" was passed by
    assert [one["snippet"]["title"] for one in first["items"] + rest] == ["2", "1", "Closed"]
    assert texts(ask.items("commentThreads", videoId=wanted, pageToken=talk["nextPageToken"])) == ["1", "0"]


def test_an_etag_spares_the_body_and_not_the_quota(network: Network, ask: Client, video: Post) -> None:
    first = ask.answer("videos", id=native_id(network, video))
    assert first.headers["etag"] == f'"{first.json()["etag"]}"'
    ask.public.headers["If-None-Match"] = first.headers["etag"]
    again = ask.answer("videos", id=native_id(network, video))
    assert (again.status_code, again.content) == (304, b"")
    network.edit(video, title="Other")
    assert ask.answer("videos", id=native_id(network, video)).status_code == 200
    assert network.usage["youtube", "project"][1] == 3


def test_a_days_units_end_at_midnight_in_california(network: Network, ask: Client, video: Post) -> None:
    """A list costs one unit, the captions 50, and a track 200; a refused request is a 403."""
    network.clock = datetime(2026, 11, 25, 7, 59, tzinfo=UTC)
    network.quota("youtube", 252)
    network.caption(video, "en", "Hello")
    wanted = native_id(network, video)
    (track,) = ask.items("captions", videoId=wanted, own=True)
    assert ask.answer(f"captions/{track['id']}", part=None, own=True).status_code == 200
    thumbnail = ask.video(video, "snippet")["thumbnails"]["default"]["url"]
    assert ask.answer("videos", id=wanted).status_code == 200
    assert ask.refused("videos", id=wanted, own=True) == (403, "youtube.quota", "quotaExceeded")
    assert ask.public.get(thumbnail).status_code == 200
    network.wait(minutes=1)
    assert ask.answer("videos", id=wanted).status_code == 200


def test_keys_and_tokens(network: Network, open_face: Any) -> None:
    network.grant("youtube", "readonly", DISTRICT, scopes=[READONLY])
    client = open_face(network, "youtube")

    def told(method: str = "channels?part=id&forHandle=district", **headers: str) -> tuple[int, str]:
        answer = client.get(
            f"/youtube/v3/{method}",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )
        return answer.status_code, "" if answer.status_code == 200 else answer.json()["error"]["errors"][0][
            "reason"
        ]

    assert told() == (403, "forbidden")
    assert (
        told("channels?part=id&forHandle=district&key=key")
        == told(X_Goog_Api_Key="key")
        == told(Authorization="Bearer token")
        == (200, "")
    )
    assert told(X_Goog_Api_Key="wrong") == told(X_Goog_Api_Key="token") == (400, "badRequest")
    assert told(Authorization="Bearer wrong") == told(Authorization="Bearer key") == (401, "authError")
    assert told(Authorization="Bearer readonly") == (200, "")
    talk = (
        f"commentThreads?part=id&allThreadsRelatedToChannelId={channel_id(network.accounts[DISTRICT].number)}"
    )
    assert told(talk, Authorization="Bearer readonly") == (403, "insufficientPermissions")
    assert told(talk, Authorization="Bearer token") == told(talk, X_Goog_Api_Key="key") == (200, "")
    network.expire_token("youtube", secret="token")
    assert told(Authorization="Bearer token") == (401, "authError")
    assert told(X_Goog_Api_Key="key") == (200, "")
    network.expire_token("youtube")
    expired = client.get("/youtube/v3/channels?part=id&forHandle=district&key=key").json()["error"]
    assert (expired["message"], expired["details"][0]["reason"]) == ("API key expired.", "API_KEY_INVALID")
    assert network.invalid == []


def test_a_token_for_an_hour_for_a_refresh_token(network: Network, open_face: Any) -> None:
    network.grant("youtube", "app-secret", "", kind="app", user="app")
    network.grant("youtube", "refresh", DISTRICT, kind="refresh", scopes=[READONLY])
    client = open_face(network, "youtube")
    good = {
        "grant_type": "refresh_token",
        "refresh_token": "refresh",
        "client_id": "app",
        "client_secret": "app-secret",
    }

    def told(**form: str) -> tuple[int, Any]:
        answer = client.post("/token", data={**good, **form})
        return answer.status_code, answer.json()

    def whose(token: str) -> int:
        status: int = client.get(
            "/youtube/v3/channels?part=id&mine=true", headers={"Authorization": f"Bearer {token}"}
        ).status_code
        return status

    first, second = told()[1], told()[1]
    assert (first["expires_in"], first["token_type"], first["scope"]) == (3599, "Bearer", READONLY)
    assert first["access_token"] != second["access_token"]
    assert "refresh_token" not in first
    assert [whose(one) for one in (first["access_token"], "refresh", "app-secret")] == [200, 401, 401]
    assert client.get("/youtube/v3/channels?part=id&forHandle=x&key=app-secret").status_code == 400
    network.wait(hours=1)
    assert whose(first["access_token"]) == 401
    assert told(client_secret="x")[1]["error"] == "invalid_client"
    assert told(refresh_token="x") == (
        400,
        {"error": "invalid_grant", "error_description": "Token has been expired or revoked."},
    )
    assert told(grant_type="password")[0] == 400
    third = told()[1]["access_token"]
    network.expire_token("youtube", secret="refresh")
    assert told()[1]["error"] == "invalid_grant"
    assert whose(third) == 401
    assert network.invalid == []


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("videos?id=x", "required"),
        ("videos?part=snippet,words&id=x", "unknownPart"),
        ("videos?part=snippet", "missingRequiredParameter"),
        ("videos?part=snippet&id=x&since=2026", "invalid"),
        ("videos?part=snippet&id=x&hl=es", "unexpectedParameter"),
        ("channels?part=id&id=x&mine=true", "incompatibleParameters"),
        ("channels?part=id&mine=yes", "invalid"),
        ("commentThreads?part=id&videoId=x&maxResults=101", "invalidParameter"),
        ("commentThreads?part=id&videoId=x&order=newest", "invalid"),
        ("commentThreads?part=id&id=x&moderationStatus=published", "incompatibleParameters"),
        ("commentThreads?part=id&videoId=x", "videoNotFound"),
        ("comments?part=snippet&parentId=x", "commentNotFound"),
    ],
)
def test_what_the_description_does_not_allow_is_refused(
    network: Network, open_face: Any, query: str, reason: str
) -> None:
    answer = open_face(network, "youtube", key="key").get(f"/youtube/v3/{query}")
    assert answer.json()["error"]["errors"][0]["reason"] == reason
    assert network.invalid == []


def test_ids_lead_back() -> None:
    for number in range(1, 300, 7):
        assert comment_number(comment_id(number)) == number
        assert comment_number(comment_id(number, number + 1)) == number
    assert len(comment_id(5)) == 26
    assert comment_number(comment_id(5).replace("4AaABAg", "4AaABAQ")) is None
    assert comment_number(f"{comment_id(5)}.{comment_id(6, 7).partition('.')[2]}") is None


def test_the_story_has_the_channel(first_act: Network, second_act: Network, open_face: Any) -> None:
    def talk(story: Network, **more: str) -> list[Any]:
        client = open_face(story, "youtube", token="sandbox-youtube-token")
        asked = {
            "part": "snippet,replies",
            "maxResults": "100",
            "videoId": native_id(story, story.named("youtube:closure")),
            **more,
        }
        found: list[Any] = client.get("/youtube/v3/commentThreads", params=asked).json()["items"]
        return found

    before, after = talk(first_act), talk(second_act)
    assert any(
        one["snippet"]["totalReplyCount"] > len(one["replies"]["comments"]) == 5
        for one in before
        if "replies" in one
    )
    assert len(talk(first_act, moderationStatus="heldForReview")) == 2
    counts = [sum(1 + one["snippet"]["totalReplyCount"] for one in found) for found in (before, after)]
    assert counts[1] - counts[0] == 2 + 1 - 1  # a question and its reply, one approved, one withdrawn
    was, now = (story.named("youtube:closure").now.title for story in (first_act, second_act))
    assert was != now
    assert {one.language for one in first_act.named("youtube:closure").video.captions} == {"en", "es"}  # type: ignore[union-attr]
