"""A post: its versions, its text and entities, its media and polls, and what it refers to."""

from datetime import timedelta

import httpx

from infra.sandbox.faces import native_id
from infra.sandbox.model import Poll, Video
from infra.sandbox.network import Network
from tests.sandbox.x.client import ANA, BO, DISTRICT, LOST, conversation, get, post_of, problems, timeline


def test_every_edit_is_a_post_of_its_own(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "Closed tody")
    first = native_id(network, post)
    network.edit(post, "Closed today")
    second = native_id(network, post)
    network.comment(ANA, post, "Why?")
    network.edit(post, "Closed today.")
    fields = "tweet.fields=created_at,conversation_id,edit_controls"
    shown = post_of(client, network, post, fields)["data"]
    assert shown["edit_history_tweet_ids"] == [first, second, native_id(network, post)]
    assert (shown["conversation_id"], shown["edit_controls"]["edits_remaining"]) == (shown["id"], 3)
    told = get(client, f"/2/tweets?ids={first},{second}&{fields}")["data"]
    assert [one["text"] for one in told] == ["Closed tody", "Closed today"]
    assert told[0]["created_at"] < told[1]["created_at"] < shown["created_at"]
    assert [one["id"] for one in timeline(client)["data"]] == [shown["id"]]
    expanded = post_of(client, network, post, "expansions=edit_history_tweet_ids")
    assert [one["text"] for one in expanded["includes"]["tweets"]] == ["Closed tody", "Closed today"]
    network.remove(post)
    assert problems(get(client, f"/2/tweets?ids={first},{second}")) == [(LOST, first), (LOST, second)]


def test_each_version_has_a_conversation_and_numbers_of_its_own(
    network: Network, client: httpx.Client
) -> None:
    post = network.publish(DISTRICT, "Closed tody")
    first = native_id(network, post)
    question = network.comment(ANA, post, "Why?")
    network.publish(BO, "Look!", quote=post)
    network.repost(ANA, post)
    network.edit(post, "Closed today")
    second = native_id(network, post)
    answer = network.comment(DISTRICT, question, "Ice.")
    network.comment(BO, post, "Oh!")
    fields = "tweet.fields=conversation_id,referenced_tweets,public_metrics"
    told = get(
        client,
        f"/2/tweets?ids={first},{second},{native_id(network, question)},{native_id(network, answer)}&{fields}",
    )["data"]
    assert [one["conversation_id"] for one in told] == [first, second, first, first]
    assert told[2]["referenced_tweets"] == [{"type": "replied_to", "id": first}]
    counted = [
        [one["public_metrics"][f"{what}_count"] for what in ("reply", "quote", "retweet")] for one in told[:2]
    ]
    assert counted == [[1, 1, 1], [1, 0, 0]]
    assert conversation(client, first) == ["@ana Ice.", "@district Why?"]
    assert conversation(client, second) == ["@district Oh!", "Closed today"]
    assert [
        len(get(client, f"/2/tweets/{number}/quote_tweets").get("data", [])) for number in (first, second)
    ] == [1, 0]
    (passed_on,) = [one for one in timeline(client, name="ana")["data"] if one["text"].startswith("RT")]
    assert passed_on["text"] == "RT @district: Closed tody"


def test_a_long_post_is_cut_and_stands_whole_beside(network: Network, client: httpx.Client) -> None:
    long = "The plows & the buses. " * 20 + "#SnowDay"
    post = network.publish(DISTRICT, long)
    told = post_of(client, network, post, "tweet.fields=note_tweet,display_text_range")["data"]
    assert len(told["text"]) == 280
    assert told["text"].endswith("…")
    assert told["note_tweet"]["text"] == long.replace("&", "&amp;")
    (tag,) = told["note_tweet"]["entities"]["hashtags"]
    assert told["note_tweet"]["text"][tag["start"] : tag["end"]] == "#SnowDay"
    assert (
        "note_tweet"
        not in post_of(client, network, network.publish(DISTRICT, "short"), "tweet.fields=note_tweet")["data"]
    )


