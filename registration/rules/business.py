"""Rules of the services on a number that is in use already: whose it is, and what that allows."""

from collections.abc import Iterator

from registration.rules import law
from registration.rules.facts import FULL_AGE, Facts, age
from registration.rules.ownership import LEAST_SCORE, REGISTERED, score
from registration.rules.roles import END_USER, HOLDER, PROXY, TRANSFEROR
from registration.rules.rule import Reason, Severity, rule
from registration.rules.words import gettext_noop as _


@rule(law.ORDER_25_6, id="SC-01A", severity=Severity.BLOCK)
def a_fixed_line_has_an_address(facts: Facts) -> Iterator[Reason]:
    """A fixed line is installed at, or moved to, an address that is written down."""
    if facts.holder.is_order:
        return  # its numbers are applications of their own
    if facts.asked.has_address and not facts.has_address:
        yield Reason(_("还没有填装机地址。"), _("请填写装机或移机的详细地址。"), step="start")


@rule(law.ORDER_25_6, id="SC-03", severity=Severity.BLOCK)
def an_unregistered_number_is_registered_first(facts: Facts) -> Iterator[Reason]:
    """Nothing is done with a number that nobody is registered with but registering it."""
    if facts.asked.wants_backfill(facts.standing, facts.policies):
        yield Reason(_("这个号码还没有实名登记。"), _("请先补登记，再办其他业务。"), step="start")


@rule(law.ORDER_25_6, id="BF-02", severity=Severity.BLOCK)
def only_an_unregistered_number_is_backfilled(facts: Facts) -> Iterator[Reason]:
    """A number with a registered holder is transferred, not registered again."""
    if facts.asked.for_unregistered and facts.standing == REGISTERED:
        yield Reason(
            _("这个号码已经实名登记，不用补登记。"),
            _("换机主请办过户；其他业务请在第一步改选。"),
            step="start",
        )


@rule(
    law.ORDER_25_6,
    id="SC-08E",
    severity=Severity.BLOCK,
    may_change=_("号码使用凭证不足"),
)
def the_number_is_shown_to_be_the_customers(facts: Facts) -> Iterator[Reason]:
    """Where no register says whose number it is, the customer shows it: with enough proofs."""
    if facts.needs_proof and score(facts.proofs) < LEAST_SCORE.of(facts.policies):
        yield Reason(
            _("号码使用凭证还不够。"), _("请逐项核对并打勾，够分才能提交。"), HOLDER, "photos"
        )


@rule(law.ORDER_25_6, id="SC-08H", severity=Severity.BLOCK)
def proof_of_use_is_judged_where_policy_says(facts: Facts) -> Iterator[Reason]:
    """Proof of use is judged only at the tiers that policy names."""
    tiers = facts.asked.proof_tiers
    if facts.needs_proof and tiers and facts.tier not in tiers.of(facts.policies):
        yield Reason(
            _("本渠道不能凭使用凭证办理这项业务。"), _("请引导客户到最近的自有营业厅办理。")
        )


@rule(law.ORDER_25_6, id="SC-08", severity=Severity.BLOCK)
def the_registered_holder_is_the_one_here(facts: Facts) -> Iterator[Reason]:
    """Who asks is who the number is registered with: the carrier compares the documents."""
    role = facts.asked.matched
    if role and facts.matches == "mismatch":
        yield Reason(
            _("证件与号码登记的机主不一致。"),
            _("请核对号码；只有登记的机主能办，请机主带登记时的证件来。"),
            role,
            "read",
        )


@rule(law.ORDER_25_6, id="SC-07", severity=Severity.BLOCK)
def everybody_whom_the_service_concerns_was_read(facts: Facts) -> Iterator[Reason]:
    """In a transfer both the old and the new holder are verified."""
    if TRANSFEROR in facts.asked.parties and facts.person(TRANSFEROR) is None:
        yield Reason(
            _("还没有读原机主的证件。"), _("请把原机主的证件放到读卡器上。"), TRANSFEROR, "read"
        )


@rule(law.ORDER_25_6, id="SC-07S", severity=Severity.BLOCK)
def nobody_transfers_to_himself(facts: Facts) -> Iterator[Reason]:
    """Old and new holder are two people, by whichever documents."""
    old, new = facts.person(TRANSFEROR), facts.person(HOLDER)
    if old and new and old.key == new.key:
        yield Reason(
            _("原机主与新机主是同一人。"), _("请核对两张证件，不用过户的请放弃。"), HOLDER, "read"
        )


