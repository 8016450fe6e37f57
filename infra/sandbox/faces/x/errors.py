"""X's problems, of a complete request or of a part of it.

Sources: docs.x.com/x-api/fundamentals/response-codes-and-errors and .../post-cap, responses quoted in public
issue threads (read on 2026-11-25). Types have the newer names; query.to_older_names changes them to the older
ones.
"""

from infra.sandbox.faces.common import Json, Refusal

TYPES = "https://api.x.com/2/problems"
ACCOUNT = 1_700_000_000_000_000_001  # the developer's
SCHEMES = {
    "BearerToken": "OAuth 2.0 Application-Only",
    "OAuth2UserToken": "OAuth 2.0 User Context",
    "UserToken": "OAuth 1.0a User Context",
}


def plain(status: int, title: str) -> Refusal:
    return Refusal(status, {"title": title, "detail": title, "type": "about:blank", "status": status})


def invalid(name: str, value: str, words: str) -> Refusal:
    cause = {"message": words, "parameters": {name: [value]}}
    body = {
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": f"{TYPES}/invalid-request",
    }
    return Refusal(400, {"errors": [cause], **body})


def unsupported(scheme: str, supported: list[str]) -> Refusal:
    names = ", ".join(SCHEMES[one] for one in supported)
    detail = (
        f"Authenticating with {SCHEMES[scheme]} is forbidden for this endpoint.  Supported authentication"
        f" types are [{names}]."
    )
    body = {
        "title": "Unsupported Authentication",
        "detail": detail,
        "type": f"{TYPES}/unsupported-authentication",
        "status": 403,
    }
    return Refusal(403, body)


def capped() -> Refusal:
    body = {
        "title": "UsageCapExceeded",
        "detail": "Usage cap exceeded: Monthly product cap",
        "type": f"{TYPES}/usage-capped",
    }
    return Refusal(
        429,
        {
            "account_id": ACCOUNT,
            "product_name": "pay-per-use",
            "period": "Monthly",
            "scope": "Product",
            **body,
        },
    )


def depleted() -> Refusal:
    detail = f"Your enrolled account [{ACCOUNT}] does not have any credits to fulfill this request."
    return Refusal(
        402, {"account_id": ACCOUNT, "title": "CreditsDepleted", "detail": detail, "type": f"{TYPES}/credits"}
    )


def _part(kind: str, title: str, detail: str, **what: str) -> Json:
    """Return a problem of a part. what: resource_type, parameter, value."""
    return {**what, "resource_id": what["value"], "title": title, "detail": detail, "type": f"{TYPES}/{kind}"}


def other(name: str, value: str, viewer: str) -> Refusal:
    """Refuse a request for something that only its owner may read."""
    return invalid(
        name,
        value,
        f"The `{name}` query parameter value [{value}] must be the same as the authenticating user"
        f" [{viewer}]",
    )


def missing(resource: str, parameter: str, value: str) -> Json:
    detail = f"Could not find {resource} with {parameter}: [{value}]."
    return _part(
        "resource-not-found",
        "Not Found Error",
        detail,
        resource_type=resource,
        parameter=parameter,
        value=value,
    )


def forbidden(resource: str, parameter: str, value: str) -> Json:
    shown = "Tweet" if resource == "tweet" else resource
    detail = f"Sorry, you are not authorized to see the {shown} with {parameter}: [{value}]."
    return _part(
        "not-authorized-for-resource",
        "Authorization Error",
        detail,
        resource_type=resource,
        parameter=parameter,
        value=value,
    )


def suspended(parameter: str, value: str) -> Json:
    detail = f"User has been suspended: [{value}]."
    return _part(
        "resource-not-found", "Forbidden", detail, resource_type="user", parameter=parameter, value=value
    )
