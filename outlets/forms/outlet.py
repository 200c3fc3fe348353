from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from outlets.forms.channel import CodeField, free_code
from outlets.models import Channel, Outlet
from outlets.models.channel import CODE
from outlets.services.outlet import DESCRIPTION


def date_field(**kwargs: Any) -> forms.DateField:
    return forms.DateField(
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs
    )


class OutletForm(forms.ModelForm):  # type: ignore[type-arg]
    """What describes an outlet: the form is the row, but the verb saves it."""

    name = forms.CharField(label=_("名称"), max_length=80)

    class Meta:
        model = Outlet
        fields = DESCRIPTION
        widgets = {
            name: forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
            for name in ("opens_at", "closes_at")
        }
        error_messages = {"agent_code": {"unique": _("这个代理商编码已经有网点在用。")}}

    field_order = ("name", "code", *DESCRIPTION)

    def clean_agent_code(self) -> str:
        code: str = self.cleaned_data["agent_code"]
        CODE(code)
        return code

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        opens, closes = cleaned.get("opens_at"), cleaned.get("closes_at")
        if opens and closes and opens >= closes:
            self.add_error("closes_at", _("关门时间要晚于开门时间。"))
        return cleaned


class AuthorisationForm(forms.Form):
    """The carrier's leave for a sub-agent (CH-04)."""

    authorised_by = forms.CharField(label=_("授权人"), max_length=60)
    authorised_date = date_field(label=_("授权日期"))
    authorisation = forms.CharField(label=_("授权文件号"), max_length=80)

    def clean_authorised_date(self) -> Any:
        date = self.cleaned_data["authorised_date"]
        if date and date > timezone.localdate():
            raise forms.ValidationError(_("授权日期不能晚于今天。"))
        return date


class NewOutletForm(AuthorisationForm, OutletForm):
    """An outlet below ``parent``; the authorisation is asked for below another outlet only."""

    code = CodeField(label=_("编码"), help_text=_("全国唯一，最多 20 位字母和数字。"))

    def __init__(self, parent: Channel, data: Any = None) -> None:
        super().__init__(data)
        if parent.kind != Channel.Kind.OUTLET:
            for name in AuthorisationForm.base_fields:
                del self.fields[name]

    def clean_code(self) -> str:
        return free_code(self.cleaned_data["code"])


class ReasonForm(forms.Form):
    """Why a status changes, and the status that the page showed."""

    reason = forms.CharField(
        label=_("原因"), max_length=200, error_messages={"required": _("请写明原因。")}
    )
    seen = forms.CharField(required=False, max_length=10, widget=forms.HiddenInput)