def test_entities_and_what_is_shown_of_a_text(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "Closed")
    said = network.comment(
        ANA, post, "👍 <3 @bo https://made-up.test/a #snow", photos=[network.photo("x", "Snow")]
    )
    told = post_of(client, network, said, "tweet.fields=entities,display_text_range")["data"]
    start, end = told["display_text_range"]
    assert told["text"].startswith("@district 👍 &lt;3 @bo https://t.co/")
    assert told["text"][start:end].endswith("#snow")
    cut = {
        kind: [told["text"][one["start"] : one["end"]] for one in found]
        for kind, found in told["entities"].items()
    }
    assert (cut["mentions"], cut["hashtags"]) == (["@district", "@bo"], ["#snow"])
    link, picture = told["entities"]["urls"]
    assert (link["expanded_url"], picture["media_key"].startswith("3_")) == ("https://made-up.test/a", True)
    assert [one["url"] for one in (link, picture)] == cut["urls"]


def test_media_polls_and_authors_are_expanded(network: Network, client: httpx.Client) -> None:
    photos = [network.photo("x", f"Plow {number}", kind=kind) for number, kind in enumerate(("jpeg", "png"))]
    shown = post_of(
        client,
        network,
        network.publish(DISTRICT, "x", photos=photos),
        "expansions=author_id,attachments.media_keys&media.fields=url,alt_text,width&user.fields=profile_image_url",
    )
    media = shown["includes"]["media"]
    assert [(one["type"], one["alt_text"], one["width"]) for one in media] == [
        ("photo", "Plow 0", 64),
        ("photo", "Plow 1", 64),
    ]
    assert [one["media_key"] for one in media] == shown["data"]["attachments"]["media_keys"]
    kinds = [client.get(one["url"]).headers["content-type"] for one in media]
    assert kinds == ["image/jpeg", "image/png"]
    assert client.get(shown["includes"]["users"][0]["profile_image_url"]).status_code == 200
    film = network.publish(DISTRICT, "x", video=Video(2, 160, 96))
    (one,) = post_of(
        client,
        network,
        film,
        "expansions=attachments.media_keys&media.fields=variants,duration_ms,preview_image_url",
    )["includes"]["media"]
    (file,) = [variant["url"] for variant in one["variants"] if variant["content_type"] == "video/mp4"]
    assert (one["type"], one["duration_ms"], client.get(file).headers["content-type"]) == (
        "video",
        2000,
        "video/mp4",
    )
    poll = network.publish(DISTRICT, "x", poll=Poll(["yes", "no"], [3, 4], network.now() + timedelta(days=1)))
    asked = "expansions=attachments.poll_ids&poll.fields=voting_status,duration_minutes"
    (told,) = post_of(client, network, poll, asked)["includes"]["polls"]
    assert ([one["votes"] for one in told["options"]], told["voting_status"]) == ([3, 4], "open")
    network.wait(days=2)
    assert post_of(client, network, poll, asked)["includes"]["polls"][0]["voting_status"] == "closed"
    network.remove(film)
    assert client.get(file).status_code == 404


def test_what_is_referenced_is_expanded_or_told_missing(network: Network, client: httpx.Client) -> None:
    quoted = network.publish(ANA, "Look!")
    post = network.publish(DISTRICT, "Yes", quote=quoted)
    asked = "expansions=referenced_tweets.id,referenced_tweets.id.author_id"
    told = post_of(client, network, post, asked)
    assert [one["text"] for one in told["includes"]["tweets"]] == ["Look!"]
    assert [one["username"] for one in told["includes"]["users"]] == ["ana"]
    network.remove(quoted)
    told = post_of(client, network, post, asked)
    assert problems(told) == [(LOST, native_id(network, quoted))]
    assert told["errors"][0]["parameter"] == "referenced_tweets.id"
    assert told["data"]["referenced_tweets"][0]["id"] == native_id(network, quoted)


def test_posts_by_ids_with_some_that_are_gone(network: Network, client: httpx.Client) -> None:
    kept, gone = network.publish(DISTRICT, "kept"), network.publish(DISTRICT, "gone")
    network.remove(gone)
    told = get(client, f"/2/tweets?ids={native_id(network, kept)},{native_id(network, gone)},1")
    assert [one["text"] for one in told["data"]] == ["kept"]
    assert problems(told) == [(LOST, native_id(network, gone)), (LOST, "1")]
    (alone,) = get(client, f"/2/tweets/{native_id(network, gone)}")["errors"]
    assert alone["detail"] == f"Could not find tweet with id: [{native_id(network, gone)}]."
