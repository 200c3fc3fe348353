"""Gives a bare virtual environment its pip, from the package index that pip itself would use.

Run by the environment's own Python. Debian and Ubuntu leave ensurepip out of python3, and asking
for python3-venv by hand is what this saves. The wheel's SHA-256 is checked against the index.
"""

import configparser
import hashlib
import os
import re
import runpy
import sys
import tempfile
import urllib.request
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin

PYPI = "https://pypi.org/simple/"
CONFIG_FILES = ("/etc/pip.conf", "~/.pip/pip.conf", "~/.config/pip/pip.conf")


def index() -> str:
    config = configparser.ConfigParser(interpolation=None)
    config.read([Path(name).expanduser() for name in CONFIG_FILES])
    configured = config.get("global", "index-url", fallback=PYPI)
    return (os.environ.get("PIP_INDEX_URL") or configured).rstrip("/") + "/"


class Links(HTMLParser):
    """The address of every final, not withdrawn wheel on an index page, oldest first (PEP 503)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        link = dict(attrs)
        href = link.get("href") or ""
        if "data-yanked" not in link and re.search(r"/pip-[0-9.]+-py3-none-any\.whl(#|$)", href):
            self.found.append(href)


def newest_wheel(page: str) -> tuple[str, str]:
    """Its address and the SHA-256 that the index promises."""
    request = urllib.request.Request(page, headers={"Accept": "text/html"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        links = Links()
        links.feed(answer.read().decode())
    address, _, digest = urljoin(page, links.found[-1]).partition("#sha256=")
    return address, digest


def main() -> None:
    address, expected = newest_wheel(urljoin(index(), "pip/"))
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310
        content = answer.read()
    if hashlib.sha256(content).hexdigest() != expected:
        sys.exit("the downloaded pip does not match the index")
    with tempfile.TemporaryDirectory() as folder:
        wheel = Path(folder, address.rsplit("/", 1)[-1])
        wheel.write_bytes(content)
        # A wheel is a zip that Python can import from: pip installs itself.
        sys.path.insert(0, str(wheel))
        sys.argv = ["pip", "install", "-q", str(wheel)]
        runpy.run_module("pip", run_name="__main__")


if __name__ == "__main__":
    main()
