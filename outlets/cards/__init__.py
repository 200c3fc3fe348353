"""The text block of an ID card's chip: 256 bytes in, a frozen dataclass out.

Four layouts, told apart by the UTF-16 unit at byte 248: U+0020 resident card, J residence permit
of Hong Kong, Macao and Taiwan residents, I foreigner's card of 2017, Y that of 2023. A block with
any other marker is refused and never taken for a resident card. Import these names from
outlets.frames, which adds what the reader says around them.

Whatever the bytes, nothing but FrameError is raised, and its text never holds a field's value.
"""

from outlets.cards.block import build_text_block as build_text_block
from outlets.cards.block import parse_text_block as parse_text_block
from outlets.cards.block import with_new_address as with_new_address
from outlets.cards.errors import FrameError as FrameError
from outlets.cards.foreigner import Foreigner2017Card as Foreigner2017Card
from outlets.cards.foreigner import Foreigner2023Card as Foreigner2023Card
from outlets.cards.kinds import Card as Card
from outlets.cards.kinds import CardKind as CardKind
from outlets.cards.kinds import Sex as Sex
from outlets.cards.names import folded as folded
from outlets.cards.names import same_name as same_name
from outlets.cards.permit import PermitCard as PermitCard
from outlets.cards.portrait import LONGEST_JPEG as LONGEST_JPEG
from outlets.cards.portrait import PHOTO_BYTES as PHOTO_BYTES
from outlets.cards.portrait import PHOTO_HEADER as PHOTO_HEADER
from outlets.cards.portrait import is_jpeg as is_jpeg
from outlets.cards.portrait import is_wlt as is_wlt
from outlets.cards.resident import ResidentCard as ResidentCard
from outlets.cards.text import ADDRESS_BYTES as ADDRESS_BYTES
from outlets.cards.text import LONG_TERM as LONG_TERM
from outlets.cards.text import TEXT_BYTES as TEXT_BYTES
