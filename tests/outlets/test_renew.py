"""A new key every month: what may be lost, die or be refused on the way, and what holds then."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import keyring
import pytest

from outlets.bridge import key, renew
from outlets.bridge.ed25519 import PrivateKey, SoftKey
from outlets.bridge.keeper import FIRST_PAUSE, LOOK_SECONDS, pause_after
from outlets.bridge.key import Enrolment
from outlets.bridge.renew import RenewalFailed
from outlets.models import Bridge
from outlets.services import reader as readers
from tests.cast import Cast
from tests.outlets.counter import ROOT, DemoCounter
from tests.outlets.keystore import Keystore
from tests.outlets.portal import Facts, Portal
from tests.outlets.tab import Tab, tab_of

Call = Callable[..., tuple[int, str, str]]

AT_ONCE = ("--renew-days", "0")

# One renewal, step by step; the process kills itself after the step that its argument names.
STEPS = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from outlets.bridge import key, renew

def done(step):
    if step == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

now = datetime.now(UTC)
old = key.load(Path(sys.argv[1]))
if renew.is_due(old, days=30, now=now):
    fresh = renew.prepare(old, now=now)
    done("prepare")
    question = renew.question(old, fresh, now=now)
    done("question")
    known = renew.ask(question)
    done("ask")
    renew.switch(known)
    done("switch")
    old = known
key.tidy(old)
"""


@contextmanager
def counter_of(portal: Portal, folder: Path) -> Iterator[DemoCounter]:
    """A counter PC that has just enrolled."""
    with DemoCounter(portal.url, folder) as counter:
        counter.enrol("CODE")
        yield counter


@pytest.fixture(autouse=True)
def all_is_well_again(portal: Portal) -> Iterator[None]:
    yield
    portal.trouble = ""
    portal.went_away.clear()


@pytest.fixture
def enrolment(call: Call, portal: Portal, tmp_path: Path) -> Enrolment:
    status, _, complaint = call("enrol", "C", "--portal", portal.url, "--state", tmp_path)
    assert status == 0, complaint
    return key.load(tmp_path)


def grow_old(folder: Path, days: float = 31) -> Enrolment:
    file = folder / "bridge.json"
    facts = json.loads(file.read_text())
    facts["made_at"] = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    file.write_text(json.dumps(facts))
    return key.load(folder)


def kid_in(folder: Path) -> str:
    kid: str = json.loads((folder / "bridge.json").read_text())["kid"]
    return kid


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def claims(portal: Portal, read: Facts) -> Facts:
    return portal.claims(read["jws"], "shiming-read+jws")


def renewed(tab: Tab, old: str) -> str:
    """The key id that the page hears of once it is another one."""
    while tab.hello["kid"] == old:
        tab.hello = tab.until("hello")
    kid: str = tab.hello["kid"]
    return kid


# ---------------------------------------------------------------- the whole program


def test_a_key_of_a_month_is_changed_while_the_page_waits_and_reads_go_on(
    portal: Portal, tmp_path: Path
) -> None:
    with counter_of(portal, tmp_path) as counter:
        counter.place("wang")
        with tab_of(counter) as tab:
            before = claims(portal, tab.read())
        counter.stop_bridge()
        grow_old(tmp_path)
        counter.start_bridge()

        with tab_of(counter) as tab:
            kid = renewed(tab, before["kid"])
            counter.place("li")
            after = claims(portal, tab.read())

    assert portal.successors[before["kid"]] == kid == after["kid"] == kid_in(tmp_path)
    assert before["counter"] < portal.counters[kid] < after["counter"]
    assert files_in(tmp_path) == {"bridge.json", "counter", f"{kid}.pem"}


def test_a_young_key_is_left_alone(portal: Portal, tmp_path: Path) -> None:
    with counter_of(portal, tmp_path) as counter:
        counter.stop_bridge()
        young = grow_old(tmp_path, days=29)
        counter.start_bridge()

        with tab_of(counter) as tab:
            counter.place("wang")
            assert claims(portal, tab.read())["kid"] == young.kid

    assert young.kid not in portal.successors


@pytest.mark.parametrize("trouble", ["before", "after"])
def test_a_bridge_killed_while_the_portal_answers_changes_to_the_same_key_later(
    portal: Portal, tmp_path: Path, trouble: str
) -> None:
    with counter_of(portal, tmp_path) as counter:
        old = kid_in(tmp_path)
        portal.trouble = trouble
        counter.restart_bridge(*AT_ONCE)
        assert portal.went_away.wait(10)
        coming = json.loads((tmp_path / "next.json").read_text())["kid"]
        assert (old in portal.successors) == (trouble == "after")

        counter.stop_bridge(kill=True)
        assert kid_in(tmp_path) == old
        portal.trouble = ""
        portal.went_away.clear()
        # The key is young; it is the change that was begun which is ended.
        counter.start_bridge()

        with tab_of(counter) as tab:
            assert renewed(tab, old) == coming
            counter.place("wang")
            assert claims(portal, tab.read())["kid"] == coming
    assert portal.successors[old] == coming
    assert files_in(tmp_path) == {"bridge.json", "counter", f"{coming}.pem"}


