"""Kombu's filesystem transport, with messages that are whole or not there.

The library opens a message's file under its final name and writes afterwards. A worker that looks
in between takes an empty message, and the whole worker ends on it.
"""

import os
from pathlib import Path
from time import time_ns
from typing import Any
from uuid import uuid4

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


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
