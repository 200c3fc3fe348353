"""Gather the facts, let the rules judge, keep what they found; ask the national check."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outlets.models import Post
from portal import crypto
from portal.gateways import identity_check
from portal.jobs import after_commit
from portal.models import User
from portal.refusal import Refusal
from portal.services import audit
from registration.models.application import Application, LetterPoint, Party
from registration.models.check import Finding, Judgement, OnlineCheck
from registration.models.identity import Role
from registration.models.photo import Photo
from registration.rules import consent as texts
from registration.rules import engine, snapshot
from registration.rules.document import DOCUMENTS
from registration.rules.facts import HOLDER, Facts, Person
from registration.rules.reading import IDS
from registration.rules.rule import VERSION
from registration.services import claim as claims
from registration.services import ownership, photo, policy, reading, unit

RETRY_MOST = timedelta(minutes=5)


class Blocked(Refusal):
    """Carries the first blocking finding's words."""

    text = gettext_lazy("还不能提交。")


class NotMatched(Blocked):
    text = gettext_lazy("联网核验还没有得到“一致”的结果。")
    todo = gettext_lazy("核验会自动重试，请稍后再审；也可以先放回队列。")


def facts(application: Application, *, clerk: User, lines: int, now: datetime) -> Facts:
    """The application as it stands. ``clerk`` submits it or has submitted it; ``lines``: the
    person's places besides this application's."""
    today = timezone.localdate(now)
    outlet = application.outlet
    # Whether a counter may hand in is judged when it does. A clerk who has left since, or an
    # outlet that was suspended since, must not leave a case that nobody can approve.
    handed_in = not application.is_editable
    pictures = {row.kind: row for row in application.photos.current()}
    online = dict(application.online_checks.values_list("identity_id", "result"))
    parties = list(application.parties.select_related("identity").defer("identity__photo"))
    policies = policy.in_force(application.channel_path, today)
    readings = reading.look(parties, outlet, policies)
    people = tuple(
        _person(party, readings[party.role], online.get(party.identity_id, "")) for party in parties
    )
    signed = list(application.consents.all())
    versions = {row.kind: row.version for row in signed}
    owner = ownership.current(application)
    return Facts(
        today=today,
        outlet_is_open=handed_in or outlet.is_open,
        clerk_holds_post=handed_in
        or Post.objects.held_by(clerk, today)
        .filter(role=Post.Role.CLERK, channel=outlet.channel_id)
        .exists(),
        clerk_key=clerk.person_key,
        has_number=bool(application.number_index),
        has_iccid=bool(application.iccid),
        has_confirmed=application.confirmed_at is not None,
        people=people,
        photos={kind: row.status for kind, row in pictures.items()},
        photos_due=application.photos_due,
        letter_points=frozenset(application.letter_points),
        letter_points_due=frozenset(LetterPoint.values),
        lines=lines,
        redo=tuple(application.redo),
        holder_kind=application.holder_kind,
        service=application.service,
        tier=outlet.tier,
        policies=policies,
        opens_at=outlet.opens_at,
        closes_at=outlet.closes_at,
        consents=versions,
        # What was handed in stays signed when a text changes afterwards.
        consents_due=versions if handed_in else _versions_due(application, people, today),
        consents_refused=frozenset(row.kind for row in signed if not row.given),
        standing=application.standing,
        category=application.category,
        is_barred=application.is_barred,
        is_fixed=application.is_fixed,
        matches=owner.result if owner else "",
        has_address=bool(application.address),
        proofs=frozenset(application.proofs),
        claim=claims.compared(application, parties),
        handed_in=_day(application.submitted_at) if handed_in else None,
        letter_until=application.letter_until,
        letter_scope=application.letter_scope,
        letter_is_used=application.has_letter
        and photo.letter_is_used(application, pictures.get(Photo.Kind.LETTER)),
        assisted=application.assisted_reason,
        **_of_unit(application, parties),
    )


def _of_unit(application: Application, parties: list[Party]) -> dict[str, Any]:
    """What the rules on units want to know, about an order and about a number of one."""
    holder = application.holder
    if not holder.is_order and not holder.is_numbered:
        return {}
    found: dict[str, Any] = {"unit": unit.as_facts(unit.of(application))}
    if application.order is None:
        numbers = application.numbers.live().exclude(number_index="")
        return found | {"numbers": numbers.count(), "numbers_ready": numbers.complete().count()}
    users = Party.objects.filter(
        application__in=application.order.numbers.live(),
        role=Role.END_USER,
        identity__person_key__in=[party.identity.person_key for party in parties],
    )
    return found | {"order_status": application.order.status, "user_numbers": users.count()}


def _versions_due(
    application: Application, people: tuple[Person, ...], today: date
) -> dict[str, str]:
    born = next((person.birth_date for person in people if person.role == HOLDER), None)
    due = texts.due(application.asked, application.holder, born, today)
    return {one.code: one.version for one in due}


def _day(at: datetime | None) -> date | None:
    return timezone.localdate(at) if at else None


