"""The organization of the register, its totals, and a role that was lost."""

from __future__ import annotations

import pytest

from recordroom.errors import AccountUnavailable, Blocked
from recordroom.model import Identity
from recordroom.platforms import linkedin
from tests.platforms.organization import (
    DISTRICT,
    ME,
    URL,
    Page,
    client_of,
    records_of,
)
from tests.platforms.scripted import Answer, Scripted, account


@pytest.mark.parametrize("roles", [[], ["ANALYST"], ["RECRUITING_POSTER", "CURATOR"]])
def test_a_lost_role_is_told_from_an_empty_page(page: Page, roles: list[str]) -> None:
    page.roles = roles
    with pytest.raises(Blocked, match="no role") as told:
        linkedin.identify(DISTRICT, client_of(page))
    assert "role back" in told.value.mend
    page.roles = []
    with pytest.raises(Blocked, match="no role"):  # lost after the capture has begun: the list is empty, with HTTP 200
        records_of(page)
    page.roles, page.posts = ["CONTENT_ADMINISTRATOR"], {}
    assert set(records_of(page)) == {ME}  # truly empty
    assert linkedin.identify(DISTRICT, client_of(page)).native_id == ME


def test_a_role_on_the_hundredth_page_is_found(page: Page) -> None:
    def many(url: str) -> Answer:
        if "organizationAcls" not in url:
            return page(url)
        start = int(url.partition("start=")[2].partition("&")[0])
        others = [{"organization": f"urn:li:organization:{n}", "role": "ADMINISTRATOR", "state": "APPROVED"} for n in range(500, 730)]
        mine = {"organizationTarget": ME, "role": "ADMINISTRATOR", "state": "APPROVED"}
        return Answer({"paging": {}, "elements": [*others, mine][start : start + 100]})

    assert linkedin.identify(DISTRICT, client_of(many)).native_id == ME


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "https://www.linkedin.com/company/fircrest/about/",
        "https://www.linkedin.com/company/100/",
        "https://linkedin.com/school/fircrest",
    ],
)
def test_the_organization_of_the_register_is_found(page: Page, url: str) -> None:
    identity = linkedin.identify(account("linkedin", url), client_of(page))
    assert (identity.native_id, identity.server, identity.title, identity.handle) == (ME, "linkedin.com", "Fircrest Schools", "fircrest")


def test_an_unknown_organization_is_refused_and_a_renamed_one_is_followed(page: Page) -> None:
    other = account("linkedin", "https://www.linkedin.com/company/larkspur")
    with pytest.raises(AccountUnavailable, match="larkspur"):
        linkedin.identify(other, client_of(page))
    assert linkedin.identify(other.identified(Identity(ME, "linkedin.com")), client_of(page)).handle == "fircrest"
    with pytest.raises(Blocked):
        linkedin.identify(other.identified(Identity("urn:li:organization:999", "linkedin.com")), client_of(page))
    with pytest.raises(Blocked, match="without a token"):
        linkedin.identify(other, Scripted(page))
