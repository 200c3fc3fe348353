"""A rule is a pure function from facts to reasons, registered with its id and article."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from registration.rules.article import Article
from registration.rules.facts import Facts
from registration.rules.policy import Choice, Values, declare
from registration.rules.words import gettext_noop as _

# Changes whenever a rule is added, removed or means something else; stored with every finding.
VERSION = "2026-11-28.2"


class Severity(StrEnum):
    BLOCK = "block"
    REVIEW = "review"
    NOTE = "note"


# What policy may make of a rule that no law makes firm.
LEVELS = (
    (Severity.BLOCK.value, _("阻断")),
    (Severity.REVIEW.value, _("需复核")),
    (Severity.NOTE.value, _("提示")),
    ("off", _("不判断")),
)


@dataclass(frozen=True)
class Reason:
    """Why, what to do about it, whom it concerns and at which step it is mended.

    ``text`` and ``todo`` are Chinese source strings without personal data; who shows them
    translates them. ``switch`` is the kind of holder that would be right instead.
    """

    text: str
    todo: str = ""
    role: str = ""
    step: str = ""
    switch: str = ""


Judge = Callable[[Facts], Iterable[Reason]]


@dataclass(frozen=True)
class Rule:
    id: str
    article: Article
    severity: Severity
    judge: Judge
    level: Choice | None = None
    when_assisted: Severity | None = None

    def severity_under(self, values: Values) -> Severity | None:
        """How grave a finding of this rule is where these policies hold; None: it is off."""
        if self.level is None:
            return self.severity
        level = self.level.of(values)
        return None if level == "off" else Severity(level)

    def severity_for(self, facts: Facts) -> Severity | None:
        """The same for this application: what an assisted customer cannot do stops nobody."""
        severity = self.severity_under(facts.policies)
        if severity == Severity.BLOCK and facts.is_assisted and self.when_assisted:
            return self.when_assisted
        return severity


RULES: list[Rule] = []


def rule(
    article: Article,
    *,
    id: str,
    severity: Severity,
    may_change: str = "",
    when_assisted: Severity | None = None,
) -> Callable[[Judge], Judge]:
    """Register the function below as rule ``id`` (REGULATION.md row).

    ``may_change`` names, in Chinese, a rule that rests on practice and not on the letter of a
    law: policy may make it graver, milder or switch it off. Without a name it is firm.
    ``when_assisted`` is what a block becomes for a customer who is helped (CV-12).
    """

    def register(judge: Judge) -> Judge:
        level = _level(id, may_change, severity) if may_change else None
        RULES.append(Rule(id, article, severity, judge, level, when_assisted))
        return judge

    return register


def _level(id: str, title: str, severity: Severity) -> Choice:
    level = Choice(
        key=f"rule.{id}", title=title, default=severity.value, conflict=id, choices=LEVELS
    )
    declare(level)
    return level
