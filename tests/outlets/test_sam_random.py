"""Ten thousand cards on one reader that fails at random: every good read once, no bad one."""

from random import Random

from outlets.bridge.people import PEOPLE
from outlets.sam import Found, Sam
from tests.outlets.wire import Wire, card_of

CARDS = 10_000
WAIT_SECONDS = 10.0


def test_of_ten_thousand_cards_every_good_read_arrives_once_and_no_bad_one_does() -> None:
    chance, wire, engine = Random(467), Wire(467), Sam()
    people = list(PEOPLE.values())
    delivered = 0

    for _ in range(CARDS):
        wire.desk.lay(chance.choice(people), once=chance.random() < 0.5)
        wire.card = None
        engine.read(wire.now)

        if chance.random() < 0.05:
            # Somebody takes the card away or lays another on it, at whatever moment.
            outcomes = wire.run(engine, wire.now + chance.uniform(0, 3))
            if not card_of(outcomes):
                wire.desk.lay(chance.choice([None, *people]))
        else:
            outcomes = []
        if not card_of(outcomes):
            outcomes += wire.run(engine, wire.now + WAIT_SECONDS)
        if outcomes == [Found()]:
            outcomes += wire.run(engine, wire.now + WAIT_SECONDS)
        outcomes += filter(None, [engine.stop()])

        assert card_of(outcomes) == ([] if wire.card is None else [wire.card])
        delivered += wire.card is not None
        # What is still on its way comes while nobody asks, or during the next read.
        assert wire.run(engine, wire.now + chance.choice([0, 0, 5, 20])) == []

    assert delivered > CARDS / 5
