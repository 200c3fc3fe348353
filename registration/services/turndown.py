"""Send a customer away at the counter, for a reason that the law names (RF-01 to RF-06)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from portal.models import User
from portal.refusal import Refusal
from portal.services import audit
from registration.models.application import Application
from registration.models.turndown import Turndown
from registration.rules.turndown import TURNDOWNS


class NoSuchReason(Refusal):
    status = 422
    text = _("请选一个不能办理的原因。")


@transaction.atomic
def make(application: Application, code: str, *, by: User, now: datetime) -> Turndown:
    """End a draft, or a returned application, because it may not be served. Raises NoSuchReason,
    WrongMove, Stale."""
    reason = TURNDOWNS.get(code)
    if reason is None or not reason.at_counter:
        raise NoSuchReason
    application.move(Application.Status.REFUSED, **changes(code, now=now))
    made = Turndown.objects.create(
        application=application, code=code, article=str(reason.article), by=by, at=now
    )
    audit.record(
        "application.turned_down",
        subject=application,
        by=by,
        now=now,
        code=code,
        held=reason.keeps_evidence,
    )
    return made


def changes(code: str, *, now: datetime) -> dict[str, object]:
    """What a refusal for this reason writes on the application, at the counter or at the desk:
    from ``touched_at`` on the days to its erasure are counted, evidence is kept (RF-03)."""
    reason = TURNDOWNS.get(code)
    hold = {"legal_hold_at": now} if reason and reason.keeps_evidence else {}
    return {"touched_at": now, **hold}
