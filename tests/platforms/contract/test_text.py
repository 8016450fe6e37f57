"""Text that is damaged, has another name, or comes with fields that the connector does not know."""

from __future__ import annotations

import json
from typing import Any

from recordroom.canonical import version_of
from recordroom.platforms.contract import Window
from tests.fault_transport import rewrite_json
from tests.platforms.contract.profile import PlatformTestProfile, each_platform
from tests.platforms.contract.sandbox import Sandbox, marked, parsed, words_of


def is_json(profile: PlatformTestProfile) -> bool:
    return profile.name != "feed"


@each_platform(is_json)  # XML contains no half of a pair
def test_unpaired_surrogate_is_repaired_and_reported(sandbox: Sandbox) -> None:
    post = sandbox.publish(words="Notice 901: half % a face")
    sandbox.publish(words="Notice 902: half a face")

    def damage(body: Any) -> Any:
        return json.loads(json.dumps(body).replace("half % a face", "half \\ud83d a face"))

    if sandbox.profile.stage.answered:
        sandbox.comment(post, words="Question 903: half % a face")
    with sandbox.transport.meanwhile("", rewrite_json(damage)):
        found = marked(sandbox.read().values())
    sound = found.pop("Notice 902")
    assert all("half \ufffd a face" in (broken.text or "") for broken in found.values())
    assert ({broken.repaired for broken in found.values()}, sound.repaired) == ({True}, False)


@each_platform(is_json)
def test_unknown_field_is_reported(sandbox: Sandbox) -> None:
    post, below = sandbox.converse()
    texts = {sandbox.profile.post_text, sandbox.profile.stage.words}

    def add(body: Any) -> Any:
        for one in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
            add(one)
        if isinstance(body, dict) and texts & body.keys():
            body["mood"] = "sunny"
        return body

    assert {record.leftover for record in sandbox.read().values()} == {()}
    with sandbox.transport.meanwhile("", rewrite_json(add)):
        found = marked(sandbox.read().values())
    assert set(found) == words_of([post, *below])
    for record in found.values():
        assert {name.rpartition(".")[2] for name in record.leftover} == {"mood"}, record.record_id


@each_platform(is_json)
def test_text_under_another_name_is_no_edit(sandbox: Sandbox) -> None:
    sandbox.converse()
    before = sandbox.read()
    for name in {sandbox.profile.post_text, sandbox.profile.stage.words}:

        def rename(body: Any, name: str = name) -> Any:
            return json.loads(json.dumps(body).replace(f'"{name}":', f'"{name}_of_today":'))

        with sandbox.transport.meanwhile("", rewrite_json(rename)):
            records, problems = parsed(sandbox.connector, sandbox.fetch())
        assert any(name in problem for problem in problems), name
        assert [record for record in records if not record.text and before[record.record_id].text] == []


@each_platform()
def test_edit_is_recognized_by_content_alone(sandbox: Sandbox) -> None:
    post = sandbox.publish()
    [before] = marked(sandbox.read().values()).values()
    post.likes += 5
    [liked] = marked(sandbox.read().values()).values()
    sandbox.network.edit(post, "Notice 800", title="Notice 800" if sandbox.profile.titled else None)
    [edited] = marked(sandbox.read().values()).values()
    assert (before.record_id, version_of(before)) == (liked.record_id, version_of(liked))
    assert edited.record_id == before.record_id
    assert version_of(edited) != version_of(before)


# X repeats a post in the response that lists its replies
@each_platform(lambda profile: is_json(profile) and profile.name != "x")
def test_odd_post_keeps_nothing_behind_it_from_being_read(sandbox: Sandbox) -> None:
    _, (odd, hidden), _ = [sandbox.converse(days) for days in (1, 2, 3)]

    def spoil(body: Any) -> Any:
        for name, one in body.items() if isinstance(body, dict) else ():
            if isinstance(one, str) and odd.now.text in one:
                body[name] = 5
        for one in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
            spoil(one)
        return body

    with sandbox.transport.meanwhile("", rewrite_json(spoil)):
        records, problems = parsed(sandbox.connector, sandbox.fetch(Window("full")))
    assert len(problems) >= 1
    said = {words for words in words_of(sandbox.network.posts.values()) if not words.startswith("Notice")}
    assert said - words_of(hidden) <= set(marked(records))
