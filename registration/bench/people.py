"""Who works on a game day: clerks with a counter PC each, verifiers, and everybody who logs in at
nine. All of them made up."""

from dataclasses import dataclass
from datetime import time
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from outlets.models import Channel, Outlet, Post, Tier
from outlets.services import channel as channels
from outlets.services import outlet as outlets
from portal.models import User
from registration.bench import seed
from registration.models import Application
from registration.services import application as applications
from registration.services import review

PASSWORD = "样本-Gameday-2026"  # noqa: S105 - of people who do not exist


@dataclass(frozen=True)
class Clerk:
    """``key`` is the raw private key of the counter PC."""

    username: str
    outlet: int
    key: bytes
    kid: str


@dataclass(frozen=True)
class People:
    """``crowd``: verifiers who log in and only leave a page open."""

    clerks: list[Clerk]
    verifiers: list[str]
    crowd: list[str]
    manager: str = "m0"


def build(clerks: int, verifiers: int, crowd: int, queued: int) -> People:
    """In an empty database. ``queued`` cases wait at the desk already; they have no papers and can
    only be sent back."""
    now = timezone.now()
    head = channels.add(None, kind="head", name="示例移动", code="HQ", by=None, now=now)
    province = channels.add(head, kind="province", name="甲省", code="A", by=None, now=now)
    password = make_password(PASSWORD)
    # What waits was handed in somewhere.
    counters = [_counter(province, place, password) for place in range(max(clerks, queued > 0))]
    desk = _staff("v", verifiers, province, Post.Role.VERIFIER, password)
    everybody = _staff("n", crowd, province, Post.Role.VERIFIER, password)
    _staff("m", 1, province, Post.Role.MANAGER, password)
    for _case in range(queued):
        _queue(Outlet.objects.earliest("pk"), User.objects.get(username="c0"))
    return People(counters[:clerks], desk, everybody)


def _counter(province: Channel, place: int, password: str) -> Clerk:
    now = timezone.now()
    outlet = outlets.add(
        province,
        name=f"样本厅{place}",
        code=f"A{place}",
        tier=Tier.OWN_HALL,
        agent_code=f"A{place}",
        address="示例省样本市测试路2号",
        opens_at=time(0),  # round the clock
        closes_at=time(0),
        by=None,
        now=now,
    )
    [username] = _staff("c", 1, outlet.channel, Post.Role.CLERK, password, first=place)
    key = Ed25519PrivateKey.generate()
    bridge = seed.enrol(outlet, key, now=now)
    return Clerk(username, outlet.pk, key.private_bytes_raw(), bridge.kid)


def _staff(
    letter: str, count: int, channel: Channel, role: str, password: str, first: int = 0
) -> list[str]:
    names = [f"{letter}{place}" for place in range(first, first + count)]
    users = User.objects.bulk_create(
        User(username=name, name="样本职员", password=password) for name in names
    )
    today = timezone.localdate()
    Post.objects.bulk_create(
        Post(user=user, channel=channel, role=role, from_date=today) for user in users
    )
    return names


def _queue(outlet: Outlet, clerk: User) -> None:
    now = timezone.now()
    application = applications.start(outlet, by=clerk, now=now)
    rows = Application.objects.filter(pk=application.pk)
    said = {"submitted_at": now, "submit_key": uuid4(), "round": 1}
    rows.update(status=Application.Status.IN_REVIEW, **said)
    application.refresh_from_db()
    review.enqueue(application, now=now)
