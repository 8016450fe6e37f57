"""X's face: what a verb of the story looks like through its API."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from infra.local.sandbox.faces import native_id
from infra.local.sandbox.model import Poll, Post, Video
from infra.local.sandbox.network import Network

DISTRICT, ANA, BO = "x/district", "x/ana", "x/bo"
LOST, FORBIDDEN = "resource-not-found", "not-authorized-for-resource"


@pytest.fixture
def client(network: Network, open_face: Any) -> httpx.Client:
    """An application's, which speaks for nobody."""
    opened: httpx.Client = open_face(network, "x", token="bearer")
    return opened


def get(client: httpx.Client, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def user(client: httpx.Client, name: str = "district", fields: str = "") -> Any:
    return get(client, f"/2/users/by/username/{name}?{fields}")["data"]


def timeline(client: httpx.Client, more: str = "", name: str = "district") -> Any:
    return get(client, f"/2/users/{user(client, name)['id']}/tweets?{more}")


def post_of(client: httpx.Client, network: Network, post: Post, more: str = "") -> Any:
    return get(client, f"/2/tweets/{native_id(network, post)}?{more}")


def problems(answer: Any) -> list[tuple[str, str]]:
    return [(one["type"].rpartition("/")[2], one["value"]) for one in answer["errors"]]


# -- users ----------------------------------------------------------------------------------------


def test_a_user_is_found_by_name_and_followed_by_id(network: Network, client: httpx.Client) -> None:
    before = user(client, fields="user.fields=public_metrics,protected")
    assert (before["name"], before["protected"], before["public_metrics"]["tweet_count"]) == ("The District", False, 0)
    assert "created_at" not in before
    network.rename(DISTRICT, handle="all_district", name="District of All")
    told = get(client, "/2/users/by/username/district")
    assert problems(told) == [(LOST, "district")]
    assert "data" not in told
    after = get(client, f"/2/users/{before['id']}")["data"]
    assert (after["username"], after["name"]) == ("all_district", "District of All")


def test_who_is_suspended_or_protected(network: Network, open_face: Any, client: httpx.Client) -> None:
    post, number = network.publish(ANA, "x"), user(client, "ana")["id"]
    network.unpublish(ANA)
    assert user(client, "ana", "user.fields=protected")["protected"] is True
    told = get(client, f"/2/users/{number}/tweets")
    assert problems(told) == [(FORBIDDEN, number)]
    assert problems(post_of(client, network, post)) == [(FORBIDDEN, native_id(network, post))]
    network.grant("x", "anas", ANA)
    own = open_face(network, "x", token="anas")
    assert post_of(own, network, post)["data"]["text"] == "x"
    network.suspend(ANA)
    for address in ("/2/users/by/username/ana", f"/2/users/{number}", f"/2/users/{number}/tweets"):
        (told,) = get(client, address)["errors"]
        assert (told["title"], told["detail"].startswith("User has been suspended: [")) == ("Forbidden", True)
    network.suspend(ANA, suspended=False)
    network.unpublish(ANA, published=True)
    assert post_of(client, network, post)["data"]["text"] == "x"


def test_me_is_for_people_and_the_archive_for_applications(open_face: Any, network: Network, client: httpx.Client) -> None:
    person = open_face(network, "x", token="token")
    assert get(person, "/2/users/me")["data"]["username"] == "district"
    for wrong, path in ((client, "/2/users/me"), (person, "/2/tweets/search/all?query=from:district")):
        answer = wrong.get(path)
        assert (answer.status_code, answer.json()["title"]) == (403, "Unsupported Authentication")
        assert answer.json()["type"] == "https://api.twitter.com/2/problems/unsupported-authentication"


# -- timelines ------------------------------------------------------------------------------------


def test_a_timeline_is_paged_by_tokens_that_do_not_shift(network: Network, client: httpx.Client) -> None:
    for number in range(12):
        network.publish(DISTRICT, f"post {number}")
    first = timeline(client, "max_results=5")
    assert [one["text"] for one in first["data"]] == [f"post {number}" for number in (11, 10, 9, 8, 7)]
    assert (first["meta"]["result_count"], first["meta"]["newest_id"]) == (5, first["data"][0]["id"])
    network.publish(DISTRICT, "post 12")
    second = timeline(client, f"max_results=5&pagination_token={first['meta']['next_token']}")
    assert second["data"][0]["text"] == "post 6"
    last = timeline(client, f"max_results=5&pagination_token={second['meta']['next_token']}")
    assert ([one["text"] for one in last["data"]], "next_token" in last["meta"]) == (["post 1", "post 0"], False)
    assert timeline(client, f"since_id={first['data'][0]['id']}")["data"][0]["text"] == "post 12"
    assert timeline(client, "start_time=2030-01-01T00:00:00Z") == {"meta": {"result_count": 0}}


def test_a_timeline_ends_at_its_reach(network: Network, client: httpx.Client) -> None:
    network.places["x"].reach = 7
    for number in range(9):
        network.publish(DISTRICT, f"post {number}")
    told = timeline(client, "max_results=100")
    assert ([one["text"] for one in told["data"]][-1], "next_token" in told["meta"]) == ("post 2", False)
    assert get(client, "/2/tweets/search/all?query=from:district")["meta"]["result_count"] == 9


def test_replies_and_reposts_can_be_left_out(network: Network, client: httpx.Client) -> None:
    post = network.publish(ANA, "Look!")
    network.repost(DISTRICT, post)
    network.comment(DISTRICT, post, "Seen.")
    network.publish(DISTRICT, "And this?", quote=post)
    texts = [one["text"] for one in timeline(client)["data"]]
    assert texts[1:] == ["@ana Seen.", "RT @ana: Look!"]
    assert texts[0].startswith("And this? https://t.co/")
    kinds = timeline(client, "tweet.fields=referenced_tweets")["data"]
    assert [one["referenced_tweets"][0]["type"] for one in kinds] == ["quoted", "replied_to", "retweeted"]
    assert len(timeline(client, "exclude=replies,retweets")["data"]) == 1
    network.remove(post)
    assert [one["text"] for one in timeline(client)["data"]][1:] == ["@ana Seen."]


def test_mentions(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "Closed")
    network.comment(ANA, post, "Why?")
    network.publish(BO, "Ask @district, they know")
    network.publish(BO, "Not them")
    told = get(client, f"/2/users/{user(client)['id']}/mentions")
    assert [one["text"] for one in told["data"]] == ["Ask @district, they know", "@district Why?"]


# -- posts ----------------------------------------------------------------------------------------


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


def test_each_version_has_a_conversation_and_numbers_of_its_own(network: Network, client: httpx.Client) -> None:
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
    told = get(client, f"/2/tweets?ids={first},{second},{native_id(network, question)},{native_id(network, answer)}&{fields}")["data"]
    assert [one["conversation_id"] for one in told] == [first, second, first, first]
    assert told[2]["referenced_tweets"] == [{"type": "replied_to", "id": first}]
    counted = [[one["public_metrics"][f"{what}_count"] for what in ("reply", "quote", "retweet")] for one in told[:2]]
    assert counted == [[1, 1, 1], [1, 0, 0]]
    assert conversation(client, first) == ["@ana Ice.", "@district Why?"]
    assert conversation(client, second) == ["@district Oh!", "Closed today"]
    assert [len(get(client, f"/2/tweets/{number}/quote_tweets").get("data", [])) for number in (first, second)] == [1, 0]
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
    assert "note_tweet" not in post_of(client, network, network.publish(DISTRICT, "short"), "tweet.fields=note_tweet")["data"]


def test_entities_and_what_is_shown_of_a_text(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "Closed")
    said = network.comment(ANA, post, "👍 <3 @bo https://made-up.test/a #snow", photos=[network.photo("x", "Snow")])
    told = post_of(client, network, said, "tweet.fields=entities,display_text_range")["data"]
    start, end = told["display_text_range"]
    assert told["text"].startswith("@district 👍 &lt;3 @bo https://t.co/")
    assert told["text"][start:end].endswith("#snow")
    cut = {kind: [told["text"][one["start"] : one["end"]] for one in found] for kind, found in told["entities"].items()}
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
    assert [(one["type"], one["alt_text"], one["width"]) for one in media] == [("photo", "Plow 0", 64), ("photo", "Plow 1", 64)]
    assert [one["media_key"] for one in media] == shown["data"]["attachments"]["media_keys"]
    kinds = [client.get(one["url"]).headers["content-type"] for one in media]
    assert kinds == ["image/jpeg", "image/png"]
    assert client.get(shown["includes"]["users"][0]["profile_image_url"]).status_code == 200
    film = network.publish(DISTRICT, "x", video=Video(2, 160, 96))
    (one,) = post_of(client, network, film, "expansions=attachments.media_keys&media.fields=variants,duration_ms,preview_image_url")[
        "includes"
    ]["media"]
    (file,) = [variant["url"] for variant in one["variants"] if variant["content_type"] == "video/mp4"]
    assert (one["type"], one["duration_ms"], client.get(file).headers["content-type"]) == ("video", 2000, "video/mp4")
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


# -- conversations --------------------------------------------------------------------------------


def conversation(client: httpx.Client, number: str, where: str = "recent") -> list[str]:
    told = get(client, f"/2/tweets/search/{where}?query=conversation_id:{number}&max_results=100")
    return [one["text"] for one in told.get("data", [])]


def test_a_conversation_of_the_last_seven_days(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "Closed", at=network.now() - timedelta(days=10))
    question = network.comment(ANA, post, "Why?", at=network.now() - timedelta(days=8))
    network.comment(BO, question, "Ice.", at=network.now() - timedelta(days=6))
    number = native_id(network, post)
    assert conversation(client, number) == ["@ana @district Ice."]
    assert conversation(client, number, "all") == ["@ana @district Ice.", "@district Why?", "Closed"]
    early = client.get(f"/2/tweets/search/recent?query=conversation_id:{number}&start_time=2026-11-01T00:00:00Z")
    assert (early.status_code, "must be on or after" in early.json()["errors"][0]["message"]) == (400, True)


def test_answers_outlive_what_they_answer(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "Closed")
    question = network.comment(ANA, post, "Why?")
    answer = network.comment(BO, question, "Ice.")
    network.remove(question)
    assert conversation(client, native_id(network, post)) == ["@ana @district Ice.", "Closed"]
    told = post_of(client, network, answer, "tweet.fields=referenced_tweets,conversation_id")["data"]
    assert told["referenced_tweets"] == [{"type": "replied_to", "id": native_id(network, question)}]
    network.remove(post)
    assert told["conversation_id"] == native_id(network, post)
    assert conversation(client, native_id(network, post)) == ["@ana @district Ice."]


def test_a_hidden_reply_is_answered_like_any_other(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "Closed")
    rude = network.comment(ANA, post, "Fools!")
    before = post_of(client, network, rude, "tweet.fields=reply_settings,public_metrics")
    network.hide(rude)
    assert post_of(client, network, rude, "tweet.fields=reply_settings,public_metrics") == before
    assert conversation(client, native_id(network, post)) == ["@district Fools!", "Closed"]


def test_search_operators(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "Closed")
    network.comment(ANA, post, "Why?")
    network.repost(BO, post)

    def found(query: str) -> int:
        count: int = get(client, f"/2/tweets/search/recent?query={query}")["meta"]["result_count"]
        return count

    queries = ("from:district", "to:district", "@district", "closed is:retweet", "closed -is:retweet", "from:nobody")
    assert [found(query) for query in queries] == [1, 1, 1, 0, 1, 0]
    assert [found(query) for query in ("closed OR why", "from:nobody OR why @district", "closed why OR closed from:nobody")] == [2, 1, 0]
    for wrong in ("-is:retweet", "near:me", "closed OR", "closed OR -why", "(closed OR why)", ""):
        assert client.get(f"/2/tweets/search/recent?query={wrong}").status_code == 400
    number = native_id(network, post)
    assert [found(query) for query in (f"conversation_id:{number}", f"conversation_id:1 OR conversation_id:{number}")] == [2, 2]
    assert [found(query) for query in (f"conversation_id:{number} why", f"conversation_id:1 OR closed -conversation_id:{number}")] == [1, 0]


# -- words, parameters, limits, money ---------------------------------------------------------------


def test_older_and_newer_words(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "x" * 300, quote=network.publish(ANA, "y"))
    older = post_of(client, network, post, "tweet.fields=note_tweet,public_metrics&expansions=referenced_tweets.id")
    newer = post_of(client, network, post, "post.fields=note_post,public_metrics&expansions=referenced_posts")
    assert set(older["data"]) == {"id", "text", "edit_history_tweet_ids", "note_tweet", "public_metrics", "referenced_tweets"}
    assert set(newer["data"]) == {"id", "text", "edit_history_post_ids", "note_post", "public_metrics", "referenced_posts"}
    assert ("retweet_count" in older["data"]["public_metrics"], "repost_count" in newer["data"]["public_metrics"]) == (True, True)
    assert (list(older["includes"]), list(newer["includes"])) == (["tweets"], ["posts"])
    lost = (get(client, "/2/tweets/1"), get(client, "/2/tweets/1?post.fields=lang"))
    assert [told["errors"][0]["type"].split("/2/")[0] for told in lost] == ["https://api.twitter.com", "https://api.x.com"]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/2/tweets/1?tweet.fields=note_post", "tweet.fields"),
        ("/2/tweets/1?post.fields=note_tweet", "post.fields"),
        ("/2/tweets/1?tweet.fields=created_at&post.fields=lang", "tweet.fields"),
        ("/2/tweets/1?tweet.fields=nothing", "tweet.fields"),
        ("/2/tweets/1?expansions=author", "expansions"),
        ("/2/tweets/1?user.fields=email", "user.fields"),
        ("/2/tweets/1?max_results=5", "max_results"),
        ("/2/tweets", "ids"),
        ("/2/tweets?ids=" + ",".join(map(str, range(1, 102))), "ids"),
        ("/2/users/1400000000000007919/tweets?max_results=4", "max_results"),
        ("/2/users/1400000000000007919/tweets?max_results=101", "max_results"),
        ("/2/users/1400000000000007919/tweets?pagination_token=zzz", "pagination_token"),
        ("/2/users/1400000000000007919/tweets?start_time=yesterday", "start_time"),
        ("/2/tweets/search/recent?query=x&max_results=9", "max_results"),
        (f"/2/tweets/search/recent?query={'x' * 513}", "query"),
        (f"/2/tweets/search/all?query={'x' * 1_025}", "query"),
    ],
)
def test_parameters_that_are_not_taken(client: httpx.Client, path: str, name: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["title"]) == (400, "Invalid Request")
    assert list(answer.json()["errors"][0]["parameters"]) == [name]


