"""Calls from this PC to the portal: one JSON question by POST, one JSON answer."""

import json
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPMessage
from typing import IO, Any, Final
from urllib.parse import urlsplit

TIMEOUT: Final = 10.0
LONGEST_ANSWER: Final = 65536
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class Unreachable(Exception):
    """There was no answer of the portal's; the text says in one line why. Asking again may help."""


class Refused(Exception):
    """The portal said no, in a sentence of its own."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        super().__init__(text)


def origin_of(url: str) -> str:
    """The origin that a browser sends for a page of this address; ValueError if it is none."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("not an http address")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    standard = 443 if parts.scheme == "https" else 80
    port = "" if parts.port in (None, standard) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def is_loopback(origin: str) -> bool:
    return urlsplit(origin).hostname in LOOPBACK


def is_same_loopback(one: str, other: str) -> bool:
    """Whether two origins are the same port of this PC under two names."""
    first, second = urlsplit(one), urlsplit(other)
    same = (first.scheme, first.port) == (second.scheme, second.port)
    return same and is_loopback(one) and is_loopback(other)


def opener(origin: str, *handlers: urllib.request.BaseHandler) -> urllib.request.OpenerDirector:
    """By the system's proxy, but for a portal on this very PC."""
    if is_loopback(origin):
        handlers = (*handlers, urllib.request.ProxyHandler({}))
    return urllib.request.build_opener(*handlers)


def post(origin: str, path: str, question: dict[str, Any]) -> dict[str, Any]:
    """The answer's facts, {} if it is not an object. Raises Unreachable, Refused."""
    request = urllib.request.Request(  # noqa: S310 (origin_of let http and https through only)
        origin + path,
        data=json.dumps(question).encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json"},
    )
    try:
        status, body = _exchange(opener(origin, _NoRedirect()), request)
    except (OSError, HTTPException, ValueError):
        raise Unreachable(f"连不上平台 {origin}，请检查网址和网络") from None
    answer = _json(body)
    if status in (200, 201):
        return answer
    if 400 <= status < 500 and isinstance(answer.get("error"), str):
        raise Refused(status, " ".join(answer["error"].split()))
    raise Unreachable(_unexpected(origin, status))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST would lose its body; better to say that the address is wrong."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        return None


def _exchange(
    way: urllib.request.OpenerDirector, request: urllib.request.Request
) -> tuple[int, bytes]:
    try:
        with way.open(request, timeout=TIMEOUT) as response:
            return response.status, response.read(LONGEST_ANSWER)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(LONGEST_ANSWER)


def _unexpected(origin: str, status: int) -> str:
    if 300 <= status < 400:
        return f"平台 {origin} 转到了别的网址，请用浏览器里看到的网址（例如 https）"
    if status >= 500:
        return f"平台 {origin} 出错（{status}），请稍后再试"
    return f"{origin} 没有这个接口（{status}），请检查网址是不是实名平台"


def _json(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}
