from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outlets.models import Channel, Outlet, Tier
from registration.models import Decision
from registration.services import case, ranking
from registration.services.period import Period
from registration.services.question import Question

LONGEST = timedelta(days=366)
# Real names are registered since 2010-09-01 (Order 25 is of 2013).
EARLIEST = date(2010, 9, 1)


class ReportForm(forms.Form):
    """What a report shows, read from its address. What is not understood counts as not said; only
    about dates there is something to tell."""

    SPANS = (
        ("today", _("今天")),
        ("7d", _("近 7 天")),
        ("30d", _("近 30 天")),
        ("month", _("本月")),
    )
    WORST_FIRST = "first_pass"

    span = forms.ChoiceField(choices=SPANS, required=False)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)
    tier = forms.ChoiceField(choices=Tier.choices, required=False)
    status = forms.ChoiceField(choices=Outlet.Status.choices, required=False)
    q = forms.CharField(max_length=40, required=False)
    # Every outlet below, instead of the nodes right below.
    flat = forms.BooleanField(required=False)
    sort = forms.ChoiceField(
        choices=[(sign + name, "") for name in ranking.SORTS for sign in ("", "-")], required=False
    )
    page = forms.IntegerField(required=False)

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now, self.today = now, timezone.localdate(now)
        self.is_valid()

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        since, until = said.get("since"), said.get("until")
        if since and since > self.today:
            self.add_error("since", _("这一天还没有到。"))
        elif since and since < EARLIEST:
            self.add_error("since", _("请选 2010 年 9 月 1 日以后的日期。"))
        elif since and until and until < since:
            self.add_error("until", _("结束日期早于开始日期。"))
        elif since and (until or self.today) - since >= LONGEST:
            self.add_error("since", _("一次最多看 366 天。"))
        return said

    def said(self, name: str, default: Any = "") -> Any:
        return self.cleaned_data.get(name) or default

    @property
    def order(self) -> str:
        return str(self.said("sort", self.WORST_FIRST))

    @property
    def date_errors(self) -> list[str]:
        """Each sentence once: of two dates that are none the same is said."""
        said = [*self.errors.get("since", []), *self.errors.get("until", [])]
        return list(dict.fromkeys(said))

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day; seven days unless something else was said."""
        since, until = self.said("since"), self.said("until", self.today)
        if since and not self.date_errors:
            return since, min(until, self.today)
        starts = {
            "today": self.today,
            "30d": self.today - timedelta(days=29),
            "month": self.today.replace(day=1),
        }
        return starts.get(self.said("span"), self.today - timedelta(days=6)), self.today

    @property
    def current_span(self) -> str:
        if self.said("since") and not self.date_errors:
            return ""
        return str(self.said("span", "7d"))

    def question(self, channel: Channel) -> Question:
        period = Period.of(*self.days, now=self.now)
        if channel.kind == Channel.Kind.OUTLET:
            return Question(channel, period)  # no choice is left between outlets
        return Question(channel, period, tier=self.said("tier"), status=self.said("status"))


class CasesForm(ReportForm):
    kind = forms.ChoiceField(choices=case.Kind.choices, required=False)
    reason = forms.ChoiceField(choices=Decision.Reason.choices, required=False)
    clerk = forms.IntegerField(min_value=1, max_value=2**62, required=False)
    slowest = forms.BooleanField(required=False)
