"""Comments, their replies and reactions, and the notifications of them."""

import httpx

from infra.sandbox.faces import native_id
from infra.sandbox.network import Network
from tests.sandbox.linkedin.client import ANA, BO, DISTRICT, comments, enc, get, urn_of


def test_comments_and_their_answers(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "Closed today")
    question = network.comment(ANA, post, "And the buses?")
    answer = network.comment(DISTRICT, question, "They stay.")
    beside = network.comment(BO, answer, "Good.")
    (shown,) = comments(client, network, post)
    assert shown["$URN"] == native_id(network, question)
    assert shown["object"].startswith("urn:li:activity:")
    assert "parentComment" not in shown
    assert shown["commentsSummary"]["totalFirstLevelComments"] == 2
    replies = comments(client, network, question)
    assert [one["$URN"] for one in replies] == [native_id(network, one) for one in (beside, answer)]
    assert {one["parentComment"] for one in replies} == {native_id(network, question)}
    assert replies[1]["created"]["impersonator"].startswith("urn:li:person:")
    (again,) = get(client, f"/rest/socialActions/{enc(shown['object'])}/comments")["elements"]
    assert again == shown
    told = get(client, f"/rest/socialMetadata/{enc(native_id(network, post))}")
    assert told["commentSummary"] == {"count": 3, "topLevelCount": 1}


def test_an_edited_and_a_removed_comment(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "x")
    question = network.comment(ANA, post, "Wy?")
    answer = network.comment(BO, question, "Because.")
    before = comments(client, network, post)[0]
    assert before["lastModified"] == before["created"]
    network.edit(question, "Why?")
    after = comments(client, network, post)[0]
    assert {name for name in after if after[name] != before[name]} == {"message", "lastModified"}
    assert after["lastModified"]["time"] > after["created"]["time"]
    network.remove(question)
    assert comments(client, network, post) == []
    address = f"/rest/socialActions/{enc(native_id(network, post))}/comments"
    assert client.get(f"{address}/{after['id']}").status_code == 404
    number = native_id(network, answer).rpartition(",")[2].rstrip(")")
    told = get(client, f"{address}?ids=List({after['id']},{number})")
    assert (told["results"], set(told["statuses"].values())) == ({}, {404})


def test_what_a_suspended_member_said_goes_and_comes_back_with_what_was_answered(
    network: Network, client: httpx.Client
) -> None:
    post = network.publish(DISTRICT, "x")
    question = network.comment(ANA, post, "Why?")
    answer = network.comment(BO, question, "Because.")
    address = f"/rest/socialActions/{enc(native_id(network, post))}/comments"
    whole = comments(client, network, post)
    number = native_id(network, answer).rpartition(",")[2].rstrip(")")
    network.suspend(ANA)
    assert comments(client, network, post) == []
    assert client.get(f"{address}/{number}").status_code == 404
    assert get(client, f"/rest/socialMetadata/{enc(native_id(network, post))}")["commentSummary"] == {
        "count": 0,
        "topLevelCount": 0,
    }
    network.suspend(ANA, suspended=False)
    assert comments(client, network, post) == whole


def test_who_is_hidden_is_not_told(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "x")
    network.comment(ANA, post, "Why?")
    (before,) = comments(client, network, post)
    network.unpublish(ANA)
    (after,) = comments(client, network, post)
    assert before["actor"] == before["created"]["actor"]
    moments = {name: {"time": before[name]["time"]} for name in ("created", "lastModified")}
    assert after == {name: value for name, value in before.items() if name != "actor"} | moments


def test_comments_are_paged_by_offset_with_a_total(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "x")
    for number in range(23):
        network.comment(ANA, post, str(number))
    address, found = f"/rest/socialActions/{enc(native_id(network, post))}/comments?count=10", []
    while address:
        page = get(client, address)
        assert page["paging"]["total"] == 23
        found += [one["message"]["text"] for one in page["elements"]]
        address = next((one["href"] for one in page["paging"]["links"] if one["rel"] == "next"), "")
    assert found == [str(number) for number in range(22, -1, -1)]


