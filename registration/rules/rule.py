"""A rule is a pure function from facts to reasons, registered with its id and article."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from registration.rules.facts import Facts
from registration.rules.law import Article

# Changes whenever a rule is added, removed or means something else; stored with every finding.
VERSION = "2026-11-27"


class Severity(StrEnum):
    BLOCK = "block"
    REVIEW = "review"
    NOTE = "note"


@dataclass(frozen=True)
class Reason:
    """Why, what to do about it, whom it concerns and at which step it is mended.

    ``text`` and ``todo`` are Chinese source strings without personal data; who shows them
    translates them.
    """

    text: str
    todo: str = ""
    role: str = ""
    step: str = ""


Judge = Callable[[Facts], Iterable[Reason]]


@dataclass(frozen=True)
class Rule:
    id: str
    article: Article
    severity: Severity
    judge: Judge


RULES: list[Rule] = []


def rule(article: Article, *, id: str, severity: Severity) -> Callable[[Judge], Judge]:
    """Register the function below as rule ``id`` (REGULATION.md row)."""

    def register(judge: Judge) -> Judge:
        RULES.append(Rule(id, article, severity, judge))
        return judge

    return register
