"""Events of an organization: their fields, their pages, and who may read them."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.network import Network
from tests.sandbox.linkedin.client import BO, DISTRICT, enc, get, post_of, urn_of


def events(client: httpx.Client, more: str = "") -> list[Any]:
    found: list[Any] = get(client, f"/rest/events?q=eventsByOrganizer&organizer={enc(urn_of(client))}{more}")[
        "elements"
    ]
    return found


def names(found: list[Any]) -> list[str]:
    return [one["name"]["localized"]["en_US"] for one in found]


def test_events_of_an_organization(network: Network, client: httpx.Client) -> None:
    day, photo = network.now() + timedelta(days=3), network.photo("linkedin", "A gym")
    fair = network.event(
        "linkedin",
        "Job fair",
        day,
        ends=day + timedelta(hours=2),
        place="1 Larkspur Way",
        about="Come <and> see",
    )
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
    post = network.publish(
        DISTRICT, "Online", event=network.event("linkedin", "Q & A", network.now() + timedelta(days=1))
    )
    network.publish(
        DISTRICT, "Not yet", status="draft", event=network.event("linkedin", "Draft", network.now())
    )
    (before,) = events(client)
    assert before["type"] == {"online": {"format": {"external": {"url": "https://www.district.test"}}}}
    network.change_event(
        post, name="Questions", starts=network.now() + timedelta(days=2), link="https://meet.test/1"
    )
    (after,) = events(client)
    assert {name for name in before if after[name] != before[name]} == {
        "name",
        "vanityName",
        "startsAt",
        "lastModified",
        "type",
    }
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
    for name, begins, ends in (
        ("past", -9, -8),
        ("open end", -3, None),
        ("now", -1, 9),
        ("soon", 2, None),
        ("later", 5, 6),
    ):
        day = network.event(
            "linkedin",
            name,
            now + begins * hour,
            ends=now + ends * hour if ends else None,
            private=name == "soon",
        )
        network.publish(DISTRICT, name, event=day)
    assert names(events(client)) == ["past", "open end", "now", "soon", "later"]
    assert names(events(client, "&sortOrder=START_TIME_DESC&count=2&start=1")) == ["soon", "now"]
    for state, found in (
        ("PAST", ["past", "open end"]),
        ("ONGOING", ["now"]),
        ("UPCOMING", ["soon", "later"]),
    ):
        assert names(events(client, f"&timeBasedFilter=(lifeCycleState:{state})")) == found
    assert names(events(client, "&entryCriteria=PRIVATE")) == ["soon"]
    for wrong in (
        "&sortOrder=NEWEST",
        "&timeBasedFilter=(lifeCycleState:SOON)",
        "&timeBasedFilter=PAST",
        "&excludeCancelled=yes",
    ):
        answer = client.get(f"/rest/events?q=eventsByOrganizer&organizer={enc(urn_of(client))}{wrong}")
        assert (answer.status_code, answer.json()["message"]) == (
            400,
            "Invalid query parameters passed to request",
        )
    assert client.get(f"/rest/events?organizer={enc(urn_of(client))}").status_code == 400


def test_events_need_a_scope_and_a_role(network: Network, client: httpx.Client, open_face: Any) -> None:
    network.publish(DISTRICT, "x", event=network.event("linkedin", "Fair", network.now()))
    number = events(client)[0]["id"]
    asked = f"/rest/events?q=eventsByOrganizer&organizer={enc(urn_of(client))}"
    network.grant("linkedin", "posts only", BO, scopes=["r_organization_social", "rw_organization_admin"])
    network.grant("linkedin", "events", BO, scopes=["r_events"])
    refused, fits = (open_face(network, "linkedin", token=secret) for secret in ("posts only", "events"))
    for path, method in ((asked, "FINDER-eventsByOrganizer"), (f"/rest/events/{number}", "GET")):
        answer = refused.get(path)
        assert (answer.status_code, answer.json()["serviceErrorCode"]) == (403, 100)
        assert answer.json()["message"].startswith(f"Not enough permissions to access: events.{method}.")
        assert fits.get(path).status_code == 200
    network.dismiss(BO, DISTRICT)
    assert [fits.get(path).status_code for path in (asked, f"/rest/events/{number}", "/rest/events/1")] == [
        403,
        403,
        404,
    ]