def test_each_endpoint_has_a_limit_of_its_own(network: Network, client: httpx.Client) -> None:
    number = user(client)["id"]
    network.quota("x", 2, 900)
    asked = (f"/2/users/{number}/tweets", f"/2/users/{number}/tweets", f"/2/users/{number}", f"/2/users/{number}/tweets")
    answers = [client.get(path) for path in asked]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert [one.headers["x-rate-limit-remaining"] for one in answers] == ["1", "0", "1", "0"]
    network.wait(minutes=15)
    assert client.get(f"/2/users/{number}/tweets").status_code == 200


def test_reads_are_paid_for_once_a_day(network: Network, open_face: Any, client: httpx.Client) -> None:
    for number in range(6):
        network.publish(DISTRICT, f"post {number}")
    number = user(client)["id"]
    network.pay("x", 100)
    place = network.places["x"]
    client.get(f"/2/users/{number}/tweets?max_results=5")
    assert place.credits == 75
    client.get(f"/2/users/{number}/tweets?max_results=6")
    assert place.credits == 70
    network.wait(days=1)
    open_face(network, "x", token="bearer").get(f"/2/users/{number}/tweets?max_results=6&expansions=author_id")
    assert place.credits == 30
    assert get(client, "/2/usage/tweets")["data"]["project_usage"] == "12"
    network.pay("x", 3)
    assert client.get(f"/2/tweets?ids={native_id(network, network.publish(DISTRICT, 'x'))}").status_code == 200
    broke = client.get(f"/2/users/{number}/tweets")
    assert (broke.status_code, broke.json()["title"]) == (402, "CreditsDepleted")
    network.pay("x", None)
    assert client.get(f"/2/users/{number}/tweets").status_code == 200


