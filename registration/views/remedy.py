"""Ready answers to the findings of a case, each under one key of its panel."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from registration.forms.review import LONGEST_NOTE
from registration.models import Finding
from registration.rules import remedy
from registration.rules.remedy import Remedy

# The digits before these are the panel's plain reasons, which never change their keys.
KEYS = {
    remedy.RETURN: "6789",
    remedy.REFUSE: "89",
}
SEVERITIES = list(Finding.Severity)


@dataclass(frozen=True)
class Offered:
    """One press ticks ``items`` and ``reason`` and writes ``note``; ``text`` is what it is
    about."""

    key: str
    reason: str
    items: str
    text: str
    note: str


def offered(findings: Iterable[Finding], redoable: Collection[str]) -> dict[str, list[Offered]]:
    """By verdict, the gravest first. What is mended in the same way is one answer."""
    ordered = sorted(findings, key=lambda each: SEVERITIES.index(Finding.Severity(each.severity)))
    texts: dict[tuple[str, str, tuple[str, ...], str], list[str]] = {}
    for one in _remedies(ordered):
        items = tuple(item for item in one.items if item in redoable)
        if one.verdict == remedy.RETURN and not items:
            continue
        same = texts.setdefault((one.verdict, one.reason, items, one.todo), [])
        if one.text not in same:
            same.append(one.text)
    found: dict[str, list[Offered]] = {verdict: [] for verdict in KEYS}
    for (verdict, reason, items, todo), said in texts.items():
        answers = found[verdict]
        if len(answers) < len(KEYS[verdict]):
            key, wrong = KEYS[verdict][len(answers)], [_(text) for text in said]
            note = _note(wrong, _(todo))
            answers.append(Offered(key, reason, " ".join(items), _joined(wrong), note))
    return found


def _remedies(findings: Iterable[Finding]) -> Iterator[Remedy]:
    for finding in findings:
        yield from remedy.remedies(finding.rule, finding.role, finding.reason, finding.todo)


def _note(wrong: list[str], todo: str) -> str:
    """What is wrong, as far as the note holds it, and what to do next."""
    while wrong and len(_joined([*wrong, todo])) > LONGEST_NOTE:
        wrong = wrong[:-1]
    return _joined([*wrong, todo])


def _joined(sentences: list[str]) -> str:
    # A Chinese full stop brings its own space.
    return " ".join(sentences).replace("。 ", "。")