@rule(law.CIVIL_CODE_19, id="SC-07A", severity=Severity.BLOCK, may_change=_("未成年人过户给别人"))
def the_old_holder_is_of_age(facts: Facts) -> Iterator[Reason]:
    """Who gives a number away is 18 or older: no guardian of theirs can be taken in here."""
    old = facts.person(TRANSFEROR)
    if old and age(old.birth_date, facts.day) < FULL_AGE:
        yield Reason(
            _("原机主未满 18 周岁，不能自己办过户。"),
            _("请由监护人代办销号，新机主再开新号。"),
            TRANSFEROR,
            "read",
        )


@rule(law.ANTI_FRAUD_31, id="SC-07C", severity=Severity.BLOCK)
def a_transfer_is_not_the_clerk_s_own(facts: Facts) -> Iterator[Reason]:
    """No clerk transfers a number of their own, nor a customer's number to themselves."""
    old, new = facts.person(TRANSFEROR), facts.person(HOLDER)
    if old is None or not facts.clerk_key:
        return
    todo = _("请由另一位营业员来办理。")
    if old.key == facts.clerk_key:
        yield Reason(_("原机主就是经办的营业员。"), todo, TRANSFEROR, "read")
    elif new and new.key == facts.clerk_key:
        yield Reason(_("新机主就是经办的营业员。"), todo, HOLDER, "read")


@rule(law.ORDER_25_6, id="SC-07P", severity=Severity.BLOCK)
def a_proxy_comes_where_policy_lets_him(facts: Facts) -> Iterator[Reason]:
    """Some services cannot be asked for through a proxy, or not everywhere."""
    if PROXY not in facts.holder.parties:
        return
    if not facts.asked.lets_proxy(facts.tier, facts.policies):
        yield Reason(
            _("这项业务在本渠道不能代办。"), _("请本人来办，或到自有营业厅代办。"), step="start"
        )


@rule(law.ORDER_25_6, id="SC-07T", severity=Severity.BLOCK)
def the_old_holder_does_not_act_for_the_new_one(facts: Facts) -> Iterator[Reason]:
    """The one who gives a number away cannot also be the proxy of the one who takes it."""
    old, proxy = facts.person(TRANSFEROR), facts.person(PROXY)
    if old and proxy and old.key == proxy.key:
        yield Reason(
            _("受托人就是原机主。"), _("请新机主本人来办，或换一位受托人。"), PROXY, "read"
        )


@rule(law.ORDER_25_6, id="BF-15", severity=Severity.NOTE)
def a_barred_number_is_restored(facts: Facts) -> Iterator[Reason]:
    """A number that is stopped for want of registration works again within a day of it."""
    if facts.asked.for_unregistered and facts.is_barred:
        yield Reason(_("这个号码已停机。"), _("登记后 24 小时内恢复，请告诉客户。"))


@rule(
    law.NOTICE_182_2_1,
    id="BF-06",
    severity=Severity.REVIEW,
    may_change=_("短信申报的人与到厅的人不同"),
)
def who_claimed_the_number_is_who_came(facts: Facts) -> Iterator[Reason]:
    """Who claimed the number by text message is who comes to be registered with it."""
    if facts.claim == "differs":
        yield Reason(
            _("短信申报这个号码的是另一个人。"),
            _("请核对号码使用凭证；短信只是申报，以到厅读卡为准。"),
            HOLDER,
        )


@rule(
    law.ANTI_FRAUD_10,
    id="NL-08B",
    severity=Severity.REVIEW,
    may_change=_("办理的号码已停机"),
)
def a_number_that_was_stopped_is_looked_at(facts: Facts) -> Iterator[Reason]:
    """A registered number that is stopped may be stopped for fraud: somebody looks at it."""
    if facts.is_barred and facts.standing == REGISTERED:
        yield Reason(
            _("这个号码已登记，但已停机。"),
            _("请向运营商核实停机原因；公安机关要求关停的，不能办理。"),
            HOLDER,
        )


@rule(
    law.ANTI_FRAUD_10,
    id="NL-08C",
    severity=Severity.REVIEW,
    may_change=_("营业员在自己的柜台办号码"),
)
def the_clerk_s_own_number_is_looked_at(facts: Facts) -> Iterator[Reason]:
    """A clerk who takes a number at their own counter, in person or as a unit's end user."""
    for person in facts.people:
        if person.role in (HOLDER, END_USER) and person.key and facts.clerk_key == person.key:
            yield Reason(_("客户就是经办的营业员。"), _("请核对用途，警惕养卡。"), person.role)
