"""Bluesky on a real AT Protocol network."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from infra.local.support.place import Place
from recordroom.canonical import version_of
from recordroom.capture.http.addresses import private_servers
from recordroom.capture.http.client import HttpClient
from recordroom.errors import TokenExpired
from recordroom.model import Absence, Exchange, Record
from recordroom.platforms import bluesky
from recordroom.platforms.contract import Window
from recordroom.register.models import Account
from tests.bluesky_writer import PIXEL, Writer
from tests.platforms.bluesky.account import known_of, records_of
from tests.platforms.scripted import account
from tests.services import BlueskyNetwork


@dataclass
class Reader:
    """Captures alice's account through the real client."""

    who: Account
    client: HttpClient

    def capture(self, until: Callable[[dict[str, Record]], bool]) -> dict[str, Record]:
        """Return all records, as soon as the AppView has indexed what the test waits for."""
        found: dict[str, Record] = {}
        for _ in range(600):
            found = records_of(self.client, Window("full"), self.who)
            if until(found):
                return found
            time.sleep(0.2)
        raise AssertionError(f"the AppView has not indexed what was written, but {sorted(found)}")

    def look_up(self, *known: Record) -> list[Exchange | Absence]:
        return list(bluesky.lookup(self.who, [known_of(r) for r in known], self.client))


@pytest.fixture
def reader(bluesky_network: BlueskyNetwork, place: Place) -> Iterator[Reader]:
    pds = bluesky_network.pds.replace("127.0.0.1", "localhost")  # as the DID documents name it
    servers = f"{bluesky_network.appview}?plc={place.url('bluesky_plc')}&pds={pds}"
    who = account("bluesky", "https://bsky.app/profile/alice.test", api_url=servers)
    client = HttpClient(contact="records@example.org", limit=2**24, private=private_servers(who))
    yield Reader(who.with_identity(bluesky.identify(who, client)), client)
    client.close()


@pytest.fixture(name="bluesky_network")
def network(bluesky: BlueskyNetwork) -> BlueskyNetwork:
    return bluesky