def test_what_is_ones_own_costs_less(network: Network, open_face: Any) -> None:
    network.publish(DISTRICT, "x")
    own = open_face(network, "x", token="token")
    number = get(own, "/2/users/me")["data"]["id"]
    network.pay("x", 10)
    own.get(f"/2/users/{number}/tweets")
    assert network.places["x"].credits == 9


def test_a_month_is_capped(network: Network, client: httpx.Client) -> None:
    for number in range(6):
        network.publish(DISTRICT, f"post {number}")
    network.places["x"].cap = 5
    assert len(timeline(client, "max_results=5")["data"]) == 5
    capped = client.get("/2/tweets/1")
    assert (capped.status_code, capped.json()["title"], capped.json()["period"]) == (429, "UsageCapExceeded", "Monthly")
    assert client.get("/2/usage/tweets").status_code == 200
    network.wait(days=10)  # into December
    assert client.get("/2/tweets/1").status_code == 200


# -- tokens ---------------------------------------------------------------------------------------


def test_a_refresh_token_is_spent_by_use(network: Network, open_face: Any, client: httpx.Client) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "refresh"}
    network.wait(hours=2)
    died = open_face(network, "x", token="token").get("/2/users/me")
    assert (died.status_code, died.json()["title"]) == (401, "Unauthorized")
    stranger = client.post("/2/oauth2/token", data=form, auth=("app", "guessed"))
    assert (stranger.status_code, stranger.json()["error"]) == (401, "unauthorized_client")
    told = client.post("/2/oauth2/token", data=form, auth=("app", "app secret")).json()
    assert (told["token_type"], told["expires_in"], told["scope"]) == ("bearer", 7200, "tweet.read users.read offline.access")
    fresh = open_face(network, "x", token=told["access_token"])
    assert fresh.get("/2/users/me").status_code == 200
    again = client.post("/2/oauth2/token", data=form, auth=("app", "app secret"))
    assert (again.status_code, again.json()["error_description"]) == (400, "Value passed for the token was invalid.")
    network.wait(hours=2)
    assert fresh.get("/2/users/me").status_code == 401
    next_form = {**form, "refresh_token": told["refresh_token"]}
    assert client.post("/2/oauth2/token", data=next_form, auth=("app", "app secret")).status_code == 200
    assert open_face(network, "x", token=told["refresh_token"]).get("/2/users/me").status_code == 401


