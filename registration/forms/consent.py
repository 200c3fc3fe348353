from datetime import datetime
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registration.models import Application
from registration.services import consent as consents

UNANSWERED = gettext_lazy("请先回答单独询问的问题，再签名。")
YES, NO = "yes", "no"


class ConsentForm(forms.Form):
    """One question with yes and no for each consent that is never bundled; none is answered
    beforehand. ``shown`` names the texts that the page showed."""

    shown = forms.CharField(max_length=400, required=False, widget=forms.HiddenInput)

    def __init__(self, application: Application, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.due = consents.due(application, now=now)
        self.fields["shown"].initial = consents.name(application, now=now)
        for one in self.due:
            if one.is_separate:
                self.fields[one.code] = forms.ChoiceField(
                    label=_(one.short),
                    choices=_choices(),
                    widget=forms.RadioSelect,
                    error_messages={"required": UNANSWERED},
                )
        self.helper = FormHelper()
        self.helper.form_tag = False

    @property
    def answers(self) -> dict[str, bool]:
        return {one.code: self.cleaned_data[one.code] == YES for one in self.due if one.is_separate}


def _choices() -> list[tuple[str, str | Promise]]:
    # The key is written on the answer, as on every button of the counter.
    yes, no = _("同意"), _("不同意")
    return [
        (YES, format_html("{} <kbd>Y</kbd>", yes)),
        (NO, format_html("{} <kbd>N</kbd>", no)),
    ]
