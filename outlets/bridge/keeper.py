"""Keeps the key of a running bridge young: looks once an hour, changes it between two reads."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from outlets.bridge import key, renew
from outlets.bridge.aside import aside
from outlets.bridge.key import Enrolment, NotEnrolled
from outlets.bridge.renew import Question, RenewalFailed

T = TypeVar("T")

LOOK_SECONDS: Final = 3600.0
# After a failure, doubled each time up to the above: the portal takes the old key's reads for ten
# minutes after a change whose answer was lost, and three tries fit into them.
FIRST_PAUSE: Final = 60.0
# So long a read may wait for the portal to answer: its higher counter must not arrive first.
COURTESY_SECONDS: Final = 2.0


class Keeper:
    """Holds the enrolment in use. ``trouble`` is the portal's sentence once it will not go on with
    this key; whatever else stands in the way of a change is no business of the clerk's."""

    def __init__(
        self,
        enrolment: Enrolment,
        *,
        days: float,
        reader: Executor,
        changed: Callable[[], Awaitable[None]],
    ) -> None:
        self.enrolment = enrolment
        self.trouble: str | None = None
        self._days = days
        self._reader = reader
        self._changed = changed
        self._answered = threading.Event()
        self._answered.set()

    def wait_for_the_portal(self) -> None:
        """In the reader's thread, before a read takes its counter."""
        self._answered.wait(COURTESY_SECONDS)

    async def keep(self) -> None:
        """For ever."""
        failures = 0
        while True:
            try:
                await self._look()
            except (RenewalFailed, NotEnrolled) as error:
                failures += 1
                await self._note(error)
            else:
                failures = 0
                await self._note(None)
            await asyncio.sleep(pause_after(failures))

    async def _look(self) -> None:
        found = await aside(renew.current, self.enrolment)
        if found.kid != self.enrolment.kid:
            await self._use(found)
        now = datetime.now(UTC)
        old = self.enrolment
        if not renew.is_due(old, days=self._days, now=now):
            await aside(_tidy, old)
            return
        fresh = await aside(renew.prepare, old, now=now)
        question = await self._in_reader_thread(self._question, old, fresh, now)
        try:
            known = await aside(renew.ask, question)
        finally:
            self._answered.set()
        await self._in_reader_thread(renew.switch, known)
        await self._use(known)
        print(f"密钥已按期更换 · 密钥编号 {known.kid}", flush=True)

    def _question(self, old: Enrolment, fresh: Enrolment, now: datetime) -> Question:
        self._answered.clear()
        try:
            return renew.question(old, fresh, now=now)
        except BaseException:
            self._answered.set()
            raise

    async def _use(self, enrolment: Enrolment) -> None:
        self.enrolment = enrolment
        await self._changed()
        await aside(_tidy, enrolment)

    async def _note(self, error: RenewalFailed | NotEnrolled | None) -> None:
        before = self.trouble
        if error is None:
            self.trouble = None
        elif isinstance(error, RenewalFailed) and error.refused:
            self.trouble = str(error)
        if error:
            print(f"密钥还没有换成：{error}", flush=True)
        if before != self.trouble:
            await self._changed()

    async def _in_reader_thread(self, work: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._reader, work, *args)


def pause_after(failures: int) -> float:
    """Seconds until the next look, after so many failures in a row."""
    return min(LOOK_SECONDS, FIRST_PAUSE * 2.0 ** (failures - 1)) if failures else LOOK_SECONDS


def _tidy(enrolment: Enrolment) -> None:
    try:
        # Another program of this PC may have begun a change; its next key must stay.
        if not key.is_changing(enrolment):
            key.tidy(enrolment)
    except OSError:
        # What stays behind is taken away at the next look.
        return
