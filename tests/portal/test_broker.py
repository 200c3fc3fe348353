"""The folder that carries wake-ups: a message is whole or not there."""

from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from kombu.connection import Connection

from portal.celery import app


@pytest.fixture
def channel(tmp_path: Path) -> Any:
    options = {"data_folder_in": tmp_path, "data_folder_out": tmp_path, "control_folder": tmp_path}
    with Connection("filesystem://", transport_options=options) as connection:
        yield connection.default_channel


class Slow:
    """A message that a worker looks for while it is being written."""

    def __init__(self, channel: Any) -> None:
        self.channel = channel
        self.seen = False

    def __json__(self) -> str:
        with pytest.raises(Empty):
            self.channel._get("celery")
        self.seen = True
        return "whole"


def test_a_message_is_not_seen_before_it_is_whole(channel: Any) -> None:
    message = Slow(channel)

    channel._put("celery", message)

    assert message.seen
    assert channel._get("celery") == "whole"


def test_messages_come_in_the_order_in_which_they_were_put(channel: Any) -> None:
    for number in range(3):
        channel._put("celery", {"number": number})

    assert [channel._get("celery")["number"] for _ in range(3)] == [0, 1, 2]


def test_the_product_s_own_connection_writes_whole_messages() -> None:
    with app.connection_for_write() as connection:
        assert type(connection.transport).__module__ == "portal.broker"


def test_a_folder_that_is_away_is_told_of_once_and_used_again_when_it_is_back(
    channel: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    transport, got = channel.connection, list[Any]()
    channel._put("celery", "first")
    transport.cycle.get = lambda _deliver: got.append(channel._get("celery"))
    away = tmp_path.rename(tmp_path.with_name("away"))

    for _look in range(3):
        transport._take_all()
    away.rename(tmp_path)
    transport._take_all()

    assert got == ["first"]
    assert len(caplog.records) == 1


@pytest.mark.redis
def test_a_task_that_ends_when_its_broker_has_died_does_not_end_the_worker(valkey: str) -> None:
    connection = app.connection_for_write(url=valkey)
    channel = connection.default_channel
    channel._disconnect_pools()  # as the library leaves it
    connection.transport.client = None

    with pytest.raises(connection.connection_errors):
        channel.basic_ack("tag")
