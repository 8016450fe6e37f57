"""LinkedIn's posts as JSON.

Sources: learn.microsoft.com/en-us/linkedin/marketing/community-management/shares: posts-api, post-api-schema,
multiimage-post-api, poll-post-api. Of an event a post has the URN only (linkedin_events.py tells the rest). A
post is published, and its `lastModifiedAt` set, some milliseconds after it was created, edited or not: real
answers have it so.
"""

from typing import Any

from infra.sandbox.faces.linkedin_sight import Sight
from infra.sandbox.faces.linkedin_urns import (
    account_urn,
    asset_urn,
    event_urn,
    image_urn,
    little,
    milliseconds,
    post_urn,
)
from infra.sandbox.model import Account, Card, Poll, Post

Json = dict[str, Any]
VISIBILITY = {"public": "PUBLIC", "connections": "CONNECTIONS", "logged_in": "LOGGED_IN"}
DURATIONS = {1: "ONE_DAY", 3: "THREE_DAYS", 7: "SEVEN_DAYS", 14: "FOURTEEN_DAYS"}
PUBLISHED_AFTER, MODIFIED_AFTER = 478, 523  # milliseconds


def modified(post: Post) -> int:
    return milliseconds(post.edited) if post.edited else milliseconds(post.created) + MODIFIED_AFTER


def listed(sight: Sight, author: Account, *, drafts: bool) -> list[Post]:
    """An organization's posts; nothing where the member has no role on it."""
    if not sight.administers(author):
        return []
    shown = ("visible", "draft") if drafts else ("visible",)
    here = (post for post in sight.network.written[author.key] if post.kind != "comment")
    return [post for post in here if post.status in shown]


def post_json(sight: Sight, post: Post) -> Json:
    draft = post.status == "draft"
    told: Json = {
        "isReshareDisabledByAuthor": False,
        "createdAt": milliseconds(post.created),
        "lifecycleState": "DRAFT" if draft else "PUBLISHED",
        "lastModifiedAt": modified(post),
        "visibility": VISIBILITY[post.visibility],
        "author": account_urn(sight.network.accounts[post.author]),
        "id": post_urn(post),
        "distribution": {"feedDistribution": "MAIN_FEED", "thirdPartyDistributionChannels": []},
        "commentary": little(post.now.text, sight.known),
        "lifecycleStateInfo": {"isEditedByAuthor": post.edited is not None},
    }
    if not draft:
        told["publishedAt"] = milliseconds(post.created) + PUBLISHED_AFTER
    if content := content_json(post):
        told["content"] = content
    if shared := post.quote or post.repost:
        parent = sight.network.posts[shared]
        first = sight.network.posts[parent.quote or parent.repost or shared]
        told["reshareContext"] = {"parent": post_urn(parent), "root": post_urn(first)}
    return told


def content_json(post: Post) -> Json:
    """What a post has besides its words."""
    if post.poll:
        return {"poll": poll_json(post.poll, post)}
    if post.event:
        return {"reference": {"id": event_urn(post.event.number)}}
    if post.card:
        return {"article": article_json(post.card, post)}
    media = media_json(post)
    return {"multiImage": {"images": media}} if len(media) > 1 else {"media": media[0]} if media else {}


def media_json(post: Post) -> list[Json]:
    if post.video:
        return [{"title": post.now.title, "id": asset_urn("video", post.number)}]
    if post.paper:
        return [{"title": post.paper.title, "id": asset_urn("document", post.paper.number)}]
    return [{"altText": photo.alt, "id": image_urn(photo)} for photo in post.now.photos]


def article_json(card: Card, post: Post) -> Json:
    told = {"source": card.source, "title": card.title, "description": card.about}
    pictures = [
        {"thumbnail": image_urn(photo), "thumbnailAltText": photo.alt} for photo in post.now.photos[:1]
    ]
    return told | (pictures[0] if pictures else {})


def poll_json(poll: Poll, post: Post) -> Json:
    days = max(1, round((poll.ends - post.created).total_seconds() / 86_400))
    return {
        "question": post.now.title or post.now.text,
        "options": [
            {"text": text, "isVotedByViewer": False, "voteCount": votes}
            for text, votes in zip(poll.options, poll.votes, strict=True)
        ],
        "settings": {
            "duration": next((word for most, word in DURATIONS.items() if days <= most), DURATIONS[14]),
            "isVoterVisibleToAuthor": True,
            "voteSelectionType": "MULTIPLE_VOTE" if poll.multiple else "SINGLE_VOTE",
        },
        "uniqueVotersCount": max(poll.votes) if poll.multiple else sum(poll.votes),
    }
