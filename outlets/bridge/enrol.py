"""Make a key on this PC and register its public half with a one-time code."""

import base64
import socket
from pathlib import Path

from outlets.bridge import AGENT, files, key, portal
from outlets.bridge.ed25519 import SoftKey
from outlets.bridge.key import Enrolment


class EnrolmentFailed(Exception):
    """The text says in one line why, fit for the person at the keyboard."""


def enrol(code: str, *, site: str, folder: Path, sam_id: str | None) -> Enrolment:
    """Register with the portal at address ``site``. Raises EnrolmentFailed.

    The key is kept only when the portal has accepted it.
    """
    try:
        where = portal.origin_of(site)
    except ValueError:
        raise EnrolmentFailed("平台网址不对，应当像 https://shiming.example.cn") from None
    try:
        files.prepare(folder)
    except OSError:
        raise EnrolmentFailed(f"写不进文件夹 {folder}，请换一个（--state）或检查权限") from None
    private = SoftKey.generate()
    public = key.public_bytes(private)
    question = {
        "code": code.strip(),
        "public_key": base64.b64encode(public).decode(),
        "agent": AGENT,
        "host": socket.gethostname(),
        "sam_id": sam_id,
    }
    try:
        answer = portal.post(where, "/api/bridges/enrol/", question)
    except (portal.Unreachable, portal.Refused) as error:
        raise EnrolmentFailed(str(error)) from None
    outlet, kid = answer.get("outlet"), key.key_id(public)
    if answer.get("kid") != kid or not isinstance(outlet, str):
        raise EnrolmentFailed("平台的回答看不懂，请检查网址是不是实名平台")
    try:
        origin = portal.origin_of(str(answer.get("origin")))
    except ValueError:
        raise EnrolmentFailed("平台的回答里没有网页来源，请联系管理员") from None
    return _save(Enrolment(folder, private, kid, outlet, origin), private)


def _save(enrolment: Enrolment, private: SoftKey) -> Enrolment:
    try:
        key.keep(enrolment.folder, private, after=key.known_kid(enrolment.folder))
        key.save(enrolment)
        key.tidy(enrolment)
    except OSError:
        why = f"平台已登记，但写不进 {enrolment.folder}；请换一个登记码再来"
        raise EnrolmentFailed(why) from None
    return enrolment
