from django import forms
from django.utils.translation import gettext_lazy as _

from registration.models import Photo
from registration.models.photo import CAMERA_NAME

NO_FILE = _("没有收到照片。请重拍。")


class PhotoForm(forms.Form):
    # An empty file is judged like any other, so that the answer says what is wrong with it.
    photo = forms.FileField(
        allow_empty_file=True, error_messages={"required": NO_FILE, "invalid": NO_FILE}
    )
    source = forms.ChoiceField(choices=[(s.value, s.label) for s in Photo.Source])
    # Of the bytes as the page has them; a page without TLS cannot count it.
    sha256 = forms.RegexField(regex="^[0-9a-f]{64}$", required=False)
    # The device's name as its maker wrote it; too long is no reason to refuse a picture.
    camera = forms.CharField(required=False)

    def clean_camera(self) -> str:
        name: str = self.cleaned_data["camera"]
        return "".join(letter for letter in name if letter.isprintable())[:CAMERA_NAME]


class FrameForm(forms.Form):
    """A frame of the counter's camera that is looked at and not kept."""

    photo = forms.FileField(error_messages={"required": NO_FILE, "invalid": NO_FILE})


class SignatureForm(forms.Form):
    signature = forms.FileField(error_messages={"required": _("没有收到签名。请客户再签一次。")})
