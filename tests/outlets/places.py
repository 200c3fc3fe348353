"""More of the cast for the organisation's tests: outlets by the dozen, visitors, query counts."""

from datetime import date

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from outlets.models import Channel, Outlet, Tier
from outlets.services import outlet as outlets
from tests.cast import Cast

WHO, WHEN, DOCUMENT = "甲省公司渠道部", date(2026, 1, 5), "授字〔2026〕001号"


def sub_agent(cast: Cast, parent: Channel) -> Outlet:
    """A selling point below an outlet, with its authorisation."""
    code = f"S{parent.pk}"
    return outlets.add(
        parent,
        name=f"下级代理{code}",
        code=code,
        tier=Tier.ENDPOINT,
        agent_code=f"DL{code}",
        address="示例省样本市测试路3号",
        by=None,
        now=cast.now,
        authorised_by=WHO,
        authorised_date=WHEN,
        authorisation=DOCUMENT,
    )


def authorised(cast: Cast, outlet: Outlet) -> Outlet:
    outlets.authorise(outlet, who=WHO, when=WHEN, document=DOCUMENT, by=cast.manager, now=cast.now)
    return outlet


def outlets_below(cast: Cast, parent: Channel, number: int, batch: int = 0) -> list[Outlet]:
    """Many outlets at once; ``batch`` keeps the codes of two calls apart."""
    return [
        outlets.add(
            parent,
            name=f"样本小店{serial}",
            code=f"M{parent.pk}-{batch}-{serial}",
            tier=Tier.ENDPOINT,
            agent_code=f"DLM{parent.pk}-{batch}-{serial}",
            address="示例省样本市测试路4号",
            by=None,
            now=cast.now,
        )
        for serial in range(number)
    ]


def visitors(cast: Cast) -> dict[str, Client]:
    """Somebody of each kind, all signed in but the last."""
    return {
        "in scope": cast.signed_in(cast.manager),
        "above": cast.signed_in(cast.head_manager),
        "sister": cast.signed_in(cast.sister_manager),
        "clerk": cast.signed_in(cast.clerk),
        "signed out": Client(),
    }


def queries(client: Client, url: str) -> int:
    """How many queries a page costs, once the session has been written."""
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)
