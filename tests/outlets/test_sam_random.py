"""Cards on a reader that fails at random: every good read arrives once, no bad one does."""

import time
from pathlib import Path
from random import Random
from threading import Event

from outlets.bridge.adapter import Adapter, Read, ReaderError
from outlets.bridge.adapters.serial import SamReader
from outlets.bridge.people import PEOPLE, Person
from outlets.sam import Found, Outcome, Sam
from tests.outlets.counter import DemoCounter
from tests.outlets.wire import Wire, card_of

CARDS = 10_000
# Over a real line, where a silent reader costs real seconds.
REAL_CARDS, REAL_SECONDS = 60, 20.0
WAIT_SECONDS = 10.0


def test_of_ten_thousand_cards_every_good_read_arrives_once_and_no_bad_one_does() -> None:
    chance, wire, engine = Random(467), Wire(467), Sam()
    people = list(PEOPLE.values())
    delivered = 0

    for _ in range(CARDS):
        outcomes = read(wire, engine, chance, people)

        # A second one, or one that the reader never gave whole, would stand in the left list.
        assert card_of(outcomes) == ([] if wire.card is None else [wire.card])
        delivered += wire.card is not None

    assert delivered > CARDS / 3
    assert wire.desk.state()["fastest_poll_ms"] >= 300


def read(wire: Wire, engine: Sam, chance: Random, people: list[Person]) -> list[Outcome]:
    """Lay a card and read it, as a clerk does; everything that came of it, also too late."""
    wire.lay(chance.choice(people), once=chance.random() < 0.5)
    engine.read(wire.now)
    outcomes = []
    if chance.random() < 0.05:
        # Somebody takes the card away or lays another on it, at whatever moment.
        outcomes += wire.run(engine, wire.now + chance.uniform(0, 3))
        if engine.due is not None:
            wire.desk.lay(chance.choice([None, *people]))
    if engine.due is not None:
        outcomes += wire.run(engine, wire.now + WAIT_SECONDS)
    if outcomes == [Found()]:
        outcomes += wire.run(engine, wire.now + WAIT_SECONDS)
    outcomes += filter(None, [engine.stop()])
    # What is still on its way comes while nobody asks, or during the next read.
    return outcomes + wire.run(engine, wire.now + chance.choice([0, 0, 5, 20]))


def test_over_a_real_line_too_every_good_read_arrives_once_and_no_bad_one_does(
    tmp_path: Path,
) -> None:
    chance = Random(467)
    delivered = cards = 0
    until = time.monotonic() + REAL_SECONDS
    with DemoCounter("http://portal.invalid", tmp_path) as counter:
        counter.control("fault", {"fault": "random", "seed": 467})
        reader = SamReader(str(counter.link))

        while cards < REAL_CARDS and time.monotonic() < until:
            person = chance.choice(list(PEOPLE))
            before = counter.place(person)["reads"]
            read = read_or_fail(reader)
            cards += 1

            assert counter.state()["reads"] - before == (read is not None)
            if read:
                assert read.parts["block"] == PEOPLE[person].block()
                delivered += 1
        reader.close()

    assert delivered > 3


def read_or_fail(reader: Adapter) -> Read | None:
    try:
        return reader.read_card(
            challenge="c",
            waiting=lambda seconds: None,
            found=lambda: None,
            cancelled=Event(),
            wait=2,
        )
    except ReaderError:
        return None
