"""The organization, its followers, and who has a role in it."""

import httpx
import pytest

from infra.sandbox.faces import native_id
from infra.sandbox.moderation import Unsupported
from infra.sandbox.network import Network
from tests.sandbox.linkedin.client import BO, DISTRICT, enc, get, posts, urn_of


def test_the_organization_and_its_followers(network: Network, client: httpx.Client) -> None:
    urn = urn_of(client)
    told = get(client, f"/rest/organizations/{urn.rpartition(':')[2]}")
    assert (told["vanityName"], told["localizedName"], told["$URN"]) == ("district", "The District", urn)
    before = get(client, f"/rest/networkSizes/{enc(urn)}?edgeType=COMPANY_FOLLOWED_BY_MEMBER")[
        "firstDegreeSize"
    ]
    network.publish(DISTRICT, "x")
    assert (
        get(client, f"/rest/networkSizes/{enc(urn)}?edgeType=COMPANY_FOLLOWED_BY_MEMBER")["firstDegreeSize"]
        == before + 1
    )
    network.rename(DISTRICT, handle="the-district", name="District of All")
    assert urn_of(client, "the-district") == urn


def test_what_is_told_without_a_role(client: httpx.Client) -> None:
    (pta,) = get(client, "/rest/organizations?q=vanityName&vanityName=pta")["elements"]
    assert "versionTag" not in pta
    assert client.get(f"/rest/organizations/{pta['id']}").status_code == 403
    told = get(client, f"/rest/organizationsLookup?ids=List({pta['id']},7)")
    assert (list(told["results"]), told["statuses"]["7"], told["errors"]["7"]["status"]) == (
        [str(pta["id"])],
        404,
        404,
    )


def test_a_role_that_was_lost_looks_like_an_empty_list(network: Network, client: httpx.Client) -> None:
    post = network.publish(DISTRICT, "x")
    (role,) = get(client, "/rest/organizationAcls?q=roleAssignee&role=ADMINISTRATOR&state=APPROVED")[
        "elements"
    ]
    assert (role["role"], role["state"], role["organization"]) == (
        "ADMINISTRATOR",
        "APPROVED",
        urn_of(client),
    )
    assert len(posts(client)["elements"]) == 1
    network.dismiss(BO, DISTRICT)
    assert posts(client)["elements"] == []
    assert get(client, "/rest/organizationAcls?q=roleAssignee")["elements"] == []
    for path in (
        f"/rest/posts/{enc(native_id(network, post))}",
        f"/rest/socialActions/{enc(native_id(network, post))}/comments",
    ):
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


def test_role_decides_what_is_read(network: Network, client: httpx.Client) -> None:
    network.publish(DISTRICT, "x", event=network.event("linkedin", "Fair", network.now()))
    urn = urn_of(client)
    events = f"/rest/events?q=eventsByOrganizer&organizer={enc(urn)}"
    notices = f"/rest/organizationalEntityNotifications?q=criteria&organizationalEntity={enc(urn)}"
    found = {}
    for role in ("ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "DIRECT_SPONSORED_CONTENT_POSTER", "ANALYST"):
        network.accounts[BO].roles = [role]
        [told] = get(client, "/rest/organizationAcls?q=roleAssignee")["elements"]
        assert told["role"] == role
        found[role] = (
            len(posts(client)["elements"]),
            client.get(events).status_code,
            client.get(notices).status_code,
        )
    assert found == {
        "ADMINISTRATOR": (1, 200, 200),
        "CONTENT_ADMINISTRATOR": (1, 200, 403),
        "DIRECT_SPONSORED_CONTENT_POSTER": (1, 403, 403),
        "ANALYST": (0, 403, 403),
    }
