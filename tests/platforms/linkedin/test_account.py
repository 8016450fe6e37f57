"""The organization of the register, and a role that was lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from recordroom.errors import AccountUnavailable, Blocked
from recordroom.model import Identity
from recordroom.platforms import linkedin
from tests.fault_transport import rewrite_json
from tests.platforms.contract.sandbox import Sandbox
from tests.platforms.linkedin.test_walk import HOLDER, give_roles
from tests.platforms.scripted import Scripted

PLATFORM = "linkedin"


@pytest.mark.parametrize("roles", [[], ["ANALYST"], ["RECRUITING_POSTER", "CURATOR"]])
def test_lost_role_differs_from_an_empty_page(sandbox: Sandbox, roles: list[str]) -> None:
    post, entry = sandbox.publish(), sandbox.identify()
    give_roles(sandbox, *roles)
    with pytest.raises(Blocked, match="no role") as told:
        linkedin.identify(entry, sandbox.client)
    assert "give the role" in told.value.mend
    give_roles(sandbox, "CONTENT_ADMINISTRATOR")
    sandbox.network.remove(post)
    assert set(sandbox.read()) == {f"linkedin:{entry.known.native_id}"}, "the page is empty"
    assert linkedin.identify(entry, sandbox.client).native_id == entry.known.native_id


def test_role_that_is_lost_during_a_capture_is_reported(sandbox: Sandbox) -> None:
    """The list of posts is empty then, with HTTP 200."""
    sandbox.publish()
    give_roles(sandbox, "ADMINISTRATOR")
    sandbox.identify()

    def lose(_: httpx.Request, real: Callable[[], httpx.Response]) -> httpx.Response:
        give_roles(sandbox)
        return real()

    with sandbox.transport.meanwhile("posts?q=author", lose), pytest.raises(Blocked, match="no role"):
        sandbox.read()


@pytest.mark.parametrize("name", ["organization", "organizationTarget"])
def test_role_on_a_later_page_is_found(sandbox: Sandbox, name: str) -> None:
    give_roles(sandbox, "ADMINISTRATOR")
    others = [sandbox.network.account(f"linkedin/page{number}", staff=True).key for number in range(230)]
    sandbox.network.accounts[HOLDER].manages[:0] = others

    def rename(body: Any) -> Any:
        for item in body["elements"]:
            item[name] = item.pop("organization")
        return body

    with sandbox.transport.meanwhile("organizationAcls", rewrite_json(rename)):
        sandbox.identify()
    assert len([url for url in sandbox.transport.asked if "organizationAcls" in url]) == 3


@pytest.mark.parametrize(
    "path", ["company/district", "company/district/about/", "company/{}/", "school/district"]
)
def test_organization_of_the_register_is_found(sandbox: Sandbox, path: str) -> None:
    number = sandbox.identify().known.native_id.rpartition(":")[2]
    entry = replace(sandbox.entry, url=f"https://www.linkedin.com/{path.format(number)}", identity=None)
    identity = linkedin.identify(entry, sandbox.client)
    expected = (f"urn:li:organization:{number}", "linkedin.com", "District", "district")
    assert (identity.native_id, identity.server, identity.title, identity.handle) == expected


def test_unknown_organization_is_refused_and_a_renamed_one_is_followed(sandbox: Sandbox) -> None:
    me = sandbox.identify().known.native_id
    other = replace(sandbox.entry, url="https://www.linkedin.com/company/larkspur", identity=None)
    with pytest.raises(AccountUnavailable, match="larkspur"):
        linkedin.identify(other, sandbox.client)
    assert (
        linkedin.identify(other.with_identity(Identity(me, "linkedin.com")), sandbox.client).handle
        == "district"
    )
    sandbox.network.rename(sandbox.us, handle="fircrest")
    assert linkedin.identify(sandbox.entry, sandbox.client).handle == "fircrest"
    with pytest.raises(Blocked):
        linkedin.identify(
            other.with_identity(Identity("urn:li:organization:999", "linkedin.com")), sandbox.client
        )
    with pytest.raises(Blocked, match="without a token"):
        linkedin.identify(other, Scripted([]))
