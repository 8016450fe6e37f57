"""The sandbox's own API: the story's acts and the network's actions as JSON.

GET  /sandbox/health      {"ok": true, "act": 1, "places": [...], "names": {...},
                          "invalid": [responses that validation refused]}
POST /sandbox/act/2       plays act 2, once
POST /sandbox/<action>    keys are the action's parameters: posts by name or key, times in ISO 8601,
                          photos as {"alt": ...}, a video as {"seconds": ...}

POST /sandbox/comment {"account": "mastodon/wendell", "parent": "mastodon:closure", "text": "And tomorrow?"}
-> {"key": "mastodon/379", "id": "1176...", "status": "visible"}
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from infra.sandbox.faces import native_id
from infra.sandbox.model import Photo, Poll, Post, video_from
from infra.sandbox.moderation import Unsupported
from infra.sandbox.network import Network
from infra.sandbox.story import play

POSTS, TIMES = ("post", "parent", "quote", "shared", "message", "answers"), ("at", "until", "starts", "ends")
WRITING = ("publish", "comment", "edit", "repost", "caption", "message", "unsend", "change_event")
MODERATION = ("hide", "hold", "spam", "trash", "remove", "moderate", "restore", "switch_comments", "label")
PLACES = (
    "throttle",
    "quota",
    "expire_token",
    "withdraw",
    "fail",
    "restart",
    "rename",
    "suspend",
    "limit",
    "unpublish",
    "dismiss",
    "approve_comments",
    "pay",
    "block",
    "block_domain",
    "mute",
    "file",
    "filter_words",
    "wait",
    "name",
)


def arguments(network: Network, given: dict[str, Any]) -> dict[str, Any]:
    """Convert the values of a request to those that the action takes."""
    given = dict(given)
    for name in POSTS:
        if given.get(name) is not None and not (name == "post" and "account" in given):
            given[name] = network.named(given[name])
    for name in TIMES:
        if given.get(name) is not None:
            given[name] = datetime.fromisoformat(given[name])
    if "photos" in given:
        author = given.get("account", given.get("who"))
        where = network.accounts[author].where if author else given["post"].where
        given["photos"] = [
            photo if isinstance(photo, Photo) else network.photo(where, **photo) for photo in given["photos"]
        ]
    if "poll" in given:
        given["poll"] = Poll(**{**given["poll"], "ends": datetime.fromisoformat(given["poll"]["ends"])})
    if "video" in given:
        given["video"] = video_from(given["video"])
    return given


def perform(network: Network, verb: str, given: dict[str, Any]) -> dict[str, Any]:
    """Perform an action; raise LookupError for one that the API does not have."""
    if verb not in (*WRITING, *MODERATION, *PLACES):
        raise LookupError(f"{verb} is none of {', '.join((*WRITING, *MODERATION, *PLACES))}")
    done = getattr(network, verb)
    values = arguments(network, given)
    result = done(values.pop("post"), *values.pop("labels", [])) if verb == "label" else done(**values)
    return describe(network, result) if isinstance(result, Post) else {"done": verb}


def describe(network: Network, post: Post) -> dict[str, Any]:
    """Return the response to an action on a post."""
    return {
        "key": post.key,
        "id": native_id(network, post),
        "status": post.status,
        "created": post.created.isoformat(),
    }


def create_control(network: Network) -> Flask:
    """Return the application below /sandbox."""
    app = Flask("sandbox/control", static_folder=None)

    def locked(work: Callable[[], dict[str, Any]]) -> Response:
        with network.lock:
            return jsonify(work())

    @app.errorhandler(LookupError)
    @app.errorhandler(TypeError)
    @app.errorhandler(ValueError)
    @app.errorhandler(Unsupported)
    def wrong(error: Exception) -> tuple[Response, int]:
        return jsonify({"error": f"{type(error).__name__}: {error}"}), 400

    @app.errorhandler(HTTPException)
    def lost(error: HTTPException) -> tuple[Response, int]:
        return jsonify({"error": error.name}), error.code or 500

    @app.get("/health")
    def health() -> Response:
        state = {
            "act": network.act,
            "now": network.now().isoformat(),
            "places": sorted(network.places),
            "names": network.names,
        }
        return locked(lambda: {"ok": not network.invalid, **state, "invalid": network.invalid})

    @app.post("/act/<int:number>")
    def act(number: int) -> Response:
        if number != 2:
            raise LookupError(f"there is no act {number} to play; act 1 is there from the start")
        return locked(lambda: play(network))

    @app.post("/<verb>")
    def verb(verb: str) -> Response:
        return locked(lambda: perform(network, verb, request.get_json(silent=True) or {}))

    return app
