"""The customer's own number: is it ours, is anybody registered with it, is it this person?

The carrier knows; we send it a number, or a number with a document number, and hear a word.
"""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.gateways import carrier
from portal.jobs import after_commit
from portal.parts import part
from portal.refusal import Refusal
from portal.services import audit
from registration.models.application import Application, Party
from registration.models.ownership import OwnershipCheck
from registration.rules.ownership import CATEGORIES, PROOFS
from registration.rules.service import line_of
from registration.services import application as applications

RETRY_MOST = timedelta(minutes=5)
Result = OwnershipCheck.Result


class NoAnswer(Refusal):
    text = _("运营商系统暂时没有回应。")
    todo = _("已填的内容都已保存，请稍后再查这个号码。")


class NotOurs(Refusal):
    status = 422
    text = _("这个号码不在本企业使用中。")
    todo = _("请与客户核对号码；其他企业的号码请到该企业办理。")


class WrongLine(Refusal):
    status = 422
    text = _("这项业务不能办在这种号码上。")
    todo = _("请核对号码，或在上面改选业务。")


def look_up(application: Application, number: str) -> carrier.Lookup:
    """What the carrier says of a number. Raises NotEditable, WrongLine, NotOurs, NoAnswer."""
    if not application.is_editable:
        raise applications.NotEditable
    if not application.asked.is_own or line_of(number) not in application.asked.lines:
        raise WrongLine
    try:
        found = carrier.client().look_up(number, str(uuid.uuid4()))
    except (carrier.Unavailable, carrier.Rejected):
        raise NoAnswer from None
    if found.standing == carrier.Standing.UNKNOWN:
        raise NotOurs
    return found


def kept(found: carrier.Lookup) -> dict[str, object]:
    """A carrier's word as columns of an application."""
    # A sort of number that we do not know wants the fewest papers that any sort wants.
    category = found.category if found.category in CATEGORIES else "temporary"
    is_registered = found.standing == carrier.Standing.REGISTERED
    return {
        "standing": Application.Standing(found.standing.value),
        "category": "" if is_registered else category,
        "is_barred": found.is_barred,
    }


@transaction.atomic
def tick(application: Application, proofs: list[str], *, now: datetime) -> None:
    """What the customer showed or knew of the number (SC-08)."""
    known = [proof for proof in PROOFS if proof in proofs]
    applications.change(application, now, proofs=known)
    applications.redone(application, "proofs", now=now)


@part
def ask(application: Application, *, now: datetime) -> None:
    """Have the carrier compare the document of whom the service concerns with the number's holder,
    once for each read and number; a worker sends it. Nothing is asked of an unregistered number."""
    party = _concerned(application)
    if party is None or application.standing != Application.Standing.REGISTERED:
        return
    check, made = OwnershipCheck.objects.get_or_create(
        identity_id=party.identity_id,
        number_index=application.number_index,
        defaults={"application": application, "due_at": now},
    )
    if made:
        after_commit("registration.tasks.ask_ownership", check_id=check.pk)


def forget(application: Application) -> None:
    """What the carrier said before it would not carry the service out; it is asked anew."""
    application.ownership_checks.all().delete()


def current(application: Application) -> OwnershipCheck | None:
    """The check of the person and the number as they are now."""
    party = _concerned(application)
    if party is None or application.standing != Application.Standing.REGISTERED:
        return None
    checks = OwnershipCheck.objects.filter(identity_id=party.identity_id)
    return checks.filter(number_index=application.number_index).first()


def is_settled(application: Application) -> bool:
    check = current(application)
    return check is None or check.result not in OwnershipCheck.OPEN


def send(check: OwnershipCheck, *, now: datetime) -> None:
    """Ask the carrier. Unavailable waits longer each time and retries by itself."""
    if check.result not in OwnershipCheck.OPEN:
        return
    number = check.application.number
    if not number or check.application.number_index != check.number_index:
        return  # another number was named since; it has a check of its own
    try:
        agrees = carrier.client().matches(number, check.identity.card.number, str(check.key))
    except (carrier.Unavailable, carrier.Rejected):
        wait = min(timedelta(seconds=2 ** min(check.attempts + 1, 10)), RETRY_MOST)
        OwnershipCheck.objects.filter(pk=check.pk, result__in=OwnershipCheck.OPEN).update(
            result=Result.UNAVAILABLE, attempts=check.attempts + 1, due_at=now + wait
        )
        return
    settle(check, Result.MATCH if agrees else Result.MISMATCH, now=now)


@transaction.atomic
def settle(check: OwnershipCheck, result: str, *, now: datetime) -> None:
    """Keep the carrier's answer, once; the application goes on when it has one."""
    rows = OwnershipCheck.objects.filter(pk=check.pk, result__in=OwnershipCheck.OPEN)
    if rows.update(result=result, checked_at=now):
        audit.record("ownership.answered", subject=check, by=None, now=now, result=result)
        after_commit("registration.tasks.advance", application_id=check.application_id)


def _concerned(application: Application) -> Party | None:
    role = application.asked.matched
    return application.parties.filter(role=role).first() if role else None