def test_what_is_not_there(network: Network, client: httpx.Client) -> None:
    assert client.get("/2/nothing").status_code == 404
    assert client.get("/2/oauth2/token").status_code == 400
    assert client.get("/media/nothing.jpg").status_code == 404
    assert network.invalid == []


# -- private messages, and who is blocked or muted ------------------------------------------------

EVERYTHING = (
    "dm_event.fields=id,text,event_type,created_at,dm_conversation_id,sender_id,attachments,referenced_tweets&"
    "expansions=sender_id,attachments.media_keys,referenced_tweets.id&media.fields=url,variants,preview_image_url"
)


@pytest.fixture
def inbox(network: Network, open_face: Any) -> httpx.Client:
    """With a token that may read all that is the account's own."""
    network.grant("x", "inbox", DISTRICT, scopes=["tweet.read", "users.read", "dm.read", "block.read", "mute.read"])
    opened: httpx.Client = open_face(network, "x", token="inbox")
    return opened


def test_private_messages_are_events_newest_first(network: Network, inbox: httpx.Client) -> None:
    post = network.publish(DISTRICT, "Closed")
    asked = network.message(ANA, DISTRICT, "Why & how? https://made-up.test", photos=[network.photo("x", "A road")], shared=post)
    network.message(DISTRICT, ANA, "Snow " * 100)
    network.message(BO, ANA, "Between us")
    told = get(inbox, f"/2/dm_events?{EVERYTHING}")
    answer, question = told["data"]
    assert (question["id"], question["event_type"], question["created_at"]) == (
        native_id(network, asked),
        "MessageCreate",
        "2026-11-24T18:30:02.000Z",
    )
    assert question["text"].startswith("Why &amp; how? https://t.co/")
    assert (len(answer["text"]), question["referenced_tweets"]) == (500, [{"id": native_id(network, post)}])
    ana, district = question["sender_id"], answer["sender_id"]
    assert question["dm_conversation_id"] == answer["dm_conversation_id"] == "-".join(sorted((ana, district), key=int))
    assert {one["id"]: one["username"] for one in told["includes"]["users"]} == {ana: "ana", district: "district"}
    assert [one["text"] for one in told["includes"]["tweets"]] == ["Closed"]
    assert [one["media_key"] for one in told["includes"]["media"]] == question["attachments"]["media_keys"]
    plain = {"id": answer["id"], "event_type": "MessageCreate", "text": answer["text"]}
    assert get(inbox, "/2/dm_events?max_results=1")["data"] == [plain]
    assert get(inbox, f"/2/dm_events/{answer['id']}")["data"] == plain
    for path in (f"with/{ana}", question["dm_conversation_id"]):
        assert [one["id"] for one in get(inbox, f"/2/dm_conversations/{path}/dm_events")["data"]] == [answer["id"], question["id"]]
    assert get(inbox, f"/2/dm_conversations/with/{district}1/dm_events") == {"meta": {"result_count": 0}}
    assert get(inbox, "/2/dm_events?event_types=ParticipantsJoin") == {"meta": {"result_count": 0}}


