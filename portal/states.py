"""The whole state machine: a status, its moves, and compare-and-set."""

from typing import Any, ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.refusal import Refusal


class WrongMove(Refusal):
    text = _("现在的状态不能这样处理，请刷新页面看最新情况。")


class Stale(Refusal):
    text = _("别人刚刚改动了这一条，请刷新页面后再操作。")


class Moving(models.Model):
    """A row with a ``status`` that changes only along ``MOVES``."""

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {}
    status: Any

    class Meta:
        abstract = True

    def move(self, to: str, **changes: Any) -> Self:
        """Set the status and ``changes`` if nobody was faster.

        Raises WrongMove when ``MOVES`` has no such step, Stale when another worker took it.
        """
        if to not in self.MOVES.get(self.status, ()):
            raise WrongMove
        # Compare and set: of two workers that read the same status, one wins.
        rows = type(self)._base_manager.filter(pk=self.pk, status=self.status)
        if not rows.update(status=to, **changes):
            raise Stale
        for name, value in {"status": to, **changes}.items():
            setattr(self, name, value)
        return self
