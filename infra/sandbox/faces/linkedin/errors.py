"""LinkedIn's errors, with the messages of real responses.

Sources: learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling and .../rate-limits,
responses quoted in public issue threads (read on 2026-11-25). No public response shows the message for a
missing thing, so that one is our own.
"""

from infra.sandbox.faces.common import Refusal
from infra.sandbox.model import Token

DEAD = {
    "expired": (65602, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired"),
    "revoked": (65601, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked by the user"),
}
NO_VERSION = (
    400,
    "VERSION_MISSING",
    "A version must be present. Please specify a version by adding the LinkedIn-Version header.",
)
NO_METHOD = (400, "ILLEGAL_ARGUMENT", "Resource method could not be resolved from request parameters.")
BAD_PATH = (400, "ILLEGAL_ARGUMENT", "Syntax exception in path variables")
BAD_QUERY = (400, "ILLEGAL_ARGUMENT", "Invalid query parameters passed to request")
NO_RESOURCE = (404, "RESOURCE_NOT_FOUND", "No virtual resource found")
NO_FORM = (400, "invalid_request", "A required parameter is missing or malformed")
THROTTLED = (
    429,
    "TOO_MANY_REQUESTS",
    "Resource level throttle APPLICATION DAY limit for calls to this resource is reached.",
    101,
)


def missing(urn: str) -> Refusal:
    return Refusal(404, "NOT_FOUND", f"Could not find entity {urn}")


def forbidden(resource: str, method: str, version: str) -> Refusal:
    return Refusal(
        403, "ACCESS_DENIED", f"Not enough permissions to access: {resource}.{method}.{version}01", 100
    )


def sunset(version: str) -> Refusal:
    """Return the error for a version. Requests name no day, but the error does."""
    return Refusal(426, "NONEXISTENT_VERSION", f"Requested version {version}01 is not active")


def unsupported(protocol: str) -> Refusal:
    return Refusal(
        400, "BAD_REQUEST", f"Rest.li protocol version {protocol} used by the client is not supported!"
    )


def unauthorized(token: Token | None, secret: str) -> Refusal:
    """Return the reason why a token gives no access.

    token: the dead one, if it is known.
    """
    if not secret:
        return Refusal(401, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token", 65604)
    if token is None:
        return Refusal(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600)
    service, code, words = DEAD.get(token.reason, DEAD["expired"])
    return Refusal(401, code, words, service)
