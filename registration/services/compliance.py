"""How well work is done below a node of the tree.

A case counts where its outlet hangs today, so that a subtree that moved takes its history along.
What is little is read row by row. Of what is much only the days that are not added up yet are
counted from the rows; the others come from the roll-ups.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from portal.models import User
from registration.services import recount, stored
from registration.services.question import (
    BY_CLERK,
    TOGETHER,
    Group,
    Question,
    by_child,
    by_child_and_unit,
    by_unit,
)
from registration.services.split import Split
from registration.services.tally import Pair, Pairs, Tally


def pairs(question: Question, group: Group) -> Pairs:
    """The figures of each group, for the period and for the time before it."""
    return figures(question, group, question.split)


def children(question: Question) -> Pairs:
    """The figures of the nodes right below, each by its path."""
    group = by_child(question.channel)
    if not question.is_large:
        return pairs(question, group)
    found = stored.pairs(question, group, question.split)
    for (path, _at), pair in _rest(question).items():
        found[path].add(pair)
    return found


@dataclass(frozen=True)
class Summary:
    """A node as a whole, and step by step over the period."""

    whole: Pair
    steps: Mapping[datetime, Tally]


def summary(question: Question) -> Summary:
    whole, steps = Pair(), {at: Tally() for at in question.period.steps()}
    for at, pair in _units(question).items():
        whole.add(pair)
        if (step := question.period.step_of(at)) in steps:
            steps[step].add(pair.now)
    return Summary(whole, steps)


def _units(question: Question) -> Pairs:
    group = by_unit(question.period)
    if question.period.unit == "hour":  # which is nowhere added up
        return figures(question, group, Split.with_days(question.period, set()))
    if not question.is_large:
        return pairs(question, group)
    # By the step at once: a year's weeks are a seventh of its days to be added up again.
    by_step = replace(group, rolled=lambda row: question.period.step_of(group.rolled(row)))
    found = stored.pairs(question, by_step, question.split)
    for (_path, at), pair in _rest(question).items():
        found[at].add(pair)
    return found


def _rest(question: Question) -> Pairs:
    """What is not added up yet, by child and day: counted once for both tables of a page."""
    if "rest" not in question.kept:
        group = by_child_and_unit(question.channel, question.period)
        question.kept["rest"] = recount.of_split(question, group, question.split)
    rest: Pairs = question.kept["rest"]
    return rest


def counts(question: Question, *, clerk: User | None = None) -> Pair:
    """All of it together, or what one clerk did; numbers opened are not told by clerk."""
    if clerk:
        return pairs(question, BY_CLERK)[clerk.pk]
    return pairs(question, TOGETHER)[0]


def figures(question: Question, group: Group, split: Split) -> Pairs:
    """The same, with what is added up only of the days of this split."""
    if not question.is_large:
        always = question.period.with_before
        if (found := recount.one_by_one(question, group, always)) is not None:
            return found
    found = stored.pairs(question, group, split)
    for key, pair in recount.of_split(question, group, split).items():
        found[key].add(pair)
    return found
