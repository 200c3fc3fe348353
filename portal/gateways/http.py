"""The HTTP that all gateways share: JSON, bearer token, idempotency key, short timeouts.

Bodies hold names and numbers of people. They are posted, never put into a URL (every proxy
and httpx itself log URLs), and the errors that leave this module do not carry the request,
not even as `__context__`: error reporters print the whole chain.
"""

import re
import ssl
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import httpx

from portal.gateways import Rejected, Unavailable

CONNECT_SECONDS = 2.0

# The reply got lost on the way; the request may have been carried out.
LOST = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)

# These say "not now" or "fix your settings", nothing about the business: they can be retried.
NOT_BUSINESS = {401, 403, 407, 408, 425, 429}

CODE = re.compile(r"[a-z][a-z0-9_]{0,49}")


class Connection:
    """A pool of kept-alive connections to one system. Safe to share between threads."""

    def __init__(self, url: str, token: str, timeout: float) -> None:
        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            timeout=httpx.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS)),
            # Personal data does not take a detour over a proxy that happens to be in the
            # environment. A private CA still works: OpenSSL itself reads SSL_CERT_FILE.
            trust_env=False,
            verify=ssl.create_default_context(),
        )

    def get(self, path: str, params: Mapping[str, str | int]) -> dict[str, Any]:
        """`params` end up in logs: nothing about a person belongs there."""
        return self._ask(self._client.build_request("GET", path, params=dict(params)))

    def post(self, path: str, body: Mapping[str, str], key: str) -> dict[str, Any]:
        """The same `key` may be sent any number of times and takes effect once."""
        headers = {"Idempotency-Key": key}
        return self._ask(self._client.build_request("POST", path, json=dict(body), headers=headers))

    def _ask(self, request: httpx.Request) -> dict[str, Any]:
        reply = self._send(request)
        answer = _json_object(reply)
        if reply.is_success:
            if answer is None:
                raise Unavailable("not_json")
            return answer
        if reply.is_client_error and reply.status_code not in NOT_BUSINESS and answer:
            code = answer.get("code")
            if isinstance(code, str) and CODE.fullmatch(code):
                raise Rejected(code, str(answer.get("text", ""))[:200])
        raise Unavailable(f"http_{reply.status_code}")

    def _send(self, request: httpx.Request) -> httpx.Response:
        """Ask again at once, and only once, when the reply was lost: the key makes that safe,
        and a clerk who clicks again would come with a new key and meet his own reservation."""
        for _ in range(2):
            try:
                return self._client.send(request)
            except LOST:
                reason = "lost"
            except httpx.TimeoutException:
                reason = "timeout"
                break
            except httpx.RequestError:
                reason = "no_connection"
                break
        # Raised out here so that httpx's error, which holds the request, is not its context.
        raise Unavailable(reason)


@cache
def connection(url: str, token: str, timeout: float) -> Connection:
    """One a process and system; made at the first call, so after any fork."""
    return Connection(url, token, timeout)


def text(answer: Mapping[str, Any], field: str, pattern: str) -> str:
    """The string in `field`, if all of it matches; otherwise `Unavailable`."""
    value = answer.get(field)
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise Unavailable("schema")
    return value


def number(answer: Mapping[str, Any], field: str, least: float, most: float) -> float:
    """The number in `field`, if it lies between these; otherwise `Unavailable`."""
    value = answer.get(field)
    # A bool is an int to Python; NaN, which our JSON reads, is between nothing.
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
        raise Unavailable("schema")
    return float(value)


def moment(answer: Mapping[str, Any], field: str) -> datetime:
    """The aware time in `field` (ISO 8601 with an offset); otherwise `Unavailable`."""
    value = text(answer, field, r"[0-9T:.Z+-]{1,40}")
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Unavailable("schema")
    return at


def _json_object(reply: httpx.Response) -> dict[str, Any] | None:
    try:
        answer = reply.json()
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
