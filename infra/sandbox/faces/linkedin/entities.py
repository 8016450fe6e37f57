"""LinkedIn's organizations, posts, comments, notifications, and events as JSON.

Sources, below learn.microsoft.com/en-us/linkedin/marketing: community-management/organizations
(organization-lookup-api, organization-access-control-by-role, organization-social-action-notifications),
community-management/shares (posts-api, post-api-schema, multiimage-post-api, poll-post-api, comments-api,
reactions-api, social-metadata-api), event-management/events, and published responses (read on 2026-11-25).

Organizations: without a role, less is shown; suspended ones are not found.

Posts: a post is published, and its `lastModifiedAt` set, some milliseconds after its creation, edited or not,
as in real responses.

Comments: the author is only a URN, without a name, and is left out if LinkedIn hides the member, for reasons
that are not public (github.com/MicrosoftDocs/feedback/issues/971). `impersonator` is the administrator who
wrote for an organization. The people who reacted are made up. A comment with an image is modified a
millisecond after its creation, as in a published response; its image is an asset with the letters of the
image's URN.

Notifications cover 60 days: comments with their edits and removals, reshares, and mentions. Only they report
a removal, without the text, which is a point that the documentation leaves open. There are none of likes.

Events: an event exists once a post announces it, and is deleted with that post. Its background is an image
whose letters also name it as an asset. An event is in a place, or online at an external address. An event
without an end is over when it has started.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from infra.sandbox.faces.common import Json
from infra.sandbox.faces.linkedin.access import (
    COMMENT,
    ORGANIZATIONS,
    WHERE,
    Access,
    account_urn,
    activity_urn,
    asset_urn,
    comment_urn,
    event_id,
    event_urn,
    format_little_text,
    identifier,
    image_urn,
    message,
    milliseconds,
    person_urn,
    post_urn,
)
from infra.sandbox.faces.linkedin.assets import Assets
from infra.sandbox.markup import values
from infra.sandbox.model import Account, Card, Event, Poll, Post

LOCALE = {"country": "US", "language": "en"}
FOLLOWERS = 340  # of an organization, and one more for each of its posts
VISIBILITY = {"public": "PUBLIC", "connections": "CONNECTIONS", "logged_in": "LOGGED_IN"}
DURATIONS = {1: "ONE_DAY", 3: "THREE_DAYS", 7: "SEVEN_DAYS", 14: "FOURTEEN_DAYS"}
PUBLISHED_AFTER, MODIFIED_AFTER = 478, 523  # milliseconds
SELECTED = 2  # number of replies and likes that are named next to their count
KINDS = ("LIKE", "LIKE", "PRAISE", "LIKE", "EMPATHY", "LIKE", "INTEREST")
KEPT = timedelta(days=60)
NOTIFIED = ("LIKE", "COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT", "COMMENT_DELETE", "SHARE", "SHARE_MENTION")
Action = tuple[datetime, str, Post]  # time, action, and comment or share
STATES, CRITERIA = ("PAST", "ONGOING", "UPCOMING"), ("PUBLIC", "PRIVATE")
Announced = tuple[Post, Event]  # an event, and the post that announced it


def localized(text: str) -> Json:
    return {"localized": {"en_US": text}, "preferredLocale": LOCALE}


def public_json(account: Account) -> Json:
    """Return the fields that every token sees."""
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
    """Return the fields that a member with a role sees."""
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


def followers(access: Access, account: Account) -> int:
    return FOLLOWERS + len(access.network.written[account.key])


def roles_json(access: Access) -> list[Json]:
    return [
        {"role": role, "organization": account_urn(one), "roleAssignee": access.urn, "state": "APPROVED"}
        for one in access.organizations()
        for role in access.roles
    ]


def modified_at(post: Post) -> int:
    return milliseconds(post.edited) if post.edited else milliseconds(post.created) + MODIFIED_AFTER


def list_posts(access: Access, author: Account, *, drafts: bool) -> list[Post]:
    """Return the posts of an organization; none if the member has no role on it."""
    if not access.administers(author):
        return []
    shown = ("visible", "draft") if drafts else ("visible",)
    here = (post for post in access.network.written[author.key] if post.kind != "comment")
    return [post for post in here if post.status in shown]


def post_json(access: Access, post: Post) -> Json:
    draft = post.status == "draft"
    entity: Json = {
        "isReshareDisabledByAuthor": False,
        "createdAt": milliseconds(post.created),
        "lifecycleState": "DRAFT" if draft else "PUBLISHED",
        "lastModifiedAt": modified_at(post),
        "visibility": VISIBILITY[post.visibility],
        "author": account_urn(access.network.accounts[post.author]),
        "id": post_urn(post),
        "distribution": {"feedDistribution": "MAIN_FEED", "thirdPartyDistributionChannels": []},
        "commentary": format_little_text(post.now.text, access.find_account),
        "lifecycleStateInfo": {"isEditedByAuthor": post.edited is not None},
    }
    if not draft:
        entity["publishedAt"] = milliseconds(post.created) + PUBLISHED_AFTER
    if content := content_json(post):
        entity["content"] = content
    if shared := post.quote or post.repost:
        parent = access.network.posts[shared]
        first = access.network.posts[parent.quote or parent.repost or shared]
        entity["reshareContext"] = {"parent": post_urn(parent), "root": post_urn(first)}
    return entity


def content_json(post: Post) -> Json:
    """Return the content of a post in addition to its text."""
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
    entity = {"source": card.source, "title": card.title, "description": card.about}
    pictures = [
        {"thumbnail": image_urn(photo), "thumbnailAltText": photo.alt} for photo in post.now.photos[:1]
    ]
    return entity | (pictures[0] if pictures else {})


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


def stamp(access: Access, post: Post, at: int) -> Json:
    author = access.network.accounts[post.author]
    entity: Json = {**actor(author), "time": at}
    return entity | (
        {"impersonator": person_urn(f"an administrator of {author.key}")} if author.staff else {}
    )


def actor(author: Account) -> Json:
    return {"actor": account_urn(author)} if author.published else {}


def comment_json(access: Access, comment: Post) -> Json:
    root, urn = access.root(comment), access.urn_of(comment)
    answers = access.replies(comment)
    changed = (
        milliseconds(comment.edited)
        if comment.edited
        else milliseconds(comment.created) + bool(comment.now.photos)
    )
    entity: Json = {
        **actor(access.network.accounts[comment.author]),
        "commentsSummary": {
            "selectedComments": [comment_urn(one, root) for one in answers[:SELECTED]],
            "totalFirstLevelComments": len(answers),
            "aggregatedTotalComments": len(answers),
        },
        "created": stamp(access, comment, milliseconds(comment.created)),
        "lastModified": stamp(access, comment, changed),
        "id": identifier(comment, COMMENT),
        "$URN": urn,
        "commentUrn": urn,
        "message": message(comment.now.text, access.find_account),
        "object": activity_urn(root),
    }
    if comment.likes:
        names = [f"urn:li:like:({person},{urn})" for person in likers(comment)[:SELECTED]]
        entity["likesSummary"] = {
            "selectedLikes": names,
            "aggregatedTotalLikes": comment.likes,
            "likedByCurrentUser": False,
            "totalLikes": comment.likes,
        }
    if comment.parent != root.key:
        entity["parentComment"] = comment_urn(access.network.posts[comment.parent or ""], root)
    if comment.now.photos:
        assets = Assets(access)
        entity["content"] = [
            {
                "type": "IMAGE",
                "entity": {"digitalmediaAsset": image_urn(photo).replace(":image:", ":digitalmediaAsset:")},
                "url": assets.image(photo, comment)["downloadUrl"],
            }
            for photo in comment.now.photos
        ]
    return entity


def likers(entity: Post) -> list[str]:
    return [person_urn(f"one who likes {entity.key} {number}") for number in range(entity.likes)]


def reactions_json(access: Access, entity: Post) -> list[Json]:
    """Return the reactions, newest first."""
    root = access.urn_of(entity)
    reactions = []
    for number, person in enumerate(likers(entity)):
        moment = {"actor": person, "time": milliseconds(entity.created) + 61_000 * (number + 1)}
        kind = KINDS[number % len(KINDS)]
        reactions.append(
            {
                "id": f"urn:li:reaction:({person},{root})",
                "created": moment,
                "lastModified": moment,
                "reactionType": kind,
                "root": root,
            }
        )
    return reactions[::-1]


def metadata_json(access: Access, entity: Post) -> Json:
    direct = access.replies(entity)
    kinds = [KINDS[number % len(KINDS)] for number in range(entity.likes)]
    return {
        "reactionSummaries": {
            kind: {"reactionType": kind, "count": kinds.count(kind)} for kind in dict.fromkeys(kinds)
        },
        "commentsState": "CLOSED" if access.root(entity).comments_off else "OPEN",
        "commentSummary": {
            "count": sum(1 + len(access.replies(one)) for one in direct),
            "topLevelCount": len(direct),
        },
        "entity": access.urn_of(entity),
    }


def _of_comment(comment: Post, organization: Account) -> Iterator[Action]:
    yield comment.created, "ADMIN_COMMENT" if comment.author == organization.key else "COMMENT", comment
    for version in comment.versions[1:]:
        yield version.at, "COMMENT_EDIT", comment
    if comment.removed is not None:
        yield comment.removed, "COMMENT_DELETE", comment


def collect_actions(access: Access, organization: Account) -> Iterator[Action]:
    posts = access.network.posts
    for post in posts.values():
        if post.where != WHERE:
            continue
        if post.root is not None:
            if posts[post.root].author == organization.key:
                yield from _of_comment(post, organization)
        elif post.author != organization.key and post.status == "visible":
            shared = posts.get(post.quote or post.repost or "")
            if shared is not None and shared.author == organization.key:
                yield post.created, "SHARE", post
            if organization.handle in values(post.now.text, "mention"):
                yield post.created, "SHARE_MENTION", post


def notification_json(access: Access, organization: Account, one: Action) -> Json:
    at, action, post = one
    network = access.network
    root = network.posts[post.root or post.quote or post.repost or post.key]
    said = next(version for version in reversed(post.versions) if version.at <= at)
    entity: Json = {
        "action": action,
        "lastModifiedAt": milliseconds(at),
        "notificationId": 10 * said.number + NOTIFIED.index(action),
        "organizationalEntity": account_urn(organization),
        "sourcePost": activity_urn(root),
        "subscriber": access.urn,
    }
    if root.status != "removed":
        entity["decoratedSourcePost"] = _share(access, root) | {
            "mediaCategory": "IMAGE" if root.now.photos else "NONE"
        }
    if post.root is None:
        return entity | {
            "generatedActivity": post_urn(post),
            "decoratedGeneratedActivity": {"share": _share(access, post)},
        }
    entity["generatedActivity"] = (
        f"urn:li:comment:({activity_urn(root).removeprefix('urn:li:')},{identifier(post, COMMENT)})"
    )
    if post.status != "removed":
        owner = account_urn(network.accounts[post.author])
        comment = {
            "entity": comment_urn(post, root),
            "object": activity_urn(root),
            "owner": owner,
            "text": said.text,
        }
        entity["decoratedGeneratedActivity"] = {"comment": comment}
    return entity


def _share(access: Access, post: Post) -> Json:
    return {
        "entity": post_urn(post),
        "owner": account_urn(access.network.accounts[post.author]),
        "text": post.now.text,
    }


def select_notifications(
    access: Access, organization: Account, actions: list[str], start: int | None, end: int | None
) -> list[Action]:
    """Return the actions of the last 60 days, newest first.

    start, end: milliseconds, inclusive.
    """
    horizon = access.network.now() - KEPT
    found = [one for one in collect_actions(access, organization) if one[0] >= horizon and one[1] in actions]
    times = ((milliseconds(one[0]), one) for one in found)
    kept = [one for at, one in times if (start is None or at >= start) and (end is None or at <= end)]
    return sorted(kept, key=lambda one: (one[0], one[2].number), reverse=True)


def announced_events(access: Access) -> list[Announced]:
    here = (
        post
        for post in access.network.posts.values()
        if post.where == "linkedin" and post.status == "visible"
    )
    return [
        (post, post.event)
        for post in here
        if post.event and not access.network.accounts[post.author].suspended
    ]


def state_of(event: Event, now: datetime) -> str:
    return STATES[2] if event.starts > now else STATES[1] if event.ends and event.ends > now else STATES[0]


def event_json(access: Access, one: Announced) -> Json:
    post, event = one
    organizer = access.network.accounts[post.author]
    actor = person_urn(f"an administrator of {organizer.key}")
    entity: Json = {
        "id": event_id(event.number),
        "name": localized(event.name),
        "vanityName": f"{re.sub('[^a-z0-9-]', '', event.name.lower())}-6{event_id(event.number)}",
        "organizer": account_urn(organizer),
        "startsAt": milliseconds(event.starts),
        "type": type_json(event, f"https://www.{organizer.handle}.test"),
        "discoveryMode": "LISTED",
        "entryCriteria": CRITERIA[event.private],
        "cancelled": event.canceled,
        "created": {"actor": actor, "time": milliseconds(post.created)},
        "lastModified": {"actor": actor, "time": milliseconds(event.changed or post.created)},
        "ugcPost": post_urn(post),
    }
    if event.about:
        entity["description"] = rich(event.about)
    if post.now.photos:
        entity["backgroundImage"] = (
            f"urn:li:digitalmediaAsset:{image_urn(post.now.photos[0]).rpartition(':')[2]}"
        )
    return entity


def type_json(event: Event, site: str) -> Json:
    ends = {"endsAt": milliseconds(event.ends)} if event.ends else {}
    if not event.place:
        return {"online": {"format": {"external": {**ends, "url": event.link or site}}}}
    address = {
        "line1": event.place,
        "city": "Larkspur Ridge",
        "geographicArea": "Washington",
        "country": "US",
    }
    return {"inPerson": {**ends, "address": address, **({"url": event.link} if event.link else {})}}


def rich(text: str) -> Json:
    return {"localized": {"en_US": {"rawText": text}}, "preferredLocale": LOCALE}
