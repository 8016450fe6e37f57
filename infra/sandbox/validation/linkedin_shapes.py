"""The shapes of LinkedIn's answers, for which it publishes no machine-readable description: written from its
reference pages.

`DOCS` stands for their common address, `EVENTS` for that of events, as of 2026-11-25; each table names its
page. Of those pages not all could be read to the end, so fields were checked against published answers of the
real API (posts, comments, a comment with a picture, a video, a notification, an organization), the examples
in LinkedIn's own Postman collections and the types of public clients. By none of these are settled: the words
of a mention in a comment, the roles' list, what the post of an event holds, all fields of an event. A field
that ends in "?" may be left out, every other one is there. Types: string, bool, count (0 and up), number, ms
(an instant in milliseconds), url; `urn:...` an URN of one of those kinds; "A|B" one of those words; [T] a
list of T; {T} an object whose keys are the reader's own; the rest are names of tables. Of the fields of a
table in ONE_OF exactly one is there.
"""

from collections.abc import Mapping, Sequence

Shape = Mapping[str, str]
DOCS = "https://learn.microsoft.com/en-us/linkedin/marketing/community-management"
EVENTS = "https://learn.microsoft.com/en-us/linkedin/marketing/event-management/events"
POST, ACTIVITY, COMMENT = "urn:share|ugcPost", "urn:activity", "urn:comment"
ACTOR = "urn:person|organization"
SHAPES: dict[str, Shape] = {
    # DOCS/shares/posts-api, /shares/post-api-schema
    "Post": {
        "author": ACTOR,
        "commentary": "string",
        "container?": "string",
        "content?": "Content",
        "contentCallToActionLabel?": "string",
        "contentLandingPage?": "url",
        "createdAt": "ms",
        "distribution": "Distribution",
        "id": POST,
        "isReshareDisabledByAuthor": "bool",
        "lastModifiedAt": "ms",
        "lifecycleState": "PUBLISHED|DRAFT|PUBLISH_REQUESTED|PUBLISH_FAILED",
        "lifecycleStateInfo?": "LifecycleStateInfo",
        "publishedAt?": "ms",
        "reshareContext?": "ReshareContext",
        "visibility": "PUBLIC|CONNECTIONS|LOGGED_IN|CONTAINER",
    },
    "Content": {
        "article": "Article",
        "media": "Media",
        "multiImage": "MultiImage",
        "poll": "Poll",
        "reference": "Reference",
    },
    "Media": {"altText?": "string", "id": "urn:image|video|document", "title?": "string"},
    "Article": {
        "description?": "string",
        "source": "url",
        "thumbnail?": "urn:image",
        "thumbnailAltText?": "string",
        "title": "string",
    },
    "Reference": {"id": "urn:event|appreciation"},
    "Distribution": {
        "feedDistribution": "MAIN_FEED|NONE",
        "targetEntities?": "[string]",
        "thirdPartyDistributionChannels": "[string]",
    },
    "LifecycleStateInfo": {"contentStatus?": "string", "isEditedByAuthor": "bool", "reviewStatus?": "string"},
    "ReshareContext": {"parent": POST, "root": POST},
    # DOCS/shares/multiimage-post-api, /shares/poll-post-api
    "MultiImage": {"images": "[MultiImageImage]"},
    "MultiImageImage": {"altText?": "string", "id": "urn:image"},
    "Poll": {
        "options": "[PollOption]",
        "question": "string",
        "settings": "PollSettings",
        "uniqueVotersCount": "count",
    },
    "PollOption": {"isVotedByViewer": "bool", "text": "string", "voteCount": "count"},
    "PollSettings": {
        "duration": "ONE_DAY|THREE_DAYS|SEVEN_DAYS|FOURTEEN_DAYS",
        "isVoterVisibleToAuthor": "bool",
        "voteSelectionType": "SINGLE_VOTE|MULTIPLE_VOTE",
    },
    # DOCS/shares/comments-api
    "Comment": {
        "$URN": COMMENT,
        "actor?": ACTOR,
        "agent?": "urn:person",
        "commentUrn?": COMMENT,
        "commentsSummary": "CommentsSummary",
        "content?": "[CommentContent]",
        "created": "AuditStamp",
        "id": "string",
        "lastModified": "AuditStamp",
        "likesSummary?": "LikesSummary",
        "message": "Message",
        "object": ACTIVITY,
        "parentComment?": COMMENT,
    },
    "AuditStamp": {"actor?": ACTOR, "impersonator?": "urn:person", "time": "ms"},
    "Message": {"attributes": "[Attribute]", "text": "string"},
    "Attribute": {"length": "count", "start": "count", "value": "AttributeValue"},
    "AttributeValue": {
        "com.linkedin.common.CompanyAttributedEntity": "MentionedCompany",
        "com.linkedin.common.MemberAttributedEntity": "MentionedMember",
    },
    "MentionedCompany": {"company": "urn:organization"},
    "MentionedMember": {"member": "urn:person"},
    "CommentContent": {"entity": "CommentEntity", "type": "IMAGE|VIDEO|ARTICLE", "url?": "url"},
    "CommentEntity": {
        "digitalmediaAsset": "urn:digitalmediaAsset",
        "image": "urn:image",
    },  # answered; written
    "CommentsSummary": {
        "aggregatedTotalComments": "count",
        "selectedComments": "[urn:comment]",
        "totalFirstLevelComments": "count",
    },
    "LikesSummary": {
        "aggregatedTotalLikes": "count",
        "likedByCurrentUser": "bool",
        "selectedLikes": "[urn:like]",
        "totalLikes": "count",
    },
    # DOCS/shares/social-metadata-api, /shares/reactions-api
    "SocialMetadata": {
        "commentSummary": "CommentSummary",
        "commentsState": "OPEN|CLOSED",
        "entity": "urn:activity|comment",
        "reactionSummaries": "{ReactionSummary}",
    },
    "CommentSummary": {"count": "count", "topLevelCount": "count"},
    "ReactionSummary": {
        "count": "count",
        "reactionType": "LIKE|PRAISE|EMPATHY|INTEREST|APPRECIATION|ENTERTAINMENT",
    },
    "Reaction": {
        "created": "AuditStamp",
        "id": "urn:reaction",
        "lastModified": "AuditStamp",
        "reactionType": "LIKE|PRAISE|EMPATHY|INTEREST|APPRECIATION|ENTERTAINMENT",
        "root": "urn:activity|comment",
    },
    # DOCS/shares/images-api, /shares/videos-api, /shares/documents-api
    "Image": {
        "aspectRatioHeight?": "number",
        "aspectRatioWidth?": "number",
        "downloadUrl?": "url",
        "downloadUrlExpiresAt?": "ms",
        "id": "urn:image",
        "owner": ACTOR,
        "status": "AVAILABLE|PROCESSING|PROCESSING_FAILED|WAITING_UPLOAD",
    },
    "Video": {
        "aspectRatioHeight?": "number",
        "aspectRatioWidth?": "number",
        "captions?": "url",
        "downloadUrl?": "url",
        "downloadUrlExpiresAt?": "ms",
        "duration?": "count",
        "id": "urn:video",
        "owner": ACTOR,
        "status": "AVAILABLE|PROCESSING|PROCESSING_FAILED|WAITING_UPLOAD",
        "thumbnail?": "url",
    },
    "Document": {
        "downloadUrl?": "url",
        "downloadUrlExpiresAt?": "ms",
        "id": "urn:document",
        "owner": ACTOR,
        "status": "AVAILABLE|PROCESSING|PROCESSING_FAILED|WAITING_UPLOAD",
    },
    # DOCS/organizations/organization-lookup-api: what a member with a role reads, and what anybody does
    "Organization": {
        "$URN": "urn:organization",
        "alternativeNames": "[string]",
        "coverPhotoV2?": "Cropped",
        "created": "ChangeStamp",
        "defaultLocale": "Locale",
        "description?": "Localized",
        "foundedOn?": "Founded",
        "groups": "[string]",
        "id": "count",
        "industries": "[string]",
        "lastModified": "ChangeStamp",
        "localizedDescription?": "string",
        "localizedName": "string",
        "localizedSpecialties": "[string]",
        "localizedWebsite?": "url",
        "locations": "[Location]",
        "logoV2?": "Cropped",
        "name": "Localized",
        "organizationStatus?": "OPERATING|OPERATING_SUBSIDIARY|REORGANIZING|OUT_OF_BUSINESS|ACQUIRED",
        "organizationType?": (
            "PUBLIC_COMPANY|EDUCATIONAL|SELF_EMPLOYED|GOVERNMENT_AGENCY|NON_PROFIT|SELF_OWNED|PRIVATELY_HELD|PARTNERSHIP"
        ),
        "primaryOrganizationType": "SCHOOL|BRAND|NONE",
        "specialties": "[Tags]",
        "staffCountRange?": "string",
        "vanityName": "string",
        "versionTag": "string",
        "website?": "Localized",
    },
    "OrganizationForAnybody": {
        "id": "count",
        "localizedName": "string",
        "localizedWebsite?": "url",
        "locations": "[Location]",
        "logoV2?": "Cropped",
        "name": "Localized",
        "primaryOrganizationType": "SCHOOL|BRAND|NONE",
        "vanityName": "string",
    },
    "Localized": {"localized": "{string}", "preferredLocale": "Locale"},
    "Locale": {"country": "string", "language": "string"},
    "Cropped": {
        "cropInfo": "CropInfo",
        "cropped": "urn:digitalmediaAsset",
        "original": "urn:digitalmediaAsset",
    },
    "CropInfo": {"height": "count", "width": "count", "x": "count", "y": "count"},
    "ChangeStamp": {"actor": ACTOR, "time": "ms"},
    "Founded": {"year": "count"},
    "Tags": {"locale": "Locale", "tags": "[string]"},
    "Location": {"address": "Address", "locationType": "HEADQUARTERS|OTHER", "staffCountRange?": "string"},
    "Address": {
        "city?": "string",
        "country?": "string",
        "geographicArea?": "string",
        "line1?": "string",
        "postalCode?": "string",
    },
    "NetworkSize": {"firstDegreeSize": "count"},
    # EVENTS, whose schema could be read to `address` only: the rest is from the requests that public clients
    # make, from what they read
    # of the answers, and from
    # .../linkedin/compliance/integrations/compliance-events/resource-references/events
    "Event": {
        "backgroundImage?": "urn:digitalmediaAsset",
        "cancelled?": "bool",
        "created": "AuditStamp",
        "description?": "LocalizedRich",
        "discoveryMode": "LISTED|URL_ONLY",
        "entryCriteria?": "PUBLIC|PRIVATE",
        "id": "count",
        "lastModified?": "AuditStamp",
        "name": "Localized",
        "organizer": ACTOR,
        "startsAt": "ms",
        "type": "EventType",
        "ugcPost?": POST,
        "vanityName?": "string",
    },
    "EventType": {"inPerson": "InPerson", "online": "Online"},
    "InPerson": {"address": "Address", "endsAt?": "ms", "url?": "url", "venueDetails?": "LocalizedRich"},
    "Online": {"format": "OnlineFormat"},
    "OnlineFormat": {"external": "External"},
    "External": {"endsAt?": "ms", "url": "url"},
    "LocalizedRich": {"localized": "{RichText}", "preferredLocale": "Locale"},
    "RichText": {"rawText": "string"},
    # DOCS/organizations/organization-access-control-by-role
    "OrganizationAcl": {
        "organization": "urn:organization",
        "role": (
            "ADMINISTRATOR|DIRECT_SPONSORED_CONTENT_POSTER|CONTENT_ADMINISTRATOR|ANALYST|CURATOR|RECRUITING_POSTER"
        ),
        "roleAssignee": "urn:person",
        "state": "APPROVED|REQUESTED|REJECTED|REVOKED",
    },
    # DOCS/organizations/organization-social-action-notifications
    "Notification": {
        "action": "LIKE|COMMENT|ADMIN_COMMENT|COMMENT_EDIT|COMMENT_DELETE|SHARE|SHARE_MENTION",
        "decoratedGeneratedActivity?": "DecoratedActivity",
        "decoratedSourcePost?": "DecoratedPost",
        "generatedActivity?": "urn:share|ugcPost|shortComment",
        "lastModifiedAt": "ms",
        "notificationId": "count",
        "organizationalEntity": "urn:organization",
        "sourcePost": ACTIVITY,
        "subscriber": "urn:person",
    },
    "DecoratedActivity": {"comment": "DecoratedComment", "share": "DecoratedPost"},
    "DecoratedComment": {"entity": COMMENT, "object": ACTIVITY, "owner": ACTOR, "text": "string"},
    "DecoratedPost": {
        "entity": POST,
        "mediaCategory?": "NONE|IMAGE|VIDEO|ARTICLE|RICH",
        "owner": ACTOR,
        "text": "string",
    },
    # https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens,
    # .../token-introspection
    "AccessToken": {
        "access_token": "string",
        "expires_in": "count",
        "refresh_token": "string",
        "refresh_token_expires_in": "count",
        "scope": "string",
    },
    "Introspection": {
        "active": "bool",
        "auth_type?": "2L|3L|Enterprise_User",
        "authorized_at?": "count",
        "client_id?": "string",
        "created_at?": "count",
        "expires_at?": "count",
        "scope?": "string",
        "status?": "active|revoked|expired",
    },
    # https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling
    "OAuthError": {"error": "string", "error_description": "string"},
    "Error": {"code?": "string", "message": "string", "serviceErrorCode?": "count", "status": "count"},
    # https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/pagination
    "Paging": {"count": "count", "links": "[Link]", "start": "count", "total?": "count"},
    "Link": {"href": "string", "rel": "next|prev", "type": "application/json"},
}
ONE_OF: Sequence[str] = ("Content", "AttributeValue", "CommentEntity", "DecoratedActivity", "EventType")
LISTED: Sequence[str] = (  # what finders find
    *(
        "Post",
        "Comment",
        "Reaction",
        "Organization",
        "OrganizationForAnybody",
        "OrganizationAcl",
        "Notification",
        "Event",
    ),
)
BATCHES: Sequence[str] = (
    "Post",
    "Comment",
    "SocialMetadata",
    "Image",
    "Video",
    "Document",
    "OrganizationForAnybody",
)
