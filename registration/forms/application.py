"""What a clerk chooses and scans. There is no field for a person's data: that comes from a chip."""

from django import forms
from django.utils.translation import gettext_lazy as _

from registration.models import LetterPoint


class NumberForm(forms.Form):
    number = forms.RegexField(
        regex=r"^1[0-9]{10}$", error_messages={"invalid": _("请从号码池里选一个号码。")}
    )


class IccidForm(forms.Form):
    """The barcode scanner types its digits and Enter; the service judges them."""

    iccid = forms.CharField(
        label=_("SIM 卡号"),
        max_length=60,
        required=False,
        error_messages={"max_length": _("SIM 卡号太长。请重新扫描 SIM 卡上的条码。")},
        widget=forms.TextInput(
            attrs={
                "class": "form-control field-scan",
                "inputmode": "numeric",
                "autocomplete": "off",
                "autocorrect": "off",
                "spellcheck": "false",
                "autofocus": True,
                "placeholder": _("扫描条码"),
            }
        ),
    )


class ProxyForm(forms.Form):
    """Who is at the counter: the holder, or somebody for the holder."""

    by_proxy = forms.TypedChoiceField(
        choices=[("0", _("本人办理")), ("1", _("代办"))], coerce=lambda value: value == "1"
    )


class LetterForm(forms.Form):
    """The six points of the letter of authority (PX-02)."""

    points = forms.MultipleChoiceField(
        label="",
        required=False,
        choices=LetterPoint.choices,
        widget=forms.CheckboxSelectMultiple,
    )


class SubmitForm(forms.Form):
    """``key`` was made with the page: sending it again gives the first answer."""

    key = forms.UUIDField(widget=forms.HiddenInput)
