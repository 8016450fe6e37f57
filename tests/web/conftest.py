"""The room as people meet it: Airflow with its sign-in, on PostgreSQL as in production, over an archive with
a small story in it.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from infra.local.commands import debian, up
from infra.local.services import airflow, chromium
from infra.local.services.service import PLAIN
from infra.local.support import environment, ports
from infra.local.support.passwords import Passwords, write_private
from infra.local.support.place import REPOSITORY, Place
from infra.sandbox.network import Network
from infra.sandbox.pictures import png
from infra.sandbox.server import create_server
from recordroom.canonical import encode_canonical
from recordroom.exports import orders
from recordroom.exports.orders import ExportSpec, Order
from recordroom.exports.worker import make_order
from recordroom.search.filters import Filters
from tests.building import DAY, Building, account, media
from tests.conftest import need
from tests.services import S3, Buckets
from tests.web.browsing import pictures
from tests.web.seated import Who

DAG = '''
"""A mapped task, as captures are."""
from airflow.sdk import dag, task

@dag(schedule=None)
def probe():
    @task
    def double(number):
        return number * 2
    double.expand(number=[1, 2, 3])

probe()
'''
OBEYS = '''
"""In the place of a DAG that runs by itself: it ends as its run says."""
from airflow.sdk import dag, get_current_context, task

@dag(schedule=None)
def sweep():
    @task
    def obey():
        assert not get_current_context()["dag_run"].conf["fails"]
    obey()

sweep()
'''
PICTURE = png("a bus in the snow", 320, 240)
ORDER = "20260302T160000Z-" + "0" * 32
POST, COMMENT, SECRET = "wordpress:x/posts/1", "wordpress:x/comments/2", "mastodon:s/statuses/9"


@dataclass
class Room:
    """The room's `url`, and `as_(user)`: a browser's requests, signed in once for all tests; None: not signed
    in.
    """

    place: Place
    building: Building
    square: Network  # a platform that is there
    _tokens: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"{self.place.url('airflow')}/records"

    def as_(self, user: str | None) -> httpx.Client:
        if user and user not in self._tokens:
            self._tokens[user] = self.token(user)
        cookies = {"_token": self._tokens[user]} if user else {}
        return httpx.Client(base_url=self.url, cookies=cookies, trust_env=False, timeout=120, verify=PLAIN)

    def token(self, user: str) -> str:
        """Return requests with a sign-in of their own, which takes Airflow as long as several pages."""
        sign_in = {"username": user, "password": Passwords.load(self.place.root).users[user]}
        answer = httpx.post(
            f"{self.place.url('airflow')}/auth/token", json=sign_in, trust_env=False, timeout=60, verify=PLAIN
        )
        return str(answer.json()["access_token"])


def pytest_itemcollected(item: pytest.Item) -> None:
    """The quick tier asks the room without Airflow around it; `make up` of tests/e2e starts one in both
    tiers.
    """
    if "room" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.thorough)


def order_of(building: Building, title: str, query: str) -> None:
    """An export of everything, ordered by legal, and made."""
    asked = ExportSpec(query, Filters(), "csv", title, as_of=datetime.now(UTC), hidden_accounts=())
    order = Order(ORDER, "legal", DAY, asked)
    building.derived.put_new(order.key("order.json"), encode_canonical(orders.encode_order(order)))
    make_order(building.settings, ORDER)


@pytest.fixture(scope="package")
def room(s3: S3, elasticsearch: str, postgresql: str, place: Place) -> Iterator[Room]:
    """One Airflow for all tests of this folder: it takes half a minute to start."""
    root = Path(tempfile.mkdtemp(prefix="recordroom-room-"))
    own = Place(root, ports.free_base(), place.cache)
    building = Building.at(s3, Buckets(), root, elasticsearch)
    square = Network(DAY)
    square.place("mastodon", "Square", host="square.test")
    for who in ("district", "parent@elsewhere.test"):
        square.account(f"mastodon/{who}", who)
    platform = create_server(square, 0)
    threading.Thread(target=platform.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{platform.port}/mastodon"
    tell(building, account("square", "mastodon", url="https://square.test/@district", api_url=url))
    order_of(building, "Request 14", "snow")
    shutil.copy(REPOSITORY / "dags/export.py", own.folder("dags"))
    for name, text in (("probe", DAG), ("sweep", OBEYS)):
        (own.folder("dags") / f"{name}.py").write_text(text)
    shutil.copy(REPOSITORY / "dags/capture_now.py", own.folder("dags"))
    shutil.copy(REPOSITORY / "dags/hold.py", own.folder("dags"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(environment.DATABASE, postgresql.replace("postgresql://", "postgresql+psycopg2://"))
        patch.setenv(environment.DAGS, str(own.folder("dags")))
        own.fix()
        given = environment.write(own) | building.environment()
        write_private(own.env_file, "".join(f"{name}={value}\n" for name, value in given.items()))
    airflow.migrate(own)
    up.setup(own)
    airflow.seed(own)
    with airflow.running(own):
        yield Room(own, building, square)
    platform.shutdown()
    shutil.rmtree(root)


def tell(building: Building, *more: dict[str, Any]) -> None:
    """A post that was edited, a comment that was hidden and one that was removed, a picture, and an account
    that is confidential.
    """
    entries = [account("news", "wordpress"), account("board", "mastodon", confidential=True), *more]
    building.enrol(*entries)
    picture = media(PICTURE, "p1", alt_text="A bus in the snow")
    district = {
        "author_name": "District",
        "author_id": "d1",
        "author_is_account": True,
        "root_id": POST,
        "published_at": DAY,
    }
    first: dict[str, Any] = {
        "record_id": POST,
        "text": "Snow day: all schools are closed",
        "media": [picture],
        **district,
    }
    comment: dict[str, Any] = {
        "record_id": COMMENT,
        "kind": "comment",
        "text": "When does the bus come?",
        "author_name": "A parent",
    }
    comment |= {
        "author_id": "p7",
        "parent_id": POST,
        "root_id": POST,
        "published_at": DAY + timedelta(minutes=5),
    }
    building.capture("news", [first, comment], at=DAY + timedelta(hours=1))
    building.capture(
        "news", [{"record_id": POST, "text": "Snow day: all schools open late"}], at=DAY + timedelta(hours=2)
    )
    building.capture(
        "news",
        [{"record_id": COMMENT, "status": "hidden", "acted_by": "agency"}],
        at=DAY + timedelta(hours=3),
    )
    building.capture(
        "board",
        [{"record_id": SECRET, "text": "Snow day, in confidence", "published_at": DAY}],
        at=DAY + timedelta(hours=1),
    )
    building.index()


@pytest.fixture(scope="module")
def building(s3: S3, elasticsearch: str, tmp_path_factory: pytest.TempPathFactory) -> Building:
    """An archive of a room in this process; files with a larger archive make their own."""
    building = Building.at(s3, Buckets(), tmp_path_factory.mktemp("told"), elasticsearch)
    tell(building)
    return building


@pytest.fixture
def who() -> Who:
    return Who()


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, one for all tests of this folder. Start: 1 s."""
    need(debian.BROWSER)
    with chromium.running() as browser:
        yield browser


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of page screenshots."""
    return pictures(tmp_path_factory.mktemp("pictures"))
