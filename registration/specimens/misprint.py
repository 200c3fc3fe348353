"""Somebody whose number is written down wrong: on the paper, not on the chip."""

from dataclasses import dataclass

from outlets.bridge.people import Person


@dataclass(frozen=True)
class Misprinted(Person):
    """The digit of the number at this ``place``, counted from 0, is another one."""

    place: int = 16

    @property
    def number(self) -> str:
        right = super().number
        digit = str((int(right[self.place]) + 5) % 10)
        return right[: self.place] + digit + right[self.place + 1 :]


def misprinted(person: Person, place: int) -> Misprinted:
    mine = {name: getattr(person, name) for name in Person.__dataclass_fields__}
    return Misprinted(**mine, place=place)
