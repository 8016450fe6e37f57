"""What is asked for on Vimeo by its id or its address, and what is said of what is not there."""

from __future__ import annotations

import pytest

from recordroom.errors import PlatformFailure, UsageError
from recordroom.model import Absence, Exchange, version_of
from recordroom.platforms import Known, Window, vimeo
from tests.platforms.scripted import UNWORDED, Answer
from tests.platforms.studio import DISTRICT, Studio, client_of, error, records_of


def known(name: str, kind: str = "comment", parent: str | None = "vimeo:videos/1", root: str = "vimeo:videos/1") -> Known:
    return Known(f"vimeo:{name}", name.partition("/")[2], kind, parent, root)


def test_what_is_not_found_is_unavailable_and_the_rest_is_read(studio: Studio) -> None:
    studio.track("1", 50)
    studio.album(60, "1")
    asked = [known("videos/1", "post", None), known("videos/7", "post", None, "vimeo:videos/7"), known("comments/10")]
    asked += [known("comments/13", "reply", "vimeo:comments/12"), known("comments/99"), known("comments/98", "reply", "vimeo:comments/97")]
    asked += [known("albums/60", "post", None, "vimeo:albums/60"), known("albums/61", "post", None, "vimeo:albums/61")]
    asked += [known("users/100", "profile", None), known("live_events/5", "post", None, "vimeo:live_events/5")]
    answers = list(vimeo.lookup(DISTRICT, asked, client_of(studio)))
    gone = {a.record_id: a.status for a in answers if isinstance(a, Absence)}
    assert gone == {f"vimeo:{n}": "unavailable" for n in ("videos/7", "comments/99", "comments/98", "albums/61", "live_events/5")}
    found = {r.record_id.partition(":")[2]: r for e in answers if isinstance(e, Exchange) for r in vimeo.parse(e)}
    whole = records_of(studio)
    assert set(found) == {"videos/1", "comments/10", "comments/13", "albums/60", "users/100"}
    assert all(version_of(found[name]) == version_of(whole[name]) for name in found)
    assert [(found[n].kind, found[n].parent_id) for n in ("comments/10", "comments/13")] == [
        ("comment", "vimeo:videos/1"),
        ("reply", "vimeo:comments/12"),
    ]


def test_events_of_a_plan_that_has_them_no_more_are_unavailable_and_the_rest_is_read(studio: Studio) -> None:
    studio.answers["/live_events"] = error(403, 3433, "Your plan has no events")
    asked = [known("live_events/5", "post", None, "vimeo:live_events/5"), known("comments/10")]
    absence, answer = vimeo.lookup(DISTRICT, asked, client_of(studio))
    assert isinstance(absence, Absence)
    assert (absence.record_id, absence.status) == ("vimeo:live_events/5", "unavailable")
    assert isinstance(answer, Exchange)
    assert [r.record_id for r in vimeo.parse(answer)] == ["vimeo:comments/10"]


def test_of_comments_that_were_switched_off_nothing_is_concluded_and_the_rest_is_read(studio: Studio) -> None:
    studio.answers["/videos/1/comments"] = error(403, 3200, "Comments are off")
    refusal, answer = vimeo.lookup(DISTRICT, [known("comments/10"), known("videos/1", "post", None)], client_of(studio))
    assert isinstance(refusal, Exchange)
    assert refusal.context["untold"] == ["vimeo:comments/10"]
    assert list(vimeo.parse(refusal)) == []
    assert isinstance(answer, Exchange)
    assert [r.record_id for r in vimeo.parse(answer)] == ["vimeo:videos/1"]


@pytest.mark.parametrize("answer", [error(401, 8003), error(429, 9000), error(500, 1), *UNWORDED])
def test_other_errors_are_no_absence(studio: Studio, answer: Answer) -> None:
    studio.answers["/videos/1/comments/10"] = answer
    with pytest.raises(PlatformFailure):
        list(vimeo.lookup(DISTRICT, [known("comments/10")], client_of(studio)))
    studio.answers["/videos/1?"] = error(403, 3200)
    with pytest.raises(PlatformFailure):
        list(vimeo.lookup(DISTRICT, [known("videos/1", "post", None)], client_of(studio)))


@pytest.mark.parametrize(
    "path",
    ["1", "1/8f2b11c0aa", "channels/fircrest/1", "groups/schools/videos/1", "showcase/5/video/1", "album/5/video/1", "manage/videos/1",
     "video/1", "1?share=copy#comment_10"],
)  # fmt: skip
def test_a_permalink_brings_its_whole_conversation(studio: Studio, path: str) -> None:
    host = "player.vimeo.com" if path.startswith("video/") else "vimeo.com"
    found = records_of(studio, Window("one", url=f"https://{host}/{path}"))
    assert set(found) == {"users/100", "videos/1", "comments/10", "comments/11", "comments/12", "comments/13"}


@pytest.mark.parametrize(
    "url",
    ["https://vimeo.com/fircrest100", "https://vimeo.com/showcase/5", "https://vimeo.com/event/5", "https://elsewhere.example/1",
     "https://notvimeo.com/1", "https://vimeo.com/999", "https://vimeo.com/7", "http://[", ""],
)  # fmt: skip
def test_another_address_is_none_of_a_video_of_ours(studio: Studio, url: str) -> None:
    studio.video(7, user={"uri": "/users/300", "name": "Ben"})
    with pytest.raises(UsageError):
        records_of(studio, Window("one", url=url))
