"""A policy's value, from when it holds and why: one form, made from the policy's kind."""

from datetime import date
from functools import singledispatch
from typing import Any

from crispy_forms.bootstrap import AppendedText, InlineRadios
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout, LayoutObject
from django import forms
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from outlets.forms.outlet import date_field
from registration.rules.policy import Amount, Choice, Policy, Several, Switch
from registration.services.policy import Standing, TooEarly

SET, WITHDRAW = "set", "withdraw"


@singledispatch
def value_field(policy: Policy[Any]) -> forms.Field:
    """How a value of this kind of policy is asked for; Several may be none."""
    raise NotImplementedError(policy)


@value_field.register
def _switch(policy: Switch) -> forms.Field:
    return forms.TypedChoiceField(
        choices=[(value, policy.shown(value, say)) for value in (True, False)],
        coerce=lambda value: value == "True",
        empty_value=None,
        widget=forms.RadioSelect,
    )


@value_field.register
def _amount(policy: Amount) -> forms.Field:
    field = forms.IntegerField(min_value=policy.least, max_value=policy.most)
    said = {"least": policy.least, "most": policy.shown(policy.most, say)}
    field.help_text = _("可以填 %(least)s 到 %(most)s。") % said
    return field


@value_field.register
def _choice(policy: Choice) -> forms.Field:
    choices = [(value, say(label)) for value, label in policy.choices]
    return forms.ChoiceField(choices=choices, widget=forms.RadioSelect)


@value_field.register
def _several(policy: Several) -> forms.Field:
    choices = [(value, say(label)) for value, label in policy.choices]
    return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple)


class PolicyForm(forms.Form):
    """``how`` is asked only where the node has set something that it could withdraw."""

    how = forms.ChoiceField(
        label=_("怎样设定"),
        choices=((SET, _("在本级设定")), (WITHDRAW, _("撤回本级的设定，改按上级"))),
        widget=forms.RadioSelect,
        initial=SET,
        required=False,
    )
    from_date = date_field(label=_("生效日期"))
    reason = forms.CharField(
        label=_("原因"),
        max_length=200,
        help_text=_("写明依据，例如文件号。请勿写客户的个人信息。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self, standing: Standing, data: Any = None, *, is_set_here: bool, today: date
    ) -> None:
        super().__init__(data, initial={"from_date": today, "value": standing.value})
        self.policy, self.today = standing.policy, today
        value = value_field(self.policy)
        value.label = say(self.policy.title)
        # Who withdraws a value need not give one.
        value.required = False
        self.fields["value"] = value
        self.fields["from_date"].widget.attrs["min"] = today.isoformat()
        if not is_set_here:
            del self.fields["how"]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(*self._layout())

    def _layout(self) -> list[str | LayoutObject]:
        how = [InlineRadios("how")] if "how" in self.fields else []
        value: str | LayoutObject = "value"
        if isinstance(self.policy, Amount):
            value = AppendedText("value", say(self.policy.unit))
        return [*how, value, "from_date", "reason"]

    def full_clean(self) -> None:
        super().full_clean()
        for name in self.errors:
            if name in self.fields:
                # The page opens at the first field that wants mending.
                self.fields[name].widget.attrs["autofocus"] = True
                break

    def clean_from_date(self) -> date:
        day: date = self.cleaned_data["from_date"]
        if day < self.today:
            raise forms.ValidationError(f"{TooEarly.text}{TooEarly.todo}")
        return day

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("how") == WITHDRAW:
            self.errors.pop("value", None)
            said["value"] = None
        elif said.get("value") in (None, "") and "value" not in self.errors:
            self.add_error("value", _("请填写这一项。"))
        return said

    @property
    def value(self) -> Any:
        """What the policy is set to; None withdraws it."""
        return self.cleaned_data["value"]
