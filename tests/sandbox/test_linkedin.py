"""LinkedIn's face: what a verb of the story looks like through its API."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from werkzeug.test import Client

from infra.local.sandbox.faces import create_app, native_id
from infra.local.sandbox.faces.linkedin_urns import little
from infra.local.sandbox.model import Card, Poll, Post, Video
from infra.local.sandbox.moderation import Unsupported
from infra.local.sandbox.network import Network
from tests.sandbox.conftest import VERSIONED

DISTRICT, ANA, BO = "linkedin/district", "linkedin/ana", "linkedin/bo"


@pytest.fixture
def client(network: Network, open_face: Any) -> httpx.Client:
    opened: httpx.Client = open_face(network, "linkedin", token="token")
    return opened


def enc(urn: str) -> str:
    return quote(urn, safe="")


def get(client: httpx.Client, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def urn_of(client: httpx.Client, name: str = "district") -> str:
    (found,) = get(client, f"/rest/organizations?q=vanityName&vanityName={name}")["elements"]
    return f"urn:li:organization:{found['id']}"


def posts(client: httpx.Client, more: str = "") -> Any:
    return get(client, f"/rest/posts?q=author&author={enc(urn_of(client))}{more}")


def post_of(client: httpx.Client, network: Network, post: Post) -> Any:
    return get(client, f"/rest/posts/{enc(native_id(network, post))}")


def comments(client: httpx.Client, network: Network, entity: Post, more: str = "") -> list[Any]:
    found: list[Any] = get(client, f"/rest/socialActions/{enc(native_id(network, entity))}/comments{more}")["elements"]
    return found


# -- versions, tokens, errors ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status", "code", "words"),
    [
        ({"LinkedIn-Version": ""}, 400, "VERSION_MISSING", "A version must be present"),
        ({"LinkedIn-Version": "202511"}, 426, "NONEXISTENT_VERSION", "Requested version 20251101 is not active"),
        ({"LinkedIn-Version": "202701"}, 426, "NONEXISTENT_VERSION", "Requested version 20270101 is not active"),
        ({"LinkedIn-Version": "202613"}, 426, "NONEXISTENT_VERSION", "is not active"),
        ({"X-Restli-Protocol-Version": ""}, 400, "BAD_REQUEST", "protocol version"),
        ({"X-Restli-Protocol-Version": "1.0.0"}, 400, "ILLEGAL_ARGUMENT", "could not be resolved"),
        ({"X-RestLi-Method": "BATCH_GET"}, 400, "ILLEGAL_ARGUMENT", "could not be resolved"),
        ({"Authorization": ""}, 401, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token"),
        ({"Authorization": "Bearer nonsense"}, 401, "INVALID_ACCESS_TOKEN", "Invalid access token"),
        ({"Authorization": "Bearer refresh"}, 401, "INVALID_ACCESS_TOKEN", "Invalid access token"),
    ],
)
def test_what_a_request_must_bring(client: httpx.Client, headers: dict[str, str], status: int, code: str, words: str) -> None:
    answer = client.get("/rest/organizationAcls?q=roleAssignee", headers=headers)
    assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (status, status, code)
    assert words in answer.json()["message"]


def test_a_version_is_sunset(network: Network, client: httpx.Client) -> None:
    assert client.get("/rest/organizationAcls?q=roleAssignee").status_code == 200
    network.places["linkedin"].sunset = "202612"
    assert client.get("/rest/organizationAcls?q=roleAssignee").status_code == 426


def test_a_token_dies_after_sixty_days_and_is_refreshed(network: Network, open_face: Any, client: httpx.Client) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "refresh", "client_id": "app", "client_secret": "app secret"}
    network.wait(days=59)
    told = client.post("/oauth/v2/accessToken", data=form).json()
    assert (told["expires_in"], told["refresh_token"]) == (60 * 86_400, "refresh")
    assert told["refresh_token_expires_in"] == (365 - 59) * 86_400
    assert client.get("/rest/organizationAcls?q=roleAssignee").status_code == 200
    network.wait(days=1)
    died = client.get("/rest/organizationAcls?q=roleAssignee")
    assert (died.status_code, died.json()["code"]) == (401, "EXPIRED_ACCESS_TOKEN")
    fresh = open_face(network, "linkedin", token=told["access_token"])
    assert fresh.get("/rest/organizationAcls?q=roleAssignee").status_code == 200
    told = client.post("/oauth/v2/introspectToken", data={"token": "token", "client_id": "app", "client_secret": "app secret"}).json()
    assert (told["active"], told["status"]) == (False, "expired")
    network.wait(days=305)
    again = client.post("/oauth/v2/accessToken", data=form)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    stranger = client.post("/oauth/v2/accessToken", data={**form, "client_secret": "guessed"})
    assert (stranger.status_code, stranger.json()["error"]) == (401, "invalid_client")
    proving = client.post("/oauth/v2/accessToken", data={**form, "code_verifier": "k" * 43})
    assert (proving.status_code, proving.json()["error"]) == (401, "invalid_client")
    assert client.get("/oauth/v2/accessToken").status_code == 400


def test_consent_that_was_withdrawn(network: Network, client: httpx.Client) -> None:
    network.expire_token("linkedin", secret="token", reason="revoked")
    told = client.get("/rest/organizationAcls?q=roleAssignee").json()
    assert (told["code"], told["serviceErrorCode"]) == ("REVOKED_ACCESS_TOKEN", 65601)


def test_a_permission_that_was_not_given(network: Network, open_face: Any) -> None:
    network.grant("linkedin", "reader", BO, scopes=["r_organization_social"])
    reader = open_face(network, "linkedin", token="reader")
    told = reader.get("/rest/organizationAcls?q=roleAssignee").json()
    assert (told["status"], told["serviceErrorCode"], told["code"]) == (403, 100, "ACCESS_DENIED")
    assert told["message"] == "Not enough permissions to access: organizationAcls.FINDER-roleAssignee.20261101"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/rest/posts?q=author&author=urn:li:organization:1", "Invalid query parameters"),
        ("/rest/posts?q=author&author=urn%3Ali%3Aorganization%3A1&count=101", "Invalid query parameters"),
        ("/rest/posts?q=author&author=urn%3Ali%3Aorganization%3A1&fields=id", "Invalid query parameters"),
        ("/rest/posts?q=author&author=urn%3Ali%3Aorganization%3A1&sortBy=BEST", "Invalid query parameters"),
        ("/rest/posts?ids=List%28urn%3Ali%3Ashare%3A1%29", "could not be resolved"),
        ("/rest/posts?q=authors", "could not be resolved"),
    ],
)
def test_how_parameters_must_be_written(client: httpx.Client, path: str, words: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (400, "ILLEGAL_ARGUMENT")
    assert words in answer.json()["message"]


def test_an_urn_in_a_path_must_be_escaped(network: Network) -> None:
    """A server that keeps the address as it was sent refuses any other."""
    urn = native_id(network, network.publish(DISTRICT, "x"))
    asked = Client(create_app(network, "linkedin"))
    headers = {"Authorization": "Bearer token", **VERSIONED}
    assert asked.get(f"/rest/posts/{enc(urn)}", headers=headers).status_code == 200
    raw = asked.get(f"/rest/posts/{urn}", headers=headers)
    assert (raw.status_code, raw.get_json()["message"]) == (400, "Syntax exception in path variables")
    assert asked.get(f"/rest/reactions/(entity:{enc(urn)})?q=entity", headers=headers).status_code == 200


# -- the organization -----------------------------------------------------------------------------


def test_the_organization_and_its_followers(network: Network, client: httpx.Client) -> None:
    urn = urn_of(client)
    told = get(client, f"/rest/organizations/{urn.rpartition(':')[2]}")
    assert (told["vanityName"], told["localizedName"], told["$URN"]) == ("district", "The District", urn)
    before = get(client, f"/rest/networkSizes/{enc(urn)}?edgeType=COMPANY_FOLLOWED_BY_MEMBER")["firstDegreeSize"]
    network.publish(DISTRICT, "x")
    assert get(client, f"/rest/networkSizes/{enc(urn)}?edgeType=COMPANY_FOLLOWED_BY_MEMBER")["firstDegreeSize"] == before + 1
    network.rename(DISTRICT, handle="the-district", name="District of All")
    assert urn_of(client, "the-district") == urn


def test_what_is_told_without_a_role(client: httpx.Client) -> None:
    (pta,) = get(client, "/rest/organizations?q=vanityName&vanityName=pta")["elements"]
    assert "versionTag" not in pta
    assert client.get(f"/rest/organizations/{pta['id']}").status_code == 403
    told = get(client, f"/rest/organizationsLookup?ids=List({pta['id']},7)")
    assert (list(told["results"]), told["statuses"]["7"], told["errors"]["7"]["status"]) == ([str(pta["id"])], 404, 404)


def test_a_role_that_was_lost_looks_like_an_empty_list(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "x")
    (role,) = get(client, "/rest/organizationAcls?q=roleAssignee&role=ADMINISTRATOR&state=APPROVED")["elements"]
    assert (role["role"], role["state"], role["organization"]) == ("ADMINISTRATOR", "APPROVED", urn_of(client))
    assert len(posts(client)["elements"]) == 1
    network.dismiss(BO, DISTRICT)
    assert posts(client)["elements"] == []
    assert get(client, "/rest/organizationAcls?q=roleAssignee")["elements"] == []
    for path in (f"/rest/posts/{enc(native_id(network, post))}", f"/rest/socialActions/{enc(native_id(network, post))}/comments"):
        assert (client.get(path).status_code, client.get(path).json()["code"]) == (403, "ACCESS_DENIED")
    with pytest.raises(Unsupported, match="no role"):
        network.dismiss(BO, DISTRICT)


def test_an_organization_that_was_taken_away(network: Network, client: httpx.Client) -> None:
    post, urn = network.publish(DISTRICT, "x"), urn_of(client)
    network.suspend(DISTRICT)
    assert client.get(f"/rest/organizations/{urn.rpartition(':')[2]}").status_code == 404
    assert get(client, f"/rest/posts?q=author&author={enc(urn)}")["elements"] == []
    assert client.get(f"/rest/posts/{enc(native_id(network, post))}").status_code == 404
    network.suspend(DISTRICT, suspended=False)
    assert len(posts(client)["elements"]) == 1


# -- posts ----------------------------------------------------------------------------------------


def test_pages_shift_while_they_are_read(network: Network, client: httpx.Client) -> None:
    for number in range(5):
        network.publish(DISTRICT, f"post {number}")
    first = posts(client, "&count=2")
    assert [one["commentary"] for one in first["elements"]] == ["post 4", "post 3"]
    (link,) = first["paging"]["links"]
    assert (link["rel"], "total" in first["paging"]) == ("next", False)
    network.publish(DISTRICT, "post 5")
    assert [one["commentary"] for one in get(client, link["href"])["elements"]] == ["post 3", "post 2"]
    network.remove(network.posts["linkedin/1"])
    last = posts(client, "&count=2&start=4")
    assert ([one["commentary"] for one in last["elements"]], last["paging"]["links"][0]["rel"]) == (["post 1"], "prev")


def test_an_edit_brings_a_post_to_the_front_of_those_modified_last(network: Network, client: httpx.Client) -> None:
    old, new = network.publish(DISTRICT, "old"), network.publish(DISTRICT, "new")
    before = post_of(client, network, old)
    assert (before["lifecycleStateInfo"]["isEditedByAuthor"], before["lastModifiedAt"] > before["publishedAt"]) == (False, True)
    network.edit(old, "newer")
    assert [one["commentary"] for one in posts(client)["elements"]] == ["newer", "new"]
    assert [one["commentary"] for one in posts(client, "&sortBy=CREATED")["elements"]] == ["new", "newer"]
    after = post_of(client, network, old)
    assert {name for name in after if after[name] != before[name]} == {"commentary", "lastModifiedAt", "lifecycleStateInfo"}
    network.remove(new)
    assert client.get(f"/rest/posts/{enc(native_id(network, new))}").status_code == 404
    ids = f"List({enc(native_id(network, old))},{enc(native_id(network, new))})"
    told = get(client, f"/rest/posts?ids={ids}")
    assert list(told["results"]) == [native_id(network, old)]
    assert list(told["errors"]) == [native_id(network, new)]


def test_posts_of_every_kind(network: Network, client: httpx.Client) -> None:
    def content(**more: Any) -> Any:
        return post_of(client, network, network.publish(DISTRICT, "x", **more)).get("content")

    one, two, three = (network.photo("linkedin", f"picture {number}") for number in range(3))
    assert content() is None
    assert content(photos=[one])["media"]["altText"] == "picture 0"
    assert [image["altText"] for image in content(photos=[two, three])["multiImage"]["images"]] == ["picture 1", "picture 2"]
    video = content(video=Video(3), title="A film")["media"]
    assert (video["id"].split(":")[2], video["title"]) == ("video", "A film")
    paper = content(paper=network.paper("linkedin", "Budget.pdf", 2))["media"]
    assert (paper["id"].split(":")[2], paper["title"]) == ("document", "Budget.pdf")
    card = content(card=Card("https://made-up.test/a", "Jobs", "Many"), photos=[one])["article"]
    assert (card["source"], card["title"], card["description"]) == ("https://made-up.test/a", "Jobs", "Many")
    assert card["thumbnail"].startswith("urn:li:image:")
    poll = content(poll=Poll(["yes", "no"], [3, 4], network.now() + timedelta(days=3)), title="Well?")["poll"]
    assert (poll["question"], poll["uniqueVotersCount"], poll["settings"]["duration"]) == ("Well?", 7, "THREE_DAYS")
    event = content(event=network.event("linkedin", "Fair", network.now()))
    assert event["reference"]["id"].startswith("urn:li:event:")


def test_shares_and_posts_with_more_are_called_by_different_urns(network: Network, client: httpx.Client) -> None:
    plain, film = network.publish(DISTRICT, "x"), network.publish(DISTRICT, "x", video=Video(1))
    assert native_id(network, plain).startswith("urn:li:share:")
    assert native_id(network, film).startswith("urn:li:ugcPost:")
    wrong = native_id(network, film).replace("ugcPost", "share")
    assert client.get(f"/rest/posts/{enc(wrong)}").status_code == 404


def test_what_is_passed_on(network: Network, client: httpx.Client) -> None:
    praise = network.publish("linkedin/pta", "Well done")
    shared = post_of(client, network, network.publish(DISTRICT, "Thank you", quote=praise))
    assert shared["reshareContext"] == {"parent": native_id(network, praise), "root": native_id(network, praise)}
    again = post_of(client, network, network.repost(DISTRICT, network.publish("linkedin/pta", "Look", quote=praise)))
    assert (again["commentary"], again["reshareContext"]["root"]) == ("", native_id(network, praise))
    assert client.get(f"/rest/posts/{enc(native_id(network, praise))}").status_code == 403


def test_drafts_are_for_their_authors(network: Network, client: httpx.Client) -> None:
    network.publish(DISTRICT, "Not yet", status="draft")
    assert posts(client)["elements"] == []
    (draft,) = posts(client, "&viewContext=AUTHOR")["elements"]
    assert (draft["lifecycleState"], "publishedAt" in draft) == ("DRAFT", False)


def test_little_text(network: Network, client: httpx.Client) -> None:
    network.rename(BO, name="Bo (the boss)")
    said = "Hi @bo, @nobody and #Snow_Day: 1*2 [see] https://made-up.test/a_b {x} <y> ~z \\ | @pta"
    told = post_of(client, network, network.publish(DISTRICT, said))["commentary"]
    bo = get(client, "/rest/organizationAcls?q=roleAssignee")["elements"][0]["roleAssignee"]
    assert f"@[Bo \\(the boss\\)]({bo})" in told
    assert r"\@nobody and {hashtag|\#|Snow\_Day}: 1\*2 \[see\] https://made-up.test/a\_b \{x\} \<y\> \~z \\ \| @[" in told
    assert told.endswith(f"]({urn_of(client, 'pta')})")
    assert little("plain words, no sign", lambda _: None) == "plain words, no sign"


# -- events ---------------------------------------------------------------------------------------


def events(client: httpx.Client, more: str = "") -> list[Any]:
    found: list[Any] = get(client, f"/rest/events?q=eventsByOrganizer&organizer={enc(urn_of(client))}{more}")["elements"]
    return found


def names(found: list[Any]) -> list[str]:
    return [one["name"]["localized"]["en_US"] for one in found]


def test_events_of_an_organization(network: Network, client: httpx.Client) -> None:
    day, photo = network.now() + timedelta(days=3), network.photo("linkedin", "A gym")
    fair = network.event("linkedin", "Job fair", day, ends=day + timedelta(hours=2), place="1 Larkspur Way", about="Come <and> see")
    post = network.publish(DISTRICT, "We hire", event=fair, photos=[photo])
    (told,) = events(client)
    assert told == get(client, f"/rest/events/{told['id']}")
    assert f"urn:li:event:{told['id']}" == post_of(client, network, post)["content"]["reference"]["id"]
    assert (told["ugcPost"], told["organizer"]) == (native_id(network, post), urn_of(client))
    assert (told["vanityName"], told["cancelled"]) == (f"jobfair-6{told['id']}", False)
    assert told["description"]["localized"]["en_US"] == {"rawText": "Come <and> see"}
    assert told["type"]["inPerson"]["endsAt"] - told["startsAt"] == 2 * 3600 * 1000
    assert told["type"]["inPerson"]["address"]["line1"] == "1 Larkspur Way"
    letters = told["backgroundImage"].rpartition(":")[2]
    picture = get(client, f"/rest/images/{enc(f'urn:li:image:{letters}')}")
    assert client.get(picture["downloadUrl"]).headers["Content-Type"] == "image/jpeg"


def test_an_event_changes_is_canceled_and_goes_with_its_post(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "Online", event=network.event("linkedin", "Q & A", network.now() + timedelta(days=1)))
    network.publish(DISTRICT, "Not yet", status="draft", event=network.event("linkedin", "Draft", network.now()))
    (before,) = events(client)
    assert before["type"] == {"online": {"format": {"external": {"url": "https://www.district.test"}}}}
    network.change_event(post, name="Questions", starts=network.now() + timedelta(days=2), link="https://meet.test/1")
    (after,) = events(client)
    assert {name for name in before if after[name] != before[name]} == {"name", "vanityName", "startsAt", "lastModified", "type"}
    assert post_of(client, network, post)["lifecycleStateInfo"]["isEditedByAuthor"] is False
    network.change_event(post, canceled=True)
    assert [one["cancelled"] for one in events(client)] == [True]
    assert events(client, "&excludeCancelled=true") == []
    network.remove(post)
    gone = client.get(f"/rest/events/{before['id']}")
    assert (events(client), gone.status_code, gone.json()["code"]) == ([], 404, "NOT_FOUND")
    with pytest.raises(ValueError, match="announces no event"):
        network.change_event(network.publish(DISTRICT, "x"), name="y")


def test_events_are_filtered_sorted_and_paged(network: Network, client: httpx.Client) -> None:
    now, hour = network.now(), timedelta(hours=1)
    for name, begins, ends in (("past", -9, -8), ("open end", -3, None), ("now", -1, 9), ("soon", 2, None), ("later", 5, 6)):
        day = network.event("linkedin", name, now + begins * hour, ends=now + ends * hour if ends else None, private=name == "soon")
        network.publish(DISTRICT, name, event=day)
    assert names(events(client)) == ["past", "open end", "now", "soon", "later"]
    assert names(events(client, "&sortOrder=START_TIME_DESC&count=2&start=1")) == ["soon", "now"]
    for state, found in (("PAST", ["past", "open end"]), ("ONGOING", ["now"]), ("UPCOMING", ["soon", "later"])):
        assert names(events(client, f"&timeBasedFilter=(lifeCycleState:{state})")) == found
    assert names(events(client, "&entryCriteria=PRIVATE")) == ["soon"]
    for wrong in ("&sortOrder=NEWEST", "&timeBasedFilter=(lifeCycleState:SOON)", "&timeBasedFilter=PAST", "&excludeCancelled=yes"):
        answer = client.get(f"/rest/events?q=eventsByOrganizer&organizer={enc(urn_of(client))}{wrong}")
        assert (answer.status_code, answer.json()["message"]) == (400, "Invalid query parameters passed to request")
    assert client.get(f"/rest/events?organizer={enc(urn_of(client))}").status_code == 400


def test_events_need_a_scope_and_a_role(network: Network, client: httpx.Client, open_face: Any) -> None:
    network.publish(DISTRICT, "x", event=network.event("linkedin", "Fair", network.now()))
    number, asked = events(client)[0]["id"], f"/rest/events?q=eventsByOrganizer&organizer={enc(urn_of(client))}"
    network.grant("linkedin", "posts only", BO, scopes=["r_organization_social", "rw_organization_admin"])
    network.grant("linkedin", "events", BO, scopes=["r_events"])
    refused, fits = (open_face(network, "linkedin", token=secret) for secret in ("posts only", "events"))
    for path, method in ((asked, "FINDER-eventsByOrganizer"), (f"/rest/events/{number}", "GET")):
        answer = refused.get(path)
        assert (answer.status_code, answer.json()["serviceErrorCode"]) == (403, 100)
        assert answer.json()["message"].startswith(f"Not enough permissions to access: events.{method}.")
        assert fits.get(path).status_code == 200
    network.dismiss(BO, DISTRICT)
    assert [fits.get(path).status_code for path in (asked, f"/rest/events/{number}", "/rest/events/1")] == [403, 403, 404]


# -- comments and reactions -----------------------------------------------------------------------


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


def test_what_a_suspended_member_said_goes_and_comes_back_with_what_was_answered(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "x")
    question = network.comment(ANA, post, "Why?")
    answer = network.comment(BO, question, "Because.")
    address = f"/rest/socialActions/{enc(native_id(network, post))}/comments"
    whole = comments(client, network, post)
    number = native_id(network, answer).rpartition(",")[2].rstrip(")")
    network.suspend(ANA)
    assert comments(client, network, post) == []
    assert client.get(f"{address}/{number}").status_code == 404
    assert get(client, f"/rest/socialMetadata/{enc(native_id(network, post))}")["commentSummary"] == {"count": 0, "topLevelCount": 0}
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
    assert shown["lastModified"]["time"] == shown["created"]["time"] + 1  # though nobody edited it
    assert client.get(picture["url"]).headers["content-type"] == "image/jpeg"


def test_reactions(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "x", likes=7)
    told = get(client, f"/rest/socialMetadata/{enc(native_id(network, post))}")
    assert sum(one["count"] for one in told["reactionSummaries"].values()) == 7
    found = get(client, f"/rest/reactions/(entity:{enc(native_id(network, post))})?q=entity&sort=(value:REVERSE_CHRONOLOGICAL)")
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
    """Nothing else says that a comment was removed."""
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
        *("SHARE", "SHARE_MENTION", "COMMENT_DELETE", "COMMENT_DELETE", "ADMIN_COMMENT", "COMMENT_EDIT", "COMMENT"),
    ]
    assert len({one["notificationId"] for one in found}) == 7
    (gone,) = [one for one in found if one["action"] == "COMMENT_DELETE" and one["generatedActivity"].endswith(number)]
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


# -- files ----------------------------------------------------------------------------------------


def test_files_and_their_addresses_that_die(network: Network, client: httpx.Client) -> None:
    film = network.publish(DISTRICT, "x", video=Video(2, 160, 96))
    network.caption(film, "en", "Hello")
    paper = network.publish(DISTRICT, "x", paper=network.paper("linkedin", "Budget (draft)", 2))
    photo = network.publish(DISTRICT, "x", photos=[network.photo("linkedin", "x", kind="png")])
    kinds, told, urn = {}, {}, ""
    for post in (film, paper, photo):
        urn = post_of(client, network, post)["content"]["media"]["id"]
        told = get(client, f"/rest/{urn.split(':')[2]}s/{enc(urn)}")
        assert (told["id"], told["owner"]) == (urn, urn_of(client))
        assert told["downloadUrlExpiresAt"] > network.now().timestamp() * 1000
        for name in ("downloadUrl", "captions", "thumbnail"):
            if name in told:
                kinds[name, urn.split(":")[2]] = client.get(told[name]).headers["content-type"].partition(";")[0]
        assert client.get(told["downloadUrl"].replace("&t=", "&t=0")).status_code == 403
    assert kinds == {
        ("downloadUrl", "video"): "video/mp4",
        ("captions", "video"): "text/vtt",
        ("thumbnail", "video"): "image/jpeg",
        ("downloadUrl", "document"): "application/pdf",
        ("downloadUrl", "image"): "image/png",
    }
    network.wait(days=7)
    assert client.get(told["downloadUrl"]).status_code == 403
    network.remove(photo)
    assert client.get(f"/rest/images/{enc(urn)}").status_code == 404


def test_a_logo_is_found_as_an_image(client: httpx.Client) -> None:
    told = get(client, f"/rest/organizations/{urn_of(client).rpartition(':')[2]}")["logoV2"]["original"]
    image = get(client, f"/rest/images/{enc(told.replace('digitalmediaAsset', 'image'))}")
    assert client.get(image["downloadUrl"]).headers["content-type"] == "image/jpeg"


def test_a_day_of_requests_ends_at_midnight_utc(network: Network, client: httpx.Client) -> None:
    network.quota("linkedin", 2, 86_400)
    assert [client.get("/rest/organizationAcls?q=roleAssignee").status_code for _ in range(3)] == [200, 200, 429]
    network.wait(hours=5)  # from 18:30 to 23:30
    assert client.get("/rest/organizationAcls?q=roleAssignee").status_code == 429
    network.wait(minutes=30)
    assert client.get("/rest/organizationAcls?q=roleAssignee").status_code == 200
    assert network.invalid == []
