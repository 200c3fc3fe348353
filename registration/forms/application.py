"""What a clerk chooses and scans. There is no field for a person's data: that comes from a chip."""

from typing import Any

from crispy_forms.bootstrap import InlineRadios
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from registration.models import Application, LetterPoint
from registration.rules.plan import HOLDER_KINDS
from registration.rules.service import SERVICES


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


def _customers() -> list[tuple[str, Promise]]:
    """Who the customer can be: each once, named by the first kind of holder of that sort."""
    first = {kind.customer: kind.code for kind in reversed(HOLDER_KINDS.values())}
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
            if self.is_bound or kind.customer == application.holder.customer
        ]
        asked["service"].choices = [
            (service.code, _(service.label)) for service in SERVICES.values()
        ]
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(*(InlineRadios(name) for name in self._open()))

    @staticmethod
    def answered(application: Application) -> dict[str, str]:
        customer = application.holder.customer
        first = next(kind.code for kind in HOLDER_KINDS.values() if kind.customer == customer)
        return {
            "customer": first,
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
        return {"holder_kind": chosen.code, "service": self.cleaned_data["service"]}


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
