"""The applications with all that hangs on them, as they would have come to be."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

from stdnum import luhn

from registration.models import Application, Erasure, Finding, LetterPoint, ReadRefusal, Turndown
from registration.rules.plan import BY_PROXY, SELF
from registration.rules.rule import VERSION
from registration.rules.service import NEW_MOBILE
from registration.rules.turndown import TURNDOWNS
from registration.seeding import fates
from registration.seeding.country import BUSY, Country, Shop
from registration.seeding.desk import Desk
from registration.seeding.fates import Calendar, Fate, Round
from registration.seeding.proofs import Proofs, Visit
from registration.seeding.sheet import NULL, Sheet, text, token
from registration.services import line

Status = Application.Status
PROXIES, FINDINGS, REFUSED_READS = 0.08, 0.12, 0.005
LETTER = text(list(LetterPoint.values))
FOUND = (
    ("PD-10N", Finding.Severity.NOTE.value, "证件快到期了。", "《电话用户真实身份信息登记规定》"),
    ("SEED", Finding.Severity.REVIEW.value, "样本：请仔细核对。", "样本条款"),
)
CHOSEN_AT_ONCE = 10_000


class Cases:
    """``add`` the places one after the other; ``write`` what has come together now and then."""

    def __init__(
        self, country: Country, proofs: Proofs, desk: Desk, calendar: Calendar, chance: Random
    ) -> None:
        self._proofs, self._desk, self._calendar, self._chance = proofs, desk, calendar, chance
        self._shops = self._visited(country)
        self._applications = Sheet(
            *(Application, "outlet_id", "channel_path", "holder_kind", "status", "clerk_id"),
            *("made_at", "touched_at", "submitted_at", "first_submitted_at", "submit_key"),
            *("round", "number", "number_index", "iccid", "letter_points", "letter_until"),
            *("letter_scope", "confirmed_at", "customer_left_at", "redo", "erased_at"),
            service=NEW_MOBILE.code,
        )
        self._findings = Sheet(
            *(Finding, "application_id", "rule", "severity", "reason", "article", "found_at"),
            rules_version=VERSION,
        )
        self._turndowns = Sheet(Turndown, "application_id", "code", "article", "by_id", "at")
        self._refusals = Sheet(
            *(ReadRefusal, "application_id", "channel_path", "outlet_id", "clerk_id", "at"),
            code=ReadRefusal.Code.UNREADABLE.value,
        )
        self._erasures = Sheet(
            *(Erasure, "application_id", "erased_at", "record"),
            after_days=fates.ERASED_AFTER.days,
            pictures=0,
            pictures_digest="0" * 64,
            people=0,
        )

    @property
    def sheets(self) -> list[Sheet]:
        own = [self._applications, self._findings, self._turndowns, self._refusals]
        return [*own, self._erasures, *self._proofs.sheets, *self._desk.sheets]

    def write(self) -> None:
        for sheet in self.sheets:
            sheet.write()

    def add(self, place: int, fate: Fate) -> None:
        chance, made_at = self._chance, self._calendar.moment(place)
        shop = next(self._shops)
        kind = BY_PROXY if chance.random() < PROXIES else SELF
        pk = self._applications.next_id
        visit = Visit(pk, place, shop, chance.choice(shop.clerks), made_at, kind)
        rounds = self._calendar.rounds(fate, made_at, chance)
        is_erased = fate.came_to_nothing and made_at < self._calendar.now - fates.ERASED_AFTER
        number = f"170{pk:08d}"
        index = "" if is_erased else line.index(number)
        if is_erased:
            self._erasures.add(pk, text(made_at + fates.ERASED_AFTER), chance.randbytes(32).hex())
        else:
            self._proofs.read(visit, is_checked=fate.status != Status.SUBMITTED)
        self._proofs.photograph(visit)
        if fate.takes_place:
            self._proofs.take_place(visit)
        self._note(visit, fate, rounds)
        self._desk.judge(visit, rounds)
        if not is_erased:
            self._desk.finish(visit, fate, rounds, number, self._proofs.person_key(visit))
        self._row(visit, fate, rounds, NULL if is_erased else _cell(number), index)

    def _row(self, visit: Visit, fate: Fate, rounds: list[Round], number: str, index: str) -> None:
        at, shop, is_handed_in = visit.at, visit.shop, bool(fate.handed_in)
        handed_in = text(at + timedelta(minutes=3)) if is_handed_in else NULL
        first = text(rounds[0].submitted_at) if rounds else handed_in
        last = text(rounds[-1].submitted_at) if rounds else handed_in
        touched = text(self._touched_at(fate, visit, rounds))
        letter = ("[]", NULL, "")
        if visit.holder is BY_PROXY:
            letter = (LETTER, text((at + timedelta(days=30)).date()), NEW_MOBILE.code)
        left = NULL if fate.status == Status.IN_REVIEW and self._chance.random() < 0.5 else touched
        redo = '["live"]' if fate.status == Status.RETURNED else "[]"
        erased = text(at + fates.ERASED_AFTER) if number == NULL else NULL
        key = self._chance.randbytes(16).hex() if is_handed_in else NULL
        self._applications.add(
            *(shop.pk, shop.node.path, visit.holder.code, fate.status, visit.clerk, text(at)),
            *(touched, last, first, key, fate.handed_in, number, index),
            *("" if number == NULL else _iccid(visit.pk), *letter),
            *(last, left, redo, erased),
        )

    def _touched_at(self, fate: Fate, visit: Visit, rounds: list[Round]) -> datetime:
        if not rounds:
            return visit.at
        waits = rounds[-1].verdict is None
        return rounds[-1].queued_at if waits else rounds[-1].decided_at

    def _note(self, visit: Visit, fate: Fate, rounds: list[Round]) -> None:
        """What was found on the way, and how it ended at the counter."""
        chance, at = self._chance, text(visit.at)
        if rounds and chance.random() < FINDINGS:
            self._findings.add(visit.pk, *chance.choice(FOUND), at)
        if chance.random() < REFUSED_READS:
            self._refusals.add(visit.pk, visit.shop.node.path, visit.shop.pk, visit.clerk, at)
        if fate.status == Status.REFUSED and not rounds:
            turndown = chance.choice(list(TURNDOWNS.values()))
            self._turndowns.add(visit.pk, turndown.code, str(turndown.article), visit.clerk, at)

    def _visited(self, country: Country) -> Iterator[Shop]:
        shops = country.shops
        weights = list(accumulate(BUSY[shop.tier] for shop in shops))
        while True:
            yield from self._chance.choices(shops, cum_weights=weights, k=CHOSEN_AT_ONCE)


def _cell(number: str) -> str:
    return token(Application, "number", number)


def _iccid(pk: int) -> str:
    """20 digits with a check digit, as on a new SIM card."""
    body = f"8986009901{pk:09d}"
    return body + str(luhn.calc_check_digit(body))
