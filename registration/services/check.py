"""Keep what the rules found; ask the national check."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import crypto
from portal.gateways import identity_check
from portal.jobs import after_commit
from portal.parts import part
from portal.refusal import Refusal
from portal.services import audit
from registration.models.application import Application
from registration.models.check import Finding, Judgement, OnlineCheck
from registration.rules import engine, snapshot
from registration.rules.document import DOCUMENTS
from registration.rules.facts import Facts
from registration.rules.reading import IDS
from registration.rules.rule import VERSION
from registration.services import stale

RETRY_MOST = timedelta(minutes=5)


class Blocked(Refusal):
    """Carries the first blocking finding's words."""

    text = gettext_lazy("还不能提交。")


class NotMatched(Blocked):
    text = gettext_lazy("联网核验还没有得到“一致”的结果。")
    todo = gettext_lazy("核验会自动重试，请稍后再审；也可以先放回队列。")


def blocked_by(verdicts: list[engine.Verdict]) -> Blocked | None:
    first = next(engine.blocks(verdicts), None)
    if first is None:
        return None
    refusal = Blocked(_(first.reason.text))
    refusal.todo = _(first.reason.todo) if first.reason.todo else ""
    return refusal


@part
def keep(
    application: Application, given: Facts, verdicts: list[engine.Verdict], *, now: datetime
) -> None:
    """Store the findings in place of earlier ones, with the rule set and the facts they rest on."""
    _note_odd_reads(application, verdicts, now=now)
    application.findings.all().delete()
    # That it was handed in just now, or has an odd read that it did not have, or the reverse.
    stale.mark(application.outlet_id, application.first_submitted_at)
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
    judgement = Judgement(
        application=application,
        digest=digest,
        facts=packed,
        rules_version=VERSION,
        judged_at=now,
    )
    # Of the same facts there is one already; it stays as it is.
    Judgement.objects.bulk_create([judgement], ignore_conflicts=True)
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


@part
def ask_online(application: Application, *, now: datetime) -> None:
    """Make one check for each identity that has none yet (CV-03); a worker sends them. One that no
    register knows is settled at once: a finding asks the verifier to look."""
    read = application.parties.order_by("pk").values_list("identity", "identity__card_type")
    rows = [
        OnlineCheck(
            identity_id=identity,
            application=application,
            due_at=now,
            result=OnlineCheck.Result.WAITING
            if DOCUMENTS[kind].has_register
            else OnlineCheck.Result.NO_REGISTER,
        )
        for identity, kind in read
    ]
    # Who was asked about in an earlier round is not asked about again.
    OnlineCheck.objects.bulk_create(rows, ignore_conflicts=True)


def online_is_settled(application: Application) -> bool:
    seated = application.parties.values("identity")
    return not OnlineCheck.objects.filter(identity__in=seated, result__in=OnlineCheck.OPEN).exists()


def all_match(application: Application) -> bool:
    """Whether the national check knows every person of the application that it can know (CV-03)."""
    rows = application.parties.values_list("identity__card_type", "identity__online_check__result")
    found = list(rows)
    is_read = bool(found) or not application.roles_due  # a unit's fixed line is nobody's in person
    return is_read and all(_passes(kind, result) for kind, result in found)


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
