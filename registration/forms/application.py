"""What a clerk chooses and scans. No person's data is typed here (forms.paper)."""

import re
import unicodedata
from typing import Any

from crispy_forms.bootstrap import InlineRadios
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from registration.models import Application, LetterPoint
from registration.rules.ownership import PROOFS
from registration.rules.plan import HOLDER_KINDS
from registration.rules.service import SERVICES

# A mobile number, or a fixed line's with its area code.
PHONE = r"^(1[0-9]{10}|0[0-9]{9,11})$"


class NumberForm(forms.Form):
    number = forms.RegexField(
        regex=PHONE, error_messages={"invalid": _("请从号码池里选一个号码。")}
    )


class OwnNumberForm(forms.Form):
    """The customer's own number, as it is said or written: spaces, hyphens and the width of the
    digits do not matter."""

    number = forms.CharField(
        label=_("客户的号码"),
        max_length=20,
        help_text=_("手机号 11 位；固定电话前面带区号。"),
        error_messages={
            "required": _("请输入客户的号码。"),
            "max_length": _("号码太长。请核对客户的号码。"),
        },
        widget=forms.TextInput(
            attrs={
                "class": "form-control field-scan",
                "type": "tel",
                "inputmode": "tel",
                "autocomplete": "off",
                "autofocus": True,
            }
        ),
    )

    def clean_number(self) -> str:
        half = unicodedata.normalize("NFKC", self.cleaned_data["number"])
        number = "".join(half.split()).replace("-", "")
        if not re.fullmatch(PHONE, number):
            raise forms.ValidationError(
                _("号码不对：手机号是 11 位数字，固定电话要带区号，例如 0600 8001234。")
            )
        return number


class AddressForm(forms.Form):
    """Where a fixed line is installed or moved to."""

    address = forms.CharField(
        label=_("装机地址"),
        min_length=6,
        max_length=200,
        help_text=_("写到门牌号，例如：示例省样本市测试路1号2单元301室。"),
        error_messages={
            "required": _("请填写装机或移机的详细地址。"),
            "min_length": _("地址太短，请写到门牌号。"),
        },
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "off"}),
    )


class ProofForm(forms.Form):
    """What shows that a number is the customer's, each with what it counts for (SC-08)."""

    proofs = forms.MultipleChoiceField(
        label="", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["proofs"]
        field.choices = [
            (
                proof.code,
                _("%(proof)s（%(points)s 分）") % {"proof": _(proof.label), "points": proof.points},
            )
            for proof in PROOFS.values()
        ]


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


def _customers() -> list[tuple[str, Promise]]:
    """Who the customer can be: each once, named by the first kind of holder of that sort."""
    asked = [kind for kind in HOLDER_KINDS.values() if kind.is_asked]
    first = {kind.customer: kind.code for kind in reversed(asked)}
    return [(code, _(customer)) for customer, code in reversed(first.items())]


class AnswersForm(forms.Form):
    """The three questions: who is the customer, who is here, what do they want.

    ``customer`` is the first kind of holder of that sort; who is here is asked among its kinds.
    """

    customer = forms.ChoiceField(label=_("客户是谁"), widget=forms.RadioSelect)
    holder_kind = forms.ChoiceField(label=_("谁来办"), widget=forms.RadioSelect)
    service = forms.ChoiceField(label=_("办什么"), widget=forms.RadioSelect)

    def __init__(self, application: Application, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = self.answered(application)
        super().__init__(*args, **kwargs)
        asked: dict[str, Any] = self.fields
        asked["customer"].choices = _customers()
        asked["holder_kind"].choices = [
            (kind.code, _(kind.here))
            for kind in HOLDER_KINDS.values()
            if kind.is_asked and (self.is_bound or kind.customer == application.holder.customer)
        ]
        asked["service"].choices = [
            (service.code, _(service.label))
            for service in SERVICES.values()
            if self.is_bound or application.holder.takes(service.code)
        ]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(*(InlineRadios(name) for name in self._open()))

    @staticmethod
    def answered(application: Application) -> dict[str, str]:
        return {
            "customer": application.holder.customers,
            "holder_kind": application.holder_kind,
            "service": application.service,
        }

    def _open(self) -> list[str]:
        """A question with one answer is not asked."""
        fields: dict[str, Any] = self.fields
        return [name for name, field in fields.items() if len(field.choices) > 1]

    @property
    def answers(self) -> dict[str, str]:
        """What ``flow.answer`` wants. Another customer brings the first way of being here."""
        chosen = HOLDER_KINDS[self.cleaned_data["holder_kind"]]
        customer = self.cleaned_data["customer"]
        if HOLDER_KINDS[customer].customer != chosen.customer:
            chosen = HOLDER_KINDS[customer]
        service = self.cleaned_data["service"]
        if not chosen.takes(service):
            service = chosen.services[0]
        return {"holder_kind": chosen.code, "service": service}


class LetterForm(forms.Form):
    """What the clerk finds on the letter: its six points (PX-02), its term and scope (PX-03)."""

    points = forms.MultipleChoiceField(
        label="",
        required=False,
        choices=LetterPoint.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    covers = forms.BooleanField(required=False)
    until = forms.DateField(
        label=_("委托书写明的有效期，到哪一天为止"),
        required=False,
        error_messages={"invalid": _("请填写日期，如 2026-12-31。")},
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def __init__(self, application: Application, data: Any = None) -> None:
        initial = {
            "points": application.letter_points,
            "covers": application.letter_covers,
            "until": application.letter_until,
        }
        super().__init__(data, initial=initial)
        self.fields["covers"].label = _("写明的业务和权限包含“%(service)s”") % {
            "service": application.get_service_display()
        }
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout("points", "covers", "until")

    @property
    def found(self) -> dict[str, Any]:
        """What ``application.check_letter`` wants."""
        return {name: self.cleaned_data[name] for name in ("points", "covers", "until")}


class SubmitForm(forms.Form):
    """``key`` was made with the page: sending it again gives the first answer."""

    key = forms.UUIDField(widget=forms.HiddenInput)
