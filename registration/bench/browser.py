"""What a browser does to the site over HTTP, behind the TLS proxy: cookies, forms, trying again."""

import html
import re
import time
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import httpx

from registration.bench.people import PASSWORD

PAUSE = 0.3
JSON = "application/json"


class GaveUp(Exception):
    """No answer in all the time there was; the text is the address."""


class Refused(Exception):
    """The site said no: its status and its first words, which hold nothing of a person."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        super().__init__(f"{answer.request.url.path}: {answer.status_code} {answer.text[:200]}")


class Browser:
    """One person's browser. A dead or overloaded site is asked again until ``deadline``."""

    def __init__(self, address: str, origin: str, *, deadline: float) -> None:
        self.address, self.origin, self.deadline = address, origin, deadline
        # The server hangs up after two seconds; who speaks at that moment hears nothing.
        kept = httpx.Limits(keepalive_expiry=1)
        self.client = httpx.Client(timeout=60, trust_env=False, limits=kept)
        # By hand: what is secure travels here as from the proxy to the site, without TLS.
        self.cookies: dict[str, str] = {}
        self.failures = 0

    def close(self) -> None:
        self.client.close()

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        """Raises Refused."""
        self.get("/account/login/")
        said = {"username": username, "password": password}
        answer = self.send("/account/login/", said, accept="text/html")
        if answer.status_code != 302:
            raise Refused(answer)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self._ask("GET", path, headers=headers)

    def send(
        self,
        path: str,
        data: dict[str, Any] | None = None,
        *,
        accept: str = JSON,
        quiet: bool = False,
        **how: Any,
    ) -> httpx.Response:
        """POST; whatever the site answers. ``quiet``: nobody touched the page."""
        headers = {
            "Accept": accept,
            "Referer": self.origin + path,
            "X-CSRFToken": self.cookies.get("csrftoken", ""),
        } | ({"HX-Polling": "1"} if quiet else {})
        return self._ask("POST", path, data=data, headers=headers, **how)

    def post(self, path: str, data: dict[str, Any] | None = None, **how: Any) -> httpx.Response:
        """POST; raises Refused unless it was done."""
        answer = self.send(path, data, **how)
        if answer.status_code >= 400:
            raise Refused(answer)
        return answer

    def _ask(
        self, method: str, path: str, *, headers: dict[str, str], **how: Any
    ) -> httpx.Response:
        origin = urlsplit(self.origin)
        headers = headers | {
            "Host": origin.netloc,
            "X-Forwarded-Proto": origin.scheme,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        while True:
            try:
                answer = self.client.request(method, self.address + path, headers=headers, **how)
                if answer.status_code < 500:
                    self._keep(answer)
                    return answer
            except httpx.HTTPError:
                pass
            self.failures += 1
            if time.monotonic() > self.deadline:
                raise GaveUp(path)
            time.sleep(PAUSE)

    def _keep(self, answer: httpx.Response) -> None:
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value


def inputs(page: str, name: str) -> list[str]:
    """The values of the fields with this name on a page."""
    fields: list[str] = re.findall(r"<input[^>]*>", page)
    found = []
    for each in fields:
        if f'name="{name}"' in each:
            value = re.search(r'value="([^"]*)"', each)
            found.append(html.unescape(value[1]) if value else "")
    return found
