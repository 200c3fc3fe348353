from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from outlets.services import table
from outlets.services.importing import LARGEST


class UploadForm(forms.Form):
    """A CSV file; ``cleaned_data["file"]`` is its text."""

    file = forms.FileField(
        label=_("CSV 文件"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={
            "required": _("请选择一个 CSV 文件。"),
            "empty": _("文件是空的。请下载模板，从第 2 行起每行填写一个网点。"),
        },
    )

    def clean_file(self) -> str:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if file.size is None or file.size > LARGEST:
            raise forms.ValidationError(_("文件超过 2 MB，请分成几个文件上传。"))
        try:
            return table.decoded(file.read())
        except table.BadFile as bad:
            raise forms.ValidationError(str(bad)) from None
