"""What a bridge calls of the portal: enrolment and the change of its key, verified for real.

Signatures are checked with cryptography, which is not what the bridge signs with.
"""

import base64
import hashlib
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Facts = dict[str, Any]

OUTLET = "示例路营业厅"
ROTATION_CLAIMS = {"ver", "kid", "counter", "public_key", "proof", "agent", "host", "at"}
USED = "这把密钥已经换过，可能有另一台电脑在用同一把密钥。请向渠道经理要登记码重新登记。"


class Refusal(Exception):
    pass


class Portal(ThreadingHTTPServer):
    """Codes that can be spent and keys that can be changed. ``trouble`` is what goes wrong with the
    next changes: "down" (500), "before" and "after" (no answer, before or after the change)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), PortalHandler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.asked: list[Facts] = []
        self.keys: dict[str, Ed25519PublicKey] = {}
        self.counters: dict[str, int] = {}
        self.successors: dict[str, str] = {}
        self.rotations: list[str] = []
        self.trouble = ""
        self.went_away = threading.Event()

    def enrol(self, asked: Facts) -> Facts:
        kid = self._learn(base64.b64decode(asked["public_key"]))
        self.counters[kid] = 0
        return self._answer(kid)

    def claims(self, signed: str, kind: str) -> Facts:
        """What a key that we know has signed."""
        header = jwt.get_unverified_header(signed)
        assert header == {"alg": "EdDSA", "kid": header["kid"], "typ": kind}
        said: Facts = jwt.decode(signed, self.keys[header["kid"]], algorithms=["EdDSA"])
        assert said["kid"] == header["kid"]
        return said

    def rotate(self, asked: Facts) -> Facts:
        said = self.claims(asked["jws"], "shiming-rotate+jws")
        assert said.keys() == ROTATION_CLAIMS
        assert said["ver"] == 1
        at = datetime.strptime(said["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)
        old, raw = said["kid"], base64.b64decode(said["public_key"], validate=True)
        try:
            Ed25519PublicKey.from_public_bytes(raw).verify(
                base64.b64decode(said["proof"], validate=True), f"shiming-rotate {old}".encode()
            )
        except InvalidSignature:
            raise Refusal("proof") from None
        kid = key_id(raw)
        if self.successors.get(old, kid) != kid:
            raise Refusal(USED)
        if old not in self.successors:
            assert said["counter"] > self.counters[old]
            self.counters[self._learn(raw)] = said["counter"]
            self.successors[old] = kid
        self.rotations.append(old)
        return self._answer(kid) | {"floor": "0.2.0", "now": said["at"]}

    def _learn(self, raw: bytes) -> str:
        kid = key_id(raw)
        self.keys[kid] = Ed25519PublicKey.from_public_bytes(raw)
        return kid

    def _answer(self, kid: str) -> Facts:
        return {"kid": kid, "outlet": OUTLET, "origin": self.url}


class PortalHandler(BaseHTTPRequestHandler):
    server: Portal

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(asked)
        match self.path:
            case "/api/bridges/enrol/":
                self.enrol(asked)
            case "/api/bridges/rotate/":
                self.rotate(asked)
            case _:
                self.answer(404, None)

    def enrol(self, asked: Facts) -> None:
        answers: dict[str, tuple[int, Any]] = {
            "SPENT": (409, {"error": "这个登记码已经用过，\n请向渠道经理要一个新的。"}),
            "BROKEN": (500, None),
            "MOVED": (301, None),
            "STRANGE": (201, ["?"]),
            "OTHER-KEY": (201, {"kid": "0" * 16, "outlet": OUTLET, "origin": self.server.url}),
        }
        self.answer(*(answers.get(asked["code"]) or (201, self.server.enrol(asked))))

    def rotate(self, asked: Facts) -> None:
        trouble = self.server.trouble
        if trouble == "down":
            return self.answer(500, None)
        if trouble == "before":
            return self.go_away()
        try:
            answer = self.server.rotate(asked)
        except Refusal as refusal:
            return self.answer(403, {"error": str(refusal)})
        if trouble == "after":
            return self.go_away()
        return self.answer(200, answer)

    def go_away(self) -> None:
        """Say nothing for longer than any test lasts, or until the bridge is dead."""
        self.server.went_away.set()
        while self.server.went_away.is_set():
            time.sleep(0.05)

    def answer(self, status: int, facts: Any) -> None:
        self.send_response(status)
        if status == 301:
            self.send_header("Location", f"{self.server.url}/elsewhere")
        self.end_headers()
        self.wfile.write(json.dumps(facts).encode() if facts else b"<h1>?</h1>")

    def log_message(self, format: str, *args: Any) -> None:
        pass


def key_id(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:16]
