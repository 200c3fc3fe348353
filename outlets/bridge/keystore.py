"""The operating system's own store of secrets, where the ``keyring`` library finds one.

Windows: Credential Manager. macOS: Keychain. Linux: Secret Service or KWallet, if the packages that
speak to them are there. A store that keeps its secrets in plain sight is none: our own file with
owner-only permission is better then.
"""

from typing import Any, Final

try:
    import keyring
    from keyring.backends.chainer import ChainerBackend

    _HAS_LIBRARY = True
except ImportError:  # a PC may do without it; the key is kept in a file then
    _HAS_LIBRARY = False

SERVICE: Final = "shiming-bridge"
# The library's own mark of a store that may be used without asking; the ones that fail, forget or
# write plain text lie below it.
LEAST_PRIORITY: Final = 1


def put(kid: str, secret: str) -> bool:
    """Whether the store has it now; it is read back before anybody relies on it."""
    try:
        store = _store()
        if store is None:
            return False
        store.set_password(SERVICE, kid, secret)
        return bool(store.get_password(SERVICE, kid) == secret)
    except Exception:  # each store raises errors of its own, and the file is there for all of them
        return False


def get(kid: str) -> str | None:
    """None if the store does not have it, is locked, or is not there."""
    try:
        store = _store()
        secret = store.get_password(SERVICE, kid) if store else None
    except Exception:  # as above: whatever the reason, this secret cannot be had
        return None
    return secret if isinstance(secret, str) else None


def drop(kid: str) -> None:
    """Take it out, if it is there and the store lets us."""
    if get(kid) is None:
        return
    try:
        _store().delete_password(SERVICE, kid)
    except Exception:  # a retired key that stays behind signs nothing that the portal believes
        return


def _store() -> Any:
    if not _HAS_LIBRARY:
        return None
    found = keyring.get_keyring()
    stores = found.backends if isinstance(found, ChainerBackend) else [found]
    return next((store for store in stores if store.priority >= LEAST_PRIORITY), None)
