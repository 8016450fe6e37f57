"""How long a sign-in has to live. Flask's own session is prolonged by each request, and hands out a new token whenever Airflow's first page
is asked for: alone it would keep somebody in for good who has left the agency."""

from __future__ import annotations

import time

from airflow.configuration import conf
from flask import has_request_context, session

BEGUN = "signed_in_at"  # in Flask's session: Unix time


def begin() -> None:
    session[BEGUN] = int(time.time())


def begun() -> bool:
    """Whether this request is of somebody who came from the agency's provider."""
    return has_request_context() and BEGUN in session


def left() -> int:
    """Seconds; 0 or less: it has ended."""
    return int(session.get(BEGUN, 0)) + conf.getint("api_auth", "jwt_expiration_time") - int(time.time())
