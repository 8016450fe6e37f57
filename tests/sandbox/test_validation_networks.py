"""The validators of LinkedIn and X refuse broken responses."""

from typing import Any
from urllib.parse import quote

import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.network import Network
from infra.sandbox.validation import Invalid, linkedin, x
from tests.sandbox.refusing import Break, refused

RESTLI = {"Content-Type": "application/json", "X-RestLi-Protocol-Version": "2.0.0"}
X_HEADERS = {
    "Content-Type": x.JSON,
    "x-rate-limit-limit": "900",
    "x-rate-limit-remaining": "1",
    "x-rate-limit-reset": "1795570763",
}
X_PROBLEM = {**X_HEADERS, "Content-Type": x.PROBLEM}
X_ASKED = {"post.fields": ["created_at", "public_metrics"], "expansions": ["author_id", "referenced_posts"]}
BY_ID = "/2/tweets/{id}"


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.pop("lifecycleState"), "'lifecycleState' is a required property"),
        (lambda one: one.update(lifecycleState="VISIBLE"), "'VISIBLE' is not one of"),
        (lambda one: one.update(id="urn:li:activity:7"), "does not match"),
        (lambda one: one.update(author="district"), "does not match"),
        (lambda one: one.update(createdAt=1_700_000_000), "less than the minimum"),
        (lambda one: one.update(lastModifiedAt="2026-11-24"), "is not of type 'integer'"),
        (lambda one: one.update(comments=3), "'comments' was unexpected"),
        (lambda one: one["content"].update(poll={}), "too many properties"),
        (lambda one: one["content"].clear(), "should be non-empty"),
        (lambda one: one["content"]["media"].update(id="urn:li:picture:x"), "does not match"),
        (
            lambda one: one["distribution"].pop("feedDistribution"),
            "'feedDistribution' is a required property",
        ),
    ],
)
def test_linkedin_refuses(network: Network, open_face: Any, broken: Break, reason: str) -> None:
    post = network.publish("linkedin/district", "x", photos=[network.photo("linkedin", "x")])
    answer = (
        open_face(network, "linkedin", token="token")
        .get(f"/rest/posts/{quote(native_id(network, post), safe='')}")
        .json()
    )
    assert reason in refused(lambda body: linkedin.check("Post", 200, RESTLI, body), answer, broken)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.pop("startsAt"), "'startsAt' is a required property"),
        (lambda one: one.update(id=str(one["id"])), "is not of type 'integer'"),
        (lambda one: one.update(startsAt=1_791_286_200), "is less than the minimum"),
        (lambda one: one.update(organizer="urn:li:company:1"), "does not match"),
        (lambda one: one.update(canceled=False), "'canceled' was unexpected"),
        (
            lambda one: one["type"].update(online={"format": {"external": {"url": "https://x.test"}}}),
            "has too many properties",
        ),
        (lambda one: one["description"]["localized"].update(en_US="x"), "'x' is not of type 'object'"),
    ],
)
def test_linkedin_refuses_an_event(network: Network, open_face: Any, broken: Break, reason: str) -> None:
    network.publish(
        "linkedin/district",
        "x",
        event=network.event("linkedin", "Fair", network.now(), place="Gym", about="Come"),
    )
    client = open_face(network, "linkedin", token="token")
    (us,) = client.get("/rest/organizationAcls?q=roleAssignee").json()["elements"]
    answer = client.get(
        f"/rest/events?q=eventsByOrganizer&organizer={quote(us['organization'], safe='')}"
    ).json()
    assert reason in refused(
        lambda body: linkedin.check("Events", 200, RESTLI, body),
        answer,
        lambda one: broken(one["elements"][0]),
    )