def test_files_of_messages_are_for_the_two_only(network: Network, inbox: httpx.Client, open_face: Any) -> None:
    network.message(ANA, DISTRICT, "", photos=[network.photo("x", "A road")])
    network.message(ANA, DISTRICT, "", video=Video(1, 48, 36))
    film, photo = get(inbox, f"/2/dm_events?{EVERYTHING}")["includes"]["media"]
    addresses = (photo["url"], film["preview_image_url"], film["variants"][1]["url"])
    assert [inbox.get(one).headers["content-type"] for one in addresses] == ["image/jpeg", "image/jpeg", "video/mp4"]
    network.grant("x", "bos", BO, scopes=["dm.read"])
    for token, status in (("", 401), ("token", 401), ("bos", 404)):
        assert {open_face(network, "x", token=token).get(one).status_code for one in addresses} == {status}
    assert inbox.get(f"/media/{photo['url'].rpartition('/')[2]}").status_code == 404


def test_events_are_paged_and_end_after_thirty_days(network: Network, inbox: httpx.Client) -> None:
    network.message(ANA, DISTRICT, "old")
    network.wait(days=31)
    said = [network.message(ANA, DISTRICT, str(number)) for number in range(5)]
    first = get(inbox, "/2/dm_events?max_results=2")
    network.message(ANA, DISTRICT, "new")
    second = get(inbox, f"/2/dm_events?max_results=2&pagination_token={first['meta']['next_token']}")
    third = get(inbox, f"/2/dm_events?max_results=2&pagination_token={second['meta']['next_token']}")
    assert [one["text"] for page in (first, second, third) for one in page["data"]] == ["4", "3", "2", "1", "0"]
    assert third["meta"] == {"result_count": 1}
    network.unsend(said[0])
    assert problems(get(inbox, f"/2/dm_events/{native_id(network, said[0])}")) == [(LOST, native_id(network, said[0]))]


