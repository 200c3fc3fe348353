"""Whose turn it is: the one statement that takes the next case for a verifier."""

from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from portal import prepared
from portal.models import User
from portal.services import audit
from registration.models.review import Review, ReviewQuerySet
from registration.services import stand_in
from registration.services.stand_in import NEVER


def take(verifier: User, now: datetime, *, at_last: bool = False) -> Review | None:
    """Take the first free row, if the verifier holds none; ``at_last`` any, even one put back."""
    if verifier.post is None or verifier.post.paused_at:
        return None
    place = verifier.post.channel.path
    choice = (verifier.post.has_only_verified, verifier.post.lacks, at_last)
    if connection.vendor == "postgresql":
        return _run(_below(place, _told(*choice)), verifier, now)
    with transaction.atomic():
        taken = _run(_below(place, _statement(*choice)), verifier, now)
        if taken is not None:
            audit.record(
                "review.claimed", subject=taken, by=verifier, now=now, claim_no=taken.claim_no
            )
    return taken


def _run(statement: str, verifier: User, now: datetime) -> Review | None:
    # One statement: the row is chosen, locked and marked at once, so two claimers cannot meet.
    # "= (SELECT …)" is evaluated once; "IN (SELECT … LIMIT 1)" may be evaluated for each row.
    moment = connection.ops.adapt_datetimefield_value
    values: dict[str, Any] = {
        "user": verifier.pk,
        "now": moment(now),
        "until": moment(now + settings.LEASE),
    }
    with prepared.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    if row is None:
        return None
    known = {
        "id": row[0],
        "kind": row[1],
        "claim_no": row[2],
        "claimed_by_id": verifier.pk,
        "claimed_at": now,
        "lease_until": now + settings.LEASE,
    }
    # Whoever needs the rest of the row reads it.
    return Review.from_db(connection.alias, tuple(known), tuple(known.values()))


@lru_cache(maxsize=1000)
def _below(place: str, statement: str) -> str:
    """The statement of one place in the tree, so that PostgreSQL can keep its plan.

    To plan it takes longer than to run it. A plan that is kept knows no values, and must know the
    place: the queue is read in order where much of it lies below, and by place where little does.
    """
    return statement.replace("%(below)s", prepared.literal(f"{place}%"))


@cache
def _told(has_only_verified: bool, lacks: tuple[str, ...], at_last: bool) -> str:
    """The same with its audit entry: four ways to the server and back become one, and whoever
    waits for the same rows waits that much less."""
    with transaction.atomic():  # SKIP LOCKED cannot be compiled outside
        statement = _statement(has_only_verified, lacks, at_last)
    entry = audit.insert_from(
        "taken",
        "review.claimed",
        subject=Review,
        at="claimed_at",
        by="claimed_by_id",
        claim_no="claim_no",
    )
    return f"WITH taken AS ({statement}), told AS ({entry}) SELECT id, kind, claim_no FROM taken"  # noqa: S608


@cache
def _statement(has_only_verified: bool, lacks: tuple[str, ...], at_last: bool) -> str:
    """SQL that takes the next row, with a name for each value of a verifier and a moment.

    The choice is written in the words of the models; compiling it takes longer than running it,
    so that is done once.
    """
    nobody = stand_in.user((has_only_verified, lacks))
    rows = Review.objects.open_to(nobody).in_turn_for(nobody, NEVER)
    # What is kept for them they may judge, as far as that was asked when it was kept. Another
    # post may be active by now, that is asked.
    kept = Review.objects.visible_to(nobody).exclude(captured_by=nobody).coming_to(nobody)
    rows, kept = rows.fit_for(nobody), kept.fit_for(nobody)
    empty_handed = ""
    if not at_last:
        rows, kept = rows.not_put_back_by(nobody), kept.not_put_back_by(nobody)
        # In the order of an index that has all of it. Only asked whether there is any, a plan that
        # does not know the verifier would look through the table for the first.
        held = Review.objects.held_by(nobody, NEVER).order_by("-lease_until")
        empty_handed = f"AND ({_named(held[:1])}) IS NULL "
    # The second choice is made only when there is nothing to be had of the first.
    return (
        "UPDATE registration_review SET claim_no = claim_no + 1, claimed_by_id = %(user)s, "  # noqa: S608
        "claimed_at = %(now)s, lease_until = %(until)s, "
        # Whoever takes what another has reserved ends that.
        "kept_for_id = CASE WHEN reserved_at IS NULL THEN kept_for_id END, "
        "kept_until = CASE WHEN reserved_at IS NULL THEN kept_until END, reserved_at = NULL "
        f"WHERE id = COALESCE(({_first_of(kept)}), ({_first_of(rows)})) {empty_handed}"
        "RETURNING id, kind, claim_no, claimed_by_id, claimed_at"
    )


def _first_of(rows: ReviewQuerySet) -> str:
    # SKIP LOCKED appears on PostgreSQL only; on SQLite the transaction is immediate.
    return _named(rows.free(NEVER).in_order().select_for_update(skip_locked=True)[:1])


def _named(rows: ReviewQuerySet) -> str:
    """Their ids, in SQL."""
    return prepared.named(*rows.values("pk").query.sql_with_params(), stand_in.NAMES)
