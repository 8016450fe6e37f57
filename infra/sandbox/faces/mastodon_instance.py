"""What a Mastodon server says of itself, in both versions of the entity
(docs.joinmastodon.org/entities/Instance, V1_Instance).
"""

from typing import Any

from infra.sandbox.faces.mastodon_accounts import WHERE
from infra.sandbox.faces.mastodon_entities import Entities
from infra.sandbox.network import Network

VERSION = "4.5.0"
MEDIA = {
    "supported_mime_types": ["image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4"],
    "image_size_limit": 16777216,
    "image_matrix_limit": 33177600,
    "video_size_limit": 103809024,
    "video_frame_rate_limit": 120,
    "video_matrix_limit": 8294400,
}
POLLS = {"max_options": 4, "max_characters_per_option": 50, "min_expiration": 300, "max_expiration": 2629746}
STATUSES = {"max_characters": 500, "max_media_attachments": 4, "characters_reserved_per_url": 23}
RULES = [{"id": "1", "text": "Be kind.", "hint": ""}]


def counts(network: Network) -> tuple[int, int]:
    """Local accounts and statuses."""
    local = [one for one in network.accounts.values() if one.where == WHERE and "@" not in one.handle]
    return len(local), sum(
        post.where == WHERE and post.status != "removed" for post in network.posts.values()
    )


def owner(network: Network) -> Any:
    return next(one for one in network.accounts.values() if one.where == WHERE)


def instance_v1(network: Network, entities: Entities) -> dict[str, Any]:
    place, (users, statuses) = network.places[WHERE], counts(network)
    return {
        "uri": place.host,
        "title": place.title,
        "short_description": place.tagline,
        "description": place.tagline,
        "email": f"contact@{place.host}",
        "version": VERSION,
        "urls": {"streaming_api": f"wss://{place.host}"},
        "stats": {"user_count": users, "status_count": statuses, "domain_count": 2},
        "thumbnail": f"{entities.base}/system/accounts/headers/instance.png",
        "languages": ["en"],
        "registrations": False,
        "approval_required": False,
        "invites_enabled": False,
        "configuration": {
            "accounts": {"max_featured_tags": 10},
            "statuses": STATUSES,
            "media_attachments": MEDIA,
            "polls": POLLS,
        },
        "contact_account": entities.account(owner(network)),
        "rules": RULES,
    }


def instance_v2(network: Network, entities: Entities) -> dict[str, Any]:
    place, (users, _) = network.places[WHERE], counts(network)
    urls = {
        "streaming": f"wss://{place.host}",
        "about": f"{entities.base}/about",
        "privacy_policy": None,
        "terms_of_service": None,
        "status": None,
    }
    return {
        "domain": place.host,
        "title": place.title,
        "version": VERSION,
        "source_url": "https://github.com/mastodon/mastodon",
        "description": place.tagline,
        "usage": {"users": {"active_month": users}},
        "thumbnail": {"url": f"{entities.base}/system/accounts/headers/instance.png"},
        "icon": [],
        "languages": ["en"],
        "configuration": {
            "urls": urls,
            "accounts": {"max_featured_tags": 10, "max_pinned_statuses": 5},
            "statuses": STATUSES,
            "media_attachments": MEDIA,
            "polls": POLLS,
            "translation": {"enabled": False},
        },
        "registrations": {"enabled": False, "approval_required": False, "message": None},
        "api_versions": {"mastodon": 7},
        "contact": {"email": f"contact@{place.host}", "account": entities.account(owner(network))},
        "rules": RULES,
    }
