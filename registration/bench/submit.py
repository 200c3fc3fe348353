"""The rows of one submit through the product's models, against the same rows by plain psycopg.

In both: one application in which nothing is found, two identities with their parties, the pictures,
the consents, the facts that the rules judged and the audit entries, in one transaction. Ours
encrypts, makes the blind indexes and goes through the models and ``audit.record``; the floor writes
tokens that were made before, with a statement for each table. Facts are gathered once before.

At the counter parties and pictures come one by one, each by a request of its own; here nobody waits
for them, so in both they are a statement for each table. Every verb is the product's.
"""

import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

import psycopg
from django.db import models, transaction
from django.utils import timezone
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from outlets.bridge.people import PEOPLE
from outlets.services.reader import SignedRead
from portal import prepared
from portal.models import AuditEntry
from portal.services import audit
from registration import flow
from registration.bench import crew, seed
from registration.bench.crew import Hands, Shift
from registration.bench.figures import Run
from registration.bench.rounds import Size
from registration.models import (
    Application,
    Challenge,
    Consent,
    Identity,
    Judgement,
    Party,
    Photo,
    Role,
)
from registration.rules.facts import Facts
from registration.rules.service import NEW_MOBILE
from registration.services import check, consent, identity, line

CLIENTS = 1
ROWS = 400  # submits in a round
ROUNDS = 5
KINDS = ("id_front", "id_back", "proxy_id_front", "proxy_id_back", "letter", "signature")
ROLES = (Role.HOLDER, Role.PROXY)
ENVELOPE = "e" * 780  # as long as a signed read


@dataclass(frozen=True)
class Counter:
    shop: seed.Shop
    read: SignedRead
    first: int  # the first challenge of the round
    most: int
    now: datetime
    given: Facts | None = None  # what the rules judge
    texts: consent.Texts = ()  # what is signed

    def challenges(self, place: int) -> Iterator[int]:
        """The ids that belong to one client: two for every submit."""
        each = 2 * (self.most + crew.WARM)
        return iter(range(self.first + place * each, self.first + (place + 1) * each))


