"""LinkedIn's comments, reactions and social metadata as JSON.

Sources: learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api,
.../reactions-api, .../social-metadata-api. A comment names its author by an URN and nothing else: names of
members are not given. Where an organization speaks, `impersonator` is the administrator who wrote. Who
reacted is nobody in the network: those are made up here. A comment with a picture is changed a millisecond
after it was made, as in a published answer, though nobody edited it; and its picture is called an asset,
whose letters are the image's. Of whom LinkedIn hides, as in another one
(github.com/MicrosoftDocs/feedback/issues/971), nothing is told: why it does is not public.
"""

from typing import Any

from infra.sandbox.faces.linkedin_assets import Assets
from infra.sandbox.faces.linkedin_sight import Sight
from infra.sandbox.faces.linkedin_urns import (
    COMMENT,
    account_urn,
    activity_urn,
    comment_urn,
    identifier,
    image_urn,
    message,
    milliseconds,
    person_urn,
)
from infra.sandbox.model import Account, Post

Json = dict[str, Any]
SELECTED = 2  # of answers and likes, so many are named beside their number
KINDS = ("LIKE", "LIKE", "PRAISE", "LIKE", "EMPATHY", "LIKE", "INTEREST")


def stamp(sight: Sight, post: Post, at: int) -> Json:
    author = sight.network.accounts[post.author]
    told: Json = {**actor(author), "time": at}
    return told | ({"impersonator": person_urn(f"an administrator of {author.key}")} if author.staff else {})


def actor(author: Account) -> Json:
    return {"actor": account_urn(author)} if author.published else {}


def comment_json(sight: Sight, comment: Post) -> Json:
    root, urn = sight.root(comment), sight.urn_of(comment)
    answers = sight.answers(comment)
    changed = (
        milliseconds(comment.edited)
        if comment.edited
        else milliseconds(comment.created) + bool(comment.now.photos)
    )
    told: Json = {
        **actor(sight.network.accounts[comment.author]),
        "commentsSummary": {
            "selectedComments": [comment_urn(one, root) for one in answers[:SELECTED]],
            "totalFirstLevelComments": len(answers),
            "aggregatedTotalComments": len(answers),
        },
        "created": stamp(sight, comment, milliseconds(comment.created)),
        "lastModified": stamp(sight, comment, changed),
        "id": identifier(comment, COMMENT),
        "$URN": urn,
        "commentUrn": urn,
        "message": message(comment.now.text, sight.known),
        "object": activity_urn(root),
    }
    if comment.likes:
        names = [f"urn:li:like:({person},{urn})" for person in admirers(comment)[:SELECTED]]
        told["likesSummary"] = {
            "selectedLikes": names,
            "aggregatedTotalLikes": comment.likes,
            "likedByCurrentUser": False,
            "totalLikes": comment.likes,
        }
    if comment.parent != root.key:
        told["parentComment"] = comment_urn(sight.network.posts[comment.parent or ""], root)
    if comment.now.photos:
        assets = Assets(sight)
        told["content"] = [
            {
                "type": "IMAGE",
                "entity": {"digitalmediaAsset": image_urn(photo).replace(":image:", ":digitalmediaAsset:")},
                "url": assets.image(photo, comment)["downloadUrl"],
            }
            for photo in comment.now.photos
        ]
    return told


def admirers(entity: Post) -> list[str]:
    return [person_urn(f"one who likes {entity.key} {number}") for number in range(entity.likes)]


def reactions_json(sight: Sight, entity: Post) -> list[Json]:
    """Newest first."""
    root = sight.urn_of(entity)
    told = []
    for number, person in enumerate(admirers(entity)):
        moment = {"actor": person, "time": milliseconds(entity.created) + 61_000 * (number + 1)}
        kind = KINDS[number % len(KINDS)]
        told.append(
            {
                "id": f"urn:li:reaction:({person},{root})",
                "created": moment,
                "lastModified": moment,
                "reactionType": kind,
                "root": root,
            }
        )
    return told[::-1]


def metadata_json(sight: Sight, entity: Post) -> Json:
    direct = sight.answers(entity)
    kinds = [KINDS[number % len(KINDS)] for number in range(entity.likes)]
    return {
        "reactionSummaries": {
            kind: {"reactionType": kind, "count": kinds.count(kind)} for kind in dict.fromkeys(kinds)
        },
        "commentsState": "CLOSED" if sight.root(entity).comments_off else "OPEN",
        "commentSummary": {
            "count": sum(1 + len(sight.answers(one)) for one in direct),
            "topLevelCount": len(direct),
        },
        "entity": sight.urn_of(entity),
    }
