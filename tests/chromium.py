"""Where Chromium is: the system's, or the one that ``playwright install`` fetched.

``python -m tests.chromium`` fetches it if it is missing and can be fetched.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]
MISSING = (
    "浏览器测试已跳过：没有找到 Chromium。安装：sudo apt-get install chromium fonts-noto-cjk\n"
    "Browser tests (tests/browser) skipped: no Chromium. Install it with: "
    "sudo apt-get install chromium fonts-noto-cjk"
)


def executable() -> str | None:
    """The system's Chromium, or None: then Playwright uses its own if it is ``available``."""
    if named := os.environ.get("SHIMING_CHROMIUM"):
        return named
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def available() -> bool:
    return executable() is not None or any(_playwright_folder().glob("chromium*/chrome*/*"))


def _playwright_folder() -> Path:
    return Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or "~/.cache/ms-playwright").expanduser()


def main() -> int:
    if not available():
        subprocess.run(
            [sys.executable, "-m", "playwright", "install", "chromium"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=300,
            check=False,
        )
    if not available():
        print(MISSING)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