def test_a_day_on_the_real_network(bluesky_network: BlueskyNetwork, reader: Reader) -> None:
    alice, bob, carla = (Writer(bluesky_network, f"{name}.test") for name in ("alice", "bob", "carla"))
    before = set(reader.capture(lambda _: True))  # other tests write on the same network
    image = {
        "$type": "app.bsky.embed.images",
        "images": [{"alt": "one red pixel", "image": alice.upload(PIXEL, "image/png")}],
    }
    text = "Nieve ❄️: schools closed, ask @bob.test #snow"
    start = len(text[: text.index("@")].encode())
    mention = {"$type": "app.bsky.richtext.facet#mention", "did": bob.user.did}
    facets = [{"index": {"byteStart": start, "byteEnd": start + 9}, "features": [mention]}]
    top = alice.post(text, embed=image, facets=facets, langs=["en", "es"])
    comment = bob.post("Which ones?", top)
    reply = alice.post("All of them.", comment, top)
    rude, calm = carla.post("Fire the lot.", top), carla.post("Stay safe.", top)
    quote = alice.post("As we said", embed={"$type": "app.bsky.embed.record", "record": top})
    theirs = bob.post("Who plows Main Street?")
    elsewhere = alice.post("The town does.", theirs)
    thanks = bob.post("Thanks!", elsewhere, theirs)
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    repost = alice.create(
        "app.bsky.feed.repost", {"$type": "app.bsky.feed.repost", "subject": theirs, "createdAt": now}
    )
    written = {ref["uri"] for ref in (top, comment, reply, rude, calm, quote, elsewhere, thanks, repost)}
    found = reader.capture(lambda records: written <= set(records))

    assert f"at://{alice.user.did}" in before
    assert set(found) - before == written
    kinds = {
        ref["uri"]: kind
        for ref, kind in (
            (top, "post"),
            (comment, "comment"),
            (reply, "reply"),
            (rude, "comment"),
            (quote, "post"),
        )
    }
    kinds |= {elsewhere["uri"]: "post", thanks["uri"]: "comment", repost["uri"]: "post"}
    assert {u: found[u].kind for u in kinds} == kinds
    assert not [r.leftover for r in found.values() if r.leftover]
    post = found[top["uri"]]
    assert (post.mentions, post.language, post.valid_from) == (["bob.test", bob.user.did], "en", None)
    assert (post.media[0].alt_text, post.media[0].type) == ("one red pixel", "image")
    assert post.media[0].url is not None
    with reader.client.download(post.media[0].url) as response:
        assert b"".join(response.iter_bytes()) == PIXEL
    assert (found[quote["uri"]].shared_id, found[repost["uri"]].shared_id) == (
        f"bluesky:{top['uri']}",
        f"bluesky:{theirs['uri']}",
    )
    assert found[repost["uri"]].text == "Who plows Main Street?"
    assert found[thanks["uri"]].root_id == f"bluesky:{theirs['uri']}"
    totals = bluesky.totals(reader.who, reader.client)
    assert totals is not None
    assert totals.kinds["own"] == sum(r.tally == "own" for r in found.values())

    # an edit, a hidden reply, deletions by author and by us, an undone repost
    bob.put(comment, {**bob.get(comment), "text": "Which ones, please?"})
    gate = {
        "$type": "app.bsky.feed.threadgate",
        "post": top["uri"],
        "createdAt": now,
        "hiddenReplies": [rude["uri"]],
    }
    alice.create("app.bsky.feed.threadgate", gate, top["uri"].rsplit("/", 1)[1])
    bob.delete(thanks)
    alice.delete(quote)
    alice.delete(repost)
    after = reader.capture(
        lambda r: (
            not {thanks["uri"], quote["uri"], repost["uri"]} & set(r)
            and r[rude["uri"]].status == "hidden"
            and r[comment["uri"]].text == "Which ones, please?"
        )
    )
    assert (after[rude["uri"]].acted_by, version_of(after[rude["uri"]])) == (
        "agency",
        version_of(found[rude["uri"]]),
    )
    assert version_of(after[comment["uri"]]) != version_of(found[comment["uri"]])
    gone = reader.look_up(found[thanks["uri"]], found[quote["uri"]], found[repost["uri"]])
    assert [(a.status, a.acted_by) for a in gone if isinstance(a, Absence)] == [
        ("removed", "author"),
        ("removed", "agency"),
        ("removed", "agency"),
    ]
    assert all("RecordNotFound" in a.reason for a in gone if isinstance(a, Absence))

    # edited back, restored, and a block, which takes the comment out of the conversation without deleting it
    bob.put(comment, {**bob.get(comment), "text": "Which ones?"})
    alice.create(
        "app.bsky.feed.post",
        {"$type": "app.bsky.feed.post", "text": "As we said", "createdAt": now},
        quote["uri"].rsplit("/", 1)[1],
    )
    block = alice.create(
        "app.bsky.graph.block", {"$type": "app.bsky.graph.block", "subject": carla.user.did, "createdAt": now}
    )
    back = reader.capture(
        lambda r: quote["uri"] in r and calm["uri"] not in r and r[comment["uri"]].text == "Which ones?"
    )
    assert version_of(back[comment["uri"]]) == version_of(found[comment["uri"]])
    assert back[rude["uri"]].status == "hidden"
    kept = reader.look_up(found[calm["uri"]])
    records = [r for e in kept if isinstance(e, Exchange) for r in bluesky.parse(e)]
    assert [(r.native_id, r.status, r.acted_by) for r in records] == [(calm["uri"], "hidden", "agency")]
    alice.delete(block)
    reader.capture(lambda r: calm["uri"] in r)
    permalink = Window(
        "one", url=f"https://bsky.app/profile/bob.test/post/{comment['uri'].rsplit('/', 1)[1]}"
    )
    assert set(records_of(reader.client, permalink, reader.who)) == {
        f"at://{alice.user.did}",
        *(r["uri"] for r in (top, comment, reply, rude, calm)),
    }


