"""The emulator's control page: lay a card on the reader, take it away, break the reader.

GET /state -> {"person", "fault", "read", "reads", "fastest_poll_ms"}
POST /card {"person": KEY or null, "once": bool} · POST /fault {"fault": NAME, "seed": N} ->
the new state; the seed is for "random" and may be left out

Loopback only, and only for its own page: another site's page may not play with it.
"""

import json
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from outlets.bridge.emulator_desk import Desk
from outlets.bridge.emulator_fault import Fault
from outlets.bridge.people import PEOPLE

HOST: Final = "127.0.0.1"
LONGEST_BODY: Final = 4096
_PAGE: Final = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><link rel="icon" href="data:,">
<title>读卡器模拟器</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body{font:16px/1.6 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}
button{font:inherit;padding:.5rem 1rem;margin:.2rem;border:1px solid #888;border-radius:.4rem;
background:#fff;cursor:pointer}button[aria-pressed=true]{background:#0b5;color:#fff}
#now{padding:.8rem;background:#eee;border-radius:.4rem}
</style></head><body>
<h1>读卡器模拟器</h1>
<p>演示用。下面的人都是虚构的（样本）。</p>
<p id="now" role="status"></p>
<h2>把卡放到读卡器上</h2>
<p>%(people)s</p>
<p><button type="button" data-card="">拿走卡片</button>
<label><input type="checkbox" id="once" checked> 读完自动拿走</label></p>
<h2>让读卡器出毛病</h2>
<p>%(faults)s</p>
<script>
const now = document.getElementById("now");
const names = {};
for (const b of document.querySelectorAll("[data-card]")) names[b.dataset.card] = b.textContent;
function show(state) {
  now.textContent = state.person
    ? "读卡器上：" + names[state.person] + (state.read ? "（已读，请拿走）" : "")
    : "读卡器上没有卡";
  now.textContent += " · 已读 " + state.reads + " 次";
  for (const b of document.querySelectorAll("[data-card]"))
    b.setAttribute("aria-pressed", b.dataset.card === (state.person || "-"));
  for (const b of document.querySelectorAll("[data-fault]"))
    b.setAttribute("aria-pressed", b.dataset.fault === state.fault);
}
async function call(path, body) {
  try {
    const options = body ? {method: "POST", body: JSON.stringify(body),
      headers: {"Content-Type": "application/json"}} : {};
    show(await (await fetch(path, options)).json());
  } catch (error) {
    now.textContent = "模拟器没有运行";
  }
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if ("card" in button.dataset) call("/card", {person: button.dataset.card || null,
    once: document.getElementById("once").checked});
  else call("/fault", {fault: button.dataset.fault});
});
call("/state");
setInterval(() => call("/state"), 1000);
</script></body></html>
"""


class Control(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, desk: Desk) -> None:
        self.desk = desk
        super().__init__((HOST, port), _Handler)
        self.address = f"http://{HOST}:{self.server_address[1]}/"


def listen(address: str, desk: Desk) -> Control:
    """Raises ValueError for an address that is not 127.0.0.1:PORT, OSError if it is taken."""
    host, _, port = address.rpartition(":")
    if host not in {HOST, "localhost"}:
        raise ValueError("not on this computer")
    return Control(int(port), desk)


class _Handler(BaseHTTPRequestHandler):
    server: Control
    protocol_version = "HTTP/1.1"
    timeout = 10

    def do_GET(self) -> None:
        if not self._from_here():
            self._answer(403, {"error": "仅限本机"})
        elif self.path == "/":
            self._send(200, "text/html", _page())
        elif self.path == "/state":
            self._answer(200, self.server.desk.state())
        else:
            self._answer(404, {"error": "没有这个地址"})

    def do_POST(self) -> None:
        order = self._order()
        if not self._from_here():
            self._answer(403, {"error": "仅限本机"})
        elif order is None or not self._obey(order):
            self._answer(400, {"error": "看不懂"})
        else:
            self._answer(200, self.server.desk.state())

    def log_message(self, format: str, *args: Any) -> None:
        """A demo's terminal has better things to show."""

    def _from_here(self) -> bool:
        """Neither a rebound name nor another site's page."""
        port = self.server.server_address[1]
        here = {f"{host}:{port}" for host in (HOST, "localhost")}
        origin = self.headers.get("Origin")
        return self.headers.get("Host") in here and (
            origin is None or origin.removeprefix("http://") in here
        )

    def _order(self) -> dict[str, Any] | None:
        try:
            size = int(self.headers.get("Content-Length", "0"))
            order = json.loads(self.rfile.read(size)) if 0 < size <= LONGEST_BODY else None
        except (ValueError, RecursionError):
            return None
        return order if isinstance(order, dict) else None

    def _obey(self, order: dict[str, Any]) -> bool:
        desk = self.server.desk
        try:
            if self.path == "/card":
                key = order["person"]
                person = None if key is None else PEOPLE[key]
                desk.lay(person, once=order.get("once") is True)
            elif self.path == "/fault":
                desk.set_fault(Fault(order["fault"]), int(order.get("seed", 0)))
            else:
                return False
        except (KeyError, TypeError, ValueError):
            return False
        return True

    def _answer(self, status: int, facts: dict[str, Any]) -> None:
        self._send(status, "application/json", json.dumps(facts, ensure_ascii=False))

    def _send(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


def _page() -> str:
    people = "".join(
        f'<button type="button" data-card="{key}">{escape(person.name)}</button>'
        for key, person in PEOPLE.items()
    )
    faults = "".join(
        f'<button type="button" data-fault="{fault}">{fault.label}</button>' for fault in Fault
    )
    return _PAGE % {"people": people, "faults": faults}