def test_a_portal_that_does_not_answer_delays_neither_a_read_nor_the_end(
    portal: Portal, tmp_path: Path
) -> None:
    portal.trouble = "before"
    with counter_of(portal, tmp_path) as counter:
        old = kid_in(tmp_path)
        counter.restart_bridge(*AT_ONCE)
        assert portal.went_away.wait(10)
        counter.place("wang")

        with tab_of(counter) as tab:
            started = time.monotonic()
            read = tab.read()
            assert time.monotonic() - started < 6
        started = time.monotonic()
        assert counter.stop_bridge() == 0

    assert time.monotonic() - started < 3
    assert claims(portal, read)["kid"] == old


def test_while_the_portal_is_down_the_old_key_goes_on_and_the_clerk_hears_nothing(
    portal: Portal, tmp_path: Path
) -> None:
    portal.trouble = "down"
    with counter_of(portal, tmp_path) as counter:
        old = kid_in(tmp_path)
        counter.restart_bridge(*AT_ONCE)
        assert counter.bridge
        counter.bridge.wait_for("请稍后再试")
        counter.place("wang")

        with tab_of(counter) as tab:
            assert tab.reader["state"] == "ready"
            assert claims(portal, tab.read())["kid"] == old

    assert kid_in(tmp_path) == old


def test_of_two_bridges_with_one_key_the_second_is_told_what_is_wrong(
    portal: Portal, tmp_path: Path
) -> None:
    with counter_of(portal, tmp_path / "one") as counter:
        old = kid_in(tmp_path / "one")
        counter.stop_bridge()
        shutil.copytree(tmp_path / "one", tmp_path / "two")
        counter.start_bridge(*AT_ONCE)
        with tab_of(counter) as tab:
            renewed(tab, old)

        counter.state_dir = tmp_path / "two"
        counter.restart_bridge(*AT_ONCE)

        with tab_of(counter) as tab:
            while tab.reader["state"] == "ready":
                tab.reader = tab.until("reader")
            counter.place("wang")
            error = tab.read()
    assert (tab.reader["state"], tab.reader["code"]) == ("fault", "key_renewal")
    assert "重新登记" in tab.reader["text"]
    assert (error["code"], error["text"]) == ("key_renewal", tab.reader["text"])
    assert kid_in(tmp_path / "two") == old


def test_a_key_that_was_changed_by_another_program_of_this_pc_is_taken_over(
    portal: Portal, tmp_path: Path
) -> None:
    with counter_of(portal, tmp_path) as counter:
        old = kid_in(tmp_path)
        portal.trouble = "before"
        counter.restart_bridge(*AT_ONCE)
        assert portal.went_away.wait(10)
        portal.trouble = ""
        other = renew.current(key.load(tmp_path))
        subprocess.run([sys.executable, "-c", STEPS, tmp_path, ""], cwd=ROOT, check=True)

        assert renew.current(other).kid == portal.successors[old]


def test_the_portal_itself_and_a_bridge_agree_on_a_change(
    live_server: Any, settings: Any, cast: Cast, tmp_path: Path
) -> None:
    settings.ORIGIN = live_server.url
    with DemoCounter(live_server.url, tmp_path) as counter:
        old = counter.enrol(readers.issue_code(cast.outlet, by=cast.manager, now=cast.now))
        counter.restart_bridge(*AT_ONCE)
        with tab_of(counter) as tab:
            kid = renewed(tab, old)
            counter.place("wang")
            read = tab.read()

    before, after = Bridge.objects.get(kid=old), Bridge.objects.get(kid=kid)
    assert (before.status, after.status) == (Bridge.Status.ROTATED, Bridge.Status.ACTIVE)
    assert after.rotated_from == before
    message = {"jws": read["jws"], "parts": read["parts"]}
    signed = readers.verify(message, outlet=cast.outlet, origin=live_server.url)
    assert signed.bridge == after


# ---------------------------------------------------------------- step by step


