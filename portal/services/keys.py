"""The keyring of this installation."""

from django.conf import settings

from portal import crypto


def ensure() -> None:
    """Make the keyring if there is none. Only for a machine that keeps everything itself: where
    several hosts share a keyring, a missing one is a mistake and a new one would hide it."""
    if not settings.KEYRING_FILE.exists():
        crypto.create(settings.KEYRING_FILE, crypto.master_key(settings.MASTER_KEY))
