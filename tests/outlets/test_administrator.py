from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from outlets.models import Post

pytestmark = pytest.mark.django_db


def test_an_empty_installation_gets_its_first_administrator() -> None:
    out = StringIO()

    call_command("administrator", "admin1", "样本管理员", "--head", "示例移动", stdout=out)

    username, password = out.getvalue().strip().split(": ")
    pc = Client()
    pc.post(reverse("login"), {"username": username, "password": password})
    assert pc.get(reverse("channels")).status_code == 200
    assert Post.objects.get().channel.name == "示例移动"


def test_there_is_no_second_first_administrator() -> None:
    call_command("administrator", "admin1", "样本管理员", stdout=StringIO())

    with pytest.raises(CommandError, match="appoint people in the browser"):
        call_command("administrator", "admin2", "样本管理员", stdout=StringIO())
