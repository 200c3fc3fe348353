"""How the tests of the manager's pages ask for them and read them."""

import re
from datetime import date, timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from outlets.models import Channel
from tests.cast import Cast
from tests.registration.work import RETURN, at, done


def today() -> date:
    return timezone.localdate()


def earlier(days: int = 1) -> date:
    return today() - timedelta(days=days)


def url(name: str, node: Channel, **query: object) -> str:
    return reverse(name, args=[node.pk], query={key: str(value) for key, value in query.items()})


def shown(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    content: bytes = response.getvalue()
    return content.decode()


def names(page: str) -> list[str]:
    """The heads of the table's rows, in order; what stands below it is another table."""
    page = page.partition('id="shots-title"')[0]
    body = page[page.rindex("<tbody>") :]
    cells = re.findall(r'<th scope="row">(.*?)</th>', body, re.DOTALL)
    return [re.sub(r"<[^>]+>", " ", cell).split()[0] for cell in cells]


def busy(cast: Cast) -> Cast:
    """The cast, with work that was done yesterday."""
    done(cast, at(9, day=earlier()), minutes=10)
    done(cast, at(10, day=earlier()), RETURN, minutes=30)
    done(cast, at(11, day=earlier()), RETURN, outlet=cast.hall, minutes=5)
    done(cast, at(12, day=earlier()), outlet=cast.sister)
    return cast