@pytest.mark.parametrize("last", ["prepare", "question", "ask", "switch"])
def test_a_kill_after_any_step_loses_nothing_and_makes_no_second_key(
    portal: Portal, enrolment: Enrolment, last: str
) -> None:
    folder = enrolment.folder
    grow_old(folder)

    killed = subprocess.run([sys.executable, "-c", STEPS, folder, last], cwd=ROOT, check=False)
    coming = json.loads((folder / "next.json").read_text())["kid"]
    subprocess.run([sys.executable, "-c", STEPS, folder, ""], cwd=ROOT, check=True)

    assert killed.returncode == -signal.SIGKILL
    assert portal.successors[enrolment.kid] == coming == key.load(folder).kid
    assert files_in(folder) == {"bridge.json", "counter", f"{coming}.pem"}
    assert key.load(folder).next_counter() > portal.counters[coming]


def test_a_next_key_that_is_damaged_is_made_anew(portal: Portal, enrolment: Enrolment) -> None:
    folder, now = enrolment.folder, datetime.now(UTC)
    lost = renew.prepare(enrolment, now=now)
    (folder / f"{lost.kid}.pem").write_text("-----BEGIN")

    fresh = renew.prepare(enrolment, now=now)

    assert fresh.kid not in {lost.kid, enrolment.kid}
    assert files_in(folder) >= {f"{enrolment.kid}.pem", f"{fresh.kid}.pem"}
    assert f"{lost.kid}.pem" not in files_in(folder)


def test_the_keystore_has_only_the_new_key_in_the_end(
    portal: Portal, call: Call, tmp_path: Path
) -> None:
    before, store = keyring.get_keyring(), Keystore()
    keyring.set_keyring(store)
    try:
        assert call("enrol", "C", "--portal", portal.url, "--state", tmp_path)[0] == 0
        old, now = key.load(tmp_path), datetime.now(UTC)
        fresh = renew.prepare(old, now=now)
        assert {kid for _, kid in store.secrets} == {old.kid, fresh.kid}
        known = renew.ask(renew.question(old, fresh, now=now))
        renew.switch(known)
        key.tidy(known)
        assert key.load(tmp_path).kid == fresh.kid
    finally:
        keyring.set_keyring(before)

    assert [kid for _, kid in store.secrets] == [fresh.kid]
    assert files_in(tmp_path) == {"bridge.json", "counter"}


def test_the_key_file_of_the_version_before_goes_with_its_key(
    portal: Portal, enrolment: Enrolment
) -> None:
    folder, now = enrolment.folder, datetime.now(UTC)
    (folder / f"{enrolment.kid}.pem").rename(folder / "key.pem")
    old = key.load(folder)

    known = renew.ask(renew.question(old, renew.prepare(old, now=now), now=now))
    assert "key.pem" in files_in(folder)
    renew.switch(known)
    key.tidy(known)

    assert files_in(folder) == {"bridge.json", "counter", f"{known.kid}.pem"}


def test_an_answer_about_another_key_changes_nothing(portal: Portal, enrolment: Enrolment) -> None:
    now = datetime.now(UTC)
    fresh = renew.prepare(enrolment, now=now)
    other = SoftKey.generate()
    question = renew.question(enrolment, fresh, now=now)
    swapped = replace(fresh, key=other, kid=key.key_id(key.public_bytes(other)))

    with pytest.raises(RenewalFailed, match="看不懂"):
        renew.ask(replace(question, fresh=swapped))

    assert key.load(enrolment.folder).kid == enrolment.kid


def test_a_proof_by_another_key_is_refused(portal: Portal, enrolment: Enrolment) -> None:
    now = datetime.now(UTC)
    fresh = renew.prepare(enrolment, now=now)
    # Signs with a key whose public half it does not name.
    forged = replace(fresh, key=_Split(fresh.key, SoftKey.generate()))

    with pytest.raises(RenewalFailed) as failed:
        renew.ask(renew.question(enrolment, forged, now=now))

    assert failed.value.refused


class _Split:
    def __init__(self, named: PrivateKey, signing: PrivateKey) -> None:
        self.public_key = named.public_key
        self.sign = signing.sign


def test_a_key_is_due_after_its_days_and_when_its_date_lies_far_ahead(
    enrolment: Enrolment,
) -> None:
    made = enrolment.made_at

    due = [
        renew.is_due(enrolment, days=30, now=made + timedelta(days=days))
        for days in (0, 29.9, 30, 400, -29, -30)
    ]

    assert due == [False, False, True, True, False, True]


def test_failures_are_followed_by_longer_and_longer_pauses_up_to_an_hour() -> None:
    pauses = [pause_after(failures) for failures in range(9)]

    assert pauses[0] == LOOK_SECONDS
    assert pauses[1:4] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert sum(pauses[1:4]) < 600
    assert pauses[7:] == [LOOK_SECONDS, LOOK_SECONDS]
