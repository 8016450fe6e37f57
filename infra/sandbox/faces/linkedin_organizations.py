"""LinkedIn's organizations as JSON, and who has which role on them.

Sources: learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations:
organization-lookup-api and organization-access-control-by-role. Without a role, less is told. An organization
that LinkedIn has taken away is not found.
"""

from typing import Any

from infra.sandbox.faces.linkedin_sight import Sight
from infra.sandbox.faces.linkedin_urns import ORGANIZATIONS, account_urn, asset_urn, milliseconds, person_urn
from infra.sandbox.model import Account

Json = dict[str, Any]
LOCALE = {"country": "US", "language": "en"}
FOLLOWERS = 340  # an organization has so many, and some more for each post


def localized(text: str) -> Json:
    return {"localized": {"en_US": text}, "preferredLocale": LOCALE}


def public_json(account: Account) -> Json:
    """What anybody with a token is told."""
    return {
        "id": ORGANIZATIONS + account.number,
        "vanityName": account.handle,
        "localizedName": account.name,
        "name": localized(account.name),
        "primaryOrganizationType": "NONE",
        "localizedWebsite": f"https://www.{account.handle}.test",
        "locations": [
            {
                "locationType": "HEADQUARTERS",
                "address": {"country": "US", "city": "Larkspur Ridge", "geographicArea": "Washington"},
            }
        ],
        "logoV2": logo(account),
    }


def logo(account: Account) -> Json:
    asset = asset_urn("digitalmediaAsset", account.number)
    return {"cropped": asset, "original": asset, "cropInfo": {"x": 0, "y": 0, "width": 0, "height": 0}}


def organization_json(account: Account) -> Json:
    """What a member with a role is told."""
    made = {"actor": person_urn(f"an administrator of {account.key}"), "time": milliseconds(account.created)}
    return {
        **public_json(account),
        "$URN": account_urn(account),
        "alternativeNames": [],
        "created": made,
        "lastModified": made,
        "defaultLocale": LOCALE,
        "description": localized(account.about),
        "localizedDescription": account.about,
        "groups": [],
        "industries": ["urn:li:industry:67"],
        "organizationStatus": "OPERATING",
        "organizationType": "GOVERNMENT_AGENCY",
        "specialties": [],
        "localizedSpecialties": [],
        "staffCountRange": "SIZE_201_TO_500",
        "versionTag": str(1_000_000_000 + account.number + len(account.about)),
        "website": localized(f"https://www.{account.handle}.test"),
    }


def followers(sight: Sight, account: Account) -> int:
    return FOLLOWERS + len(sight.network.written[account.key])


def roles_json(sight: Sight) -> list[Json]:
    return [
        {"role": role, "organization": account_urn(one), "roleAssignee": sight.urn, "state": "APPROVED"}
        for one in sight.organizations()
        for role in sight.roles
    ]
