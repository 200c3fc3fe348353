"""Facts as bytes and back, so that a case can be judged again years later, under any policy.

Fields that were added since have their defaults; fields that are gone are passed over.
"""

import msgspec

from registration.rules.facts import Facts


def pack(facts: Facts) -> bytes:
    """The same facts give the same bytes. They hold personal data."""
    return msgspec.json.encode(facts, order="deterministic")


def unpack(data: bytes) -> Facts:
    """Raises msgspec.DecodeError for bytes that ``pack`` has not made."""
    return msgspec.json.decode(data, type=Facts)
