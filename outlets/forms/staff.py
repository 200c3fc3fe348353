from collections.abc import Collection
from typing import Any

from django import forms
from django.core.validators import MinValueValidator, RegexValidator
from django.utils.translation import gettext_lazy as _
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_11_2

from outlets.forms.outlet import date_field
from outlets.models import Post
from portal.models import User

USERNAME = RegexValidator(
    r"\A[A-Za-z0-9][A-Za-z0-9._-]*\Z", _("工号只能用字母、数字、点、- 和 _，并以字母或数字开头。")
)


class StaffSearchForm(forms.Form):
    """What the list is narrowed by; a value that makes no sense narrows nothing."""

    q = forms.CharField(required=False, max_length=60)
    role = forms.ChoiceField(required=False, choices=Post.Role.choices)
    node = forms.IntegerField(required=False, validators=[MinValueValidator(1)])
    ended = forms.BooleanField(required=False)

    @property
    def wanted(self) -> dict[str, Any]:
        self.is_valid()
        return {name: self.cleaned_data.get(name) or "" for name in self.fields}


class PostForm(forms.Form):
    """A role until a day; only the roles that may be given at the node are offered."""

    role = forms.ChoiceField(label=_("角色"))
    until = date_field(
        label=_("任职止"), required=False, help_text=_("不填即长期；检查人员必须填写。")
    )

    def __init__(self, roles: Collection[str], data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        field: Any = self.fields["role"]
        field.choices = [choice for choice in Post.Role.choices if choice[0] in roles]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("role") == Post.Role.INSPECTOR and not cleaned.get("until"):
            self.add_error("until", _("检查人员的任职必须有截止日期。"))
        return cleaned


class InviteForm(PostForm):
    """A person who has no account yet."""

    username = forms.CharField(
        label=_("工号"), max_length=40, validators=[USERNAME], help_text=_("登录时使用，不能重复。")
    )
    name = forms.CharField(label=_("姓名"), max_length=60)

    field_order = ("username", "name", "role", "until")

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(_("这个工号已经有人使用；请换一个，或任命现有人员。"))
        return username


class DocumentForm(forms.Form):
    """A member of staff's own resident ID number; hashed at once, never stored or shown."""

    document = forms.CharField(
        label=_("本人身份证号"),
        min_length=18,
        max_length=18,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"}),
        help_text=_("只保存加密指纹，不保存号码；用来防止营业员给自己经办的客户当受托人。"),
    )

    def clean_document(self) -> str:
        try:
            number: str = mod_11_2.validate(self.cleaned_data["document"].upper())
            return number
        except ValidationError:
            raise forms.ValidationError(_("身份证号不对，请核对 18 位号码。")) from None


class AppointForm(PostForm):
    """A person who has an account; ``cleaned_data["user"]`` is that person."""

    username = forms.CharField(label=_("工号"), max_length=40, help_text=_("请输入完整的工号。"))

    field_order = ("username", "role", "until")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        username = cleaned.get("username")
        if username:
            user = User.objects.filter(username__iexact=username, is_active=True).first()
            if user is None:
                self.add_error("username", _("没有这个工号，请核对；新员工请用“邀请新员工”。"))
            cleaned["user"] = user
        return cleaned
