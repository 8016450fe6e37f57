"""Run the demonstration platforms on the loopback address.

    python infra/sandbox/serve.py --port 8709 --state .local/sandbox.json

    /wordpress/<site>  /feed/<site>  /bluesky  /mastodon    the platforms, each below its own path
    /facebook  /instagram  /threads  /linkedin  /youtube  /vimeo  /x  /tiktok
    /sandbox/health    /sandbox/act/2  /sandbox/<action>    the control API (control.py)

The first start plays act 1 of the story, which ends now, and writes the state file. A later start continues
from that file. Without --state the network is lost when the server ends.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[2])  # the repository, instead of this folder
    from infra.sandbox.server import main

    sys.exit(main())
