"""What somebody reads who is not in the room yet, or not any more: one of its pages, with a link to sign in."""

from __future__ import annotations

from urllib.parse import urlsplit

from werkzeug import Response

from recordroom import settings
from recordroom.errors import RegisterError
from recordroom.register import yaml_file
from recordroom.sign_in.configuration import base
from recordroom.web import rendering

ROOM = "Records"


def room_name() -> str:
    """Return `Example School District: Records`, or `Records` where the register's file does not say whose they are.

    The file alone is asked: people sign in while the archive is away.
    """
    try:
        told, _ = yaml_file.read(settings.load().register_file)
        return f"{told['agency']['name']}: {ROOM}"
    except (RegisterError, TypeError, KeyError):
        return ROOM


def page(status: int, title: str, mend: str, onward: str = "") -> Response:
    """`onward`: where the browser goes on to by itself."""
    path = urlsplit(base()).path
    again = f"{path}/auth/login/?next={path}/records/"
    text = rendering.markup("sign_in", f"{path}/records", room=room_name(), title=title, mend=mend, again=again, onward=onward)
    return Response(text, status, {**rendering.HEADERS, "Content-Type": "text/html; charset=utf-8"})
