"""The server of the demonstration platforms, on the loopback address only."""

import argparse
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from werkzeug.exceptions import NotFound
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from infra.sandbox.control import create_control
from infra.sandbox.faces import create_app
from infra.sandbox.network import Network
from infra.sandbox.story import tell

ADDRESS = "127.0.0.1"


class Quiet(WSGIRequestHandler):
    """A request handler that logs errors only."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        if str(code) >= "500":
            super().log_request(code, size)


def network_of(state: Path | None) -> Network:
    """Return the network of a state file, or a new one that is kept there."""
    if state is not None and state.exists():
        return Network.load(state)
    if state is not None:
        state.parent.mkdir(parents=True, exist_ok=True)
    return tell(datetime.now(UTC).replace(microsecond=0), fixed=False, path=state)


def create_server(network: Network, port: int) -> BaseWSGIServer:
    """Return a server of all places and the control API; port 0: a free port."""
    faces = {f"/{where}": create_app(network, where) for where in network.places}
    app = DispatcherMiddleware(NotFound(), {**faces, "/sandbox": create_control(network)})
    return make_server(ADDRESS, port, app, threaded=True, request_handler=Quiet)


def main() -> int:
    """Serve until the process ends."""
    arguments = argparse.ArgumentParser(description="The demonstration platforms of recordroom.")
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--state", type=Path, help="file that keeps the network; made at the first start")
    given = arguments.parse_args()
    server = create_server(network_of(given.state), given.port)  # exits with a message if the port is taken
    sys.stderr.write(f"sandbox: http://{ADDRESS}:{server.port}/sandbox/health\n")
    threading.Thread(target=warm, daemon=True).start()
    server.serve_forever()
    return 0


def warm() -> None:
    """Load the models of the lexicons, which takes a second, in the background."""
    from infra.sandbox.validation.bluesky import model

    model("app.bsky.feed.getAuthorFeed")
