"""A full disk: a capture ends with what it had."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from recordroom.archive.gaps import Gaps
from tests.capture.stage import US, Play
from tests.fault_transport import Answer

pytestmark = pytest.mark.thorough


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[bool]:
    """Mount a file system of `size` bytes at `folder`; return False if this user may not mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    options = ["-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    done = (
        os.geteuid() == 0
        and subprocess.run(["mount", *options], check=False, capture_output=True).returncode == 0
    )
    try:
        yield done
    finally:
        if done:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def captured_with_files_of(size: int, play: Play) -> tuple[str | None, int]:
    """Return (failure, new) of a capture whose process may not write larger files."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        play.archive.archive.client.close()
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        outcome = play.capture()
        os.write(write, repr((outcome.failure, outcome.new)).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        told: tuple[str | None, int] = eval(pipe.read())  # noqa: S307 (our own child)
    os.waitpid(child, 0)
    return told


def with_more_of_it(noise: str) -> Answer:
    return lambda _, real: httpx.Response(
        200, content=real().read().replace(b"Post 0", b"Post 0 " + noise.encode())
    )


@pytest.mark.parametrize("where", ["evidence", "media"])
@pytest.mark.parametrize("how", ["tmpfs", "RLIMIT_FSIZE"])
def test_a_full_disk_ends_a_capture_with_what_it_had(play: Play, where: str, how: str) -> None:
    """The first posts fit; then comes one with a text or a photo that does not."""
    room = 128 << 10
    noise = os.urandom(room).hex()
    play.network.publish(US, "This fits")
    for number in range(45):
        play.network.publish(US, f"Post {number}")
    play.network.publish(US, "A large one", photos=[play.network.photo("mastodon", "Snow")])
    large = httpx.Response(200, content=noise.encode())
    play.between.rules.append(
        ("/media_attachments/", lambda _r, _a: large)
        if where == "media"
        else ("max_id", with_more_of_it(noise))
    )
    spool = play.folder / "spool"
    if how == "tmpfs":
        with small_disk(spool, room) as mounted:
            if not mounted:
                pytest.skip("this user may not mount a file system; RLIMIT_FSIZE is tried instead")
            outcome = play.capture()
            failure, new = outcome.failure, outcome.new
            assert play.list_left() == []
    else:
        failure, new = captured_with_files_of(room, play)
    assert "no space for" in str(failure)
    final = play.final()
    assert final["failure"]["type"] == "SpoolFull"
    assert final["complete"] is False
    if where == "evidence":
        assert new == 41, "the first page and the profile are committed"
    play.between.rules.clear()
    play.sound("history")
    play.sound("full")
    assert len({r["record_id"] for r in play.rows()}) == 47
    [photo] = {m["sha256"] for r in play.rows() for m in r["media"] if m["sha256"]}
    assert play.archive.archive.head(f"media/sha256/{photo[:2]}/{photo}") is not None
    assert play.gaps() == []


@pytest.mark.parametrize("room", [200, 10])
def test_a_disk_without_room_for_anything(play: Play, room: int) -> None:
    """There is no room even for the first record of a WARC or for the mark of a running capture.

    The result is a named failure and a gap, and no empty evidence.
    """
    play.network.publish(US, "Hello")
    failure, new = captured_with_files_of(room, play)
    assert "no space for" in str(failure)
    assert new == 0
    assert (play.final()["evidence"], play.final()["failure"]["type"]) == ([], "SpoolFull")
    assert [gap.reason for gap in Gaps(play.archive.archive).open_now([play.name])] == [
        "capture-failed: SpoolFull (whole account)"
    ]
    assert play.list_left() == []
    play.sound("full")
    assert len(play.rows()) == 1
    assert play.gaps() == []
