"""An appeal against a refusal is taken down, answered in time, and if it is right the restriction
ends at once (Anti-Fraud Law, article 32; RF-06)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.models import User
from portal.refusal import Refusal
from portal.services import audit
from registration.models.appeal import Appeal
from registration.models.application import Application
from registration.models.decision import Decision
from registration.models.review import Review
from registration.models.turndown import Turndown
from registration.rules.consent import ANSWER_DAYS
from registration.services import policy


class NotRefused(Refusal):
    text = _("只有已拒绝的受理单可以登记申诉。")
    todo = _("请刷新页面看最新情况。")


class WithItsOrder(Refusal):
    text = _("这个号码是随单位订单一起拒绝的。")
    todo = _("请在单位订单上登记申诉。")


class Erased(Refusal):
    text = _("这张受理单的资料已按规定删除，无法再核查。")
    todo = _("请告诉客户：可以带证件原件重新办理；仍不能办理的，可以对新的受理单申诉。")


class AlreadyOpen(Refusal):
    text = _("这张受理单已有一件申诉待答复。")
    todo = _("请打开那一件补充核实并答复，不必另外登记。")


class AlreadyUpheld(Refusal):
    text = _("这张受理单的申诉已经成立，限制已解除。")
    todo = _("请告诉客户：可以带证件原件重新办理。")


class OwnWork(Refusal):
    status = 403
    text = _("这张受理单是你经手的，不能由你答复申诉。")
    todo = _("请交给另一位渠道经理，或请上级渠道经理答复。")


class Answered(Refusal):
    text = _("这件申诉刚刚已有人答复，你的答复没有保存。")
    todo = _("请刷新页面看答复的内容。")


def hindrance(application: Application) -> Refusal | None:
    """Why no appeal can be taken down now."""
    if application.status != Application.Status.REFUSED:
        return NotRefused()
    if application.order_id and not application.reviews.exists():
        return WithItsOrder()
    if application.erased_at:
        return Erased()
    if application.appeals.open().exists():
        return AlreadyOpen()
    return AlreadyUpheld() if is_upheld(application) else None


@transaction.atomic
def make(application: Application, way: str, words: str, *, by: User, now: datetime) -> Appeal:
    """Raises NotRefused, WithItsOrder, Erased, AlreadyOpen, AlreadyUpheld."""
    # Held until commit: of two clicks the second finds the first one's, and nothing is erased.
    held = Application.objects.select_for_update().get(pk=application.pk)
    if refusal := hindrance(held):
        raise refusal
    today = timezone.localdate(now)
    days = ANSWER_DAYS.of(policy.in_force(held.channel_path, today))
    made = Appeal.objects.create(
        application=held,
        channel_path=held.channel_path,
        way=way,
        words=words,
        made_by=by,
        made_at=now,
        due_date=today + timedelta(days=days),
    )
    audit.record("appeal.made", subject=made, by=by, now=now, application=held.pk, way=way)
    return made


def is_own_work(application: Application, user: User) -> bool:
    """Whether the user captured, stood by at, judged or refused the application."""
    return user.pk in {
        application.clerk_id,
        application.assisted_by_id,
        *Review.objects.filter(application=application).values_list("captured_by", flat=True),
        *Decision.objects.filter(review__application=application).values_list(
            "decided_by", flat=True
        ),
        *Turndown.objects.filter(application=application).values_list("by", flat=True),
    }


@transaction.atomic
def decide(appeal: Appeal, outcome: str, answer: str, *, by: User, now: datetime) -> None:
    """Uphold or reject it, with the answer for the customer. Raises OwnWork, Answered."""
    # The application before the appeal, as when one is made and when it is erased.
    application = Application.objects.select_for_update().get(pk=appeal.application_id)
    if is_own_work(application, by):
        raise OwnWork
    # Compare and set: of two managers who have it open, one answers.
    if (
        not Appeal.objects.open()
        .filter(pk=appeal.pk)
        .update(outcome=outcome, answer=answer, decided_by=by, decided_at=now)
    ):
        raise Answered
    was_held = application.legal_hold_at is not None
    if outcome == Appeal.Outcome.UPHELD:
        _lift(application, now=now)
    audit.record(
        "appeal.decided",
        subject=appeal,
        by=by,
        now=now,
        application=application.pk,
        outcome=outcome,
        lifted=was_held and outcome == Appeal.Outcome.UPHELD,
    )


def _lift(application: Application, *, now: datetime) -> None:
    """Nothing is evidence any more, nor are an order's numbers that were held with it; the days
    to the erasure are counted from now."""
    free = {"legal_hold_at": None, "touched_at": now}
    if application.legal_hold_at:
        application.numbers.filter(legal_hold_at=application.legal_hold_at).update(**free)
    Application.objects.filter(pk=application.pk).update(**free)


def is_upheld(application: Application) -> bool:
    return Appeal.objects.of(application).filter(outcome=Appeal.Outcome.UPHELD).exists()
