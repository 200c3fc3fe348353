"""Pages and the bridge inside one process, with a reader that gives whatever a test wants."""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from threading import Event
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import serve
from websockets.typing import Origin

from outlets.bridge import key
from outlets.bridge.adapter import Health, Read, ReaderError, Source, State
from outlets.bridge.key import Enrolment
from outlets.bridge.people import PEOPLE
from outlets.bridge.server import Bridge
from tests.outlets.tab import parts
from tests.outlets.vendors.desk import JPEG

WANG = PEOPLE["wang"]
ORIGIN = "http://portal.invalid"


Facts = dict[str, Any]


class ScriptedReader:
    """A reader of a vendor's: it gives one read, or fails in one way."""

    name = "synjones"

    def __init__(self, result: Read | ReaderError) -> None:
        self.health = Health(State.READY, "读卡器正常")
        self.result = result
        self.challenges: list[str] = []

    def check(self) -> Health:
        return self.health

    def read_card(
        self,
        *,
        challenge: str,
        waiting: Callable[[int], None],
        found: Callable[[], None],
        cancelled: Event,
        wait: float,
    ) -> Read | None:
        self.challenges.append(challenge)
        if isinstance(self.result, ReaderError):
            raise self.result
        return self.result

    def abandon(self) -> None:
        pass

    def close(self) -> None:
        pass


class SlowReader(ScriptedReader):
    """A vendor's program that cannot be hurried."""

    def read_card(self, **how: Any) -> Read | None:
        time.sleep(0.2)
        return super().read_card(**how)


@pytest.fixture
def private() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture
def enrolment(private: Ed25519PrivateKey, tmp_path: Path) -> Enrolment:
    kid = key.key_id(key.public_bytes(private))
    enrolment = Enrolment(tmp_path, private, kid, "样本厅", ORIGIN)
    key.save(enrolment)
    return enrolment


def ask(
    reader: ScriptedReader,
    enrolment: Enrolment,
    talk: Callable[[ClientConnection], Coroutine[Any, Any, Facts]],
) -> Facts:
    async def run() -> Facts:
        bridge = Bridge(reader, enrolment, 3)
        async with serve(bridge.serve_page, "127.0.0.1", 0) as server:
            address = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            async with connect(address, origin=Origin(ORIGIN), proxy=None) as page:
                event = await talk(page)
        await bridge.close()
        return event

    return asyncio.run(run())


async def until(page: ClientConnection, *events: str) -> Facts:
    async for message in page:
        event: Facts = json.loads(message)
        if event["event"] in events:
            return event
    raise AssertionError("closed")


async def a_read(page: ClientConnection) -> Facts:
    await page.send(json.dumps({"do": "read", "challenge": "c"}))
    return await until(page, "read", "error", "cancelled")


def claims(read: Facts, private: Ed25519PrivateKey) -> Facts:
    said: Facts = jwt.decode(read["jws"], private.public_key(), algorithms=["EdDSA"])
    return said


# ---------------------------------------------------------------- what is signed


def test_a_vendors_fields_are_signed_as_such_with_its_picture(
    enrolment: Enrolment, private: Ed25519PrivateKey
) -> None:
    given = {"block": WANG.block(), "jpeg": JPEG}
    reader = ScriptedReader(Read(Source.FIELDS, given))

    read = ask(reader, enrolment, a_read)

    said = claims(read, private)
    assert parts(read) == given
    assert said["parts"] == {name: hashlib.sha256(given[name]).hexdigest() for name in given}
    assert (said["reader"], said["source"], said["sam_id"]) == ("synjones", "fields", "")
    assert said["card_type"] == "resident"


def test_cipher_text_is_signed_without_a_word_about_the_card(
    enrolment: Enrolment, private: Ed25519PrivateKey
) -> None:
    reader = ScriptedReader(Read(Source.CIPHER, {"cipher": b"\x01\x02"}))

    read = ask(reader, enrolment, a_read)

    said = claims(read, private)
    assert parts(read) == {"cipher": b"\x01\x02"}
    assert (said["source"], said["card_type"]) == ("cipher", "")
    assert reader.challenges == ["c"] == [said["challenge"]]


@pytest.mark.parametrize(
    ("block", "code"),
    [
        (WANG.block()[:248] + b"Z\0" + WANG.block()[250:], "wrong_card"),
        (WANG.block()[:-1], "card_damaged"),
        (bytes(256), "card_damaged"),
        (b" \0" * 128, "card_damaged"),
    ],
)
def test_a_card_that_is_strange_or_damaged_is_not_signed(
    enrolment: Enrolment, block: bytes, code: str
) -> None:
    reader = ScriptedReader(Read(Source.CHIP, {"block": block, "wlt": WANG.photo()}))

    event = ask(reader, enrolment, a_read)

    assert (event["event"], event["code"]) == ("error", code)
    assert (enrolment.folder / "counter").read_text() == "0"


def test_an_error_of_the_reader_reaches_the_page_as_it_is(enrolment: Enrolment) -> None:
    event = ask(ScriptedReader(ReaderError("busy", "读卡服务正忙。")), enrolment, a_read)

    assert event == {"event": "error", "code": "busy", "text": "读卡服务正忙。"}


def test_the_page_hears_which_part_failed(enrolment: Enrolment) -> None:
    reader = ScriptedReader(ReaderError("reader_absent", ""))
    reader.health = Health(State.ABSENT, "读卡服务没有启动。", code="service_stopped")

    event = ask(reader, enrolment, lambda page: until(page, "reader"))

    assert event == {
        "event": "reader",
        "state": "absent",
        "code": "service_stopped",
        "reader": "synjones",
        "sam_id": None,
        "text": "读卡服务没有启动。",
    }


# ---------------------------------------------------------------- pages that ask too much


def test_reads_that_are_cancelled_before_their_turn_do_not_touch_the_reader(
    enrolment: Enrolment,
) -> None:
    async def talk(page: ClientConnection) -> Facts:
        for _change_of_mind in range(50):
            await page.send(json.dumps({"do": "read", "challenge": "c"}))
            await page.send(json.dumps({"do": "cancel"}))
        return await a_read(page)

    reader = SlowReader(Read(Source.CIPHER, {"cipher": b"\x01"}))
    ask(reader, enrolment, talk)

    assert len(reader.challenges) < 10
