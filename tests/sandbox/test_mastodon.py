"""Mastodon in the sandbox: the result of each action of a story in its API."""

from typing import Any

import httpx
import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.model import Poll
from infra.sandbox.network import Network

DISTRICT, ANA, BO = "mastodon/district", "mastodon/ana@elsewhere.test", "mastodon/bo"


@pytest.fixture
def client(network: Network, open_face: Any) -> httpx.Client:
    opened: httpx.Client = open_face(network, "mastodon")
    return opened


def test_an_edit_shows_in_status_history_and_nowhere_else(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "Closed", photos=[network.photo("mastodon", "A bus")])
    address = f"/api/v1/statuses/{native_id(network, post)}"
    before = client.get(address).json()
    network.edit(post, "Closed <today>")
    after = client.get(address).json()
    assert (before["edited_at"], after["edited_at"]) == (None, "2026-11-24T18:30:02.000Z")
    assert after["content"] == "<p>Closed &lt;today&gt;</p>"
    assert {name for name in after if after[name] != before[name]} == {"content", "edited_at"}
    assert [one["content"] for one in client.get(f"{address}/history").json()] == [
        "<p>Closed</p>",
        "<p>Closed &lt;today&gt;</p>",
    ]


def test_a_removed_status_is_not_found_and_its_answers_lose_their_parent(
    network: Network, client: httpx.Client
) -> None:
    root = network.publish(DISTRICT, "Closed")
    question = network.comment(ANA, root, "Why?")
    network.comment(BO, question, "Ice.")
    network.comment(BO, root, "Thanks.")
    address = f"/api/v1/statuses/{native_id(network, root)}/context"
    assert len(client.get(address).json()["descendants"]) == 3
    network.remove(question)
    gone = client.get(f"/api/v1/statuses/{native_id(network, question)}")
    assert (gone.status_code, gone.json()) == (404, {"error": "Record not found"})
    assert [one["content"] for one in client.get(address).json()["descendants"]] == ["<p>Thanks.</p>"]
    orphan = client.get(
        f"/api/v1/statuses?id[]={native_id(network, question)}&id[]={int(native_id(network, question)) + (1000 << 16) + 2}"
    ).json()
    assert [(one["content"], one["in_reply_to_id"]) for one in orphan] == [("<p>Ice.</p>", None)]
    assert orphan[0]["in_reply_to_account_id"] is not None


def test_a_visitor_is_shown_sixty_descendants_and_a_token_all(first_act: Network, open_face: Any) -> None:
    address = f"/api/v1/statuses/{native_id(first_act, first_act.named('mastodon:closure'))}"
    visitor = open_face(first_act, "mastodon")
    signed = open_face(first_act, "mastodon", token="sandbox-mastodon-token")
    assert len(visitor.get(f"{address}/context").json()["descendants"]) == 60
    assert len(signed.get(f"{address}/context").json()["descendants"]) == 76
    deepest = signed.get(f"{address}/context").json()["descendants"][-1]
    above = visitor.get(f"/api/v1/statuses/{deepest['id']}/context").json()["ancestors"]
    assert above[0]["id"] == native_id(first_act, first_act.named("mastodon:closure"))


def test_more_statuses_than_sixteen_bits_count_are_found_by_their_ids(
    network: Network, client: httpx.Client
) -> None:
    network.publish("mastodon/district", "The first")
    network.numbers["mastodon"] = 0x20000
    late = network.publish("mastodon/district", "The last")
    assert client.get(f"/api/v1/statuses/{native_id(network, late)}").json()["content"] == "<p>The last</p>"
    assert client.get(f"/api/v1/statuses/{int(native_id(network, late)) + 0x10000}").status_code == 404


def test_who_sees_what(network: Network, open_face: Any, client: httpx.Client) -> None:
    for visibility in ("public", "unlisted", "private", "direct"):
        network.publish(DISTRICT, visibility, visibility=visibility)
    account = client.get("/api/v1/accounts/lookup?acct=district").json()["id"]
    own = open_face(network, "mastodon", token="token").get(f"/api/v1/accounts/{account}/statuses").json()
    assert [one["visibility"] for one in own] == ["direct", "private", "unlisted", "public"]
    assert [one["visibility"] for one in client.get(f"/api/v1/accounts/{account}/statuses").json()] == [
        "unlisted",
        "public",
    ]


