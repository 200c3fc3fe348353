"""Rules for a customer who cannot do the ordinary steps and is helped (特殊协助).

Somebody above the outlet is there and says so. What the customer cannot do then stops nobody
(``when_assisted``): it is for the verifier to look at, with who helped and why.
"""

from collections.abc import Iterator

from registration.rules import law
from registration.rules.facts import Facts
from registration.rules.policy import ASSISTED_TIERS
from registration.rules.rule import Reason, Severity, rule
from registration.rules.words import gettext_noop as _


@rule(law.FACE_RULES_10, id="CV-12", severity=Severity.REVIEW)
def help_is_looked_at(facts: Facts) -> Iterator[Reason]:
    """The verifier looks at who helped a customer, and why."""
    if facts.is_assisted:
        yield Reason(
            _("客户由上级在场协助办理（特殊协助）。"),
            _("请看协助人和原因；客户做不到的步骤不能作为拒绝的理由。"),
        )


@rule(law.FACE_RULES_10, id="CV-12S", severity=Severity.BLOCK)
def who_helps_takes_no_part(facts: Facts) -> Iterator[Reason]:
    """Nobody vouches for an application of their own, in whatever role."""
    for person in facts.people:
        if facts.is_assisted and facts.helper_key and person.key == facts.helper_key:
            yield Reason(
                _("协助人就是本次办理的当事人。"),
                _("请结束特殊协助，由另一位上级到场确认。"),
                person.role,
            )


@rule(law.FACE_RULES_10, id="CV-12T", severity=Severity.BLOCK)
def help_is_given_in_a_hall(facts: Facts) -> Iterator[Reason]:
    """Help is given where policy allows it, by default at own and partner halls."""
    if facts.is_assisted and facts.tier not in ASSISTED_TIERS.of(facts.policies):
        yield Reason(
            _("本网点不能做特殊协助。"),
            _("请引导客户到营业厅，或者由营业厅派人上门办理。"),
        )
