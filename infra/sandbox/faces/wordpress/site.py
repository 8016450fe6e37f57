"""A WordPress site's index, settings, statuses, types, and schemas (seen on 6.1)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Flask

from infra.sandbox.faces.common import Json
from infra.sandbox.model import Place
from infra.sandbox.validation.wordpress import RECORDED

FORBIDDEN = ("rest_forbidden", "Sorry, you are not allowed to do that.")


def _status(slug: str, name: str, *, floating: bool = False) -> Json:
    public = slug == "publish"
    return {"name": name, "public": public, "queryable": public, "slug": slug, "date_floating": floating}


STATUSES = {
    "publish": _status("publish", "Published"),
    "future": _status("future", "Scheduled"),
    "draft": _status("draft", "Draft", floating=True),
    "pending": _status("pending", "Pending", floating=True),
    "private": _status("private", "Private"),
    "trash": _status("trash", "Trash"),
}


def index(place: Place, base: str, app: Flask, now: datetime) -> Json:
    """Return /wp-json/: name, addresses, and routes of the site."""
    offset = now.astimezone(ZoneInfo(place.timezone)).utcoffset() or timedelta()
    paths = sorted(
        rule.rule.replace("<int:number>", "(?P<id>[\\d]+)")
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/wp-json/")
    )
    entry = {"namespace": "wp/v2", "methods": ["GET"], "endpoints": [{"methods": ["GET"], "args": {}}]}
    authorization = f"{base}/wp-admin/authorize-application.php"
    return {
        "name": place.title,
        "description": place.tagline,
        "url": base,
        "home": base,
        "gmt_offset": f"{offset.total_seconds() / 3600:g}",
        "timezone_string": place.timezone,
        "namespaces": ["wp/v2"],
        "authentication": {"application-passwords": {"endpoints": {"authorization": authorization}}},
        "routes": {path.removeprefix("/wp-json"): entry for path in paths},
        "site_logo": 0,
        "site_icon": 0,
        "site_icon_url": "",
        "_links": {"help": [{"href": "https://developer.wordpress.org/rest-api/"}]},
    }


def settings(place: Place, base: str) -> Json:
    return {
        "title": place.title,
        "description": place.tagline,
        "url": base,
        "email": f"webmaster@{place.host}",
        "timezone": place.timezone,
        "date_format": "F j, Y",
        "time_format": "g:i a",
        "start_of_week": 0,
        "language": "",
        "use_smilies": True,
        "default_category": 1,
        "default_post_format": "0",
        "posts_per_page": 10,
        "show_on_front": "posts",
        "page_on_front": 0,
        "page_for_posts": 0,
        "default_ping_status": "open",
        "default_comment_status": "open",
        "site_logo": None,
        "site_icon": 0,
    }


def types(base: str) -> Json:
    types = {}
    for slug, name, route in (
        ("post", "Posts", "posts"),
        ("page", "Pages", "pages"),
        ("attachment", "Media", "media"),
    ):
        about = {
            "description": "",
            "hierarchical": slug == "page",
            "has_archive": False,
            "name": name,
            "slug": slug,
        }
        taxonomies = ["category", "post_tag"] if slug == "post" else []
        links = {
            "collection": [{"href": f"{base}/wp-json/wp/v2/types"}],
            "wp:items": [{"href": f"{base}/wp-json/wp/v2/{route}"}],
        }
        more = {
            "icon": f"dashicons-admin-{slug}",
            "taxonomies": taxonomies,
            "rest_base": route,
            "rest_namespace": "wp/v2",
        }
        types[slug] = {**about, **more, "_links": links}
    return types


def options(route: str) -> Json:
    """Return the response to OPTIONS: the schema of a real site for a route."""
    return {
        "namespace": "wp/v2",
        "methods": ["GET"],
        "endpoints": [{"methods": ["GET"], "args": {}}],
        "schema": RECORDED[route],
    }