def test_odd_dates_and_take_downs_on_the_real_network(
    bluesky_network: BlueskyNetwork, reader: Reader
) -> None:
    alice, bob = (Writer(bluesky_network, f"{name}.test") for name in ("alice", "bob"))
    top = alice.post("School is open.")
    odd, rude = bob.post("No, it is not.", top, createdAt="2024-02-31T00:00:00.000Z"), bob.post("Liars!", top)
    found = reader.capture(lambda records: {odd["uri"], rude["uri"]} <= set(records))
    assert (found[odd["uri"]].text, found[odd["uri"]].published_at) == ("No, it is not.", None)

    subject = {"$type": "com.atproto.repo.strongRef", **rude}
    for server in (bluesky_network.pds, bluesky_network.appview):
        body = {"subject": subject, "takedown": {"applied": True, "ref": "1"}}
        url = f"{server}/xrpc/com.atproto.admin.updateSubjectStatus"
        httpx.post(
            url, json=body, auth=("admin", "admin-pass"), trust_env=False, timeout=60
        ).raise_for_status()
    reader.capture(lambda records: rude["uri"] not in records)
    [absence] = reader.look_up(found[rude["uri"]])
    assert isinstance(absence, Absence)
    assert (absence.status, absence.acted_by) == ("hidden", "platform")


def test_mentions_and_quotes_with_an_app_password_on_the_real_network(
    bluesky_network: BlueskyNetwork, reader: Reader
) -> None:
    alice, bob, carla = (Writer(bluesky_network, f"{name}.test") for name in ("alice", "bob", "carla"))
    top, theirs = alice.post("The pool opens on Monday."), carla.post("Where can one swim?")
    facet = {
        "index": {"byteStart": 0, "byteEnd": 11},
        "features": [{"$type": "app.bsky.richtext.facet#mention", "did": alice.user.did}],
    }
    mention = bob.post("@alice.test is it warm?", facets=[facet])
    beside = bob.post("@alice.test knows", theirs, facets=[facet])
    quote = carla.post("At last", embed={"$type": "app.bsky.embed.record", "record": top})
    answer = bob.post("@alice.test thanks", top, facets=[facet])
    gone = carla.post("Is it open?", top)
    # an AppView that indexes `below` before it notifies alice of `gone` alone
    reader.capture(lambda records: gone["uri"] in records)
    below = bob.post("It is", gone, top)
    apart = {ref["uri"] for ref in (mention, beside, quote)}
    assert quote["uri"] in reader.capture(lambda records: quote["uri"] in records), (
        "everyone can see who quotes"
    )
    reader.capture(lambda records: below["uri"] in records)
    carla.delete(gone)
    reader.capture(lambda records: not {gone["uri"], below["uri"]} & set(records))

    # notify her only of people whom she follows
    choice = alice.http.post("app.bsky.notification.putPreferences", json={"priority": True})
    choice.raise_for_status()
    made = alice.call("com.atproto.server.createAppPassword", name=f"records {time.time()}")
    reader.client.authorize({"password": made["password"]})
    token = bluesky.renew(reader.who, reader.client)
    assert token.expires_at is not None
    assert timedelta(hours=1) < token.expires_at - datetime.now(UTC) < timedelta(hours=3)
    reader.client.authorize({"password": made["password"], **token.values})
    fetched = list(bluesky.fetch(reader.who, Window("full", reads_messages=True), reader.client))
    assert any("messages_refused" in e.context for e in fetched), (
        "this network has no service for private messages"
    )
    found = reader.capture(lambda records: {*apart, answer["uri"], below["uri"]} <= set(records))
    assert (found[below["uri"]].kind, found[below["uri"]].root_id) == ("reply", f"bluesky:{top['uri']}")
    placed = {uri: (found[uri].kind, found[uri].parent_id, found[uri].author_is_account) for uri in apart}
    assert placed == {
        mention["uri"]: ("comment", None, False),
        beside["uri"]: ("reply", f"bluesky:{theirs['uri']}", False),
        quote["uri"]: ("comment", None, False),
    }
    assert (found[answer["uri"]].kind, theirs["uri"] in found) == ("comment", False)
    assert not any(found[uri].leftover for uri in apart)

    bob.delete(mention)
    reader.capture(lambda records: mention["uri"] not in records)
    [absence] = reader.look_up(found[mention["uri"]])
    assert isinstance(absence, Absence)
    assert (absence.status, absence.acted_by) == ("removed", "author")
    reader.client.authorize({"password": "aaaa-bbbb-cccc-dddd"})
    with pytest.raises(TokenExpired):
        bluesky.renew(reader.who, reader.client)
