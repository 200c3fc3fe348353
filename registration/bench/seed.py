"""What must be there before anything is measured: a shop, its clerk and its counter PC."""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from outlets.bridge import AGENT, key
from outlets.models import Bridge, Channel, Outlet, Post, Tier
from outlets.services import channel as channels
from outlets.services import outlet as outlets
from outlets.services import reader, staff
from portal.models import User
from registration.models import Application
from registration.services import application as applications


@dataclass(frozen=True)
class Shop:
    province: Channel
    outlet: Outlet
    clerk: User
    bridge: Bridge
    private_key: Ed25519PrivateKey
    application: Application  # a draft that asks for reads


def shop(*, now: datetime) -> Shop:
    kind = Channel.Kind
    head = channels.add(None, kind=kind.HEAD, name="示例移动", code="HQ", by=None, now=now)
    province = channels.add(head, kind=kind.PROVINCE, name="甲省", code="A", by=None, now=now)
    outlet = outlets.add(
        province, name="样本厅", code="A1", tier=Tier.OWN_HALL, agent_code="A1", by=None, now=now
    )
    outlet.refresh_from_db()
    clerk = User.objects.create(username="clerk", name="样本店员")
    staff.appoint(clerk, channel=outlet.channel, role=Post.Role.CLERK, by=None, now=now)
    private_key = Ed25519PrivateKey.generate()
    bridge = enrol(outlet, private_key, now=now)
    application = applications.start(outlet, by=clerk, now=now)
    return Shop(province, outlet, clerk, bridge, private_key, application)


def enrol(outlet: Outlet, private_key: Ed25519PrivateKey, *, now: datetime) -> Bridge:
    """A counter PC with this key, by a one-time code as any other."""
    return reader.enrol(
        code=reader.issue_code(outlet, by=None, now=now),
        public_key=base64.b64encode(key.public_bytes(private_key)).decode(),
        agent=AGENT,
        host="SPECIMEN",
        now=now,
    )


def run(statement: str, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def ask(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def connect() -> psycopg.Connection:
    """A plain connection to the database that Django uses: what the floors stand on.

    Nothing is prepared on it, as on Django's own, so that a pooler may stand before the server.
    """
    parameters = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    plain = {name: parameters[name] for name in names if parameters.get(name)}
    return psycopg.connect(**plain, autocommit=True, prepare_threshold=None)
