"""The places, accounts, and tokens of the story, read from cast.yaml."""

from collections.abc import Mapping
from typing import Any

from infra.sandbox.model import Photo
from infra.sandbox.network import Network
from infra.sandbox.story.moments import parse_span
from infra.sandbox.story.texts import SHARED, read_yaml

_CAST = read_yaml("cast")
AGENCY: Mapping[str, str] = _CAST["agency"]
SPEAKERS: Mapping[str, str] = AGENCY | _CAST["channels"]
PEOPLE: Mapping[str, str] = _CAST["people"]
SITE, NEWS, INSTAGRAM = "wordpress/district", "feed/news", "instagram"
SKY_DISTRICT, INSTAGRAM_DISTRICT, THREADS_DISTRICT = AGENCY["bluesky"], AGENCY[INSTAGRAM], AGENCY["threads"]
CHANNEL, TIKTOK_DISTRICT = SPEAKERS["youtube"], SPEAKERS["tiktok"]


def _token(where: str, kind: str = "", account: bool = True) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one
        for one in _CAST["tokens"]
        if one["where"] == where and one.get("kind", "") == kind and bool(one["account"]) == account
    )
    return found


def _secret(where: str, kind: str = "") -> str:
    return str(_token(where, kind, kind != "app")["secret"])


USER = str(_token(SITE)["user"])
WORDPRESS_SECRET, MASTODON_SECRET = _secret(SITE), _secret("mastodon")
SKY_SECRET = _secret("bluesky", "password")
FACEBOOK_SECRET, FACEBOOK_SYSTEM_SECRET = _secret("facebook", "page"), _secret("facebook", "system")
INSTAGRAM_SECRET, THREADS_SECRET = _secret(INSTAGRAM, "instagram"), _secret("threads", "threads")
LINKEDIN_SECRET, LINKEDIN_REFRESH = _secret("linkedin"), _secret("linkedin", "refresh")
LINKEDIN_APP, LINKEDIN_CLIENT = _secret("linkedin", "app"), str(_token("linkedin", "app", False)["user"])
YOUTUBE_KEY, YOUTUBE_SECRET = str(_token("youtube", account=False)["secret"]), _secret("youtube")
X_BEARER, X_SECRET = str(_token("x", account=False)["secret"]), _secret("x")
TIKTOK_SECRET, VIMEO_SECRET = _secret("tiktok"), _secret("vimeo")


def handle(where: str, name: str) -> str:
    """Return the key of a person's account in a place."""
    short = PEOPLE[name]
    if where == "bluesky":
        return f"{where}/{short}.test"
    if where == "mastodon" and short not in _CAST["local"]:
        return f"{where}/{short}@harborlight.test"
    return f"{where}/{short}"


def illustrate(network: Network, where: str, photos: list[Photo], title: str) -> list[Photo]:
    """Return the photos, or, where a post needs one, a card with the title."""
    if photos or where != INSTAGRAM:
        return photos
    return [network.photo(where, f"White letters on blue: {title}", seed=title)]


def gather(network: Network) -> None:
    """Add all places, accounts, and tokens to a network."""
    for place in _CAST["places"]:
        network.place(**{name: value.format_map(SHARED) for name, value in place.items()})
    for account in _CAST["accounts"]:
        texts = {name: account[name].format_map(SHARED) for name in ("name", "about") if name in account}
        network.account(**account | texts)
    for where in _CAST["homes"]:
        for name in PEOPLE:
            network.account(handle(where, name), name)
    for token in _CAST["tokens"]:
        ends = {"expires": network.start + parse_span(token["expires"])} if "expires" in token else {}
        network.grant(**token | ends)
