"""How well work is done below a node of the tree.

A case counts where its outlet hangs today, so that a subtree that moved takes its history along.
What is little is read row by row. Of what is much only the days that are not added up yet are
counted from the rows; the others come from the roll-ups.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.models import User
from registration.services import recount, stored
from registration.services.question import BY_CLERK, TOGETHER, Group, Question, by_step
from registration.services.split import FEW, Split
from registration.services.tally import Pair, Pairs, Tally


def pairs(question: Question, group: Group) -> Pairs:
    """The figures of each group, for the period and for the time before it."""
    return figures(question, group, question.split)


@dataclass(frozen=True)
class Summary:
    """A node as a whole, and step by step over the period."""

    whole: Pair
    steps: Mapping[datetime, Tally]


def summary(question: Question) -> Summary:
    # An hour is nowhere added up.
    is_rolled = question.period.step == "day"
    split = question.split if is_rolled else Split.with_days(question.period, set())
    found = figures(question, by_step(question.period), split)
    whole = Pair()
    for pair in found.values():
        whole.add(pair)
    steps = {at: found[at].now for at in question.period.steps()}
    return Summary(whole, steps)


def counts(question: Question, *, clerk: User | None = None) -> Pair:
    """All of it together, or what one clerk did; numbers opened are not told by clerk."""
    if clerk:
        return pairs(question, BY_CLERK)[clerk.pk]
    return pairs(question, TOGETHER)[0]


def figures(question: Question, group: Group, split: Split) -> Pairs:
    """The same, with what is added up only of the days of this split."""
    if not question.is_large:
        always = question.period.with_before
        if (found := recount.one_by_one(question, group, always, most=FEW)) is not None:
            return found
    found = stored.pairs(question, group, split)
    if split.rest is not None:
        for key, pair in recount.in_buckets(question, group, split.rest).items():
            found[key].add(pair)
    return found