def test_filters(network: Network, client: httpx.Client) -> None:
    network.publish(DISTRICT, "Own #snow")
    network.publish(DISTRICT, "Picture", photos=[network.photo("mastodon", "x")])
    other = network.publish(BO, "Theirs")
    network.comment(DISTRICT, other, "Answer")
    network.repost(DISTRICT, other)
    account = client.get("/api/v1/accounts/lookup?acct=district").json()["id"]

    def texts(query: str) -> list[str]:
        return [
            one["content"] or "repost"
            for one in client.get(f"/api/v1/accounts/{account}/statuses?{query}").json()
        ]

    assert len(texts("")) == 5 - 1
    assert texts("exclude_replies=true&exclude_reblogs=true") == texts("exclude_reblogs=1&exclude_replies=1")
    assert "repost" not in texts("exclude_reblogs=true")
    assert texts("only_media=true") == ["<p>Picture</p>"]
    assert len(texts("tagged=snow")) == 1


def test_poll_mention_tag_link_quote_and_repost(network: Network, client: httpx.Client) -> None:
    post = network.publish(
        DISTRICT,
        "@ana@elsewhere.test see https://made-up.test/x #Snow",
        poll=Poll(["a", "b"], [1, 2], network.now()),
    )
    status = client.get(f"/api/v1/statuses/{native_id(network, post)}").json()
    assert [one["acct"] for one in status["mentions"]] == ["ana@elsewhere.test"]
    assert [one["name"] for one in status["tags"]] == ["snow"]
    assert status["card"]["url"] == "https://made-up.test/x"
    assert client.get(f"/api/v1/polls/{status['poll']['id']}").json()["votes_count"] == 3
    quoting, passing = network.publish(BO, "Look", quote=post), network.repost(BO, post)
    assert (
        client.get(f"/api/v1/statuses/{native_id(network, quoting)}").json()["quote"]["quoted_status"]["id"]
        == status["id"]
    )
    assert (
        client.get(f"/api/v1/statuses/{native_id(network, passing)}").json()["reblog"]["id"] == status["id"]
    )
    network.remove(post)
    assert client.get(f"/api/v1/statuses/{native_id(network, quoting)}").json()["quote"] == {
        "state": "deleted",
        "quoted_status": None,
    }


def test_suspended_and_back(network: Network, client: httpx.Client) -> None:
    post = network.publish(BO, "Here")
    account = client.get("/api/v1/accounts/lookup?acct=bo").json()["id"]
    network.suspend(BO)
    assert client.get(f"/api/v1/accounts/{account}").json()["suspended"] is True
    assert client.get(f"/api/v1/accounts/{account}/statuses").json() == []
    assert client.get(f"/api/v1/statuses/{native_id(network, post)}").status_code == 404
    network.suspend(BO, suspended=False)
    assert len(client.get(f"/api/v1/accounts/{account}/statuses").json()) == 1


def test_tokens(network: Network, open_face: Any) -> None:
    signed = open_face(network, "mastodon", token="token")
    wrong = open_face(network, "mastodon", token="nonsense")
    assert signed.get("/api/v1/accounts/verify_credentials").json()["acct"] == "district"
    assert wrong.get("/api/v1/accounts/verify_credentials").json() == {"error": "The access token is invalid"}
    assert wrong.get("/api/v1/accounts/lookup?acct=district").status_code == 200  # as without a token
    network.expire_token("mastodon")
    dead = signed.get("/api/v1/accounts/verify_credentials")
    assert (dead.status_code, dead.json()) == (401, {"error": "The access token was revoked"})
    network.expire_token("mastodon", expired=False)
    assert signed.get("/api/v1/accounts/verify_credentials").status_code == 200


def test_media_bytes_are_those_of_their_seed(network: Network, client: httpx.Client) -> None:
    first, second = (
        network.publish(DISTRICT, "x", photos=[network.photo("mastodon", "x", seed=seed)])
        for seed in ("same", "same")
    )
    pictures = [
        client.get(
            client.get(f"/api/v1/statuses/{native_id(network, one)}").json()["media_attachments"][0]["url"]
        )
        for one in (first, second)
    ]
    assert pictures[0].content == pictures[1].content
    assert pictures[0].headers["content-type"] == "image/jpeg"
    assert client.get("/system/media_attachments/files/1/2/original/x.jpg").status_code == 404


# -- private to an account -----------------------------------------------------------------------


@pytest.fixture
def own(network: Network, open_face: Any) -> httpx.Client:
    """Provide a client with a token that may read everything."""
    network.grant("mastodon", "own", DISTRICT, scopes=["read"])
    opened: httpx.Client = open_face(network, "mastodon", token="own")
    return opened


