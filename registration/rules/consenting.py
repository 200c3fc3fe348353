"""Rules on what the customer agreed to. Without a signature only that is said (CV-10)."""

from collections.abc import Iterator

from registration.rules import law
from registration.rules.consent import (
    FACE,
    FACE_REFUSAL_TIERS,
    GUARDIAN,
    MINOR,
    PRIVACY,
    RESALE,
    RISK,
    Consent,
)
from registration.rules.facts import Facts
from registration.rules.roles import HOLDER
from registration.rules.rule import Reason, Severity, rule
from registration.rules.words import gettext_noop as _

LOOK = _("请逐项对照现场照与证件照片，由您判断；不得只因机器的结果拒绝。")
NOT_COMPARED = "not_compared"
# By what the comparison said (models.FaceCheck.Result); "alike" needs nobody.
FACES = {
    "unsure": _("人脸比对拿不准是不是同一个人。"),
    "differs": _("人脸比对认为现场照与证件照片差别较大。"),
    "no_face": _("现场照或证件照片上没有找到可比对的人脸。"),
    "several": _("现场照上不止一个人。"),
    "unavailable": _("人脸比对服务没有回应，还没有比对。"),
    "waiting": _("人脸比对还没有完成。"),
    NOT_COMPARED: _("没有本人单独同意人脸比对的记录，没有比对。"),
}
AGAIN = _("请客户在签字页重新阅读并签名。")


@rule(law.ORDER_24_9, id="RT-10", severity=Severity.BLOCK, when_assisted=Severity.REVIEW)
def customer_was_told_what_is_kept(facts: Facts) -> Iterator[Reason]:
    """The customer has signed the privacy notice in the version in force."""
    if _is_open(facts, PRIVACY):
        yield Reason(_("客户还没有签收现行的个人信息处理告知。"), AGAIN, step="sign")


@rule(law.PIPL_29, id="PI-02", severity=Severity.BLOCK, when_assisted=Severity.REVIEW)
def face_question_was_answered(facts: Facts) -> Iterator[Reason]:
    """The customer has said yes or no to the comparison of faces, in a question of its own."""
    if _is_open(facts, FACE):
        yield Reason(_("客户还没有单独回答是否同意人脸比对。"), AGAIN, step="sign")


@rule(law.FACE_RULES_10, id="PI-03", severity=Severity.BLOCK)
def refused_face_goes_where_people_look(facts: Facts) -> Iterator[Reason]:
    """Who does not want faces compared is served where people can look instead."""
    where = FACE_REFUSAL_TIERS.of(facts.policies)
    if _is_refused(facts, FACE) and facts.tier not in where:
        yield Reason(
            _("客户不同意人脸比对，本网点不能办理。"),
            _("请引导客户到最近的自有营业厅，由人工核对后办理；不得要求客户改为同意。"),
            step="sign",
        )


@rule(
    law.FACE_2019,
    id="CV-05",
    severity=Severity.REVIEW,
    may_change=_("客户不同意人脸比对，由人工核对"),
)
def refused_face_is_looked_at_by_people(facts: Facts) -> Iterator[Reason]:
    """Without consent no face is compared by a machine; the verifier looks."""
    if _is_refused(facts, FACE):
        yield Reason(
            _("客户不同意人脸比对：请人工核对，不得因此拒绝。"),
            _("请逐项对照现场照与证件照片。"),
            facts.holder.present,
        )


@rule(law.FACE_2019, id="CV-05F", severity=Severity.REVIEW)
def face_that_is_not_found_alike_is_looked_at_by_people(facts: Facts) -> Iterator[Reason]:
    """Where the machine's comparison of faces does not say alike, the verifier looks: a machine
    refuses nobody."""
    for person in facts.people:
        if person.face == NOT_COMPARED and _is_refused(facts, FACE):
            continue  # CV-05 says it of the customer's own no
        if said := FACES.get(person.face):
            yield Reason(said, LOOK, person.role)


@rule(law.FRAUD_CARDS_2021, id="CV-09", severity=Severity.BLOCK, when_assisted=Severity.REVIEW)
def customer_was_warned_of_fraud(facts: Facts) -> Iterator[Reason]:
    """The customer has signed the notice on telephone fraud in the version in force."""
    if _is_open(facts, RISK):
        yield Reason(_("客户还没有签收现行的防诈骗风险提示。"), AGAIN, step="sign")


@rule(law.FACE_2019, id="CV-10C", severity=Severity.BLOCK, when_assisted=Severity.REVIEW)
def contract_forbids_resale(facts: Facts) -> Iterator[Reason]:
    """The customer has signed the clause against resale in the version in force."""
    if _is_open(facts, RESALE):
        yield Reason(_("客户还没有签署现行的不转售条款。"), AGAIN, step="sign")


@rule(law.PIPL_31, id="PX-10R", severity=Severity.BLOCK)
def a_guardian_s_no_is_a_no(facts: Facts) -> Iterator[Reason]:
    """A guardian who does not want a child's data registered ends the matter."""
    if _is_refused(facts, GUARDIAN):
        yield Reason(
            _("监护人不同意登记孩子的资料，不能办理。"),
            _("请不要劝说；可选“无法办理”结束本次受理。"),
            HOLDER,
            "sign",
        )


@rule(law.PIPL_31, id="PX-10", severity=Severity.BLOCK, when_assisted=Severity.REVIEW)
def guardian_agreed_for_a_child(facts: Facts) -> Iterator[Reason]:
    """For a holder under fourteen the guardian has signed the children's rules and agreed."""
    if _is_refused(facts, GUARDIAN):
        return
    if _is_open(facts, GUARDIAN) or _is_open(facts, MINOR):
        yield Reason(_("监护人还没有为未满 14 周岁的孩子签署同意。"), AGAIN, HOLDER, "sign")


def _is_open(facts: Facts, consent: Consent) -> bool:
    """Whether what is signed, or handed in without a signature, lacks this one or has it in
    another version."""
    due = facts.consents_due.get(consent.code)
    counts = facts.has_confirmed or facts.is_assisted
    return counts and due is not None and facts.consents.get(consent.code) != due


def _is_refused(facts: Facts, consent: Consent) -> bool:
    return facts.has_confirmed and consent.code in facts.consents_refused
