"""How long a sign-in lasts.

Each request extends Flask's own session, and Airflow's first page always gives a new token. Alone, that would
keep a person signed in for good after they left the agency.
"""

from __future__ import annotations

import time

from airflow.configuration import conf
from flask import has_request_context, session

BEGUN_AT = "signed_in_at"  # in Flask's session: Unix time


def begin_session() -> None:
    session[BEGUN_AT] = int(time.time())


def has_begun() -> bool:
    """Whether this request is from a person who came from the agency's provider."""
    return has_request_context() and BEGUN_AT in session


def seconds_left() -> int:
    """Return the seconds left; 0 or less: the sign-in has ended."""
    return int(session.get(BEGUN_AT, 0)) + conf.getint("api_auth", "jwt_expiration_time") - int(time.time())