def test_private_mentions_are_statuses_and_conversations(
    network: Network, client: httpx.Client, own: httpx.Client
) -> None:
    asked = network.message(ANA, DISTRICT, "May I ask?", photos=[network.photo("mastodon", "A form")])
    answered = network.message(DISTRICT, ANA, "Please do", answers=asked)
    network.message(BO, DISTRICT, "Hello")
    network.message(BO, ANA, "Between us")
    first, second = own.get("/api/v1/conversations").json()
    assert ([one["acct"] for one in first["accounts"]], first["unread"]) == (["bo"], True)
    assert ([one["acct"] for one in second["accounts"]], second["unread"]) == (["ana@elsewhere.test"], False)
    last = second["last_status"]
    assert (last["id"], last["visibility"], last["in_reply_to_id"]) == (
        native_id(network, answered),
        "direct",
        native_id(network, asked),
    )
    (above,) = own.get(f"/api/v1/statuses/{last['id']}/context").json()["ancestors"]
    assert (above["account"]["acct"], len(above["media_attachments"]), above["replies_count"]) == (
        "ana@elsewhere.test",
        1,
        0,
    )
    account = own.get("/api/v1/accounts/verify_credentials").json()
    assert [one["id"] for one in own.get(f"/api/v1/accounts/{account['id']}/statuses").json()] == [last["id"]]
    assert account["statuses_count"] == 0
    assert client.get(f"/api/v1/accounts/{account['id']}/statuses").json() == []
    assert client.get(f"/api/v1/statuses/{last['id']}").status_code == 404
    network.unsend(answered)
    assert own.get("/api/v1/conversations").json()[1]["last_status"]["id"] == native_id(network, asked)


def test_conversations_are_paged_by_their_last_status(network: Network, own: httpx.Client) -> None:
    threads = [network.message(ANA, DISTRICT, str(number)) for number in range(5)]
    network.message(ANA, DISTRICT, "again", answers=threads[0])
    first = own.get("/api/v1/conversations?limit=3")
    assert [one["last_status"]["content"].rpartition(" ")[2] for one in first.json()] == [
        "again</p>",
        "4</p>",
        "3</p>",
    ]
    second = own.get(first.links["next"]["url"])
    found = [one["id"] for page in (first, second) for one in page.json()]
    assert (len(found), len(set(found)), "next" in second.links) == (5, 5, False)
    assert found[0] == str(threads[0].number)
    network.message(BO, DISTRICT, "new")
    assert [one["accounts"][0]["acct"] for one in own.get(first.links["prev"]["url"]).json()] == ["bo"]


def test_who_and_what_is_kept_away(network: Network, own: httpx.Client) -> None:
    for whom in (ANA, BO):
        network.block(DISTRICT, whom)
    network.mute(DISTRICT, BO)
    network.block_domain(DISTRICT, "loud.test")
    network.filter_words(DISTRICT, "Rude", ["darn"], action="hide")
    network.block(BO, ANA)
    first = own.get("/api/v1/blocks?limit=1")
    assert [one["acct"] for one in first.json()] == ["bo"]
    assert [one["acct"] for one in own.get(first.links["next"]["url"]).json()] == ["ana@elsewhere.test"]
    assert [(one["acct"], one["mute_expires_at"]) for one in own.get("/api/v1/mutes").json()] == [
        ("bo", None)
    ]
    assert own.get("/api/v1/domain_blocks").json() == ["loud.test"]
    (rude,) = own.get("/api/v2/filters").json()
    assert (rude["title"], rude["context"], rude["filter_action"]) == ("Rude", ["home", "public"], "hide")
    assert [(one["keyword"], one["whole_word"]) for one in rude["keywords"]] == [("darn", True)]
    network.suspend(BO)
    assert [one["acct"] for one in own.get("/api/v1/blocks").json()] == ["ana@elsewhere.test"]
    assert own.get("/api/v1/mutes").json() == []
    network.suspend(BO, suspended=False)
    assert len(own.get("/api/v1/blocks").json()) == 2
    network.block(DISTRICT, BO, blocked=False)
    network.block_domain(DISTRICT, "loud.test", blocked=False)
    network.filter_words(DISTRICT, "Rude", [])
    assert [one["acct"] for one in own.get("/api/v1/blocks").json()] == ["ana@elsewhere.test"]
    assert own.get("/api/v1/domain_blocks").json() == own.get("/api/v2/filters").json() == []


