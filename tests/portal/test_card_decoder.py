"""The decoding service over real HTTP: each cipher text opens once, for its own question."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from portal.fakes import cipher
from portal.gateways import Rejected, Unavailable
from portal.gateways.card_decoder import CardDecoder, HttpCardDecoder
from portal.gateways.http import connection
from tests.portal.services import RunningService, running_card_decoder

BLOCK, PHOTO, ADDRESS = b"block" * 50, b"photo" * 200, b"a" * 70
SAM_ID = "05.01-20261122-0000000012-0000000034"
PATIENT, HURRIED = 10.0, 0.4


@pytest.fixture(scope="module")
def process() -> Iterator[RunningService]:
    with running_card_decoder() as service:
        yield service


@pytest.fixture
def service(process: RunningService) -> Iterator[RunningService]:
    yield process
    process.mode("ok")


@pytest.fixture
def decoder(service: RunningService) -> CardDecoder:
    return HttpCardDecoder(connection(service.url, "demo", PATIENT))


def key() -> str:
    return str(uuid4())


def sealed(challenge: str) -> bytes:
    return cipher.seal(BLOCK, challenge, photo=PHOTO, address=ADDRESS, sam_id=SAM_ID)


def rejection(decoder: CardDecoder, text: bytes, challenge: str) -> str:
    with pytest.raises(Rejected) as caught:
        decoder.decode(text, challenge, key())
    return caught.value.code


def test_a_cipher_text_is_opened_for_its_question(decoder: CardDecoder) -> None:
    decoded = decoder.decode(sealed("question-1"), "question-1", key())

    assert (decoded.block, decoded.photo, decoded.address) == (BLOCK, PHOTO, ADDRESS)
    assert decoded.sam_id == SAM_ID
    assert decoded.reference.startswith("JM")


def test_a_card_without_portrait_and_new_address_has_empty_parts(decoder: CardDecoder) -> None:
    decoded = decoder.decode(cipher.seal(BLOCK, "question-2"), "question-2", key())

    assert (decoded.photo, decoded.address, decoded.sam_id) == (b"", b"", "")


def test_a_cipher_text_for_another_question_is_refused(decoder: CardDecoder) -> None:
    assert rejection(decoder, sealed("question-3"), "question-4") == "challenge_mismatch"


def test_a_cipher_text_is_decoded_once(decoder: CardDecoder) -> None:
    text = sealed("question-5")
    decoder.decode(text, "question-5", key())

    assert rejection(decoder, text, "question-5") == "spent"


def test_the_same_key_gives_the_first_answer_again(decoder: CardDecoder) -> None:
    text, same = sealed("question-6"), key()

    first = decoder.decode(text, "question-6", same)

    assert decoder.decode(text, "question-6", same) == first


def test_a_cipher_text_whose_question_was_exchanged_is_broken(decoder: CardDecoder) -> None:
    ours = sealed("question-7")
    forged = cipher.seal(BLOCK, "question-8")[: cipher.HEAD_BYTES] + ours[cipher.HEAD_BYTES :]

    assert rejection(decoder, forged, "question-8") == "broken"


@pytest.mark.parametrize("text", [b"\x00", b"\x01", b"nothing that a reader said", b"\xff" * 16384])
def test_bytes_of_no_reader_are_refused(decoder: CardDecoder, text: bytes) -> None:
    assert rejection(decoder, text, "question-9") in {"broken", "challenge_mismatch"}


def test_a_changed_cipher_text_is_broken(decoder: CardDecoder) -> None:
    text = bytearray(sealed("question-10"))
    text[-1] ^= 1

    assert rejection(decoder, bytes(text), "question-10") == "broken"


def test_a_lost_reply_is_asked_for_again_and_costs_nothing(
    service: RunningService, decoder: CardDecoder
) -> None:
    service.mode("duplicate")

    assert decoder.decode(sealed("question-11"), "question-11", key()).block == BLOCK


@pytest.mark.parametrize("mode", ["down", "garbage", "slow"])
def test_a_service_that_does_not_answer_is_unavailable(service: RunningService, mode: str) -> None:
    service.mode(mode, seconds=HURRIED + 0.3)
    hurried = HttpCardDecoder(connection(service.url, "demo", HURRIED))

    for _ in range(4):
        with pytest.raises(Unavailable):
            hurried.decode(sealed("question-12"), "question-12", key())


def test_what_was_decoded_late_is_had_with_the_same_key(service: RunningService) -> None:
    text, same = sealed("question-13"), key()
    service.mode("slow", seconds=HURRIED + 0.3)
    hurried = HttpCardDecoder(connection(service.url, "demo", HURRIED))
    with pytest.raises(Unavailable):
        hurried.decode(text, "question-13", same)
    service.mode("ok")

    assert hurried.decode(text, "question-13", same).block == BLOCK


def test_a_decoded_card_shows_nothing_of_the_person(decoder: CardDecoder) -> None:
    decoded = decoder.decode(sealed("question-14"), "question-14", key())

    assert not any(name in repr(decoded) for name in ("block", "photo", "address"))
