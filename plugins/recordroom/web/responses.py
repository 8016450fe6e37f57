"""Stream a response so that the client sees whether it is complete.

An error before the first piece becomes a page. A later error must break the connection: otherwise a client
takes half of a file for a complete one. An exception is not enough. Airflow's middleware wraps the room, and
Starlette's BaseHTTPMiddleware sends the regular end of a response even if the application raised. A piece
that is not bytes passes all middleware and breaks the connection where bytes are written.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from itertools import chain

from fastapi import Response
from fastapi.responses import StreamingResponse
from starlette.types import Send

_log = logging.getLogger(__name__)


def stream_pieces(pieces: Iterator[bytes], media_type: str, headers: Mapping[str, str]) -> Response:
    """Return a response of these pieces.

    The first piece is read now, so that the caller can show an error on a page.
    """
    first = next(pieces, b"")
    return _AbortingResponse(chain((first,), pieces), headers=headers, media_type=media_type)


class _AbortingResponse(StreamingResponse):
    async def stream_response(self, send: Send) -> None:
        try:
            await super().stream_response(send)
        except Exception:
            _log.error(
                "a response in pieces was aborted; the client sees that it is incomplete", exc_info=True
            )
            await send({"type": "http.response.body", "body": "no bytes", "more_body": True})
            raise
