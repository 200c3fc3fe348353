"""What is typed of a document without a chip: only what no machine gives (CV-02)."""

import unicodedata
from datetime import date
from typing import Any, ClassVar

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from registration import stated
from registration.rules import document, number
from registration.rules.papers import OFFICIAL, PRIVATE

# The words on the covers; a card of another name is written as it is.
FORMS_OF_MILITARY = (
    ("军官证", _("军官证")),
    ("文职干部证", _("文职干部证")),
    ("士官证", _("士官证")),
    ("士兵证", _("士兵证")),
    ("学员证", _("学员证")),
)
FORMS_OF_POLICE = (
    ("武警警官证", _("武警警官证")),
    ("武警文职干部证", _("武警文职干部证")),
    ("武警士官证", _("武警士官证")),
    ("武警士兵证", _("武警士兵证")),
    ("武警学员证", _("武警学员证")),
)


MISSING = _("请填写。")


class _Text(forms.CharField):
    default_error_messages: ClassVar[dict[str, Any]] = {"required": MISSING}

    def __init__(self, **kwargs: Any) -> None:
        kwargs["error_messages"] = {"min_length": _("太短，请写全。"), "max_length": _("太长。")}
        kwargs["widget"] = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
        super().__init__(**kwargs)


class _Day(forms.DateField):
    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": MISSING,
        "invalid": _("请写成日期，如 2026-11-22。"),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs["widget"] = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(**kwargs)


class StatedForm(forms.Form):
    """``stated`` is what ``flow.state`` keeps."""

    rows: ClassVar[tuple[tuple[str, ...], ...]] = ()

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(
            *(Row(*(Column(name, css_class="col-sm") for name in row)) for row in self.rows)
        )
        # The cursor stands where the clerk goes on: at the first error, else at the first field.
        wrong = next(iter(self.errors), None) if self.is_bound else None
        first = wrong if wrong in self.fields else next(iter(self.fields))
        self.fields[first].widget.attrs["autofocus"] = True

    def clean_number(self) -> str:
        """Full-width and lower-case forms are the same number."""
        folded = unicodedata.normalize("NFKC", self.cleaned_data["number"])
        return "".join(folded.split()).upper()

    @property
    def stated(self) -> dict[str, str]:
        return {name: _text(value) for name, value in self.cleaned_data.items()}


class ZoneForm(StatedForm):
    name = _Text(
        label=_("中文姓名"),
        required=False,
        min_length=2,
        max_length=60,
        help_text=_("证件上没有中文姓名的，不用填。"),
    )
    address = _Text(
        label=_("住址"), min_length=4, max_length=120, help_text=_("客户现在的住址，不是国籍。")
    )
    rows = (("name",), ("address",))


class NumberedForm(StatedForm):
    """A document with the resident's 18 digits: birth date and sex follow from them."""

    name = _Text(label=_("姓名"), min_length=2, max_length=60)
    number = _Text(label=_("公民身份号码"), max_length=40)
    address = _Text(label=_("住址"), min_length=4, max_length=120)
    issuer = _Text(label=_("签发机关"), min_length=2, max_length=60)
    rows: ClassVar[tuple[tuple[str, ...], ...]] = (("name", "number"), ("address",), ("issuer",))

    def clean_number(self) -> str:
        typed = super().clean_number()
        try:
            wrong = number.wrong_with(self.kind, typed, stated.born(typed))
        except ValueError:
            wrong = number.FORM
        if wrong:
            raise forms.ValidationError(gettext(wrong))
        return typed


class TemporaryForm(NumberedForm):
    valid_from = _Day(label=_("有效期从"))
    valid_to = _Day(label=_("有效期至"))
    rows = (*NumberedForm.rows, ("valid_from", "valid_to"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("valid_from"), cleaned.get("valid_to")
        if first and last and last < first:
            self.add_error("valid_to", _("截止日期在开始日期之前，请核对证件。"))
        return cleaned


class MilitaryForm(StatedForm):
    """No format of such numbers is published, and nothing is asked that only a copy would show."""

    purpose = forms.ChoiceField(
        label=_("号码用途"),
        # Nothing is chosen beforehand: what the number is for decides which document counts.
        choices=(
            ("", _("请选择")),
            (OFFICIAL, _("公务号码")),
            (PRIVATE, _("私人号码")),
        ),
        error_messages={"required": _("请选择。")},
    )
    form = forms.ChoiceField(label=_("证件名称"), choices=FORMS_OF_MILITARY)
    number = _Text(label=_("证件号码"), max_length=40, help_text=_("照证件写，如“军字第…号”。"))
    name = _Text(label=_("姓名"), min_length=2, max_length=60)
    sex = forms.ChoiceField(label=_("性别"), choices=(("male", _("男")), ("female", _("女"))))
    birth_date = _Day(label=_("出生日期"))
    issuer = _Text(label=_("所在单位"), min_length=2, max_length=60)
    valid_to = _Day(
        label=_("有效期至"), required=False, help_text=_("证件上没有有效期的，不用填。")
    )
    address = _Text(label=_("住址"), min_length=4, max_length=120)
    rows = (
        ("purpose", "form"),
        ("number", "name"),
        ("sex", "birth_date"),
        ("issuer", "valid_to"),
        ("address",),
    )

    def clean_number(self) -> str:
        typed = super().clean_number()
        if wrong := number.wrong_with(self.kind, typed, date.min):
            raise forms.ValidationError(gettext(wrong))
        return typed


class PoliceForm(MilitaryForm):
    form = forms.ChoiceField(label=_("证件名称"), choices=FORMS_OF_POLICE)


_FORMS: dict[str, type[StatedForm]] = {
    document.TEMPORARY_ID: TemporaryForm,
    document.HOUSEHOLD_BOOK: NumberedForm,
    document.MILITARY_ID: MilitaryForm,
    document.ARMED_POLICE_ID: PoliceForm,
}


def form_for(kind: str, *args: Any) -> StatedForm:
    """The fields that no machine gives of this kind of document."""
    return _FORMS.get(kind, ZoneForm)(kind, *args)


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "").strip()
