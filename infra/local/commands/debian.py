"""The Debian packages behind the tests' real platforms and databases: installed where this is root on Debian or Ubuntu, else named.

`python -m infra.local.commands.debian` is the first step of `make test`. It exits 0 even where nothing can be
installed: the tests that need a missing package are left out and say so (with CI=true they fail).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

WORDPRESS = ("wordpress", "php-cli", "php-mysql", "php-curl", "php-xml", "php-mbstring", "mariadb-server")
BLUESKY = ("postgresql", "redis-server", "make", "g++")
POSTGRESQL = ("postgresql",)
BROWSER = ("chromium-headless-shell",)
THEMES = (
    "wordpress-theme-twentytwentyfive",
    "wordpress-theme-twentytwentythree",
)  # Debian 13, Debian 12; WordPress needs one

FILES = {  # what a package brings that is no program; its presence is what counts, however it came
    "wordpress": "usr/share/wordpress/wp-load.php",
    "wordpress-theme": "usr/share/wordpress/wp-content/themes/*/style.css",
    "php-mysql": "usr/lib/php/*/mysqli.so",
    "php-curl": "usr/lib/php/*/curl.so",
    "php-xml": "usr/lib/php/*/xml.so",
    "php-mbstring": "usr/lib/php/*/mbstring.so",
    "postgresql": "usr/lib/postgresql/*/bin/postgres",
}
PROGRAMS = {"php-cli": "php", "mariadb-server": "mariadbd"}  # those of another name than their package


def missing(packages: tuple[str, ...]) -> list[str]:
    """Those of these packages whose files are not on this machine."""
    wanted = [*packages, "wordpress-theme"] if "wordpress" in packages else list(packages)
    return [package for package in wanted if not _present(package)]


def command(packages: list[str]) -> str:
    """The command that brings them, as a person types it."""
    return f"apt-get install -y --no-install-recommends {' '.join(_names(packages))}"


def main() -> None:
    packages = missing(tuple(dict.fromkeys(WORDPRESS + BLUESKY + POSTGRESQL + BROWSER)))
    if not packages:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(
            f"Not installed, and not root on Debian or Ubuntu: {' '.join(packages)}. The tests that need "
            "them are left out."
        )
        return
    started = time.monotonic()
    print(f"Installing Debian packages: {' '.join(packages)}", flush=True)
    _apt("update", "-qq")
    _apt("install", "-y", "-qq", "--no-install-recommends", *filter(_known, _names(packages)))
    print(f"Installed in {time.monotonic() - started:.0f} s (once)")


def _present(package: str) -> bool:
    if package in FILES:
        return any(Path("/").glob(FILES[package]))
    return (
        shutil.which(PROGRAMS.get(package, package), path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is not None
    )


def _names(packages: list[str]) -> list[str]:
    """`wordpress-theme` is the one theme of THEMES that this release has."""
    known = (theme for theme in THEMES if shutil.which("apt-cache") and _known(theme))
    return [next(known, THEMES[0]) if package == "wordpress-theme" else package for package in packages]


def _known(package: str) -> bool:
    """Not everything is a package everywhere: Ubuntu's Chromium is none, and must not keep the others from being installed."""
    return subprocess.run(["apt-cache", "show", package], capture_output=True, check=False).returncode == 0


def _apt(*arguments: str) -> None:
    """A service that a package starts by itself is not wanted: the tests start their own, on their own ports."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    subprocess.run(["apt-get", *arguments], env=environment, stdout=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    main()
