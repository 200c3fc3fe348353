"""A rule's finding in the clerk's language, with the step where it is mended."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from registration.models import Role
from registration.rules import law
from registration.rules.engine import Verdict
from registration.rules.plan import HOLDER_KINDS, HolderKind
from registration.views import steps


@dataclass(frozen=True)
class Said:
    severity: str
    text: str
    todo: str
    role: str
    article: str
    rule: str
    step: str
    url: str
    switch: HolderKind | None


def said(board: steps.Board, verdict: Verdict) -> Said:
    reason = verdict.reason
    place = board.place_of(reason.step)
    step = next((step for step in board.steps if step.name == place), None)
    if reason.step == "read" and reason.role:
        url = steps.role_url(board.application, reason.role)
    else:
        url = step.url if step else ""
    return Said(
        severity=verdict.severity.value,
        text=_(reason.text),
        todo=_(reason.todo) if reason.todo else "",
        role=str(Role(reason.role).label) if reason.role else "",
        article=str(verdict.rule.article),
        rule=verdict.rule.id,
        step=step.title if step else "",
        url=url,
        switch=HOLDER_KINDS.get(reason.switch),
    )


def as_json(found: Said) -> dict[str, Any]:
    """The same sentence as on the page, with what it rests on, for a program."""
    article = law.find(found.article)
    return {
        "severity": found.severity,
        "rule": found.rule,
        "role": found.role,
        "text": found.text,
        "todo": found.todo,
        "article": found.article,
        "law": article.text if article else "",
        "is_quoted": bool(article and article.is_quoted),
    }
