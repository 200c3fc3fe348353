"""How figures are written: a rate as a percentage, a time as a person would say it."""

from collections import Counter
from datetime import timedelta
from typing import Final

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from registration.models import Decision

register = template.Library()

NOTHING = "—"
ZERO: Final = SafeString('<span class="quiet">0</span>')


@register.filter
def percent(rate: float | None) -> str:
    """92.3 %, and a dash where there was not a single case."""
    return NOTHING if rate is None else f"{rate * 100:.1f}%"


@register.filter
def thousands(number: int) -> str:
    """1,204 in both languages; Django's own groups Chinese numbers by four."""
    return f"{number:,}"


@register.filter
def readable(took: timedelta | None) -> str:
    """The two largest units: 45 秒, 3 分 20 秒, 2 小时 5 分, 1 天 3 小时."""
    if took is None:
        return NOTHING
    minutes, seconds = divmod(round(took.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return _("%(days)d 天 %(hours)d 小时") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d 小时 %(minutes)d 分") % {"hours": hours, "minutes": minutes}
    if minutes:
        return _("%(minutes)d 分 %(seconds)d 秒") % {"minutes": minutes, "seconds": seconds}
    return _("%(seconds)d 秒") % {"seconds": seconds}


@register.filter
def reasons(counts: Counter[str]) -> list[tuple[str, str, int]]:
    """Code, words and number of each reason, the most frequent first."""
    return [(code, str(Decision.Reason(code).label), count) for code, count in counts.most_common()]


@register.simple_tag
def counted(cases: str, kind: str, count: int, why: Counter[str] | None = None) -> SafeString:
    """A count that leads to its cases, told apart by reason; ``cases`` is their address, to which
    which of them is added. Not a template: a report has a hundred and more."""
    if not count:
        return ZERO
    if not why:
        return format_html('<a href="{}kind={}">{}</a>', cases, kind, count)
    reason = '<li><a href="{}kind={}&amp;reason={}">{}</a> {}</li>'
    told = format_html_join("", reason, ((cases, kind, *one) for one in reasons(why)))
    return format_html(
        '<details class="report-reasons"><summary>{count}</summary><ul>{told}'
        '<li><a href="{cases}kind={kind}">{every}</a> {count}</li></ul></details>',
        count=count,
        told=told,
        cases=cases,
        kind=kind,
        every=_("全部"),
    )
