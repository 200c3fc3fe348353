from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _

from outlets.models import Channel, Outlet, Tier
from outlets.models.channel import CODE


class CodeField(forms.CharField):
    """A code of at most 20 letters and digits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, validators=[CODE], **kwargs)


class SearchForm(forms.Form):
    """What a list is narrowed by; a value that makes no sense narrows nothing."""

    q = forms.CharField(required=False, max_length=80)
    status = forms.ChoiceField(required=False, choices=Outlet.Status.choices)
    tier = forms.ChoiceField(required=False, choices=Tier.choices)
    node = forms.IntegerField(required=False, validators=[MinValueValidator(1)])

    @property
    def wanted(self) -> dict[str, Any]:
        self.is_valid()
        return {name: self.cleaned_data.get(name) or "" for name in self.fields}


class NodeForm(forms.Form):
    """A new node that is not an outlet."""

    kind = forms.ChoiceField(label=_("层级"))
    name = forms.CharField(label=_("名称"), max_length=80)
    code = CodeField(label=_("编码"), help_text=_("全国唯一，最多 20 位字母和数字。"))

    def __init__(self, parent: Channel, data: Any = None) -> None:
        super().__init__(data)
        below = Channel.BELOW[Channel.Kind(parent.kind)]
        kinds = [kind for kind in below if kind != Channel.Kind.OUTLET]
        field: Any = self.fields["kind"]
        field.choices = [(kind.value, kind.label) for kind in kinds]

    def clean_code(self) -> str:
        return free_code(self.cleaned_data["code"])


class RenameForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=80)


def free_code(code: str) -> str:
    if Channel.objects.filter(code=code).exists():
        raise forms.ValidationError(_("这个编码已经有节点在用。"))
    return code