def test_what_is_kept_away_is_missing_in_contexts_and_among_statuses_by_id(
    network: Network, client: httpx.Client, own: httpx.Client
) -> None:
    root = network.publish(DISTRICT, "Closed")
    rude, kind = network.comment(BO, root, "Darn!"), network.comment(ANA, root, "Thanks")
    network.comment(ANA, rude, "Be nice")
    address = f"/api/v1/statuses/{native_id(network, root)}/context"
    shown = ["<p>Darn!</p>", "<p>Be nice</p>", "<p>Thanks</p>"]
    assert [one["content"] for one in own.get(address).json()["descendants"]] == shown
    network.block(DISTRICT, BO)
    assert [one["content"] for one in own.get(address).json()["descendants"]] == shown[1:]
    assert [one["content"] for one in client.get(address).json()["descendants"]] == shown
    assert own.get(f"/api/v1/statuses/{native_id(network, rude)}").json()["content"] == shown[0]
    by_id = f"/api/v1/statuses?id[]={native_id(network, rude)}"
    assert (own.get(by_id).json(), [one["content"] for one in client.get(by_id).json()]) == ([], shown[:1])
    network.block_domain(DISTRICT, "elsewhere.test")
    assert own.get(address).json()["descendants"] == []
    network.filter_words(DISTRICT, "Thanks", ["thanks"])
    (filtered,) = own.get(f"/api/v1/statuses/{native_id(network, kind)}").json()["filtered"]
    assert (filtered["filter"]["title"], filtered["keyword_matches"]) == ("Thanks", ["thanks"])


def test_limited_account_is_found_by_id_and_in_filtered_notifications_only(
    network: Network, client: httpx.Client, own: httpx.Client
) -> None:
    root = network.publish(DISTRICT, "Closed")
    rude = network.comment(BO, root, "@district Darn!")
    network.comment(ANA, rude, "Be nice")
    network.limit(BO)
    address = f"/api/v1/statuses/{native_id(network, root)}/context"
    single = f"/api/v1/statuses/{native_id(network, rude)}"
    for viewer in (client, own):
        assert [one["content"] for one in viewer.get(address).json()["descendants"]] == ["<p>Be nice</p>"]
        assert viewer.get(f"/api/v1/statuses?id[]={native_id(network, rude)}").json() == []
        assert viewer.get(single).json()["account"]["limited"] is True
    assert own.get("/api/v1/notifications?types[]=mention").json() == []
    (notice,) = own.get("/api/v1/notifications?types[]=mention&include_filtered=true").json()
    assert notice["status"]["id"] == native_id(network, rude)
    network.limit(BO, limited=False)
    assert len(client.get(address).json()["descendants"]) == 2
    assert len(own.get("/api/v1/notifications?types[]=mention").json()) == 1


def test_notifications_are_what_others_said_and_did(network: Network, own: httpx.Client) -> None:
    post = network.publish(DISTRICT, "Closed")
    network.comment(ANA, post, "A reply that names no one")
    named = network.publish(ANA, "Thank you @district and @bo")
    network.publish(BO, "Look, @district", quote=post)
    network.repost(BO, post)
    network.publish(DISTRICT, "I am @district myself")
    private = network.publish(BO, "For followers: @district", visibility="private")
    told = own.get("/api/v1/notifications").json()
    assert [(one["type"], one["account"]["acct"]) for one in told] == [
        ("mention", "bo"),
        ("reblog", "bo"),
        ("quote", "bo"),
        ("mention", "bo"),
        ("mention", "ana@elsewhere.test"),
    ]
    assert (told[0]["status"]["id"], told[0]["status"]["visibility"]) == (
        native_id(network, private),
        "private",
    )
    assert (
        told[1]["status"]["id"]
        == told[2]["status"]["quote"]["quoted_status"]["id"]
        == native_id(network, post)
    )
    assert (told[4]["status"]["id"], told[4]["created_at"]) == (
        native_id(network, named),
        told[4]["status"]["created_at"],
    )
    only = own.get("/api/v1/notifications?types[]=mention&types[]=quote&exclude_types[]=quote").json()
    assert [one["id"] for one in only] == [told[0]["id"], told[3]["id"], told[4]["id"]]
    account = told[4]["account"]["id"]
    assert [one["id"] for one in own.get("/api/v1/notifications", params={"account_id": account}).json()] == [
        told[4]["id"]
    ]
    network.remove(named)
    network.block(DISTRICT, BO)
    assert own.get("/api/v1/notifications").json() == []