def measure(size: Size) -> list[Run]:
    clients, rows = size.clients or CLIENTS, size.rows or ROWS
    counter = ready(max(1, rows // clients), now=timezone.now())
    template = _template(counter)
    pairs = size.pairs(
        partial(_round, counter, clients, ours),
        partial(_round, counter, clients, partial(floor, template)),
        rounds=ROUNDS,
    )
    return [Run.of(pairs, clients=clients, rows=rows)]


def ready(most: int, *, now: datetime) -> Counter:
    """A counter that is about to hand in; ``most``: how often each client does in a round."""
    shop = seed.shop(now=now)
    person = PEOPLE["wang"]
    read = SignedRead(
        shop.bridge,
        ENVELOPE,
        "",
        0,
        "05.01-SPECIMEN",
        "serial",
        "chip",
        "resident",
        now,
        "0.2.0",
        {"block": person.block(), "wlt": person.photo()},
    )
    return _informed(Counter(shop, read, 0, most, now))


def _round(counter: Counter, clients: int, prepare: Any) -> Shift:
    count = 2 * clients * (counter.most + crew.WARM)
    counter = replace(counter, first=ask_for_reads(counter, count))
    return crew.work(clients, partial(prepare, counter), most=counter.most)


def ask_for_reads(counter: Counter, count: int) -> int:
    shop = counter.shop
    made = Challenge.objects.bulk_create(
        Challenge(
            nonce=secrets.token_urlsafe(32),
            application=shop.application,
            role=Role.HOLDER,
            clerk=shop.clerk,
            session_hash="0" * 64,
            outlet=shop.outlet,
            expires_at=counter.now,
        )
        for _ in range(count)
    )
    return made[0].pk


def ours(counter: Counter, place: int) -> Hands:
    ids = counter.challenges(place)
    return Hands(lambda: submit(counter, [*islice(ids, len(ROLES))]))


@prepared.throughout()
@transaction.atomic
def submit(counter: Counter, challenges: list[int]) -> int:
    shop, now = counter.shop, counter.now
    assert counter.given  # noqa: S101 - gathered before the first round
    application, signature = _hand_over(counter, challenges)
    consent.sign(application, signature, counter.texts, {"face": True}, by=shop.clerk, now=now)
    check.keep(application, counter.given, [], now=now)
    audit.record("application.submitted", subject=application, by=shop.clerk, now=now, round=1)
    return application.pk


def _informed(counter: Counter) -> Counter:
    """With what is the same of every such application."""
    first = ask_for_reads(counter, len(ROLES))
    application, _signature = _hand_over(counter, [*range(first, first + len(ROLES))])
    given = flow.facts(application, now=counter.now)
    return replace(counter, given=given, texts=consent.due(application, now=counter.now))


def _hand_over(counter: Counter, challenges: list[int]) -> tuple[Application, Photo]:
    """The application with who was read and what was photographed, the signature last."""
    shop, now = counter.shop, counter.now
    number = f"17{challenges[0]:09d}"
    application = Application.objects.create(
        outlet=shop.outlet,
        channel_path=shop.outlet.channel.path,
        service=NEW_MOBILE.code,
        status=Application.Status.SUBMITTED,
        clerk=shop.clerk,
        made_at=now,
        touched_at=now,
        submitted_at=now,
        submit_key=uuid.uuid4(),
        round=1,
        number=number,
        number_index=line.index(number),
        iccid=f"8986{challenges[0]:015d}",
        holder_kind="proxy",
        confirmed_at=now,
    )
    parties = []
    for role, challenge in zip(ROLES, challenges, strict=True):
        asked = Challenge(pk=challenge, outlet=shop.outlet)
        read = replace(counter.read, counter=challenge)
        person = identity.store(read, identity.open_read(read), asked, now=now)
        parties.append(Party(application=application, identity=person, role=role))
    Party.objects.bulk_create(parties)
    pictures = Photo.objects.bulk_create(
        Photo(
            application=application,
            kind=kind,
            status=Photo.Status.READY,
            source=Photo.Source.CAMERA,
            sha256="0" * 64,
            original="0" * 38,
            view="1" * 38,
            taken_at=now,
            taken_by=shop.clerk,
        )
        for kind in KINDS
    )
    return application, pictures[-1]


# The rows of one of our submits as they lie in the tables, without their ids.
Template = dict[type[models.Model], list[dict[str, Any]]]


def _template(counter: Counter) -> Template:
    first = ask_for_reads(counter, len(ROLES))
    pk = submit(counter, [*range(first, first + len(ROLES))])
    connection = seed.connect()
    where: dict[type[models.Model], str] = {
        Application: f"id = {pk}",
        Identity: f"challenge_id >= {first}",
        Party: f"application_id = {pk}",
        Photo: f"application_id = {pk}",
        Consent: f"application_id = {pk}",
        Judgement: f"application_id = {pk}",
        AuditEntry: f"subject_type = 'registration.application' AND subject_id = {pk}",
    }
    rows = {model: _rows(connection, model, where[model]) for model in where}
    connection.close()
    return rows


def _rows(
    connection: psycopg.Connection, model: type[models.Model], where: str
) -> list[dict[str, Any]]:
    names = ", ".join(
        f'"{field.column}"' for field in model._meta.concrete_fields if not field.primary_key
    )
    found = connection.cursor(row_factory=dict_row).execute(
        f"SELECT {names} FROM {model._meta.db_table} WHERE {where} ORDER BY id"  # noqa: S608
    )
    return [
        {
            name: Jsonb(value) if isinstance(value, dict | list) else value
            for name, value in row.items()
        }
        for row in found
    ]


def _insertion(model: type[models.Model], rows: list[dict[str, Any]]) -> str:
    names = ", ".join(f'"{name}"' for name in rows[0])
    one = f"({', '.join(['%s'] * len(rows[0]))})"
    return (
        f"INSERT INTO {model._meta.db_table} ({names}) "  # noqa: S608
        f"VALUES {', '.join([one] * len(rows))} RETURNING id"
    )


def floor(template: Template, counter: Counter, place: int) -> Hands:
    connection = seed.connect()
    ids = counter.challenges(place)
    texts = {model: _insertion(model, rows) for model, rows in template.items()}

    def insert(model: type[models.Model], *changes: dict[str, Any]) -> list[int]:
        rows = [row | new for row, new in zip(template[model], changes, strict=True)]
        values = [value for row in rows for value in row.values()]
        return [pk for (pk,) in connection.execute(texts[model], values).fetchall()]

    def once() -> int:
        challenges = [*islice(ids, len(ROLES))]
        with connection.transaction():
            keys = {
                "number_index": f"{challenges[0]:064d}",
                "iccid": f"8986{challenges[0]:015d}",
                "submit_key": uuid.uuid4(),
            }
            [pk] = insert(Application, keys)
            people = insert(Identity, *({"challenge_id": pk, "counter": pk} for pk in challenges))
            insert(Party, *({"application_id": pk, "identity_id": each} for each in people))
            *_others, signature = insert(Photo, *({"application_id": pk} for _ in KINDS))
            mine = {"application_id": pk}
            consents = mine | {"signature_id": signature}
            insert(Consent, *(consents for _ in template[Consent]))
            insert(Judgement, mine)
            insert(AuditEntry, *({"subject_id": pk} for _ in template[AuditEntry]))
        return pk

    return Hands(once)
