"""What is asked for on Bluesky by its address, and whose word is taken for what is not there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from recordroom.errors import UsageError
from recordroom.model import HIDDEN, Absence, Exchange
from recordroom.platforms import Known, Window, bluesky
from tests.platforms.bluesky_net import AMY, BEN, DISTRICT, ME, Network, chain, records_of, uri_of
from tests.platforms.scripted import Answer, Scripted


def test_lookup_takes_the_word_of_the_authors_own_server() -> None:
    network = Network()
    top = network.add(ME, 1)
    stays, deleted, withheld, blocked, elsewhere = (network.add(AMY if key < 6 else BEN, key, top) for key in (2, 3, 4, 5, 6))
    taken_down = network.add(AMY, 9, top)
    by_ben, own = network.add(BEN, 7, top), network.add(ME, 8)
    repost = f"at://{ME}/app.bsky.feed.repost/9"
    network.gone |= {deleted, withheld, elsewhere, own, taken_down}
    network.deleted |= {deleted, elsewhere, own}
    network.taken_down.add(taken_down)
    network.relationships = {BEN: {"blocking": "at://x/y/z"}}
    who = Known(f"bluesky:at://{ME}", ME, "profile")
    known = [Known(f"bluesky:{u}", u, "comment") for u in (stays, deleted, withheld, blocked, elsewhere, by_ben, own, repost, taken_down)]
    client = Scripted(network)
    found = list(bluesky.lookup(DISTRICT, [who, *known], client))
    absences = {a.record_id.removeprefix("bluesky:"): (a.status, a.acted_by) for a in found if isinstance(a, Absence)}
    assert absences == {
        deleted: ("removed", "author"),
        own: ("removed", "agency"),
        repost: ("removed", "agency"),
        taken_down: ("hidden", "platform"),
        elsewhere: ("unavailable", None),  # a server that anybody may run is not asked
    }
    records = {r.native_id: (r.status, r.acted_by) for e in found if isinstance(e, Exchange) for r in bluesky.parse(e)}
    assert records == {
        ME: ("visible", None),
        stays: ("visible", None),
        blocked: ("visible", None),
        by_ben: ("hidden", "agency"),
        withheld: ("hidden", "platform"),
    }
    assert not any("pds.example" in u for u in client.asked)
    assert not list(bluesky.lookup(DISTRICT, [], client))


def test_what_others_say_to_an_answer_that_a_block_hides_is_read() -> None:
    """No conversation shows it, since none shows what it answers."""
    network = Network(relationships={BEN: {"blocking": "at://x/y/z"}})
    top = network.add(ME, 1)
    blocked = network.add(BEN, 2, top)
    below = network.add(AMY, 3, blocked)
    known = Known(f"bluesky:{blocked}", blocked, "comment", f"bluesky:{top}", f"bluesky:{top}")
    found = [r for e in bluesky.lookup(DISTRICT, [known], Scripted(network)) if isinstance(e, Exchange) for r in bluesky.parse(e)]
    assert [(r.native_id, r.kind, r.status) for r in found] == [(blocked, "comment", "hidden"), (below, "reply", "visible")]


def test_what_the_first_post_hides_is_asked_of_the_conversation_and_not_shown_again_by_its_own_address() -> None:
    """Below an answer of ours that is older than the window, each capture asks for what is newer by its address."""
    network = Network()
    theirs = network.add(BEN, 1)
    below = network.add(AMY, 3, network.add(ME, 2, theirs))
    known = Known(f"bluesky:{below}", below, "comment", f"bluesky:{uri_of(ME, 2)}", f"bluesky:{theirs}", status=HIDDEN)
    for gates, told in (({theirs: [below]}, ("hidden", None)), ({}, ("visible", None))):
        network.gates = gates
        (answer,) = bluesky.lookup(DISTRICT, [known], Scripted(network))
        assert isinstance(answer, Exchange)
        assert [(r.status, r.acted_by) for r in bluesky.parse(answer)] == [told]


def test_a_server_that_can_prove_nothing_is_taken_at_its_word() -> None:
    network = Network(answers={"com.atproto.sync.getRecord": Answer({"error": "MethodNotImplemented", "message": ""}, 501)})
    gone = uri_of(AMY, 3)
    (absence,) = bluesky.lookup(DISTRICT, [Known(f"bluesky:{gone}", gone, "comment")], Scripted(network))
    assert isinstance(absence, Absence)
    assert (absence.status, absence.acted_by) == ("removed", "author")


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429, 500])
def test_a_server_of_a_strangers_that_refuses_us_stops_nothing(status: int) -> None:
    network = Network(answers={"com.atproto.repo.getRecord": Answer("<html>", status)})
    gone, there = uri_of(AMY, 3), network.add(AMY, 4, network.add(ME, 1))
    known = [Known(f"bluesky:{uri}", uri, "comment") for uri in (gone, there)]
    answer, absence = bluesky.lookup(DISTRICT, known, Scripted(network, {"password": "app-password"}))
    assert isinstance(absence, Absence)
    assert (absence.record_id, absence.status, absence.acted_by) == (f"bluesky:{gone}", "unavailable", None)
    assert isinstance(answer, Exchange)
    assert [r.native_id for r in bluesky.parse(answer)] == [there]


@pytest.mark.parametrize("status", [401, 403, 410, 429, 500])
def test_a_server_that_does_not_tell_whether_it_took_a_record_down_is_no_word_of_a_deletion_and_stops_nothing(status: int) -> None:
    network = Network(answers={"com.atproto.sync.getRecord": Answer("<html>", status)})
    gone, there = uri_of(AMY, 3), network.add(AMY, 4, network.add(ME, 1))
    known = [Known(f"bluesky:{uri}", uri, "comment") for uri in (gone, there)]
    answer, absence = bluesky.lookup(DISTRICT, known, Scripted(network, {"password": "app-password"}))
    assert isinstance(absence, Absence)
    assert (absence.record_id, absence.status, absence.acted_by) == (f"bluesky:{gone}", "unavailable", None)
    assert "does not tell whether it was taken down there" in absence.reason
    assert isinstance(answer, Exchange)
    assert [r.native_id for r in bluesky.parse(answer)] == [there]


def test_lookup_without_a_directory_claims_no_removal() -> None:
    network = Network(answers={"com.atproto.repo.describeRepo": Answer({"error": "MethodNotImplemented", "message": ""}, 501)})
    network.answers["app.bsky.graph.getRelationships"] = Answer({"error": "MethodNotImplemented", "message": ""}, 501)
    top = network.add(ME, 1)
    stays, deleted = network.add(AMY, 2, top), network.add(AMY, 3, top)
    network.gone.add(deleted)
    network.deleted.add(deleted)
    who = replace(DISTRICT, api_url="https://public.api.bsky.app")
    repost = f"at://{ME}/app.bsky.feed.repost/9"
    found = list(bluesky.lookup(who, [Known(f"bluesky:{u}", u, "comment") for u in (stays, deleted, repost)], Scripted(network)))
    assert [a.status for a in found if isinstance(a, Absence)] == ["unavailable", "unavailable"]
    assert [r.native_id for e in found if isinstance(e, Exchange) for r in bluesky.parse(e)] == [stays]


def test_a_repository_that_is_gone_as_a_whole_is_no_removal() -> None:
    network = Network(answers={"com.atproto.repo.getRecord": Answer({"error": "RepoDeactivated", "message": "Repo deactivated"}, 400)})
    gone = uri_of(AMY, 3)
    (absence,) = bluesky.lookup(DISTRICT, [Known(f"bluesky:{gone}", gone, "comment")], Scripted(network))
    assert isinstance(absence, Absence)
    assert (absence.status, absence.acted_by) == ("unavailable", None)
    assert "RepoDeactivated" in absence.reason


def test_what_its_author_put_in_the_place_of_an_answer_and_is_no_post_stops_nothing() -> None:
    """A server takes anything that its owner wants to be there; the AppView shows nothing of it."""
    gone = uri_of(AMY, 3)
    told = {"uri": gone, "cid": "c", "value": {"$type": "app.bsky.feed.post", "text": {"of": "another kind"}}}
    network = Network(answers={"com.atproto.repo.getRecord": Answer(told)})
    (absence,) = bluesky.lookup(DISTRICT, [Known(f"bluesky:{gone}", gone, "comment")], Scripted(network))
    assert isinstance(absence, Absence)
    assert (absence.status, absence.acted_by) == ("unavailable", None)
    assert "no post any more" in absence.reason


def test_a_permalink_brings_its_whole_conversation() -> None:
    network = Network()
    top = network.add(ME, 1)
    first, second = chain(network, top, range(2, 4))
    elsewhere = network.add(ME, 11, network.add(AMY, 10))
    thanks = network.add(AMY, 12, elsewhere)
    beyond = network.add(AMY, 14, network.add(AMY, 13, thanks))
    network.add(AMY, 20)

    def captured(uri: str) -> set[str]:
        did, _, key = uri.removeprefix("at://").split("/")
        return set(records_of(Scripted(network), Window("one", url=f"https://bsky.app/profile/{did}/post/{key}"))) - {f"at://{ME}"}

    assert captured(top) == captured(second) == {top, first, second}
    assert captured(elsewhere) == captured(thanks) == captured(beyond) == {elsewhere, thanks, uri_of(AMY, 13), beyond}
    network.relationships[BEN] = {"blocking": f"at://{ME}/app.bsky.graph.block/x"}
    shown = network.add(BEN, 30, first)  # the block stands between BEN and the account alone
    did, _, key = shown.removeprefix("at://").split("/")
    window = Window("one", url=f"https://bsky.app/profile/{did}/post/{key}")
    assert records_of(Scripted(network), window)[shown].status == "visible"
    for url in (uri_of(AMY, 10), uri_of(AMY, 20), uri_of(AMY, 999)):
        with pytest.raises(UsageError):
            captured(url)
    with pytest.raises(UsageError):
        records_of(Scripted(network), Window("one", url="https://bsky.app/profile/fircrest.example"))
