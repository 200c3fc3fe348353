"""Session engine whose rows name their user, so that a dismissal can end them at once."""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from portal.models.session import Session


class SessionStore(DatabaseStore):
    """Database sessions with the user, the device and the last use in columns of their own."""

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
