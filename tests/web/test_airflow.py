"""Airflow with PostgreSQL, as in production: mapped tasks run by the scheduler; each role sees what it
should.
"""

from __future__ import annotations

import html
import io
import re
import time
import zipfile

import httpx
import orjson
import pytest

from infra.local.commands.dag_runs import Airflow
from infra.local.support.passwords import USERS, Passwords
from infra.sandbox.faces import native_id
from tests.web.conftest import COMMENT, POST, SECRET, Room


def test_the_scheduler_runs_mapped_tasks(room: Room) -> None:
    server = Airflow.sign_in(room.place)
    run = server.trigger("probe")
    assert server.wait("probe", run, lambda _: None) == "success"
    assert [task["state"] for task in server.tasks("probe", run)] == ["success"] * 3


def test_the_first_page_names_runs_that_failed_until_one_goes_well(room: Room) -> None:
    """Here `sweep` is a DAG that does what a test wants."""
    server = Airflow.sign_in(room.place)
    for fails in (True, False):
        run = server.trigger("sweep", {"fails": fails})
        assert server.wait("sweep", run, lambda _: None) == ("failed" if fails else "success")
        with room.as_("ops") as client:
            told = "<code>sweep</code> (looks each night for edited and removed records): its last run failed"
            assert (told in client.get("/").text) == fails


@pytest.mark.parametrize("user", list(USERS))
def test_only_ops_sees_airflows_machinery(room: Room, user: str) -> None:
    sign_in = {"username": user, "password": Passwords.load(room.place.root).users[user]}
    token = httpx.post(f"{room.place.url('airflow')}/auth/token", json=sign_in, timeout=60).json()[
        "access_token"
    ]
    with httpx.Client(
        base_url=room.place.url("airflow"), headers={"Authorization": f"Bearer {token}"}, timeout=60
    ) as client:
        menus = client.get("/ui/auth/menus").json()["authorized_menu_items"]
        assert client.get("/api/v2/dags").status_code == (200 if user == "ops" else 403)
        assert client.post("/api/v2/dags/probe/dagRuns", json={"logical_date": None}).status_code == 403
    assert ("Dags" in menus) == (user == "ops")
    assert "Plugins" in menus


def test_a_post_is_captured_now_by_a_worker(room: Room) -> None:
    """Airflow gets an ID; the page shows the receipt."""
    post = room.square.publish(
        "mastodon/district", "Vaccination clinic", photos=[room.square.photo("mastodon", "A tent")]
    )
    room.square.comment("mastodon/parent@elsewhere.test", post, "Where is it?")
    url = f"https://square.test/@district/{native_id(room.square, post)}"
    origin = {"Origin": room.place.url("airflow")}
    with room.as_("communications") as client:
        [token] = set(re.findall(r'name="token" value="(\w+)"', client.get("/capture").text))
        place, page = _safe(client, {"token": token, "url": url}, origin)
        assert "1 post, 1 comment and 1 file" in page
        [record] = re.findall(
            r'href="[^"]*/records(/record[^"]*)">Open the conversation in the archive</a>', page
        )
        assert "Where is it?" in client.get(html.unescape(record)).text
    server = Airflow.sign_in(room.place)
    [run] = server.runs("capture_now")
    assert server.wait("capture_now", run["dag_run_id"], lambda _: None) == "success"
    assert run["conf"] == {"request": place.rpartition("/")[2]}
    logs = b"".join(
        path.read_bytes()
        for path in (room.place.root / "logs/airflow").rglob("*.log")
        if "capture_now" in str(path)
    )
    assert re.search(rb"square: [1-9]\d* seen", logs)
    assert not [words for words in (b"Vaccination", b"Where is it", b"A tent") if words in logs]
    with room.as_("legal") as client:
        assert client.get(place).status_code == 403
    with room.as_("auditor") as client:
        assert "captured a post now" in client.get("/audit?what=capture+now").text


def _safe(client: httpx.Client, asked: dict[str, str], origin: dict[str, str]) -> tuple[str, str]:
    """(address of the receipt, what it says in the end)"""
    answer = client.post("/capture", data=asked, headers=origin)
    assert answer.status_code == 303, answer.text
    place, began = answer.headers["location"].partition("/records")[2], time.monotonic()
    while "Safe to moderate now" not in (page := client.get(place).text):
        assert "The capture is running" in page, page
        assert time.monotonic() - began < 300
        time.sleep(0.5)
    return place, page


