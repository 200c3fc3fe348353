"""Ten thousand cards on one reader that fails at random: every good read once, no bad one."""

from random import Random

from outlets.bridge.people import PEOPLE, Person
from outlets.sam import Found, Outcome, Sam
from tests.outlets.wire import Wire, card_of

CARDS = 10_000
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
