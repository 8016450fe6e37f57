"""Meta's errors by their numbers, with the messages of real responses.

Sources: developers.facebook.com/docs/graph-api/guides/error-handling and .../overview/rate-limiting, and the
reference pages of the nodes; messages and statuses as quoted in public issue threads. The status of 190
differs by host: here it is 400.
"""

import hashlib
import itertools
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from infra.sandbox.faces.common import Json

MENLO_PARK = ZoneInfo("America/Los_Angeles")
DOCS = "https://developers.facebook.com/docs"
LIMITS = f"{DOCS}/graph-api/overview/rate-limiting"
OAUTH, METHOD = "OAuthException", "GraphMethodException"
OR_ELSE = "or Facebook has changed the session for security reasons."
REASONS = {  # why a token is dead: subcode and message
    "expired": (463, "Session has expired on {then}. The current time is {now}."),
    "password": (460, f"The session has been invalidated because the user changed their password {OR_ELSE}"),
    "revoked": (458, "The user has not authorized application 1400000000000001."),
    "checkpoint": (
        459,
        "You cannot access the app till you log in to www.facebook.com and follow the instructions given.",
    ),
    "unconfirmed": (464, "Sessions for the user are not allowed because the user is not a confirmed user."),
    "logged_out": (467, "The session is invalid because the user logged out."),
    "role": (
        492,
        (
            "Invalid Session: user associated with the Page access token does not have an appropriate role on"
            " the Page."
        ),
    ),
}
_counter = itertools.count(1)


@dataclass(frozen=True)
class Kind:
    """The usual properties of an error with one number."""

    message: str
    status: int = 400  # HTTP status
    type: str = OAUTH
    transient: bool = False  # has is_transient


KINDS = {
    1: Kind("Please reduce the amount of data you're asking for, then retry your request", 500),
    2: Kind("An unexpected error has occurred. Please retry your request later.", 500, transient=True),
    4: Kind("(#4) Application request limit reached", 403, transient=True),
    10: Kind(
        "(#10) This endpoint requires the 'pages_read_engagement' permission or the 'Page Public Content"
        f" Access' feature. Refer to {DOCS}/apps/review/login-permissions#manage-pages and"
        f" {DOCS}/apps/review/feature#reference-PAGES_ACCESS for details."
    ),
    12: Kind(
        "(#12) deprecate_post_aggregated_fields_for_attachement is deprecated for versions v3.3 and higher"
    ),
    17: Kind("(#17) User request limit reached", transient=True),
    32: Kind("(#32) Page request limit reached", 403),
    100: Kind("(#100) Invalid parameter"),
    104: Kind("An access token is required to request this resource."),
    190: Kind("Invalid OAuth access token - Cannot parse access token"),
    200: Kind(
        "(#200) User does not have sufficient administrative permission for this action on this page.", 403
    ),
    210: Kind("(#210) A page access token is required to request this resource."),
    283: Kind("(#283) Requires pages_read_engagement permission to manage the object", 403),
    368: Kind("(#368) The action attempted has been deemed abusive or is otherwise disallowed"),
    613: Kind("(#613) Calls to this api have exceeded the rate limit."),
    803: Kind("(#803) Some of the aliases you requested do not exist", 404),
    2500: Kind("An active access token must be used to query information about the current user."),
    80001: Kind(
        "(#80001) There have been too many calls to this Page account. Wait a bit and try again. "
        f"For more info, please refer to {LIMITS}#pages."
    ),
    80006: Kind(
        "(#80006) There have been too many messenger api calls to this Page account. Wait a bit and try"
        f" again. For more info, please refer to {LIMITS}."
    ),
    80002: Kind(
        "(#80002) There have been too many calls to this Instagram account. Wait a bit and try again. "
        f"For more info, please refer to {LIMITS}#instagram."
    ),
}


def nonce(length: int) -> str:
    """Return a value for trace IDs and signatures, unique in the process."""
    return hashlib.sha256(f"nonce {next(_counter)}".encode()).hexdigest()[:length]


def error(code: int, subcode: int = 0, *, message: str = "", kind: str = "") -> Json:
    """Return the body of an error.

    kind: its type, if it is not the usual one of its code.
    """
    known = KINDS[code]
    body: Json = {"message": message or known.message, "type": kind or known.type}
    if known.transient:
        body["is_transient"] = True
    body["code"] = code
    if subcode:
        body["error_subcode"] = subcode
    return {"error": {**body, "fbtrace_id": f"A{nonce(22)}"}}


def missing(wanted: str, kind: str = METHOD) -> Json:
    """Return the error for a missing, invisible, or unsupported node."""
    message = (
        f"Unsupported get request. Object with ID '{wanted}' does not exist, cannot be loaded due to missing"
        " permissions, or does not support this operation. Please read the Graph API documentation at"
        f" {DOCS}/graph-api"
    )
    return error(100, 33, message=message, kind=kind)


def nonexistent(name: str, kind: str, type_: str = OAUTH) -> Json:
    """Return the error for a field that a kind of node does not have."""
    return error(
        100, message=f"(#100) Tried accessing nonexisting field ({name}) on node type ({kind})", kind=type_
    )


def unpermitted(permission: str) -> Json:
    return error(10, message=KINDS[10].message.replace("pages_read_engagement", permission))


def ungranted(code: int, permission: str) -> Json:
    """Return the error for a missing permission that has another number than 10."""
    return error(code, message=f"(#{code}) Requires {permission} permission to manage the object")


def dead(reason: str, then: datetime, now: datetime) -> Json:
    """Return the error for a dead access token.

    then: the instant since which it is dead.
    """
    subcode, words = REASONS[reason or "expired"]
    moments = {
        name: f"{at.astimezone(MENLO_PARK):%A, %d-%b-%y %H:%M:%S %Z}"
        for name, at in (("then", then), ("now", now))
    }
    return error(190, subcode, message=f"Error validating access token: {words.format(**moments)}")
