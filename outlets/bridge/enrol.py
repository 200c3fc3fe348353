"""Make a key on this PC and register its public half with a one-time code."""

import base64
import json
import socket
import urllib.error
import urllib.request
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from outlets.bridge import AGENT, key
from outlets.bridge.key import Enrolment

TIMEOUT: Final = 10.0
LONGEST_ANSWER: Final = 65536
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class EnrolmentFailed(Exception):
    """The text says in one line why, fit for the person at the keyboard."""


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


def enrol(code: str, *, portal: str, folder: Path, sam_id: str | None) -> Enrolment:
    """Raises EnrolmentFailed. The key is saved only when the portal has accepted it."""
    try:
        url = f"{origin_of(portal)}/api/bridges/enrol/"
    except ValueError:
        raise EnrolmentFailed("平台网址不对，应当像 https://shiming.example.cn") from None
    try:
        key.prepare(folder)
    except OSError:
        raise EnrolmentFailed(f"写不进文件夹 {folder}，请换一个（--state）或检查权限") from None
    private = Ed25519PrivateKey.generate()
    public = key.public_bytes(private)
    question = {
        "code": code.strip(),
        "public_key": base64.b64encode(public).decode(),
        "agent": AGENT,
        "host": socket.gethostname(),
        "sam_id": sam_id,
    }
    answer = _post(url, question)
    outlet, origin = answer.get("outlet"), answer.get("origin")
    if answer.get("kid") != key.key_id(public) or not isinstance(outlet, str):
        raise EnrolmentFailed("平台的回答看不懂，请检查网址是不是实名平台")
    try:
        origin = origin_of(str(origin))
        enrolment = Enrolment(folder, private, key.key_id(public), outlet, origin)
        key.save(enrolment)
    except ValueError:
        raise EnrolmentFailed("平台的回答里没有网页来源，请联系管理员") from None
    except OSError:
        raise EnrolmentFailed(f"平台已登记，但写不进 {folder}；请换一个登记码再来") from None
    return enrolment


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


def _post(url: str, question: dict[str, Any]) -> dict[str, Any]:
    handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
    if is_loopback(url):
        handlers.append(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(  # noqa: S310 (origin_of let http and https through only)
        url,
        data=json.dumps(question).encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json"},
    )
    where = origin_of(url)
    try:
        status, body = _exchange(urllib.request.build_opener(*handlers), request)
    except (OSError, HTTPException, ValueError):
        raise EnrolmentFailed(f"连不上平台 {where}，请检查网址和网络") from None
    answer = _json(body)
    if status == 201:
        return answer
    if 400 <= status < 500 and isinstance(answer.get("error"), str):
        raise EnrolmentFailed(" ".join(answer["error"].split()))
    raise EnrolmentFailed(_unexpected(where, status))


def _exchange(
    opener: urllib.request.OpenerDirector, request: urllib.request.Request
) -> tuple[int, bytes]:
    try:
        with opener.open(request, timeout=TIMEOUT) as response:
            return response.status, response.read(LONGEST_ANSWER)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(LONGEST_ANSWER)


def _unexpected(where: str, status: int) -> str:
    if 300 <= status < 400:
        return f"平台 {where} 转到了别的网址，请用浏览器里看到的网址（例如 https）"
    if status >= 500:
        return f"平台 {where} 出错（{status}），请稍后再试"
    return f"{where} 没有登记接口（{status}），请检查网址是不是实名平台"


def _json(body: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