def test_mentions_and_pictures_in_comments(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "x")
    network.comment(ANA, post, "👍 @bo look", photos=[network.photo("linkedin", "snow")])
    (shown,) = comments(client, network, post)
    assert shown["message"]["text"] == "👍 Bo Lindqvist look"
    (mention,) = shown["message"]["attributes"]
    assert (mention["start"], mention["length"]) == (3, 12)
    (picture,) = shown["content"]
    image = picture["entity"]["digitalmediaAsset"].replace("digitalmediaAsset", "image")
    assert get(client, f"/rest/images/{enc(image)}")["status"] == "AVAILABLE"
    assert shown["lastModified"]["time"] == shown["created"]["time"] + 1  # although no edit was made
    assert client.get(picture["url"]).headers["content-type"] == "image/jpeg"


def test_reactions(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "x", likes=7)
    told = get(client, f"/rest/socialMetadata/{enc(native_id(network, post))}")
    assert sum(one["count"] for one in told["reactionSummaries"].values()) == 7
    found = get(
        client,
        f"/rest/reactions/(entity:{enc(native_id(network, post))})?q=entity&sort=(value:REVERSE_CHRONOLOGICAL)",
    )
    assert (len(found["elements"]), found["paging"]["total"]) == (7, 7)
    assert len({one["created"]["actor"] for one in found["elements"]}) == 7


def test_closing_the_comments_deletes_them(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "x")
    network.comment(ANA, post, "Why?")
    network.switch_comments(post)
    told = get(client, f"/rest/socialMetadata/{enc(native_id(network, post))}")
    assert (told["commentsState"], told["commentSummary"]["count"]) == ("CLOSED", 0)
    network.switch_comments(post, off=False)
    assert comments(client, network, post) == []


def test_notifications(network: Network, client: httpx.Client) -> None:
    """Only notifications report that a comment was removed."""
    post = network.publish(DISTRICT, "x")
    question = network.comment(ANA, post, "Wy?")
    network.edit(question, "Why?")
    network.comment(DISTRICT, question, "Ice.")
    number = native_id(network, question).rpartition(",")[2]
    network.remove(question)
    network.publish(ANA, "Thanks, @district", quote=post)
    network.publish(ANA, "Elsewhere")
    address = f"/rest/organizationalEntityNotifications?q=criteria&organizationalEntity={enc(urn_of(client))}"
    found = get(client, address)["elements"]
    assert [one["action"] for one in found] == [
        *(
            "SHARE",
            "SHARE_MENTION",
            "COMMENT_DELETE",
            "COMMENT_DELETE",
            "ADMIN_COMMENT",
            "COMMENT_EDIT",
            "COMMENT",
        ),
    ]
    assert len({one["notificationId"] for one in found}) == 7
    (gone,) = [
        one
        for one in found
        if one["action"] == "COMMENT_DELETE" and one["generatedActivity"].endswith(number)
    ]
    assert ("decoratedGeneratedActivity" in gone, gone["sourcePost"].split(":")[2]) == (False, "activity")
    network.edit(network.comment(ANA, post, "Wen?"), "When?")
    told = get(client, f"{address}&actions=List(COMMENT,COMMENT_EDIT)&count=2")["elements"]
    assert [one["decoratedGeneratedActivity"]["comment"]["text"] for one in told] == ["When?", "Wen?"]
    assert get(client, f"{address}&timeRange=(start:1,end:2)")["elements"] == []
    assert client.get(f"{address}&actions=COMMENT").status_code == 400
    network.wait(days=61)
    network.grant("linkedin", "later", BO)
    later = client.get(address, headers={"Authorization": "Bearer later"})
    assert later.json()["elements"] == []
    network.dismiss(BO, DISTRICT)
    assert client.get(address, headers={"Authorization": "Bearer later"}).status_code == 403