def test_what_is_the_accounts_own_needs_its_token_and_a_scope(
    network: Network, inbox: httpx.Client, client: httpx.Client, open_face: Any
) -> None:
    me, ana = user(client)["id"], user(client, "ana")["id"]
    person = open_face(network, "x", token="token")
    paths = ("/2/dm_events", f"/2/dm_conversations/with/{ana}/dm_events", f"/2/users/{me}/blocking", f"/2/users/{me}/muting")
    for path in paths:
        refused, other = person.get(path), client.get(path)
        assert (refused.status_code, refused.json()["title"], refused.json()["type"]) == (403, "Forbidden", "about:blank")
        assert (other.status_code, other.json()["title"]) == (403, "Unsupported Authentication")
        assert get(inbox, path) == {"meta": {"result_count": 0}}
    assert get(person, "/2/users/me")["data"]["id"] == me
    assert inbox.get(f"/2/users/{ana}/blocking").status_code == 400
    network.withdraw("x", "dm.read")
    assert inbox.get("/2/dm_events").status_code == 403
    assert get(inbox, f"/2/users/{me}/blocking") == {"meta": {"result_count": 0}}


def test_who_is_blocked_and_muted(network: Network, inbox: httpx.Client) -> None:
    me = get(inbox, "/2/users/me")["data"]["id"]
    for whom in (ANA, BO):
        network.block(DISTRICT, whom)
    network.mute(DISTRICT, ANA)
    network.block(ANA, BO)
    first = get(inbox, f"/2/users/{me}/blocking?max_results=1&user.fields=created_at")
    assert ([one["username"] for one in first["data"]], first["data"][0].keys() >= {"created_at"}) == (["bo"], True)
    second = get(inbox, f"/2/users/{me}/blocking?max_results=1&pagination_token={first['meta']['next_token']}")
    assert ([one["username"] for one in second["data"]], second["meta"]) == (["ana"], {"result_count": 1})
    assert [one["username"] for one in get(inbox, f"/2/users/{me}/muting")["data"]] == ["ana"]
    network.block(DISTRICT, BO, blocked=False)
    assert [one["username"] for one in get(inbox, f"/2/users/{me}/blocking")["data"]] == ["ana"]


def test_messages_cost_as_much_as_users(network: Network, inbox: httpx.Client) -> None:
    network.pay("x", 100)
    for text in ("1", "2"):
        network.message(ANA, DISTRICT, text)
    for _ in range(2):
        assert len(get(inbox, "/2/dm_events")["data"]) == 2
        assert network.places["x"].credits == 80
