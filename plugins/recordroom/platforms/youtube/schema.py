"""The parts that are requested of YouTube, and the shapes of its responses."""

from __future__ import annotations

from typing import Any

from recordroom.platforms.context import Context
from recordroom.platforms.schema import FLAG, ITEM, LIST, NULL, NUMBER, TEXT, Shape

CHANNEL_PARTS = "snippet,contentDetails,statistics,status,brandingSettings,localizations"
VIDEO_PARTS = "snippet,contentDetails,status,statistics,liveStreamingDetails,localizations"


class YouTubeContext(Context, total=False):
    """Keys of YouTube's exchanges.

    tracks: video -> identities of its caption tracks.
    places: comment that was requested by its ID -> its kind, parent, and root.
    waits: comment that was requested by its ID -> `held` or `spam`, where it was that before.
    off: comment that was requested by its ID -> its video, whose comments are switched off.
    """

    tracks: dict[str, list[str]]
    places: dict[str, list[Any]]
    waits: dict[str, str]
    off: dict[str, str]


_TEXT, _FLAG, _ITEM, _LIST, _NUMBER = (kind | NULL for kind in (TEXT, FLAG, ITEM, LIST, NUMBER))
_ABOUT = {"kind": "said by its place", "etag": "changes with every counter"}
_VIEWER, _SAID = "about the account of the token", "said by another field"
LISTED = Shape(
    {"kind": TEXT, "items": _LIST, "nextPageToken": _TEXT},
    {"etag": "changes with every counter", "pageInfo": "counts of the page"}
    | dict.fromkeys(("prevPageToken", "tokenPagination", "eventId", "visitorId"), "about the request"),
)
CHANNEL = Shape(
    {
        "id": TEXT,
        "snippet": ITEM,
        "contentDetails": _ITEM,
        "statistics": _ITEM,
        "status": _ITEM,
        "brandingSettings": _ITEM,
    }
    | {"localizations": _ITEM},
    _ABOUT
    | {"topicDetails": "found by YouTube"}
    | dict.fromkeys(("contentOwnerDetails", "auditDetails", "conversionPings"), "no words"),
)
CHANNEL_SNIPPET = Shape(
    {
        "title": TEXT,
        "description": TEXT,
        "customUrl": _TEXT,
        "publishedAt": _TEXT,
        "thumbnails": _ITEM,
        "country": _TEXT,
    }
    | {"defaultLanguage": _TEXT},
    {"localized": _SAID},
)
CONTENTS = Shape({"relatedPlaylists": ITEM})
PLAYLISTS = Shape(
    {"uploads": _TEXT},
    dict.fromkeys(("likes", "favorites", "watchHistory", "watchLater"), "the list itself is not read"),
)
CHANNEL_COUNTS = Shape(
    {"videoCount": _TEXT},
    dict.fromkeys(
        ("viewCount", "subscriberCount", "hiddenSubscriberCount", "commentCount"), "counters of no record"
    ),
)
CHANNEL_STATUS = Shape(
    {"privacyStatus": _TEXT},
    dict.fromkeys(("isLinked", "longUploadsStatus", "isChannelMonetizationEnabled"), "no words")
    | dict.fromkeys(("madeForKids", "selfDeclaredMadeForKids"), "no words"),
)
BRANDING = Shape(
    {"channel": _ITEM, "image": _ITEM}, {"watch": "how a page looks", "hints": "how a page looks"}
)
SETTINGS = Shape(
    {"keywords": _TEXT, "moderateComments": _FLAG},
    dict.fromkeys(("title", "description", "country", "defaultLanguage"), _SAID)
    | dict.fromkeys(
        ("defaultTab", "profileColor", "showBrowseView", "showRelatedChannels", "unsubscribedTrailer"),
        "how a page looks",
    )
    | dict.fromkeys(
        ("featuredChannelsTitle", "featuredChannelsUrls", "trackingAnalyticsAccountId"), "how a page looks"
    ),
)
BANNER = Shape(
    {"bannerExternalUrl": _TEXT},
    dict.fromkeys(
        (
            "bannerImageUrl", "bannerMobileImageUrl", "bannerMobileLowImageUrl",
            "bannerMobileMediumHdImageUrl", "bannerMobileHdImageUrl", "bannerMobileExtraHdImageUrl",
            "bannerTabletImageUrl",
            "bannerTabletLowImageUrl", "bannerTabletHdImageUrl", "bannerTabletExtraHdImageUrl",
            "bannerTvImageUrl", "bannerTvLowImageUrl", "bannerTvMediumImageUrl", "bannerTvHighImageUrl",
            "watchIconImageUrl", "trackingImageUrl", "backgroundImageUrl",
            "largeBrandedBannerImageImapScript",
            "largeBrandedBannerImageUrl", "smallBrandedBannerImageImapScript", "smallBrandedBannerImageUrl",
        ),
        "other sizes of the banner, and what is no longer shown",
    ),
)  # fmt: skip
UPLOAD = Shape({"id": _TEXT, "snippet": ITEM, "contentDetails": _ITEM, "status": _ITEM}, _ABOUT)
UPLOAD_SNIPPET = Shape(
    {
        "title": TEXT,
        "description": TEXT,
        "thumbnails": _ITEM,
        "resourceId": ITEM,
        "videoOwnerChannelId": _TEXT,
    }
    | {"videoOwnerChannelTitle": _TEXT, "publishedAt": _TEXT},
    {
        "channelId": "the channel of the list",
        "channelTitle": "the channel of the list",
        "playlistId": "the list",
        "position": "place in the list",
    },
)
UPLOAD_DETAILS = Shape(
    {"videoId": _TEXT, "videoPublishedAt": _TEXT},
    dict.fromkeys(("startAt", "endAt", "note"), "how the list plays it"),
)
UPLOAD_STATUS = Shape({"privacyStatus": _TEXT})
RESOURCE = Shape(
    {"videoId": TEXT}, {"kind": "a video: lists hold nothing else", "channelId": _SAID, "playlistId": _SAID}
)
VIDEO = Shape(
    {
        "id": TEXT,
        "snippet": ITEM,
        "contentDetails": _ITEM,
        "status": _ITEM,
        "statistics": _ITEM,
        "liveStreamingDetails": _ITEM,
    }
    | {"localizations": _ITEM},
    _ABOUT
    | {
        "player": "how a page embeds it",
        "topicDetails": "found by YouTube",
        "recordingDetails": "no longer shown",
    }
    | dict.fromkeys(("fileDetails", "processingDetails", "suggestions", "projectDetails"), "about the upload")
    | dict.fromkeys(
        ("ageGating", "brandPartner", "monetizationDetails", "paidProductPlacementDetails"),
        "about advertising and age",
    ),
)
VIDEO_SNIPPET = Shape(
    {
        "publishedAt": TEXT,
        "channelId": TEXT,
        "title": TEXT,
        "description": TEXT,
        "thumbnails": _ITEM,
        "channelTitle": _TEXT,
    }
    | {"tags": _LIST, "defaultLanguage": _TEXT},
    {
        "categoryId": "a number of YouTube's",
        "liveBroadcastContent": "said by liveStreamingDetails",
        "localized": _SAID,
    }
    | {"defaultAudioLanguage": "of the sound"},
)
VIDEO_DETAILS = Shape(
    {"duration": _TEXT, "caption": _TEXT},
    dict.fromkeys(
        ("dimension", "definition", "projection", "licensedContent", "hasCustomThumbnail"), "about the file"
    )
    | dict.fromkeys(
        ("regionRestriction", "countryRestriction", "contentRating"), "where and for whom it is shown"
    ),
)
VIDEO_STATUS = Shape(
    {"privacyStatus": _TEXT, "uploadStatus": _TEXT, "rejectionReason": _TEXT},
    {"failureReason": "of an upload that was never shown", "publishAt": "said by publishedAt, once it is"}
    | dict.fromkeys(("license", "embeddable", "publicStatsViewable"), "what others may do with it")
    | dict.fromkeys(("madeForKids", "selfDeclaredMadeForKids", "containsSyntheticMedia"), "about the video"),
)
VIDEO_COUNTS = Shape(
    {"viewCount": _TEXT, "likeCount": _TEXT, "commentCount": _TEXT},
    dict.fromkeys(("dislikeCount", "favoriteCount"), "not public"),
)
BROADCAST = Shape(
    dict.fromkeys(("scheduledStartTime", "scheduledEndTime", "actualStartTime"), _TEXT),
    dict.fromkeys(("actualEndTime", "concurrentViewers", "activeLiveChatId"), "how it went"),
)
LOCALIZATION = Shape({"title": _TEXT, "description": _TEXT})
PICTURE = Shape({"url": TEXT, "width": _NUMBER, "height": _NUMBER})
THREAD = Shape({"id": TEXT, "snippet": ITEM, "replies": _ITEM}, _ABOUT)
THREAD_SNIPPET = Shape(
    {"topLevelComment": ITEM, "totalReplyCount": NUMBER, "videoId": _TEXT, "channelId": _TEXT},
    {"canReply": _VIEWER, "isPublic": "said by moderationStatus and by the video"},
)
REPLIES = Shape({"comments": LIST})
COMMENT = Shape({"id": TEXT, "snippet": ITEM}, _ABOUT)
COMMENT_SNIPPET = Shape(
    {
        "textDisplay": TEXT,
        "textOriginal": _TEXT,
        "publishedAt": TEXT,
        "updatedAt": TEXT,
        "authorDisplayName": _TEXT,
    }
    | {
        "authorChannelId": _ITEM,
        "parentId": _TEXT,
        "videoId": _TEXT,
        "likeCount": _NUMBER,
        "moderationStatus": _TEXT,
        "imageUrl": _TEXT,
    },
    {"canRate": _VIEWER, "viewerRating": _VIEWER, "channelId": "the channel of the video"}
    | dict.fromkeys(("authorChannelUrl", "authorProfileImageUrl"), "said by authorChannelId"),
)
AUTHOR = Shape({"value": _TEXT})
CAPTION = Shape({"id": TEXT, "snippet": ITEM}, _ABOUT)
TRACK = Shape(
    {
        "videoId": TEXT,
        "language": _TEXT,
        "lastUpdated": TEXT,
        "trackKind": _TEXT,
        "isDraft": _FLAG,
        "status": _TEXT,
    },
    {
        "name": "how it is chosen",
        "audioTrackType": "about the sound",
        "failureReason": "of a track that is not shown",
    }
    | dict.fromkeys(("isCC", "isLarge", "isEasyReader", "isAutoSynced"), "how it is shown"),
)
UPLOAD_HEAD = UPLOAD_SNIPPET.only("resourceId", "publishedAt")
VIDEO_HEAD = VIDEO_SNIPPET.only("publishedAt")
COMMENT_HEAD = COMMENT_SNIPPET.only("publishedAt", "moderationStatus")
