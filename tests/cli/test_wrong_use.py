"""Wrong use of the command line: words and the way to the right ones on stderr, nothing on stdout, exit 2."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "No such command"),
        (["verify", "--bogus"], "--bogus"),
        (["capture", "--since"], "--since"),
        (["rebuild", "nothing"], "'records', 'state', 'index'"),
    ],
)
def test_wrong_use_is_told_without_a_traceback(arguments: list[str], words: str) -> None:
    done = subprocess.run([Path(sys.executable).with_name("recordroom"), *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "--help" in done.stderr
    assert "Traceback" not in done.stderr
