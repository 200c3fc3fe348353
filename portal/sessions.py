"""Session engine whose rows name their user, so that a dismissal can end them at once."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from portal.models import User
from portal.models.session import Session

BACKEND = "django.contrib.auth.backends.ModelBackend"


class SessionStore(DatabaseStore):
    """Database sessions with the user, the device and the last use in columns of their own."""

    # The user as the session's own statement found them, if it asked for them.
    holder: User | None = None

    def vouched(self) -> User | None:
        """The holder, where everything that Django asks of a session holds of this one: the
        account is in use and the password still the one of the log-in. All else, also a secret
        key that is being replaced, is left to Django itself."""
        named = self.get(SESSION_KEY)  # loads
        holder, backend = self.holder, self.get(BACKEND_SESSION_KEY)
        if holder is None or not holder.is_active or named != str(holder.pk):
            return None
        if backend != BACKEND or BACKEND not in settings.AUTHENTICATION_BACKENDS:
            return None
        sealed = self.get(HASH_SESSION_KEY, "")
        return holder if constant_time_compare(sealed, holder.get_session_auth_hash()) else None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = super().create_model_instance(data)
        assert isinstance(row, Session)  # noqa: S101 - get_model_class said so
        user_id, started = data.get("_auth_user_id"), data.get("started_at")
        row.user_id = int(user_id) if user_id else None
        row.address = data.get("address")
        row.device = data.get("device", "")
        row.started_at = datetime.fromisoformat(started) if started else timezone.now()
        return row
