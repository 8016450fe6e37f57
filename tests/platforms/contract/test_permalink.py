"""The address of one post brings its conversation, and nothing else."""

from __future__ import annotations

import pytest

from recordroom.canonical import version_of
from recordroom.errors import UsageError
from recordroom.platforms.contract import Window
from tests.platforms.contract.profile import each_platform
from tests.platforms.contract.sandbox import Sandbox, marked, words_of


@each_platform(lambda profile: profile.name != "feed")
def test_permalink_brings_its_complete_conversation(sandbox: Sandbox) -> None:
    post, below = sandbox.converse()
    below += [sandbox.comment(below[0], 1) for _ in range(4)]
    sandbox.converse(days=2)
    full = marked(sandbox.read().values())
    found = marked(sandbox.read(Window("one", url=full[post.now.text].url)).values())
    assert set(found) == words_of([post, *below])
    assert {words: version_of(record) for words, record in found.items()} == {
        words: version_of(full[words]) for words in found
    }


@each_platform(lambda profile: profile.name != "feed")
def test_address_of_no_post_of_the_account_is_refused(sandbox: Sandbox) -> None:
    post, _ = sandbox.converse()
    removed = marked(sandbox.read().values())[post.now.text].url
    sandbox.network.remove(post)
    for url in (sandbox.profile.stage.url, "https://elsewhere.example/1", "http://[", "", removed):
        with pytest.raises(UsageError):
            sandbox.fetch(Window("one", url=url))
