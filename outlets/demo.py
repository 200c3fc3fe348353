"""The demo's organisation: an operator, provinces, shops and staff, all of them made up."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from outlets.models import Channel, Outlet, Post, Tier
from outlets.services import channel as channels
from outlets.services import outlet as outlets
from outlets.services import staff
from portal.models import User
from portal.services import audit

HEAD = "DEMO"
COUNTER = "YB-CS-01"  # where the demo's reader stands
PASSWORD = "yanshi-2026"  # noqa: S105 (printed for everybody at every start)

NODES = (
    # parent, kind, code, name
    ("", Channel.Kind.HEAD, HEAD, "示例移动"),
    (HEAD, Channel.Kind.PROVINCE, "JIA", "甲省公司"),
    ("JIA", Channel.Kind.CITY, "YB", "样本市公司"),
    ("YB", Channel.Kind.DISTRICT, "YB-CS", "测试区"),
    ("YB", Channel.Kind.DISTRICT, "YB-YS", "演示区"),
    ("JIA", Channel.Kind.CITY, "SL", "示例市公司"),
    ("SL", Channel.Kind.DISTRICT, "SL-FL", "范例县"),
    (HEAD, Channel.Kind.PROVINCE, "YI", "乙省公司"),
    ("YI", Channel.Kind.CITY, "MB", "模板市公司"),
    ("MB", Channel.Kind.DISTRICT, "MB-XG", "虚构区"),
    (HEAD, Channel.Kind.PROVINCE, "BING", "丙省公司"),
    ("BING", Channel.Kind.CITY, "JD", "假定市公司"),
)


@dataclass(frozen=True)
class Shop:
    """``busy``: share of the customers; ``careless``: share of the work that comes back."""

    parent: str
    code: str
    tier: Tier
    name: str
    address: str
    clerk: str
    clerk_name: str
    busy: int
    careless: float


OWN, PARTNER, FRANCHISE, AGENT, ENDPOINT = Tier
SHOPS = (
    Shop("YB-CS", COUNTER, OWN, "测试路营业厅", "测试路1号", "clerk", "钱柜样", 18, 0.08),
    Shop("YB-CS", "YB-CS-02", PARTNER, "样本合作厅", "样本街8号", "duo", "孙两岗", 12, 0.1),
    Shop("YB-CS", "YB-CS-03", FRANCHISE, "新样专营店", "样本街21号", "clerk2", "李店样", 14, 0.2),
    Shop("YB-CS", "YB-CS-04", AGENT, "便民代理点", "测试路77号", "clerk4", "周代样", 12, 0.35),
    Shop("YB-CS-04", "YB-CS-05", ENDPOINT, "便民二部", "测试巷3号", "clerk5", "吴末样", 8, 0.5),
    Shop("YB-YS", "YB-YS-01", OWN, "演示大道厅", "演示大道1号", "clerk6", "郑柜样", 11, 0.05),
    Shop("YB-YS", "YB-YS-02", FRANCHISE, "演示专营店", "演示街9号", "clerk7", "王店样", 8, 0.18),
    Shop("YB-YS", "YB-YS-03", ENDPOINT, "样品报刊亭", "演示公园", "clerk8", "冯亭样", 9, 0.6),
    Shop("SL", "SL-01", OWN, "示例旗舰厅", "示例广场1号", "clerk9", "陈柜样", 10, 0.04),
    Shop("SL-FL", "SL-FL-01", PARTNER, "范例合作厅", "范例街5号", "clerk10", "褚合样", 6, 0.12),
    Shop("SL-FL", "SL-FL-02", AGENT, "模型村代理点", "模型村口", "clerk11", "卫代样", 5, 0.25),
    Shop("MB-XG", "MB-XG-01", OWN, "虚构路营业厅", "虚构路2号", "clerk12", "蒋柜样", 8, 0.08),
    Shop("MB-XG", "MB-XG-02", ENDPOINT, "杜撰便利店", "杜撰路66号", "clerk13", "沈便样", 4, 0.35),
    Shop("JD", "JD-01", FRANCHISE, "假定专营店", "假定路12号", "clerk14", "韩店样", 7, 0.15),
)
SUSPENDED = "YB-YS-03"


@dataclass(frozen=True)
class Account:
    """Somebody whom a visitor may be; ``role`` is held at the node with code ``at``."""

    username: str
    name: str
    role: Post.Role
    at: str
    days: int | None = None


# In this order they are printed. The first one begins: only the administrator appoints.
ACCOUNTS = (
    Account("admin", "赵管样", Post.Role.ADMINISTRATOR, HEAD),
    Account("clerk", "钱柜样", Post.Role.CLERK, COUNTER),
    Account("clerk2", "李店样", Post.Role.CLERK, "YB-CS-03"),
    Account("verifier", "杨审样", Post.Role.VERIFIER, "JIA"),
    Account("verifier2", "朱审样", Post.Role.VERIFIER, "JIA"),
    Account("duo", "孙两岗", Post.Role.CLERK, "YB-CS-02"),
    Account("duo", "孙两岗", Post.Role.VERIFIER, "JIA"),
    Account("manager", "秦经样", Post.Role.MANAGER, "YB-CS"),
    Account("head", "尤总样", Post.Role.MANAGER, HEAD),
    Account("privacy", "许护样", Post.Role.PRIVACY, HEAD),
    Account("inspector", "何检样", Post.Role.INSPECTOR, "JIA", days=60),
)


# The rest of the staff works behind the scenes.
OTHERS = (
    Account("verifier3", "严审样", Post.Role.VERIFIER, "YI"),
    Account("verifier4", "华审样", Post.Role.VERIFIER, "BING"),
)


@dataclass
class Organisation:
    """What was built, by code and by account name."""

    channels: dict[str, Channel] = field(default_factory=dict)
    outlets: dict[str, Outlet] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)

    def as_(self, username: str, role: str) -> User:
        """The user with this post active, as a request would have it."""
        user = User.objects.get(pk=self.users[username].pk)
        user.post = Post.objects.select_related("channel").get(user=user, role=role)
        return user


@transaction.atomic
def build(*, now: datetime) -> Organisation:
    """The whole organisation, as its administrator would have set it up at ``now``."""
    built = Organisation()
    for parent, kind, code, name in NODES:
        above = built.channels[parent] if parent else None
        by = built.users.get("admin")
        built.channels[code] = channels.add(above, kind=kind, name=name, code=code, by=by, now=now)
        if not above:
            _appoint(built, ACCOUNTS[0], now=now)
    for number, shop in enumerate(SHOPS, start=1):
        outlet = _open(built, shop, number, now=now)
        built.outlets[shop.code] = outlet
        built.channels[shop.code] = outlet.channel
    for account in (*ACCOUNTS[1:], *OTHERS, *_other_clerks()):
        _appoint(built, account, now=now)
    return built


def suspend(built: Organisation, *, now: datetime) -> None:
    """One shop has gone too far."""
    outlets.suspend(
        built.outlets[SUSPENDED],
        reason="抽查发现多张影像无法辨认，停业整改（演示）",
        by=built.users["head"],
        now=now,
    )


def is_loaded() -> bool:
    return bool(Channel.objects.filter(code=HEAD).exists())


def _open(built: Organisation, shop: Shop, number: int, *, now: datetime) -> Outlet:
    parent = built.channels[shop.parent]
    sub_agent = parent.kind == Channel.Kind.OUTLET
    return outlets.add(
        parent,
        name=shop.name,
        code=shop.code,
        tier=shop.tier,
        agent_code=f"DEMO{number:04d}",
        address=f"样本地址 {shop.address}",
        licence=f"SPECIMEN-{number:04d}",
        opens_at=time(9),
        closes_at=time(21),
        by=built.users["admin"],
        now=now,
        authorised_by="赵管样" if sub_agent else "",
        authorised_date=(now - timedelta(days=200)).date() if sub_agent else None,
        authorisation="演示授字第 5 号" if sub_agent else "",
    )


def _other_clerks() -> Iterator[Account]:
    named = {account.username for account in ACCOUNTS}
    for shop in SHOPS:
        if shop.clerk not in named:
            yield Account(shop.clerk, shop.clerk_name, Post.Role.CLERK, shop.code)


def _appoint(built: Organisation, account: Account, *, now: datetime) -> None:
    admin = built.users.get("admin")
    user = built.users.get(account.username)
    if user is None:
        # One hash for all: it is one password, and hashing it for everybody takes seconds.
        hashed = admin.password if admin else make_password(PASSWORD)
        user = User.objects.create(username=account.username, name=account.name, password=hashed)
        built.users[account.username] = user
        audit.record("user.invited", subject=user, by=admin, now=now)
    staff.appoint(
        user,
        channel=built.channels[account.at],
        role=account.role,
        by=admin,
        now=now,
        until=timezone.localdate(now) + timedelta(days=account.days) if account.days else None,
    )
