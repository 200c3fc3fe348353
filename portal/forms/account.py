from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.http import SignedInRequest
from portal.models import User
from portal.services import account


class SignInForm(AuthenticationForm):
    """User name and password. The name may be typed in any case."""

    error_messages = {
        "invalid_login": _("工号或密码不对，请重新输入。"),
        "inactive": _("这个账号已停用，请联系渠道经理。"),
    }

    def __init__(self, request: HttpRequest | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["username"].label = _("工号")
        self.fields["password"].label = _("密码")
        for field in self.fields.values():
            field.error_messages["required"] = _("请填写。")
            field.widget.attrs["class"] = "form-control"

    def clean_username(self) -> str:
        return account.spelled(self.cleaned_data["username"].strip())


class UnlockForm(forms.Form):
    """The password alone: who it is for is known."""

    password = forms.CharField(
        label=_("密码"),
        strip=False,
        error_messages={"required": _("请填写。")},
        widget=forms.PasswordInput(
            attrs={"autocomplete": "current-password", "autofocus": True, "class": "form-control"}
        ),
    )

    def __init__(self, request: SignedInRequest, data: Any = None) -> None:
        super().__init__(data)
        self.request = request

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        user = authenticate(self.request, username=self.request.user.username, password=password)
        if user is None or user != self.request.user:
            raise forms.ValidationError(_("密码不对，请重新输入。"))
        self.user = user
        return password


class PasswordChangeForm(forms.Form):
    """The present password and a new one, typed twice."""

    old_password = forms.CharField(
        label=_("现在的密码"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    new_password = forms.CharField(
        label=_("新密码"),
        strip=False,
        help_text=_("至少 8 个字，不要太常见，不要只用数字。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("再输一次新密码"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data)
        self.user = user

    def clean_old_password(self) -> str:
        old: str = self.cleaned_data["old_password"]
        if not self.user.check_password(old):
            raise forms.ValidationError(_("现在的密码不对，请重新输入。"))
        return old

    def clean_new_password(self) -> str:
        new: str = self.cleaned_data["new_password"]
        validate_password(new, self.user)
        return new

    def clean_again(self) -> str:
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("new_password", again):
            raise forms.ValidationError(_("两次输入的新密码不一样。"))
        return again
