"""A place in a law or notice: how it is cited, what it says, and since when it is in force."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Article:
    """A place in a law or notice, cited as a clerk's handbook would.

    ``text`` is Chinese and never translated. ``is_quoted``: it is the wording itself, with "……" for
    what was left out; else it is a gist, and whoever shows it says so. ``since`` is the first day
    on which this wording is in force, ``until`` the last (None: it still is).
    """

    law: str
    number: str
    text: str
    is_quoted: bool
    source: str
    since: date
    until: date | None = None

    def __str__(self) -> str:
        return f"《{self.law}》{self.number}"

    def is_in_force(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Law:
    """A law, notice or standard in one version; ``source`` names the document with its number."""

    title: str
    source: str
    since: date
    until: date | None = None

    def quote(self, place: int | str, text: str) -> Article:
        return self._article(place, text, is_quoted=True)

    def gist(self, place: int | str, text: str) -> Article:
        return self._article(place, text, is_quoted=False)

    def _article(self, place: int | str, text: str, *, is_quoted: bool) -> Article:
        number = f"第{place}条" if isinstance(place, int) else place
        return Article(self.title, number, text, is_quoted, self.source, self.since, self.until)
