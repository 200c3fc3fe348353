"""What a customer signs, and what one has signed, in the language of the page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.forms import BoundField
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from registration.forms.consent import NO, YES, ConsentForm
from registration.models import Application
from registration.rules.consent import CONSENTS


@dataclass(frozen=True)
class Text:
    """A text to be read before signing. ``original`` is the Chinese one, which is what is signed,
    on a page in another language; ``field`` is there where it is a question of its own."""

    code: str
    title: str
    short: str
    version: str
    text: list[str]
    original: list[str]
    hint: str
    field: BoundField | None


@dataclass(frozen=True)
class Signed:
    title: str
    version: str
    given: bool
    at: datetime


def texts(form: ConsentForm) -> list[Text]:
    is_chinese = (get_language() or "").startswith("zh")
    return [
        Text(
            code=one.code,
            title=_(one.title),
            short=_(one.short),
            version=one.version,
            text=[_(each) for each in one.text],
            original=[] if is_chinese else [one.short, *one.text],
            hint=_(one.hint) if one.hint else "",
            field=form[one.code] if one.is_separate else None,
        )
        for one in form.due
    ]


def answered(application: Application) -> dict[str, str]:
    """The answers under the signature that stands, as the form wants them."""
    if application.confirmed_at is None:
        return {}
    return {row.kind: YES if row.given else NO for row in application.consents.all()}


def signed(application: Application) -> Iterator[Signed]:
    """In the order of the page; what was signed under a kind that is gone comes by its code."""
    order = list(CONSENTS)
    rows = list(application.consents.all())
    for row in sorted(rows, key=lambda row: order.index(row.kind) if row.kind in order else 99):
        text = CONSENTS.get(row.kind)
        yield Signed(_(text.title) if text else row.kind, row.version, row.given, row.at)
