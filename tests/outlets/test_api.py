"""What a counter PC's program asks for when it enrols."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from outlets import api
from outlets.bridge.key import key_id, public_bytes
from outlets.models import Bridge
from outlets.services import reader
from tests.cast import Cast
from tests.signing import SAM_ID


@pytest.fixture(autouse=True)
def nobody_has_failed_yet() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def question(cast: Cast, **changes: Any) -> dict[str, Any]:
    key = public_bytes(Ed25519PrivateKey.generate())
    return {
        "code": reader.issue_code(cast.outlet, by=cast.manager, now=cast.now),
        "public_key": base64.b64encode(key).decode(),
        "agent": "0.1.0",
        "host": "柜台一",
        "sam_id": SAM_ID,
    } | changes


def ask(body: Any, content_type: str = "application/json", **headers: Any) -> Any:
    # As strict as in production: a program has no CSRF cookie.
    client = Client(enforce_csrf_checks=True)
    if not isinstance(body, (str, bytes)):
        body = json.dumps(body)
    return client.post(reverse("bridge_enrol"), body, content_type=content_type, **headers)


def test_a_program_enrols_and_learns_where_it_stands(cast: Cast) -> None:
    asked = question(cast)

    answer = ask(asked)

    kid = key_id(base64.b64decode(asked["public_key"]))
    assert answer.status_code == 201
    assert answer.json() == {"kid": kid, "outlet": "样本通讯店", "origin": settings.ORIGIN}
    assert Bridge.objects.get().host == "柜台一"


def test_a_program_without_a_reader_enrols_too(cast: Cast) -> None:
    assert ask(question(cast, sam_id=None)).status_code == 201


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"code": "AAAA-BBBB-CCCC"}, 403),
        ({"public_key": "AAAA"}, 403),
        ({"code": None}, 400),
        ({"code": 7}, 400),
        ({"code": "A\0"}, 400),
        ({"host": "\ud800"}, 400),
        ({"host": "x" * 201}, 400),
        ({"sam_id": ["x"]}, 400),
        ({"agent": {}}, 400),
    ],
)
def test_a_wrong_question_is_answered_in_a_sentence(
    cast: Cast, changes: dict[str, Any], status: int
) -> None:
    answer = ask(question(cast, **changes))

    assert answer.status_code == status
    assert set(answer.json()) == {"error"}
    assert answer.json()["error"].endswith("。")
    assert not Bridge.objects.exists()


@pytest.mark.parametrize(
    "body", [" ", "{", "[]", "null", "7", '"code"', b"\xff\xfe", "[" * 3000, '{"code": NaN}']
)
def test_garbage_is_answered_in_a_sentence(db: None, body: Any) -> None:
    answer = ask(body)

    assert answer.status_code == 400
    assert "JSON" in answer.json()["error"] or "缺少" in answer.json()["error"]


def test_a_form_is_not_taken_for_json(db: None) -> None:
    assert ask("code=A", content_type="application/x-www-form-urlencoded").status_code == 415


def test_a_large_body_is_not_read(db: None) -> None:
    assert ask(b"{" + b" " * api.LARGEST).status_code == 413
    assert ask(b"{" + b" " * 5_000_000).status_code == 413


def test_only_a_post_enrols(db: None) -> None:
    assert Client().get(reverse("bridge_enrol")).status_code == 405


def test_a_guesser_is_sent_away(cast: Cast) -> None:
    asked = question(cast)
    for _guess in range(api.FAILURES):
        assert ask(asked | {"code": "AAAA-BBBB-CCCC"}).status_code == 403

    sent_away = ask(asked)
    elsewhere = ask(asked, REMOTE_ADDR="192.0.2.7")

    assert sent_away.status_code == 429
    assert "10 分钟" in sent_away.json()["error"]
    assert elsewhere.status_code == 201
