"""Lookups on Vimeo by ID or address, and conclusions about records that are not there."""

from __future__ import annotations

import pytest

from recordroom.canonical import version_of
from recordroom.errors import PlatformFailure, UsageError
from recordroom.model import Absence, Exchange
from recordroom.platforms import vimeo
from recordroom.platforms.contract import KnownRecord, Window
from tests.fault_transport import fault
from tests.platforms.contract.sandbox import Sandbox, marked
from tests.platforms.contract.test_lookup import known
from tests.platforms.scripted import Answer
from tests.platforms.vimeo.test_walk import error

PLATFORM = "vimeo"
ODD = error(403, 3433, "Your plan has no events")


def named(name: str, kind: str = "post", parent: str | None = None, root: str | None = None) -> KnownRecord:
    return KnownRecord(f"vimeo:{name}", name.partition("/")[2], kind, parent, root or f"vimeo:{name}")


def test_showcases_and_what_was_never_there_are_looked_up_too(sandbox: Sandbox) -> None:
    album = sandbox.network.album(sandbox.us, "Showcase")
    video, (question, _) = sandbox.converse()
    sandbox.network.caption(video, "en", "Ice")
    sandbox.publish(album=album.key)
    held = sandbox.read()
    film, comment = f"vimeo:videos/{sandbox.named(video)}", f"vimeo:comments/{sandbox.named(question)}"
    asked = [
        *map(known, held.values()),
        named("albums/61"),
        named("live_events/5"),
        named("comments/99", "comment", film, film),
    ]
    asked.append(named("comments/98", "reply", comment, film))
    result = sandbox.lookup(*asked)
    gone = {one.record_id: one.status for one in result if isinstance(one, Absence)}
    assert gone == {
        f"vimeo:{name}": "unavailable"
        for name in ("albums/61", "live_events/5", "comments/99", "comments/98")
    }
    found = sandbox.parse(one for one in result if isinstance(one, Exchange))
    assert {name: version_of(one) for name, one in found.items()} == {
        name: version_of(one) for name, one in held.items()
    }
    assert any(name.startswith("vimeo:albums/") for name in found)


def test_events_of_a_plan_that_has_them_no_more_are_unavailable_and_the_rest_is_read(
    sandbox: Sandbox,
) -> None:
    _, (question, _) = sandbox.converse()
    held = marked(sandbox.read().values())[question.now.text]
    with sandbox.transport.meanwhile("/live_events", ODD.instead):
        absence, answer = sandbox.lookup(named("live_events/5"), known(held))
    assert isinstance(absence, Absence)
    assert (absence.record_id, absence.status) == ("vimeo:live_events/5", "unavailable")
    assert isinstance(answer, Exchange)
    assert [record.record_id for record in vimeo.parse(answer)] == [held.record_id]


def test_of_comments_that_were_switched_off_nothing_is_concluded_and_the_rest_is_read(
    sandbox: Sandbox,
) -> None:
    video, (question, _) = sandbox.converse()
    held = marked(sandbox.read().values())
    with sandbox.transport.meanwhile("/comments", fault("vimeo", 403)):
        refusal, answer = sandbox.lookup(known(held[question.now.text]), known(held[video.now.text]))
    assert isinstance(refusal, Exchange)
    assert refusal.context["untold"] == [held[question.now.text].record_id]
    assert list(vimeo.parse(refusal)) == []
    assert isinstance(answer, Exchange)
    assert [record.record_id for record in vimeo.parse(answer)] == [held[video.now.text].record_id]


@pytest.mark.parametrize("answer", [error(401, 8003), error(429, 9000), error(403, 3200)])
def test_a_refusal_of_a_video_is_no_absence(sandbox: Sandbox, answer: Answer) -> None:
    video = sandbox.publish()
    held = marked(sandbox.read().values())[video.now.text]
    with sandbox.transport.meanwhile("/videos/", answer.instead), pytest.raises(PlatformFailure):
        sandbox.lookup(known(held))


@pytest.mark.parametrize(
    "url",
    ["https://vimeo.com/district", "https://vimeo.com/showcase/5", "https://vimeo.com/event/5", "https://elsewhere.example/1",
     "https://notvimeo.com/1", "https://vimeo.com/999", "theirs", "http://[", ""],
)  # fmt: skip
def test_another_address_is_none_of_a_video_of_ours(sandbox: Sandbox, url: str) -> None:
    theirs = sandbox.network.publish(sandbox.others[0], "Theirs", title="Theirs")
    with pytest.raises(UsageError):
        sandbox.read(
            Window("one", url=url if url != "theirs" else f"https://vimeo.com/{sandbox.named(theirs)}")
        )