def test_moderators_tell_an_account_what_they_deleted(network: Network, own: httpx.Client) -> None:
    post, kept = network.publish(DISTRICT, "Closed"), network.publish(DISTRICT, "Open")
    network.moderate(post)
    network.remove(kept)
    (told,) = own.get("/api/v1/notifications?types[]=moderation_warning").json()
    warning = told["moderation_warning"]
    assert (warning["action"], warning["status_ids"], "status" in told) == (
        "delete_statuses",
        [native_id(network, post)],
        False,
    )
    assert told["account"]["id"] == warning["target_account"]["id"]
    assert own.get(f"/api/v1/statuses/{native_id(network, post)}").status_code == 404
    assert [one["type"] for one in own.get("/api/v1/notifications").json()] == ["moderation_warning"]


def test_private_mentions_that_nobody_asked_for_are_filtered_notifications(
    network: Network, own: httpx.Client
) -> None:
    asked = network.message(ANA, DISTRICT, "May I ask?")
    answered = network.message(DISTRICT, ANA, "Please do", answers=asked)
    again = network.message(ANA, DISTRICT, "Thank you", answers=answered)
    network.message(BO, ANA, "Between us")
    (told,) = own.get("/api/v1/notifications?types[]=mention").json()
    assert (told["status"]["id"], told["status"]["visibility"]) == (native_id(network, again), "direct")
    every = own.get("/api/v1/notifications?types[]=mention&include_filtered=true").json()
    assert [one["status"]["id"] for one in every] == [native_id(network, one) for one in (again, asked)]


def test_notifications_are_paged_and_behind_each_page_another_is_promised(
    network: Network, own: httpx.Client
) -> None:
    for count in range(5):
        network.publish(ANA, f"@district {count}")
        network.repost(BO, network.publish(DISTRICT, str(count)))
    page = own.get("/api/v1/notifications?limit=2&types[]=mention")
    newest, found = page, []
    while page.json():
        found += [one["id"] for one in page.json()]
        page = own.get(page.links["next"]["url"])
    assert (len(found), sorted(found, reverse=True), page.links) == (5, found, {})
    assert own.get(newest.links["prev"]["url"]).json() == []
    forwards = own.get(
        "/api/v1/notifications", params={"limit": 2, "types[]": "mention", "min_id": found[-1]}
    )
    assert [one["id"] for one in forwards.json()] == found[2:4]
    since = own.get("/api/v1/notifications", params={"limit": 2, "types[]": "mention", "since_id": found[-1]})
    assert [one["id"] for one in since.json()] == found[:2]


LISTS = {
    "/api/v1/blocks": "read:blocks",
    "/api/v1/mutes": "read:mutes",
    "/api/v1/notifications": "read:notifications",
    "/api/v1/domain_blocks": "read:blocks",
    "/api/v2/filters": "read:filters",
    "/api/v1/conversations": "read:statuses",
}


@pytest.mark.parametrize("path", LISTS)
def test_what_is_an_accounts_own_needs_a_token_with_the_scope(
    network: Network, client: httpx.Client, open_face: Any, path: str
) -> None:
    network.grant("mastodon", "fits", DISTRICT, scopes=[LISTS[path]])
    network.grant("mastodon", "other", DISTRICT, scopes=["read:accounts", "profile"])
    assert open_face(network, "mastodon", token="fits").get(path).json() == []
    refused = open_face(network, "mastodon", token="other").get(path)
    assert (refused.status_code, refused.json()) == (
        403,
        {"error": "This action is outside the authorized scopes"},
    )
    # a token that is granted without scopes may read all
    assert open_face(network, "mastodon", token="token").get(path).status_code == 200
    assert client.get(path).status_code == 401


def test_a_token_without_the_scope_is_shown_less_than_nobody(
    network: Network, client: httpx.Client, open_face: Any
) -> None:
    status = native_id(network, network.publish(DISTRICT, "Closed today"))
    account = client.get("/api/v1/accounts/lookup?acct=district").json()["id"]
    told = {
        "read:statuses": (
            [f"/api/v1/accounts/{account}/statuses", f"/api/v1/statuses?id[]={status}"]
            + [f"/api/v1/statuses/{status}{below}" for below in ("", "/context", "/history")]
        ),
        "read:accounts": [f"/api/v1/accounts/{account}", "/api/v1/accounts/lookup?acct=district"],
    }
    for scope, others in (("read:statuses", "read:accounts"), ("read:accounts", "read:statuses")):
        network.grant("mastodon", scope, DISTRICT, scopes=[scope])
        holder = open_face(network, "mastodon", token=scope)
        assert [client.get(path).status_code for path in told[scope]] == [200] * len(told[scope])
        assert [holder.get(path).status_code for path in told[scope]] == [200] * len(told[scope])
        assert [holder.get(path).status_code for path in told[others]] == [403] * len(told[others])
    assert network.invalid == []
