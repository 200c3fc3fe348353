from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from registration.rules.turndown import TURNDOWNS


class TurndownForm(forms.Form):
    """The one reason why a customer cannot be served."""

    code = forms.ChoiceField(
        label=_("原因"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("请选一个不能办理的原因。"),
            "invalid_choice": _("请选一个不能办理的原因。"),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code: Any = self.fields["code"]
        code.choices = [(one.code, _(one.label)) for one in TURNDOWNS.values() if one.at_counter]
        self.helper = FormHelper()
        self.helper.form_tag = False
