"""What a case costs the clerk: clicks and keystrokes, counted by the browser itself.

What the scanner types and what the customer draws is not the clerk's work and is not counted.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Page

COUNT = """
const add = (what) => {
  if (sessionStorage.pause) return;
  sessionStorage[what] = Number(sessionStorage[what] ?? 0) + 1;
};
addEventListener("keydown", (event) => {
  if (event.isTrusted && !event.repeat) add("keys");
}, true);
addEventListener("pointerdown", (event) => {
  if (event.isTrusted && !event.target.closest?.("canvas")) add("clicks");
}, true);
"""


@dataclass(frozen=True)
class Effort:
    clicks: int
    keys: int


def start(page: Page) -> None:
    """Count from the next page on, across pages of this tab."""
    page.add_init_script(COUNT)


def read(page: Page) -> Effort:
    clicks, keys = page.evaluate("[sessionStorage.clicks ?? 0, sessionStorage.keys ?? 0]")
    return Effort(int(clicks), int(keys))


@contextmanager
def by_machine(page: Page) -> Iterator[None]:
    """What is typed here comes from a scanner."""
    page.evaluate("sessionStorage.pause = 'yes'")
    yield
    page.evaluate("sessionStorage.removeItem('pause')")
