"""What the customer is shown, answers and signs (PI-02, CV-09, CV-10, PX-10)."""

from collections.abc import Mapping
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal import crypto
from portal.models import User
from portal.parts import part
from portal.refusal import Refusal
from portal.services import audit
from registration.models.application import Application
from registration.models.consent import Consent
from registration.models.identity import Role
from registration.models.photo import Photo
from registration.models.unit import Unit
from registration.rules import consent as texts

Texts = tuple[texts.Consent, ...]


class Unanswered(Refusal):
    status = 422
    text = _("请先回答单独询问的问题，再签名。")
    todo = _("请客户自己选“同意”或“不同意”，两个都可以。")


class TextsChanged(Refusal):
    text = _("页面上的内容刚刚更新过。")
    todo = _("请刷新本页，请客户阅读后再签名。")


def due(application: Application, *, now: datetime) -> Texts:
    """What this customer is to sign today."""
    holder = application.parties.select_related("identity").filter(role=Role.HOLDER)
    party = holder.defer("identity__photo").first()
    born = party.identity.card.birth_date if party else None
    return texts.due(application.asked, application.holder, born, timezone.localdate(now))


def name(application: Application, *, now: datetime) -> str:
    """Which texts in which versions, of whom and for what: what the page carries from the reading
    to the signature."""
    return _name(application, due(application, now=now))


def _name(application: Application, wanted: Texts) -> str:
    said = [f"{one.code}:{one.version}" for one in wanted]
    read = application.parties.order_by("pk").values_list("identity", flat=True)
    return " ".join([*said, *(f"read:{identity}" for identity in read), _matter(application)])


def _matter(application: Application) -> str:
    """What is asked for, as the row says now: another tab may have changed it meanwhile."""
    columns = ("service", "holder_kind", "number_index", "address")
    asked = Application.objects.values_list(*columns).get(pk=application.pk)
    unit = Unit.objects.filter(application=application).values_list("name", "number").first()
    return f"for:{crypto.keyring().blind_index(repr((asked, unit)), 'matter')}"


def check(
    application: Application, *, shown: str, answers: Mapping[str, bool], now: datetime
) -> Texts:
    """What is due, if that is what was ``shown`` and each question of its own has an answer.
    Raises TextsChanged, Unanswered."""
    wanted = due(application, now=now)
    if shown != _name(application, wanted):
        raise TextsChanged
    if any(one.code not in answers for one in wanted if one.is_separate):
        raise Unanswered
    return wanted


@part
def sign(
    application: Application,
    signature: Photo,
    wanted: Texts,
    answers: Mapping[str, bool],
    *,
    by: User,
    now: datetime,
) -> None:
    """Keep what was signed in place of what was before; ``wanted`` is what ``check`` gave."""
    application.consents.all().delete()
    rows = [
        Consent(
            application=application,
            kind=one.code,
            version=one.version,
            given=answers[one.code] if one.is_separate else True,
            signature=signature,
            at=now,
        )
        for one in wanted
    ]
    Consent.objects.bulk_create(rows)
    audit.record(
        "consent.signed",
        subject=application,
        by=by,
        now=now,
        signature=signature.pk,
        given={row.kind: row.version for row in rows if row.given},
        refused={row.kind: row.version for row in rows if not row.given},
    )
