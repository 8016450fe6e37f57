"""The errors of the YouTube Data API, and of the front end of all Google APIs.

Status, reason, and domain are those of developers.google.com/youtube/v3/docs/errors and of published
responses. The messages are our own, with the markup of YouTube's messages.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from infra.sandbox.faces.common import Json, Refusal

INVALID = "INVALID_ARGUMENT"
UNKNOWN = "UNAUTHENTICATED"
DENIED = "PERMISSION_DENIED"
EXHAUSTED = "RESOURCE_EXHAUSTED"
REALM = 'Bearer realm="https://accounts.google.com/"'
PLACES = {"Authorization": "header", "body": "other", "parameters.": "other"}
PARAMETER = "youtube.parameter"
THREAD = "youtube.commentThread"
COMMENT = "youtube.comment"
CAPTION = "youtube.caption"


@dataclass(frozen=True)
class Problem:
    """An error of the API."""

    status: int  # HTTP status
    reason: str
    domain: str
    message: str
    location: str = ""  # the parameter or header at fault
    rpc: str = ""  # status of the front end; YouTube's own errors have none
    info: str = ""  # its reason in `details`
    headers: Mapping[str, str] = field(default_factory=dict)

    def refuse(self, **changes: Any) -> Refusal:
        problem = replace(self, **changes)
        return Refusal(problem.status, problem)

    def body(self) -> Json:
        place = (
            {"location": self.location, "locationType": PLACES.get(self.location, "parameter")}
            if self.location
            else {}
        )
        one = {"message": self.message, "domain": self.domain, "reason": self.reason, **place}
        error: Json = {"code": self.status, "message": self.message, "errors": [one]}
        if self.rpc:
            error["status"] = self.rpc
        if self.info:
            detail = {
                "reason": self.info,
                "domain": "googleapis.com",
                "metadata": {"service": "youtube.googleapis.com"},
            }
            error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", **detail}]
        return {"error": error}


def code(name: str) -> str:
    return f'<code><a href="/youtube/v3/docs/{name}">{name.rpartition("#")[2]}</a></code>'


# keys, tokens, and scopes
NO_CREDENTIALS = Problem(
    403,
    "forbidden",
    "global",
    "Unregistered callers cannot use this method: send an API key or a token.",
    rpc=DENIED,
)
KEY_INVALID = Problem(400, "badRequest", "global", "API key not valid.", rpc=INVALID, info="API_KEY_INVALID")
KEY_EXPIRED = replace(KEY_INVALID, message="API key expired.")
TOKEN_INVALID = Problem(
    401,
    "authError",
    "global",
    "Invalid Credentials",
    "Authorization",
    UNKNOWN,
    headers={"WWW-Authenticate": f'{REALM}, error="invalid_token"'},
)
TOKEN_REQUIRED = Problem(
    401,
    "required",
    "global",
    "Login Required.",
    "Authorization",
    UNKNOWN,
    "CREDENTIALS_MISSING",
    {"WWW-Authenticate": REALM},
)
SCOPE = Problem(
    403,
    "insufficientPermissions",
    "global",
    "Insufficient Permission",
    "",
    DENIED,
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
)
SUSPENDED = Problem(
    403,
    "authenticatedUserAccountSuspended",
    "youtube.common",
    "The YouTube account of the authenticated user is suspended.",
    "Authorization",
)
MINE = Problem(
    401, "authorizationRequired", PARAMETER,
    f"The {code('channels/list#mine')} parameter needs authorization.", "mine",
    headers={"WWW-Authenticate": REALM},
)  # fmt: skip
# quotas
QUOTA = Problem(
    403,
    "quotaExceeded",
    "youtube.quota",
    'The <a href="/youtube/v3/getting-started#quota">quota</a> is used up.',
)
RATE = Problem(
    429,
    "rateLimitExceeded",
    "global",
    "Quota exceeded for quota metric 'Queries' per minute.",
    "",
    EXHAUSTED,
    "RATE_LIMIT_EXCEEDED",
)
# parameters
UNKNOWN_NAME = Problem(400, "invalid", "global", "Unknown name: cannot bind query parameter.", rpc=INVALID)
INVALID_VALUE = Problem(400, "invalidParameter", "global", "Invalid value.")
REQUIRED = Problem(400, "required", "global", "Required parameter: part", "part")
UNKNOWN_PART = Problem(400, "unknownPart", "youtube.part", "", "part")
NO_FILTER = Problem(400, "missingRequiredParameter", PARAMETER, "No filter selected.", "parameters.")
INCOMPATIBLE = Problem(400, "incompatibleParameters", PARAMETER, "Incompatible parameters.", "parameters.")
UNEXPECTED = Problem(400, "unexpectedParameter", PARAMETER, "Unexpected parameter.")
INVALID_FILTERS = Problem(
    400, "invalidFilters", PARAMETER, "The request specifies an invalid filter parameter.", "id"
)
PAGE_TOKEN = Problem(
    400, "invalidPageToken", PARAMETER, "The request specifies an invalid page token.", "pageToken"
)
PROCESSING = Problem(
    400,
    "processingFailure",
    THREAD,
    f"The server could not process the request; check the {code('commentThreads')}.",
    "body",
)
# missing or invisible resources
PLAYLIST = Problem(
    404,
    "playlistNotFound",
    "youtube.playlistItem",
    f"No such {code('playlistItems/list#playlistId')}.",
    "playlistId",
)
VIDEO = Problem(
    404,
    "videoNotFound",
    THREAD,
    f"The video of {code('commentThreads/list#videoId')} could not be found.",
    "videoId",
)
CHANNEL = Problem(
    404, "channelNotFound", THREAD, "The channel could not be found.", "allThreadsRelatedToChannelId"
)
COMMENT_THREAD = Problem(
    404, "commentThreadNotFound", THREAD, "One or more comment threads could not be found.", "id"
)
PARENT = Problem(
    404,
    "commentNotFound",
    COMMENT,
    f"The comment of {code('comments/list#parentId')} could not be found.",
    "parentId",
)
COMMENTS_OFF = Problem(
    403,
    "commentsDisabled",
    THREAD,
    f"The video of {code('commentThreads/list#videoId')} has disabled comments.",
    "videoId",
)
NOT_YOURS = Problem(
    403, "forbidden", THREAD, "Comment threads that need permissions which the request does not have."
)
CAPTIONS_OF = Problem(
    404,
    "videoNotFound",
    CAPTION,
    f"The video of {code('captions/list#videoId')} could not be found.",
    "videoId",
)
CAPTIONS_NOT_YOURS = Problem(
    403, "forbidden", CAPTION, "Caption tracks that need permissions which the request does not have."
)
NO_CAPTION = Problem(404, "captionNotFound", CAPTION, "The caption track could not be found.", "id")
CONVERT = Problem(
    400, "couldNotConvert", CAPTION, "The caption track cannot be converted into the format.", "tfmt"
)
