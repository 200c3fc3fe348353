"""Secrets that one person reads out or writes down and another one types."""

import secrets
from typing import Final

# Without the letters and digits that people mistake for one another.
ALPHABET: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"


def readable(groups: int = 3) -> str:
    """Groups of four joined by hyphens, 20 bits each: ``K7QM-3WXD-PR9A``."""
    return "-".join("".join(secrets.choice(ALPHABET) for _i in range(4)) for _j in range(groups))
