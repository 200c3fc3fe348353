from typing import Any

from crispy_forms.bootstrap import InlineRadios
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout
from django import forms
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portal.models import User
from portal.services import account
from registration.models import Assistance

REQUIRED = _("请填写。")


class AssistForm(forms.Form):
    """Why the customer needs help, and the name and password of whoever stands by.

    The password is judged as at the login: failures count, too many lock the name.
    """

    reason = forms.ChoiceField(
        label=_("协助原因"),
        choices=Assistance.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("请选一个原因。"), "invalid_choice": _("请选一个原因。")},
    )
    username = forms.CharField(
        label=_("在场渠道经理的工号"),
        max_length=150,
        error_messages={"required": REQUIRED},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    # This browser is the clerk's: it must neither fill in the clerk's password nor keep this one.
    password = forms.CharField(
        label=_("渠道经理本人输入密码"),
        strip=False,
        error_messages={"required": REQUIRED},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, request: HttpRequest, data: Any = None) -> None:
        super().__init__(data)
        self.request = request
        self.supervisor: User | None = None
        # Whether a password was judged, and found wrong.
        self.was_refused = False
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.layout = Layout(
            Div(InlineRadios("reason"), css_class="answers"), "username", "password"
        )

    def clean_username(self) -> str:
        return account.spelled(self.cleaned_data["username"].strip())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        username, password = cleaned.get("username"), cleaned.get("password")
        # A password is tried only when everything else is there: each try counts.
        if username and password and not self.errors:
            self.supervisor = authenticate(self.request, username=username, password=password)
            self.was_refused = self.supervisor is None
            if self.was_refused:
                self.add_error("password", _("工号或密码不对，请重新输入。"))
        return cleaned
