"""Conversations are read if the plan wants them, and the plan learns when one was read to its end."""

from __future__ import annotations

from recordroom.platforms.contract import Window
from tests.platforms.contract.profile import each_platform
from tests.platforms.contract.sandbox import Sandbox, marked, words_of
from tests.platforms.scripted import Chosen


@each_platform(lambda profile: profile.signs)
def test_only_wanted_conversations_are_read_and_their_ends_are_reported(sandbox: Sandbox) -> None:
    silent = sandbox.publish(days=3)
    unwanted, unread = sandbox.converse(days=2)
    wanted, said = sandbox.converse(days=1)
    held = marked(sandbox.read().values())
    roots = {
        name: held[post.now.text].record_id
        for name, post in (("silent", silent), ("unwanted", unwanted), ("wanted", wanted))
    }
    plan, given = Chosen(lambda root: root != roots["unwanted"]), set[str]()
    for exchange in sandbox.connector.fetch(sandbox.entry, Window("full", plan=plan), sandbox.client):
        assert roots["wanted"] not in plan.whole or words_of(said) <= given
        given |= set(marked(sandbox.connector.parse(exchange)))
    assert set(plan.asked) == set(roots.values())
    assert words_of([silent, wanted, *said, unwanted]) <= given
    assert sandbox.profile.replies_mention or not words_of(unread) & given
    assert set(plan.whole) == {roots["silent"], roots["wanted"]}
    assert (plan.asked[roots["silent"]], plan.asked[roots["wanted"]]) == sandbox.profile.signs
    before = plan.asked[roots["silent"]][0]
    sandbox.comment(silent)
    sandbox.fetch(Window("full", plan=plan))
    assert plan.asked[roots["silent"]][0] != before, "a first comment moves the sign of its conversation"