def test_linkedin_refuses_errors_headers_and_kinds_of_another_shape() -> None:
    failed = {**RESTLI, "X-RestLi-Error-Response": "true"}
    error = b'{"status":404,"code":"NOT_FOUND","message":"x"}'
    linkedin.check("Post", 404, failed, error)
    for status, headers in ((404, RESTLI), (403, failed), (418, failed)):
        with pytest.raises(Invalid, match="no status of this error"):
            linkedin.check("Post", status, headers, error)
    with pytest.raises(Invalid, match="'message' is a required property"):
        linkedin.check("Post", 404, failed, b'{"status":404}')
    with pytest.raises(Invalid, match="is not JSON"):
        linkedin.check("Post", 200, {**RESTLI, "Content-Type": "text/html"}, b"{}")
    with pytest.raises(Invalid, match="without X-RestLi"):
        linkedin.check("Post", 200, {"Content-Type": "application/json"}, b"{}")
    with pytest.raises(Invalid, match="nothing of the kind"):
        linkedin.check("Nothing", 200, RESTLI, b"{}")
    with pytest.raises(Invalid, match="access_token"):
        linkedin.check_oauth("AccessToken", 200, RESTLI, b"{}")
    with pytest.raises(Invalid, match="no application/pdf"):
        linkedin.check_media(200, {"Content-Type": "application/pdf"}, b"GIF89a")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (lambda one: one.pop("text"), "'text' is a required property"),
        (lambda one: one.update(id=7), "7 is not of type 'string'"),
        (lambda one: one.update(created_at="yesterday"), "'yesterday' is not a 'date-time'"),
        (lambda one: one.update(lang="en"), "Post.lang not asked for"),
        (lambda one: one.update(likes=3), "'likes' was unexpected"),
        (lambda one: one.update(author_id=None), "None is not of type 'string'"),
        (lambda one: one["public_metrics"].pop("like_count"), "'like_count' is a required property"),
        (lambda one: one["referenced_tweets"][0].update(type="answered"), "'answered' is not one of"),
        (
            lambda one: one.update(referenced_posts=one.pop("referenced_tweets")),
            "in an answer to tweet.fields",
        ),
    ],
)
def test_x_refuses(network: Network, open_face: Any, broken: Break, reason: str) -> None:
    quoted = network.publish("x/ana", "x")
    post = network.publish("x/district", "y", quote=quoted)
    asked = "tweet.fields=created_at,public_metrics&expansions=author_id,referenced_tweets.id"
    answer = (
        open_face(network, "x", token="bearer").get(f"/2/tweets/{native_id(network, post)}?{asked}").json()
    )
    form = x.Form("tweet", X_ASKED)
    assert reason in refused(
        lambda body: x.check(BY_ID, form, 200, X_HEADERS, body), answer, lambda one: broken(one["data"])
    )


def test_x_refuses_errors_headers_words_and_tokens_of_another_shape() -> None:
    newer, older = x.Form("post", {}), x.Form("tweet", {})
    error = b'{"title":"Unauthorized","detail":"Unauthorized","type":"about:blank","status":401}'
    x.check(BY_ID, newer, 401, X_PROBLEM, error)
    for status, headers, why in (
        (403, X_PROBLEM, "no error has the status"),
        (500, X_PROBLEM, "no error has"),
        (401, X_HEADERS, "401 as"),
    ):
        with pytest.raises(Invalid, match=why):
            x.check(BY_ID, newer, status, headers, error)
    with pytest.raises(Invalid, match="Refusal"):
        x.check(BY_ID, newer, 400, X_PROBLEM, b'{"title":"x"}')
    with pytest.raises(Invalid, match="x-rate-limit-limit"):
        x.check(BY_ID, newer, 200, {"Content-Type": x.JSON}, b"{}")
    with pytest.raises(Invalid, match="neither data nor errors"):
        x.check(BY_ID, newer, 200, X_HEADERS, b"{}")
    with pytest.raises(Invalid, match="knows no"):
        x.check("/2/nothing", newer, 200, X_HEADERS, b"{}")
    old = b'{"data":{"id":"1","text":"x","edit_history_tweet_ids":["1"]}}'
    x.check(BY_ID, older, 200, X_HEADERS, old)
    with pytest.raises(Invalid, match="edit_history"):
        x.check(BY_ID, newer, 200, X_HEADERS, old)
    problem = b'{"errors":[{"title":"x","detail":"x","resource_type":"tweet","type":"https://api.x.com/2/problems/lost"}]}'
    with pytest.raises(Invalid, match="errors"):
        x.check(BY_ID, newer, 200, X_HEADERS, problem)
    with pytest.raises(Invalid, match="Token"):
        x.check_token(200, X_HEADERS, b'{"token_type":"bearer"}')
    with pytest.raises(Invalid, match="a media file"):
        x.check_media(200, {"Content-Type": "image/png"}, b"GIF89a")
