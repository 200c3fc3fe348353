from typing import Any

from crispy_forms.bootstrap import InlineRadios
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from registration.models import Appeal

MOST = 2000


class LongField(forms.CharField):
    """A few sentences."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            max_length=MOST,
            widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
            error_messages={"required": _("请填写。")},
            **kwargs,
        )


class _AppealForm(forms.Form):
    """One of a few, and a text."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        choice, text = self.fields
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(InlineRadios(choice), text)

    def full_clean(self) -> None:
        super().full_clean()
        if wrong := next((name for name in self.fields if name in self.errors), None):
            # The page opens at the first field that wants mending.
            self.fields[wrong].widget.attrs["autofocus"] = True


class AppealForm(_AppealForm):
    """What the customer says, and how it came."""

    way = forms.ChoiceField(
        label=_("怎样提出的"),
        choices=Appeal.Way.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("请选是怎样提出的。"),
            "invalid_choice": _("请选是怎样提出的。"),
        },
    )
    words = LongField(label=_("客户的话"), help_text=_("照客户的意思写。请勿写证件号码。"))


class AnswerForm(_AppealForm):
    """What was decided, and the answer that the customer gets."""

    outcome = forms.ChoiceField(
        label=_("结论"),
        choices=Appeal.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选结论。"), "invalid_choice": _("请选结论。")},
    )
    answer = LongField(
        label=_("给客户的答复"),
        help_text=_("会原样印在答复单上：查了什么、为什么、客户接下来怎么办。"),
    )
