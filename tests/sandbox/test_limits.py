"""Throttles, quotas, and faults: each platform reports them in its own words.

A fault is no response of a platform.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from infra.sandbox.faces.tiktok.entities import open_id
from infra.sandbox.network import Network

ADDRESSES = {
    "wordpress/district": "/wp-json/wp/v2/posts",
    "feed/news": "/rss.xml",
    "bluesky": "/xrpc/app.bsky.feed.getAuthorFeed?actor=district.test",
    "mastodon": "/api/v1/instance",
    "facebook": "/v26.0/me?access_token=token",
    "instagram": "/v26.0/me?access_token=token",
    "threads": "/v1.0/me?access_token=token",
    "youtube": "/youtube/v3/channels?part=id&forHandle=district&key=key",
    "vimeo": "/me",
    "linkedin": "/rest/organizationAcls?q=roleAssignee",
    "x": "/2/users/me",
    "tiktok": f"/open_api/v1.3/business/get/?business_id={open_id('tiktok/district')}",
}
WORDS = {"youtube": '"reason": "rateLimitExceeded"', "tiktok": '"code":40100'}
META = {"facebook": 80001, "instagram": 80002, "threads": 4}  # their throttles are numbers


def ask(network: Network, open_face: Any, where: str) -> httpx.Response:
    token = "token" if where in ("vimeo", "linkedin", "x", "tiktok") else ""
    answer: httpx.Response = open_face(network, where, token=token).get(ADDRESSES[where])
    return answer


@pytest.mark.parametrize("where", ADDRESSES)
def test_a_throttle_lasts_until_its_end(network: Network, open_face: Any, where: str) -> None:
    network.throttle(where, network.now() + timedelta(hours=1))
    answer = ask(network, open_face, where)
    assert answer.status_code == ({"threads": 403, "tiktok": 200}.get(where, 400 if where in META else 429))
    reset = network.throttles[where]
    if where in META:
        assert answer.json()["error"]["code"] == META[where]
        assert json.loads(answer.headers["X-App-Usage"])["call_count"] == 100
    if where in ("facebook", "instagram"):
        (usage,) = json.loads(answer.headers["X-Business-Use-Case-Usage"]).values()
        assert (usage[0]["call_count"], usage[0]["estimated_time_to_regain_access"]) == (100, 60)
    elif where == "mastodon":
        assert answer.json() == {"error": "Too many requests"}
        assert datetime.fromisoformat(answer.headers["X-RateLimit-Reset"]) == reset
        assert answer.headers["X-RateLimit-Remaining"] == "0"
    elif where == "bluesky":
        assert answer.json() == {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
        assert datetime.fromtimestamp(int(answer.headers["RateLimit-Reset"]), UTC) == reset
        assert answer.headers["RateLimit-Policy"] == "3000;w=300"
    elif where == "vimeo":
        assert answer.json()["error_code"] == 9000
        assert datetime.fromisoformat(answer.headers["X-RateLimit-Reset"]) == reset
    elif where == "linkedin":  # it reports neither how much is left nor how long to wait
        assert (answer.json()["code"], answer.json()["serviceErrorCode"]) == ("TOO_MANY_REQUESTS", 101)
        assert not [name for name in answer.headers if "retry" in name or "rate" in name]
    elif where == "x":
        assert (answer.json()["title"], answer.headers["x-rate-limit-remaining"]) == (
            "Too Many Requests",
            "0",
        )
        assert datetime.fromtimestamp(int(answer.headers["x-rate-limit-reset"]), UTC) == reset
    elif where in WORDS:
        assert WORDS[where] in answer.text
    elif where not in META:
        assert answer.headers["Retry-After"] == "3600"
    network.wait(hours=1)
    assert ask(network, open_face, where).status_code == 200
    assert network.invalid == []


@pytest.mark.parametrize(
    ("where", "limit", "remaining"),
    [
        ("mastodon", "X-RateLimit-Limit", "X-RateLimit-Remaining"),
        ("bluesky", "RateLimit-Limit", "RateLimit-Remaining"),
        ("vimeo", "X-RateLimit-Limit", "X-RateLimit-Remaining"),
        ("x", "x-rate-limit-limit", "x-rate-limit-remaining"),
    ],
)
def test_a_quota_counts_down_and_starts_anew(
    network: Network, open_face: Any, where: str, limit: str, remaining: str
) -> None:
    network.quota(where, 3)
    answers = [ask(network, open_face, where) for _ in range(4)]
    assert [(one.status_code, one.headers[remaining]) for one in answers] == [
        (200, "2"),
        (200, "1"),
        (200, "0"),
        (429, "0"),
    ]
    assert answers[0].headers[limit] == "3"
    network.wait(minutes=5)
    assert ask(network, open_face, where).status_code == 200


def test_each_token_has_its_own_quota(network: Network, open_face: Any) -> None:
    network.quota("mastodon", 1)
    assert [
        open_face(network, "mastodon", token=token).get("/api/v1/instance").status_code
        for token in ("", "token", "")
    ] == [
        200,
        200,
        429,
    ]


def test_faults(network: Network, open_face: Any) -> None:
    network.fail("mastodon", 503, times=2, headers={"Retry-After": "7"})
    network.fail("mastodon", 200, after=1, body="<html>not JSON</html>", path="instance")
    answers = [ask(network, open_face, "mastodon") for _ in range(5)]
    assert [one.status_code for one in answers] == [503, 503, 200, 200, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert ["not JSON" in one.text for one in answers] == [False, False, False, True, False]
    assert network.invalid == []


def test_a_cut_answer(network: Network, open_face: Any) -> None:
    whole = ask(network, open_face, "mastodon")
    network.fail("mastodon", cut=20)
    cut = ask(network, open_face, "mastodon")
    assert cut.content == whole.content[:20]
    assert int(cut.headers["Content-Length"]) > 20


def test_a_token_dies_in_the_middle(network: Network, open_face: Any) -> None:
    client = open_face(network, "mastodon", token="token")
    network.fail(
        "mastodon",
        401,
        times=10**6,
        after=2,
        body='{"error":"The access token was revoked"}',
        headers={"Content-Type": "application/json"},
    )
    assert [client.get("/api/v1/instance").status_code for _ in range(4)] == [200, 200, 401, 401]
