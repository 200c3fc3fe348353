"""One file a kind of reader, and the one table that names them all.

``serial:/dev/ttyUSB0[@115200]``, ``cloud:/dev/ttyUSB1``, ``synjones[:http://127.0.0.1:8989]`` and
the other vendors, and ``auto``: the first that works.
"""

from collections.abc import Callable
from typing import Final

from serial.tools import list_ports

from outlets.bridge.adapter import Adapter
from outlets.bridge.adapters.auto import AutoReader
from outlets.bridge.adapters.cloud import CloudReader
from outlets.bridge.adapters.donsee import Donsee
from outlets.bridge.adapters.huashi import Huashi
from outlets.bridge.adapters.jieyu import Jieyu
from outlets.bridge.adapters.loopback import BadAddress
from outlets.bridge.adapters.serial import SamReader
from outlets.bridge.adapters.service import VendorService
from outlets.bridge.adapters.synjones import Synjones
from outlets.bridge.adapters.zkteco import ZKTeco

Maker = Callable[[str], Adapter]

STANDARD_BAUD: Final = 115200


class BadReader(ValueError):
    """The specification names no reader; the text says how to write it."""


def _at_port(name: str, make: Callable[[str, int], Adapter]) -> Maker:
    def open_port(where: str) -> Adapter:
        port, _, baud = where.partition("@")
        if not port or (baud and not baud.isdecimal()):
            raise BadReader(f"串口读卡器要写成 {name}:/dev/ttyUSB0 或 {name}:COM3@115200")
        return make(port, int(baud) if baud else STANDARD_BAUD)

    return open_port


def _auto(where: str) -> Adapter:
    if where:
        raise BadReader("auto 后面不写别的")
    return AutoReader(lambda: [open_adapter(spec) for spec in candidates()])


VENDORS: Final[dict[str, type[VendorService]]] = {
    "synjones": Synjones,
    "zkteco": ZKTeco,
    "huashi": Huashi,
    "donsee": Donsee,
    "jieyu": Jieyu,
}
_MAKERS: Final[dict[str, Maker]] = {
    "serial": _at_port("serial", SamReader),
    "cloud": _at_port("cloud", CloudReader),
    **VENDORS,
    "auto": _auto,
}
NAMES: Final = tuple(_MAKERS)


def open_adapter(spec: str) -> Adapter:
    """The reader of this specification, not yet asked anything. Raises BadReader."""
    name, _, where = spec.partition(":")
    if name not in _MAKERS:
        raise BadReader(f"没有叫 {name} 的读卡器，可以用：{'、'.join(NAMES)}")
    try:
        return _MAKERS[name](where)
    except BadAddress as error:
        raise BadReader(str(error)) from None


def serial_ports() -> list[str]:
    return sorted(port.device for port in list_ports.comports())


def candidates() -> list[str]:
    """What could be a reader on this PC, in the order in which ``auto`` tries them."""
    return [f"serial:{port}" for port in serial_ports()] + list(VENDORS)