def test_an_answer_of_another_server_is_captured_with_its_conversation(room: Room) -> None:
    """By the address that its record tells, which the account's own server does not know."""
    post = room.square.publish("mastodon/district", "Tents are up")
    room.square.comment("mastodon/parent@elsewhere.test", post, "How many tents?")
    url = f"https://square.test/@district/{native_id(room.square, post)}"
    origin = {"Origin": room.place.url("airflow")}
    with room.as_("records-officer") as client:
        [token] = set(re.findall(r'name="token" value="(\w+)"', client.get("/capture").text))
        _safe(client, {"token": token, "url": url}, origin)
        [found] = set(
            re.findall(r'/records(/record\?[^"]*)"', client.get("/search?q=how+many+tents+kind:comment").text)
        )
        [answer] = re.findall(
            r"Address on the platform: <code>(https://elsewhere\.test/[^<]*)",
            client.get(html.unescape(found)).text,
        )
        _, page = _safe(client, {"token": token, "url": answer}, origin)
    assert "The address leads to a comment in the archive." in page
    assert "The comment is part of it." in page


def test_what_would_not_be_captured_is_told_at_once(room: Room) -> None:
    origin, server = {"Origin": room.place.url("airflow")}, Airflow.sign_in(room.place)
    with room.as_("communications") as client:
        [token] = set(re.findall(r'name="token" value="(\w+)"', client.get("/capture").text))

        def ask(url: str) -> httpx.Response:
            return client.post("/capture", data={"token": token, "url": url}, headers=origin)

        for url in ("", "https://nowhere.example/1", "https://mastodon.example/@board/9", "x" * 3_000):
            refused = ask(url)
            assert (refused.status_code, "Nothing was captured" in refused.text) == (400, True), url
            assert "board" not in refused.text.replace("@board", "")
        server.api.patch("/dags/capture_now", json={"is_paused": True}).raise_for_status()
        try:
            refused = ask("https://square.test/@district/1")
        finally:
            server.api.patch("/dags/capture_now", json={"is_paused": False}).raise_for_status()
        assert (refused.status_code, "The Airflow DAG capture_now is paused" in refused.text) == (503, True)
        assert client.get(f"/capture/{'0' * 32}").status_code == 404


def test_an_export_is_ordered_made_by_a_worker_and_downloaded(room: Room) -> None:
    Airflow.sign_in(room.place)._await_dag("export")
    with room.as_("legal") as client:
        origin = {"Origin": room.place.url("airflow")}
        [token] = set(re.findall(r'name="token" value="(\w+)"', client.get("/export?q=snow").text))
        asked = {
            "token": token,
            "do": "order",
            "q": "snow",
            "title": "Request 15",
            "format": "jsonl",
            "context": "1",
        }
        answer = client.post("/exports", data=asked, headers=origin)
        assert answer.status_code == 303, answer.text
        page = answer.headers["location"].removeprefix("/records")
        deadline = time.monotonic() + 300
        while "Status: ready." not in (told := client.get(page).text):
            assert time.monotonic() < deadline, told
            time.sleep(0.5)
        file = client.get(f"{page}/file")
    with zipfile.ZipFile(io.BytesIO(file.content)) as parcel:
        lines = parcel.read("Request-15_jsonl/WORKING-COPY_records.jsonl").splitlines()
    assert {(orjson.loads(line)["record_id"], orjson.loads(line)["included_as"]) for line in lines} == {
        (POST, "found"), (SECRET, "found"), (COMMENT, "context"),
    }  # fmt: skip
    name = page.rpartition("/")[2]
    [run] = [run for run in Airflow.sign_in(room.place).runs("export") if run["dag_run_id"].startswith(name)]
    assert run["conf"] == {"export": name}
    log = "".join(path.read_text() for path in room.place.root.glob("logs/airflow/dag_id=export/**/*.log"))
    assert log
    assert "Snow day" not in log
    assert "snow" not in log