def _person(party: Party, read: reading.Reading, online: str) -> Person:
    card = party.identity.card
    return Person(
        role=party.role,
        kind=card.kind,
        number=card.number,
        birth_date=card.birth_date,
        valid_from=card.valid_from,
        valid_to=card.valid_to,
        lane=party.identity.lane,
        purpose=getattr(card, "purpose", ""),
        key=party.identity.person_key,
        online=online,
        read_time=read.at,
        read_elsewhere=read.is_elsewhere,
        reader_elsewhere=read.is_by_reader_from_elsewhere,
        customers=read.customers,
        principals=read.principals,
    )


def blocked_by(verdicts: list[engine.Verdict]) -> Blocked | None:
    first = next(engine.blocks(verdicts), None)
    if first is None:
        return None
    refusal = Blocked(_(first.reason.text))
    refusal.todo = _(first.reason.todo) if first.reason.todo else ""
    return refusal


@transaction.atomic
def keep(
    application: Application, given: Facts, verdicts: list[engine.Verdict], *, now: datetime
) -> None:
    """Store the findings in place of earlier ones, with the rule set and the facts they rest on."""
    _note_odd_reads(application, verdicts, now=now)
    application.findings.all().delete()
    digest = _keep_facts(application, given, now=now)
    Finding.objects.bulk_create(
        Finding(
            application=application,
            rule=verdict.rule.id,
            severity=verdict.severity,
            role=verdict.reason.role,
            reason=verdict.reason.text,
            todo=verdict.reason.todo,
            step=verdict.reason.step,
            article=str(verdict.rule.article),
            rules_version=VERSION,
            facts_digest=digest,
            found_at=now,
        )
        for verdict in verdicts
    )


def _keep_facts(application: Application, given: Facts, *, now: datetime) -> str:
    packed = snapshot.pack(given)
    digest = crypto.keyring().blind_index(packed.decode(), "facts")
    Judgement.objects.get_or_create(
        application=application,
        digest=digest,
        defaults={"facts": packed, "rules_version": VERSION, "judged_at": now},
    )
    return digest


def _note_odd_reads(
    application: Application, verdicts: list[engine.Verdict], *, now: datetime
) -> None:
    """What was odd about how a card was read, once for the audit: a finding goes when the
    application is judged again, an entry stays."""
    odd = {(verdict.rule.id, verdict.reason.role) for verdict in verdicts if verdict.rule.id in IDS}
    if odd:
        odd -= set(application.findings.values_list("rule", "role"))
    for rule, role in sorted(odd):
        audit.record(
            "identity.read_flagged", subject=application, by=None, now=now, rule=rule, role=role
        )


@transaction.atomic
def ask_online(application: Application, *, now: datetime) -> None:
    """Make one check for each identity that has none yet (CV-03); a worker sends them. One that no
    register knows is settled at once: a finding asks the verifier to look."""
    for party in application.parties.select_related("identity").defer("identity__photo"):
        known = DOCUMENTS[party.identity.card_type].has_register
        result = OnlineCheck.Result.WAITING if known else OnlineCheck.Result.NO_REGISTER
        OnlineCheck.objects.get_or_create(
            identity_id=party.identity_id,
            defaults={"application": application, "due_at": now, "result": result},
        )


def online_is_settled(application: Application) -> bool:
    seated = application.parties.values("identity")
    return not OnlineCheck.objects.filter(identity__in=seated, result__in=OnlineCheck.OPEN).exists()


def all_match(application: Application) -> bool:
    """Whether the national check knows every person of the application that it can know (CV-03)."""
    rows = application.parties.values_list("identity__card_type", "identity__online_check__result")
    found = list(rows)
    return bool(found) and all(_passes(kind, result) for kind, result in found)


def _passes(kind: str, result: str | None) -> bool:
    """A document that the register knows has to match, whatever the row says."""
    if DOCUMENTS[kind].has_register:
        return result == OnlineCheck.Result.MATCH
    return result in (OnlineCheck.Result.MATCH, OnlineCheck.Result.NO_REGISTER)


def send_online(check: OnlineCheck, *, now: datetime) -> None:
    """Ask the national service. Unavailable waits longer each time and retries by itself."""
    if check.result not in OnlineCheck.OPEN:
        return
    card = check.identity.card
    try:
        answer = identity_check.client().check(card.name, card.number, str(check.key))
    except (identity_check.Unavailable, identity_check.Rejected):
        wait = min(timedelta(seconds=2 ** min(check.attempts + 1, 10)), RETRY_MOST)
        OnlineCheck.objects.filter(pk=check.pk, result__in=OnlineCheck.OPEN).update(
            result=OnlineCheck.Result.UNAVAILABLE,
            attempts=check.attempts + 1,
            due_at=now + wait,
        )
        return
    settle(check, answer, now=now)


@transaction.atomic
def settle(check: OnlineCheck, answer: identity_check.Answer, *, now: datetime) -> None:
    """Keep the service's answer, once; the application goes on when all its checks have one."""
    rows = OnlineCheck.objects.filter(pk=check.pk, result__in=OnlineCheck.OPEN)
    result = OnlineCheck.Result[answer.result.name]
    if rows.update(result=result, reference=answer.reference, checked_at=now):
        audit.record("online_check.answered", subject=check, by=None, now=now, result=result)
        after_commit("registration.tasks.advance", application_id=check.application_id)
