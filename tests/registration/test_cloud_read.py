"""A card that only the portal sees: cloud reader, decoding service, row."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outlets.bridge.people import PEOPLE
from portal.fakes import cipher
from portal.gateways import card_decoder
from registration.models import Application, Challenge, Identity, ReadRefusal, Trust
from tests.cast import Cast
from tests.outlets.cloud_reader import CloudEmulator, cloud_line
from tests.outlets.test_cloud_reader import ask
from tests.processes import Running
from tests.signing import OTHER_SAM_ID, SAM_ID, sign_read

pytestmark = pytest.mark.django_db

ORIGIN = "http://testserver"
JSON = {"Accept": "application/json"}


@pytest.fixture
def decoder(card_decoder: Running) -> Iterator[Running]:
    yield card_decoder
    mode("ok")


def mode(name: str) -> None:
    url = f"{settings.CARD_DECODER_URL}/control"
    httpx.post(url, json={"mode": name}, trust_env=False).raise_for_status()


@pytest.fixture
def application(cast: Cast) -> Application:
    return cast.draft()


@pytest.fixture
def client(cast: Cast) -> Client:
    return cast.signed_in(cast.clerk)


def challenge(client: Client, application: Application) -> str:
    url = reverse("identity_challenge", args=[application.pk, "holder"])
    return str(client.post(url, headers=JSON).json()["challenge"])


def signed(cast: Cast, asked: str, sealed: bytes, **claims: Any) -> dict[str, Any]:
    """What the bridge of a cloud reader hands to the page."""
    private_key, bridge = cast.enrolled(cast.outlet)
    said: dict[str, Any] = {
        "challenge": asked,
        "counter": bridge.counter + 1,
        "origin": ORIGIN,
        "reader": "cloud",
        "source": "cipher",
        "card_type": "",
    }
    return sign_read(private_key, block=b"", photo=b"", parts={"cipher": sealed}, **(said | claims))


def take(client: Client, application: Application, message: dict[str, Any]) -> Any:
    url = reverse("identity_take", args=[application.pk, "holder"])
    return client.post(url, json.dumps(message), content_type="application/json", headers=JSON)


def sealed_card(asked: str, name: str = "wang", **more: Any) -> bytes:
    person = PEOPLE[name]
    return cipher.seal(person.block(), asked, photo=person.photo(), sam_id=SAM_ID, **more)


def test_a_card_goes_from_the_reader_to_the_portal_in_cipher_text_only(
    cast: Cast, client: Client, application: Application, decoder: Running
) -> None:
    asked = challenge(client, application)
    with cloud_line(CloudEmulator(PEOPLE["wang"])) as reader:
        sealed = ask(reader, challenge=asked).parts["cipher"]

    answer = take(client, application, signed(cast, asked, sealed))

    assert answer.status_code == 200
    identity = Identity.objects.get()
    assert (identity.trust, identity.source, identity.reader) == (Trust.CLOUD, "cipher", "cloud")
    assert identity.card.name == PEOPLE["wang"].name
    assert identity.card_type == "resident"
    assert (identity.sam_id, identity.photo) == (SAM_ID, PEOPLE["wang"].photo())
    assert identity.decode_reference.startswith("JM")


def test_a_new_address_comes_along_in_cipher_text(
    cast: Cast, client: Client, application: Application, decoder: Running
) -> None:
    asked = challenge(client, application)
    address = "示例省新住址县".ljust(35).encode("utf-16-le")

    take(client, application, signed(cast, asked, sealed_card(asked, address=address)))

    assert Identity.objects.get().card.address == "示例省新住址县"


def test_a_decoding_service_that_is_down_keeps_the_draft_and_the_read_is_taken_later(
    cast: Cast, client: Client, application: Application, decoder: Running
) -> None:
    asked = challenge(client, application)
    message = signed(cast, asked, sealed_card(asked))
    mode("down")

    away = take(client, application, message)
    mode("ok")
    later = take(client, application, message)

    assert away.status_code == 503
    assert "解码服务没有回答" in away.json()["error"]
    assert "自动重试" in away.json()["todo"]
    assert later.status_code == 200
    assert Identity.objects.count() == 1
    assert not ReadRefusal.objects.exists()


def test_an_answer_that_was_no_use_is_had_when_the_page_sends_the_read_again(
    cast: Cast, client: Client, application: Application, decoder: Running
) -> None:
    asked = challenge(client, application)
    message = signed(cast, asked, sealed_card(asked))
    mode("garbage")
    first = take(client, application, message)
    mode("duplicate")

    assert (first.status_code, take(client, application, message).status_code) == (503, 200)


def test_cipher_text_that_was_made_for_another_read_is_refused(
    cast: Cast, client: Client, application: Application, decoder: Running
) -> None:
    asked = challenge(client, application)
    message = signed(cast, asked, sealed_card("another question"))

    answer = take(client, application, message)

    assert answer.status_code == 409
    assert "不是为这次读卡做的" in answer.json()["error"]
    assert ReadRefusal.objects.get().code == ReadRefusal.Code.UNDECODED


def test_cipher_text_is_used_once_even_with_a_stolen_key_and_the_same_question(
    cast: Cast, client: Client, application: Application, decoder: Running
) -> None:
    asked = challenge(client, application)
    sealed = sealed_card(asked)
    message = signed(cast, asked, sealed)
    again = signed(cast, asked, sealed, counter=99)
    take(client, application, message)

    answer = take(client, application, again)

    assert answer.status_code == 409
    assert Identity.objects.count() == 1
    assert ReadRefusal.objects.get().code == ReadRefusal.Code.SPENT


def test_cipher_text_that_was_opened_once_is_not_opened_for_another_envelope(
    cast: Cast, client: Client, application: Application, decoder: Running
) -> None:
    """The read that it was opened for was refused: its question is still open."""
    asked = challenge(client, application)
    sealed = sealed_card(asked)
    take(client, application, signed(cast, asked, sealed, read_at="2020-01-01T00:00:00Z"))

    answer = take(client, application, signed(cast, asked, sealed, counter=99))

    assert (answer.status_code, Identity.objects.count()) == (409, 0)
    assert ReadRefusal.objects.latest("pk").code == ReadRefusal.Code.UNDECODED


@pytest.mark.parametrize(("wait", "status"), [(0, 503), (120, 409)])
def test_a_page_that_waits_for_the_service_hears_when_its_question_has_run_out(
    cast: Cast, client: Client, application: Application, decoder: Running, wait: int, status: int
) -> None:
    asked = challenge(client, application)
    message = signed(cast, asked, sealed_card(asked))
    mode("down")
    ended = timezone.now() + timedelta(seconds=120 - wait)
    Challenge.objects.filter(nonce=asked).update(expires_at=ended)

    answer = take(client, application, message)

    assert answer.status_code == status


def test_a_read_that_was_taken_is_said_so_while_the_service_is_down(
    cast: Cast, client: Client, application: Application, decoder: Running
) -> None:
    asked = challenge(client, application)
    message = signed(cast, asked, sealed_card(asked))
    take(client, application, message)
    mode("down")

    answer = take(client, application, message)

    assert answer.status_code == 409
    assert "已经用过" in answer.json()["error"]
    assert not ReadRefusal.objects.exists()


def test_a_card_that_was_read_for_somebody_else_is_not_opened(
    cast: Cast, client: Client, application: Application, decoder: Running
) -> None:
    elsewhere = challenge(client, cast.draft())
    message = signed(cast, elsewhere, sealed_card(elsewhere))
    mode("down")  # who asks it now hears 503

    answer = take(client, application, message)

    assert answer.status_code == 409
    assert ReadRefusal.objects.get().code == ReadRefusal.Code.WRONG_CHALLENGE


def test_bytes_that_no_reader_made_become_nobody(
    cast: Cast, client: Client, application: Application, decoder: Running
) -> None:
    """Whoever owns the PC and its key can sign anything; a card he cannot make."""
    asked = challenge(client, application)

    answer = take(client, application, signed(cast, asked, PEOPLE["wang"].block()))

    assert answer.status_code == 409
    assert "打不开" in answer.json()["error"]
    assert not Identity.objects.exists()


def test_the_reader_that_the_service_names_must_be_the_one_that_the_pc_names(
    cast: Cast, client: Client, application: Application, decoder: Running
) -> None:
    asked = challenge(client, application)
    message = signed(cast, asked, sealed_card(asked), sam_id=OTHER_SAM_ID)

    answer = take(client, application, message)

    assert answer.status_code == 409
    assert ReadRefusal.objects.get().code == ReadRefusal.Code.WRONG_READER


def test_the_reader_that_the_service_names_is_bound_and_no_other_reads_afterwards(
    cast: Cast, client: Client, application: Application, decoder: Running
) -> None:
    asked = challenge(client, application)
    take(client, application, signed(cast, asked, sealed_card(asked)))
    again = challenge(client, application)
    other = cipher.seal(PEOPLE["li"].block(), again, sam_id=OTHER_SAM_ID)

    answer = take(client, application, signed(cast, again, other))

    assert cast.bridge.sam_id == SAM_ID
    assert (answer.status_code, ReadRefusal.objects.get().code) == (409, "wrong_reader")


def test_what_the_service_decoded_must_be_a_card(
    cast: Cast, client: Client, application: Application, decoder: Running
) -> None:
    asked = challenge(client, application)
    message = signed(cast, asked, cipher.seal(b"no card", asked, sam_id=SAM_ID))

    answer = take(client, application, message)

    assert answer.status_code == 409
    assert ReadRefusal.objects.get().code == ReadRefusal.Code.UNREADABLE


def test_a_read_that_is_decoded_and_then_refused_leaves_its_refusal_only(
    cast: Cast, client: Client, application: Application, decoder: Running
) -> None:
    asked = challenge(client, application)
    message = signed(cast, asked, sealed_card(asked), read_at="2020-01-01T00:00:00Z")

    answer = take(client, application, message)

    assert answer.status_code == 409
    assert not Identity.objects.exists()
    assert ReadRefusal.objects.get().code == ReadRefusal.Code.BAD_CLOCK


@pytest.mark.django_db(transaction=True)
def test_the_network_is_not_waited_for_inside_a_transaction(
    cast: Cast, client: Client, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[bool] = []

    class Watching:
        def decode(self, cipher: bytes, challenge: str, key: str) -> card_decoder.Decoded:
            held.append(connection.in_atomic_block)
            raise card_decoder.Unavailable("timeout")

    monkeypatch.setattr(card_decoder, "client", Watching)
    asked = challenge(client, application)

    answer = take(client, application, signed(cast, asked, sealed_card(asked)))

    assert (answer.status_code, held) == (503, [False])
