"""Install the Debian packages of the real platforms and databases that tests use.

`python -m infra.local.commands.debian` is the first step of `make test`. It installs them for root on Debian
or Ubuntu, and names them anywhere else. It exits 0 even if nothing can be installed: the tests that need a
missing package are skipped and say so (with CI=true they fail).
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
OPENSSL = ("openssl",)  # a time-stamping authority
BROWSER = ("chromium-headless-shell",)
# of Debian 13 and of Debian 12; WordPress needs one
THEMES = ("wordpress-theme-twentytwentyfive", "wordpress-theme-twentytwentythree")

FILES = {  # a file of each package that is no program; its presence counts, however it was installed
    "wordpress": "usr/share/wordpress/wp-load.php",
    "wordpress-theme": "usr/share/wordpress/wp-content/themes/*/style.css",
    "php-mysql": "usr/lib/php/*/mysqli.so",
    "php-curl": "usr/lib/php/*/curl.so",
    "php-xml": "usr/lib/php/*/xml.so",
    "php-mbstring": "usr/lib/php/*/mbstring.so",
    "postgresql": "usr/lib/postgresql/*/bin/postgres",
}
PROGRAMS = {"php-cli": "php", "mariadb-server": "mariadbd"}  # package -> its program, if the names differ


def missing(packages: tuple[str, ...]) -> list[str]:
    """Return the packages whose files are not on this machine."""
    wanted = [*packages, "wordpress-theme"] if "wordpress" in packages else list(packages)
    return [package for package in wanted if not _present(package)]


def command(packages: list[str]) -> str:
    """Return the command that installs packages, as a person types it."""
    return f"apt-get install -y --no-install-recommends {' '.join(_names(packages))}"


def main() -> None:
    packages = missing(tuple(dict.fromkeys(WORDPRESS + BLUESKY + POSTGRESQL + OPENSSL + BROWSER)))
    if not packages:
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        print(
            f"Not installed, and not root on Debian or Ubuntu: {' '.join(packages)}. Tests that need "
            "them are skipped."
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
    """Replace `wordpress-theme` with the theme of THEMES that this release has."""
    known = (theme for theme in THEMES if shutil.which("apt-cache") and _known(theme))
    return [next(known, THEMES[0]) if package == "wordpress-theme" else package for package in packages]


def _known(package: str) -> bool:
    """Whether this system has a package.

    Ubuntu's Chromium is none, and must not prevent the installation of the others.
    """
    return subprocess.run(["apt-cache", "show", package], capture_output=True, check=False).returncode == 0


def _apt(*arguments: str) -> None:
    """Run apt-get without starting the services of packages.

    The tests start their own services, on their own ports.
    """
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    subprocess.run(["apt-get", *arguments], env=environment, stdout=subprocess.DEVNULL, check=True)


if __name__ == "__main__":
    main()
