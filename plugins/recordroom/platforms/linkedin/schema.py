"""The shapes of LinkedIn's responses, and the keys of their contexts."""

from __future__ import annotations

from typing import Any

from recordroom.platforms.context import Context
from recordroom.platforms.schema import ANY_NUMBER, FLAG, ID, ITEM, LIST, NULL, NUMBER, TEXT, Shape


class LinkedInContext(Context, total=False):
    """Keys of LinkedIn's exchanges.

    name: the organization's name. social: post -> its counts (`comments`, `all`, `likes`), and its URN as an
    activity (`entity`). files: URN of a file -> `downloadUrl`, `status`, `captions`, and `duration`, as far
    as LinkedIn gives them. canceled: URNs of the events that were canceled.
    """

    name: str
    social: dict[str, dict[str, Any]]
    files: dict[str, dict[str, Any]]
    canceled: list[str]


_TEXT, _FLAG, _ITEM, _LIST, _NUMBER = (kind | NULL for kind in (TEXT, FLAG, ITEM, LIST, NUMBER))
_VIEWER, _ADVERTISING, _FIXED = "about the token's holder", "about advertising", "the same for all of them"
POST = Shape(
    {
        "id": TEXT,
        "author": TEXT,
        "commentary": _TEXT,
        "createdAt": NUMBER,
        "publishedAt": _NUMBER,
        "lastModifiedAt": NUMBER,
    }
    | {
        "lifecycleState": TEXT,
        "lifecycleStateInfo": _ITEM,
        "visibility": _TEXT,
        "content": _ITEM,
        "reshareContext": _ITEM,
    }
    | {"contentLandingPage": _TEXT},
    dict.fromkeys(("adContext", "contentCallToActionLabel", "distribution"), _ADVERTISING)
    | {
        "isReshareDisabledByAuthor": "a setting",
        "container": "a group",
        "versionTag": "changes with each change",
    },
)
POST_HEAD = POST.only("id", "createdAt", "publishedAt", "lastModifiedAt", "lifecycleState")
STATE = Shape(
    {"isEditedByAuthor": _FLAG}, dict.fromkeys(("contentStatus", "reviewStatus"), "said by lifecycleState")
)
CONTENT = Shape(
    dict.fromkeys(("media", "multiImage", "article", "poll", "reference", "carousel", "celebration"), _ITEM),
)
MEDIA = Shape({"id": TEXT, "altText": _TEXT, "title": _TEXT})
IMAGES = Shape({"images": LIST})
ARTICLE = Shape(
    {"source": _TEXT, "title": _TEXT, "description": _TEXT, "thumbnail": _TEXT, "thumbnailAltText": _TEXT}
)
POLL = Shape(
    {"question": _TEXT, "options": _LIST},
    {"settings": "how it is shown", "uniqueVotersCount": "moves with each vote"},
)
OPTION = Shape({"text": _TEXT}, {"isVotedByViewer": _VIEWER, "voteCount": "moves with each vote"})
REFERENCE = Shape({"id": _TEXT})
CAROUSEL = Shape({"cards": _LIST})
CARD = Shape({"media": _ITEM, "landingPage": _TEXT})
CELEBRATION = Shape({"media": _ITEM, "recipient": _LIST, "type": _TEXT, "text": _TEXT})
SHARED = Shape({"parent": _TEXT}, {"root": "the parent's own"})
# Without an actor where LinkedIn hides it: https://github.com/MicrosoftDocs/feedback/issues/971 (2026-11-25)
COMMENT = Shape(
    {
        "actor": _TEXT,
        "created": ITEM,
        "lastModified": _ITEM,
        "id": TEXT,
        "$URN": _TEXT,
        "commentUrn": _TEXT,
        "message": ITEM,
    }
    | {
        "object": TEXT,
        "parentComment": _TEXT,
        "content": _LIST,
        "commentsSummary": _ITEM,
        "likesSummary": _ITEM,
    },
    {"agent": "who wrote for the organization: in the evidence"},
)
STAMP = Shape(
    {"time": NUMBER},
    {"actor": "said by actor", "impersonator": "who wrote for the organization: in the evidence"},
)
MESSAGE = Shape({"text": TEXT, "attributes": _LIST}, {"inferredLocale": "guessed"})
ATTRIBUTE = Shape({"value": _ITEM}, dict.fromkeys(("start", "length"), "where in the text"))
ANSWERS = Shape(
    {"totalFirstLevelComments": _NUMBER},
    dict.fromkeys(("selectedComments", "aggregatedTotalComments"), "read as such"),
)
LIKES = Shape(
    {"totalLikes": _NUMBER},
    {"selectedLikes": "who liked", "aggregatedTotalLikes": "the same", "likedByCurrentUser": _VIEWER},
)
PIECES = COMMENT.only("content")
PIECE = Shape({"type": _TEXT, "entity": _ITEM, "url": _TEXT})
NOTICE = Shape(
    {"action": TEXT, "notificationId": NUMBER, "lastModifiedAt": NUMBER, "generatedActivity": _TEXT}
    | {"decoratedSourcePost": _ITEM, "decoratedGeneratedActivity": _ITEM},
    {
        "organizationalEntity": _FIXED,
        "subscriber": "the token's holder",
        "sourcePost": "said by decoratedSourcePost",
    },
)
ACTIVITY = Shape({"share": _ITEM}, {"comment": "read as such"})
DECORATED = Shape({"entity": _TEXT, "owner": _TEXT, "text": _TEXT}, {"mediaCategory": "said by the post"})
METADATA = Shape(
    {"commentSummary": _ITEM, "reactionSummaries": _ITEM, "entity": _TEXT}, {"commentsState": "a setting"}
)
SUMMARY = Shape({"topLevelCount": _NUMBER, "count": _NUMBER})
REACTIONS = Shape({"count": _NUMBER}, {"reactionType": "said by its key"})
FILE = Shape(
    {"id": _TEXT, "status": _TEXT, "downloadUrl": _TEXT, "captions": _TEXT, "duration": ANY_NUMBER | NULL},
    dict.fromkeys(
        (
            "aspectRatioHeight",
            "aspectRatioWidth",
            "thumbnail",
            "initializeUploadRequest",
            "mediaLibraryMetadata",
        ),
        "said by the file",
    )
    | {"downloadUrlExpiresAt": "changes with each reply", "owner": _FIXED},
)
HELD = Shape(
    {"organization": _TEXT, "organizationTarget": _TEXT, "role": TEXT, "state": _TEXT},
    {"roleAssignee": "the token's holder"},
)
PROFILED = Shape(
    {
        "id": NUMBER,
        "localizedName": TEXT,
        "vanityName": _TEXT,
        "localizedDescription": _TEXT,
        "localizedWebsite": _TEXT,
        "logoV2": _ITEM,
    }
    | {
        "coverPhotoV2": _ITEM,
        "localizedSpecialties": _LIST,
        "alternativeNames": _LIST,
        "foundedOn": _ITEM,
        "locations": _LIST,
    },
    dict.fromkeys(
        ("name", "description", "website", "specialties", "defaultLocale"), "said by its localized form"
    )
    | dict.fromkeys(
        ("created", "lastModified", "versionTag", "deleted", "autoCreated", "$URN"),
        "changes with each change",
    )
    | dict.fromkeys(
        ("industries", "industriesV2", "organizationType", "primaryOrganizationType", "organizationStatus"),
        "from LinkedIn's own list",
    )
    | dict.fromkeys(
        ("staffCountRange", "groups", "logo", "coverPhoto", "overviewPhoto", "overviewPhotoV2"),
        "said by other fields",
    )
    | dict.fromkeys(("parentRelationship", "entityStatus", "schoolAttributes", "pinnedPost"), "no words"),
)
CROPPED = Shape({"original": _TEXT}, dict.fromkeys(("cropped", "cropInfo"), "the same picture"))
FOUNDED = Shape({"year": _NUMBER, "month": _NUMBER, "day": _NUMBER})
LOCATION = Shape(
    {"address": _ITEM, "description": _ITEM},
    dict.fromkeys(("locationType", "staffCountRange", "geoLocation", "localizedDescription"), "no words"),
)
ADDRESS = Shape(dict.fromkeys(("line1", "line2", "city", "geographicArea", "postalCode", "country"), _TEXT))
EVENT = Shape(
    {
        "id": ID,
        "name": _ITEM,
        "description": _ITEM,
        "organizer": _TEXT,
        "startsAt": _NUMBER,
        "type": _ITEM,
        "created": _ITEM,
    }
    | {"backgroundImage": _TEXT, "discoveryMode": _TEXT, "entryCriteria": _TEXT, "cancelled": _FLAG},
    dict.fromkeys(("lastModified", "versionTag"), "changes with whatever is done to it")
    | {
        "localizedName": "said by name",
        "localizedDescription": "said by description",
        "vanityName": "another address of it",
    }
    | {"ugcPost": "the post that announced it"}
    | dict.fromkeys(("leadGenForm", "leadGenFormSettings"), "what is asked of those who register"),
)
LOCALIZED = Shape({"localized": _ITEM}, {"preferredLocale": "how it is shown"})
WORDS = Shape({"rawText": _TEXT}, {"attributes": "how it is set"})
KIND = Shape({"inPerson": _ITEM, "online": _ITEM})
IN_PERSON = Shape({"endsAt": _NUMBER, "url": _TEXT, "address": _ITEM, "venueDetails": _ITEM})
ONLINE = Shape({"format": _ITEM})
FORMAT = Shape(dict.fromkeys(("external", "liveVideo", "liveAudio"), _ITEM))
BROADCAST = Shape({"endsAt": _NUMBER, "url": _TEXT})
INSPECTED = Shape(
    {"expires_at": _NUMBER},
    dict.fromkeys(
        ("active", "status", "auth_type", "client_id", "scope", "authorized_at", "created_at"),
        "seen by its use",
    ),
)
