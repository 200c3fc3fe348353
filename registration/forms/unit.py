"""What the papers of a unit say. A person's data has no field here either: they come from chips."""

from collections.abc import Iterator
from string import digits
from typing import Any

from crispy_forms.bootstrap import InlineRadios
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Field, Fieldset, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from registration.forms.application import AddressForm
from registration.models import Application, Unit
from registration.rules.policy import Values
from registration.rules.unit_kind import LEVELS, PAPERS, UNIT_KINDS, kind_of, normal, problems
from registration.services.order import MOST
from registration.services.unit import Said

DATE = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def _text(label: Any, length: int, **attrs: Any) -> forms.CharField:
    given = {"autocomplete": "off", "spellcheck": "false"} | attrs
    return forms.CharField(
        label=label, max_length=length, required=False, widget=forms.TextInput(attrs=given)
    )


class UnitForm(forms.Form):
    """Which questions suit the kind of unit is shown by the style sheet (``data-kinds``); what
    does not suit it is not looked at here either. ``values``: the policies in force."""

    number = _text(_("统一社会信用代码"), 30, autocapitalize="characters")
    kind = forms.ChoiceField(
        label=_("单位类别"),
        choices=[(kind.code, _(kind.label)) for kind in UNIT_KINDS.values()],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选单位类别。")},
    )
    name = _text(_("单位名称（与证照一致）"), 100)
    address = _text(_("单位住址"), 200)
    purpose = _text(_("号码用途"), 100)
    level = forms.ChoiceField(
        label=_("单位级别"),
        choices=[(level, _(label)) for level, label in LEVELS],
        widget=forms.RadioSelect,
        required=False,
    )
    note_number = _text(_("照会文号"), 60)
    note_date = forms.DateField(label=_("照会日期"), required=False, widget=DATE)
    letter_until = forms.DateField(
        label=_("授权书有效期至"),
        widget=DATE,
        error_messages={"required": _("请填授权书的有效期。")},
    )
    letter_names_handler = forms.BooleanField(
        label=_("写明了经办人的姓名和证件号码"), required=False
    )
    letter_states_scope = forms.BooleanField(label=_("写明了办理的业务和号码数量"), required=False)
    letter_is_sealed = forms.BooleanField(label=_("盖有单位公章"), required=False)

    def __init__(self, values: Values, unit: Unit | None, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = _as_initial(unit) if unit else {}
        super().__init__(*args, **kwargs)
        self.values = values
        for paper in PAPERS.values():
            self.fields[_shown(paper.kind)] = forms.ChoiceField(
                label=_(paper.label),
                choices=[(how, _(label)) for how, label in paper.shown],
                widget=forms.RadioSelect,
                required=False,
            )
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = self._layout()

    def _layout(self) -> Layout:
        numbered = _kinds(lambda kind: kind.has_number)
        return Layout(
            InlineRadios("kind"),
            Div(Field("number", data_unit_number=""), data_kinds=f"none {numbered}"),
            "name",
            "address",
            Field("purpose", placeholder=_("如：员工通信、客户服务、电话营销")),
            Div(InlineRadios("level"), data_kinds=_kinds(lambda kind: kind.has_level)),
            Div("note_number", "note_date", data_kinds=_kinds(lambda kind: kind.has_note)),
            Fieldset(_("看的是原件还是复印件"), *self._papers(), css_class="unit-papers"),
            Fieldset(
                _("单位授权书：逐项核对原件"),
                "letter_names_handler",
                "letter_states_scope",
                "letter_is_sealed",
                "letter_until",
            ),
        )

    @property
    def proposals(self) -> str:
        """The kind that a code's first digit proposes, for the page's script."""
        found = ((digit, kind_of(digit)) for digit in digits)
        return " ".join(f"{digit}:{kind.code}" for digit, kind in found if kind)

    @staticmethod
    def _papers() -> Iterator[Div]:
        for paper in PAPERS:
            kinds = " ".join(kind.code for kind in UNIT_KINDS.values() if paper in kind.papers)
            yield Div(InlineRadios(_shown(paper)), data_kinds=kinds)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self._want("name", _("请填单位名称。"))
        self._want("address", _("请填单位住址。"))
        self._want("purpose", _("请填号码用途。"))
        kind = UNIT_KINDS.get(cleaned.get("kind", ""))
        if kind is None:
            return cleaned
        if kind.has_number:
            self._check_number(kind.code)
        if kind.has_level:
            self._want("level", _("请选单位级别。"))
        if kind.has_note:
            self._want("note_number", _("请填照会文号。"))
            self._want("note_date", _("请填照会日期。"))
        return cleaned

    def _want(self, name: str, text: Any) -> None:
        if not self.cleaned_data.get(name) and name not in self.errors:
            self.add_error(name, text)

    def _check_number(self, kind: str) -> None:
        number = normal(self.cleaned_data.get("number", ""))
        if not number:
            return self.add_error("number", _("请填证照上的统一社会信用代码。"))
        for problem in problems(UNIT_KINDS[kind], number, self.values):
            self.add_error("number", _(problem))
        return None

    def focus(self) -> None:
        """The cursor goes to the first field that is wrong."""
        order = [
            name for pointer in self.helper.layout.get_field_names() for name in [pointer.name]
        ]
        wrong = next((name for name in order if name in self.errors), None)
        if wrong:
            self.fields[wrong].widget.attrs["autofocus"] = True

    @property
    def said(self) -> Said:
        """What ``unit.put`` wants to know."""
        cleaned = self.cleaned_data
        shown = {paper: cleaned.get(_shown(paper), "") for paper in PAPERS}
        fields = {name: cleaned[name] for name in UnitForm.base_fields}
        return Said(**fields, shown=shown)


class AddForm(forms.Form):
    """How many numbers to take from the pool, and of fixed lines where they are installed."""

    count = forms.IntegerField(
        label=_("加几个号码"),
        min_value=1,
        max_value=MOST,
        initial=1,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "min_value": _("一次至少加 1 个。"),
            "max_value": _("一次最多加 50 个。"),
            "required": _("请填要加几个号码。"),
            "invalid": _("请填要加几个号码。"),
        },
    )

    def __init__(self, order: Application, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if order.asked.has_address:
            self.fields |= AddressForm().fields
        wrong = next((name for name in self.fields if self.is_bound and name in self.errors), None)
        if wrong:
            self.fields[wrong].widget.attrs["autofocus"] = True


def _shown(paper: str) -> str:
    return f"shown_{paper}"


def _kinds(suits: Any) -> str:
    return " ".join(kind.code for kind in UNIT_KINDS.values() if suits(kind))


def _as_initial(unit: Unit) -> dict[str, Any]:
    initial = {name: getattr(unit, name) for name in UnitForm.base_fields}
    return initial | {_shown(paper): how for paper, how in unit.shown.items()}
