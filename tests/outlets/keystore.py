"""An operating system's store of secrets, as the keyring library sees one."""

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class Keystore(KeyringBackend):
    """In memory."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()
        self.secrets: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service: str, username: str) -> str | None:
        self._open()
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._open()
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._open()
        if self.secrets.pop((service, username), None) is None:
            raise PasswordDeleteError

    def _open(self) -> None:
        if self.is_locked:
            raise KeyringLocked
