"""Two of Kombu's transports, each without the ways in which it ends a whole worker.

``filesystem``: messages are whole or not there. The library opens a message's file under its final
name and writes afterwards; a worker that looks in between takes an empty message and ends on it.
And a worker looks for them from its loop of events, as it does with Redis: only then has each of
its children a pipe of its own. Otherwise they share one queue behind a lock, and a child that is
killed while it waits there leaves the others waiting for ever.

``redis``: a broker that dies is a broker that went away. A worker that ends a task at that moment
acknowledges it, or gives it back, over a connection that the library has given up already; the
library then looks for its address in nothing, and the worker ends on that.
"""

import logging
import os
from contextlib import suppress
from pathlib import Path
from queue import Empty
from time import time_ns
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import filesystem, redis
from kombu.utils.json import dumps
from redis.exceptions import ConnectionError

logger = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        # The library takes the names in order and reads the queue's between the dots.
        name = f"{time_ns():020d}_{uuid4()}.{queue}.msg"
        partial = Path(self.data_folder_out) / f".partial-{name}"
        try:
            partial.write_text(dumps(payload))  # type: ignore[no-untyped-call]
            os.rename(partial, partial.with_name(name))
        except OSError as error:
            raise ChannelError(f"Cannot add a message to {queue}") from error


class Transport(filesystem.Transport):
    Channel = Channel
    implements = filesystem.Transport.implements.extend(asynchronous=True)
    is_away = False

    def register_with_event_loop(self, connection: Any, loop: Any) -> None:
        loop.call_repeatedly(self.polling_interval, self._take_all)

    def _take_all(self) -> None:
        """As many messages as there are, or as the worker takes at a time. A folder that is away is
        looked for again, and told of once."""
        try:
            with suppress(Empty):
                while True:
                    self.cycle.get(self._deliver)  # type: ignore[union-attr]
        except OSError as error:
            if not self.is_away:
                logger.error("The folder of messages is away: %s", error)
            self.is_away = True
        else:
            self.is_away = False


class RedisChannel(redis.Channel):
    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        if self.connection.client is None:
            # Known to the library as a broker that went away: the message comes again.
            raise ConnectionError("the connection to the broker was given up")
        params: dict[str, Any] = super()._connparams(asynchronous)  # type: ignore[no-untyped-call]
        return params


class RedisTransport(redis.Transport):
    Channel = RedisChannel
