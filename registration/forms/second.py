from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registration.models import Decision
from registration.services.gold import MOST

REASONS = [(reason.value, reason.label) for reason in (*Decision.RETURNS, *Decision.REFUSALS)]


class GoldForm(forms.Form):
    """The right answer to a case, and before how many verifiers it is put."""

    verdict = forms.ChoiceField(label=_("正确结论"), choices=Decision.Verdict.choices)
    reason = forms.ChoiceField(
        label=_("不通过的原因"), choices=[("", _("（通过的不用选）")), *REASONS], required=False
    )
    many = forms.IntegerField(label=_("给几位审核员"), min_value=1, max_value=MOST, initial=3)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("verdict", "reason"):
            self.fields[name].widget.attrs["class"] = "form-select"
        self.fields["many"].widget.attrs["class"] = "form-control"
