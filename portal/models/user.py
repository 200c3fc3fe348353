from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, name: str, password: str | None = None) -> "User":
        """Make a user; without a password the account waits for its invitation."""
        user = self.model(username=username, name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A member of staff. What they may do hangs on their posts (``outlets.Post``), not here."""

    username = models.CharField(_("工号"), max_length=40, unique=True)
    name = models.CharField(_("姓名"), max_length=60)
    # Keyed hash of the person's own ID number: a proxy must not be the clerk (PX-07).
    person_key = models.CharField(max_length=64, blank=True, editable=False)
    is_active = models.BooleanField(_("在用"), default=True)
    made_at = models.DateTimeField(auto_now_add=True)

    # The active post (``outlets.Post``), put here for one request by ``outlets.middleware``.
    post: Any = None

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(Lower("username"), name="username_is_unique_in_any_case"),
        )

    def __str__(self) -> str:
        return f"{self.name} ({self.username})"
